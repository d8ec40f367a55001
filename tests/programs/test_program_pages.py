from __future__ import annotations

import pytest

from programs.models import Participant, Program, Referral, ReferralCode
from programs.operations import launch_program
from team.models import Role
from tests.conftest import NOON
from tests.query_counts import counted_queries

pytestmark = pytest.mark.django_db
LIST = "/admin/programs/program/"


def test_the_list_shows_each_program_with_its_status(manager, program):
    page = manager.get(LIST).content.decode()

    for text in ("Program Rules", "spring-2026", "Draft", "https://shop.example/spring", "New program"):
        assert text in page


@pytest.mark.parametrize(("query", "count"), [("spr", 1), ("2026", 1), ("SPRING 26", 1), ("autumn", 0), ("\x00", 1)])
def test_programs_are_found_by_parts_of_their_name_or_id(manager, program, query, count):
    assert len(manager.get(LIST, {"q": query}).context["cl"].result_list) == count


def test_the_list_and_the_page_make_as_many_queries_for_many_as_for_few(manager, program, ana, ben):
    Program.objects.bulk_create(Program(key=f"p{n}", name=f"P{n}") for n in range(60))
    ReferralCode.objects.create(code="ANA", program=program, participant=ana)
    Referral.objects.create(program=program, referrer=ana, referred=ben, date_started=NOON, date_converted=NOON)

    with counted_queries("programs.program list"):
        manager.get(LIST)
    with counted_queries("programs.program page"):
        page = manager.get(f"{LIST}{program.pk}/change/")

    assert page.status_code == 200


def test_a_programs_page_says_what_it_is_and_how_much_it_is_used(manager, program, ana, ben):
    ReferralCode.objects.create(code="ANA", program=program, participant=ana)
    Referral.objects.create(program=program, referrer=ana, referred=ben, date_started=NOON)

    page = manager.get(f"{LIST}{program.pk}/change/").content.decode()

    for text in ("Spring", "Draft", "spring-2026", "https://shop.example/spring", "Until the browser forgets"):
        assert text in page
    assert [part.split("</dd>")[0] for part in page.split("<dd>")[-3:]] == ["1", "1", "0"]


def test_a_new_program_is_a_draft(manager):
    answer = manager.post(
        f"{LIST}add/", {"name": "Autumn", "key": "autumn", "main_url": "shop.example", "cookie_days": "30"}
    )

    program = Program.objects.get()
    assert answer.url == f"{LIST}{program.pk}/change/"
    assert (program.status, program.main_url, program.cookie_days) == ("draft", "https://shop.example", 30)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"key": "spring-2026"}, "“Spring” already has the ID spring-2026"),
        ({"key": "SPRING-2026"}, "“Spring” already has the ID spring-2026"),
        ({"key": "a b"}, "Use only the letters A to Z"),
        ({"name": "\x00"}, "Null characters are not allowed"),
        ({"main_url": "javascript:alert(1)"}, "Enter a valid URL"),
        ({"cookie_days": "0"}, "greater than or equal to 1"),
        ({"cookie_days": "3651"}, "less than or equal to 3650"),
    ],
)
def test_what_a_program_cannot_have_is_refused_with_a_sentence(manager, program, values, message):
    page = manager.post(f"{LIST}add/", {"name": "Other", "key": "other", **values})

    assert message in page.content.decode()
    assert Program.objects.count() == 1


def test_a_programs_details_are_edited(manager, program):
    sent = {"seen": program.updated_at.isoformat(), "name": "Summer", "main_url": "https://shop.example/summer"}
    answer = manager.post(f"{LIST}{program.pk}/edit/", sent)

    program.refresh_from_db()
    assert answer.url == f"{LIST}{program.pk}/change/"
    assert (program.name, program.main_url) == ("Summer", "https://shop.example/summer")

    page = manager.post(f"{LIST}{program.pk}/edit/", sent | {"name": "Winter"})

    assert "Somebody else changed “Summer” in the meantime" in page.content.decode()
    program.refresh_from_db()
    assert program.name == "Summer"


def test_a_program_is_launched_paused_resumed_and_deleted(manager, program):
    for path, status in (("launch", "live"), ("pause", "paused"), ("resume", "live"), ("pause", "paused")):
        answer = manager.post(f"{LIST}{program.pk}/{path}/")
        program.refresh_from_db()
        assert (answer.url, program.status) == (f"{LIST}{program.pk}/change/", status)

    assert manager.post(f"{LIST}{program.pk}/remove/").url == LIST
    assert not Program.objects.exists()


@pytest.mark.parametrize(
    ("path", "message"),
    [("launch", "is in the status Live now"), ("resume", "is in the status Live now"), ("remove", "“Spring” is live.")],
)
def test_a_refused_move_says_why_and_changes_nothing(manager, program, by, path, message):
    launch_program(program=program, by=by, at=NOON)

    page = manager.post(f"{LIST}{program.pk}/{path}/")

    assert message in page.content.decode()
    program.refresh_from_db()
    assert program.status == "live"


@pytest.mark.parametrize(
    ("status", "offered"), [("draft", {"launch", "remove"}), ("live", {"pause"}), ("paused", {"resume", "remove"})]
)
def test_the_page_offers_what_the_status_allows(manager, program, status, offered):
    Program.objects.update(status=status)

    page = manager.get(f"{LIST}{program.pk}/change/")

    assert {
        action.dialog.removesuffix("-dialog") for action in page.context["page_actions"] if action.dialog
    } == offered


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SUPPORT])
@pytest.mark.parametrize("path", ["add", "{id}/edit", "{id}/launch", "{id}/pause", "{id}/resume", "{id}/remove"])
def test_who_may_not_manage_programs_changes_nothing(log_in, program, role, path):
    client = log_in(role)
    before = list(Program.objects.values())

    assert client.get(f"{LIST}{path.format(id=program.pk)}/").status_code == 403
    assert client.post(f"{LIST}{path.format(id=program.pk)}/", {"name": "x", "key": "x"}).status_code == 403

    assert list(Program.objects.values()) == before
    page = client.get(f"{LIST}{program.pk}/change/")
    assert page.status_code == 200
    assert not page.context["page_actions"]


@pytest.mark.parametrize("path", ["", "add/", "1/change/", "1/edit/", "1/launch/", "1/remove/"])
def test_a_stranger_is_asked_to_log_in(client, path):
    assert client.get(LIST + path).url.startswith("/admin/login/")


def test_the_stock_form_behind_the_page_is_shut(manager, program):
    assert manager.post(f"{LIST}{program.pk}/change/", {"name": "X", "_save": "1"}).status_code == 405
    assert manager.get(f"{LIST}{program.pk}/delete/").status_code == 403


def test_a_program_that_there_is_not_is_not_found(manager):
    for path in ("edit", "launch", "remove"):
        assert manager.get(f"{LIST}12345/{path}/").status_code == 404


def test_a_program_with_a_participants_code_is_not_deleted(manager, program):
    leo = Participant.objects.create(account_id="a", user_id="a")
    ReferralCode.objects.create(code="LEO", program=program, participant=leo)

    page = manager.post(f"{LIST}{program.pk}/remove/")

    assert "has codes, referrals or rewards" in page.content.decode()
    assert Program.objects.exists()
