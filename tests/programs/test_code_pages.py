from __future__ import annotations

import pytest

from programs.models import Participant, Program, ReferralCode, ShareLink
from programs.operations import add_referral_code, disable_code, join_program
from team.models import AuditEntry, Role, User
from tests.conftest import NOON
from tests.factories import make_program, make_share_link
from tests.query_counts import counted_queries

pytestmark = pytest.mark.django_db
LIST = "/admin/programs/participant/"


@pytest.fixture
def primary(ana, program, by):
    return join_program(participant=ana, program=program, code="ANA", by=by, at=NOON)


@pytest.fixture
def secondary(ana, program, by, primary):
    return add_referral_code(participant=ana, program=program, code="ANA2", by=by, at=NOON)


def tab_of(participant):
    return f"{LIST}{participant.pk}/change/?tab=codes"


def codes():
    found = ReferralCode.objects.order_by("pk")
    return [(code.code, code.is_primary, code.disabled_at is None) for code in found]


def test_the_tab_shows_codes_links_and_clicks(manager, ana, primary, secondary):
    Program.objects.update(status="live")
    ShareLink.objects.update(slug="k7m2p9xw4t", clicks=1234, clicked_at=NOON)
    make_share_link(code=primary, slug="earlier", clicks=7, clicked_at=NOON, retired_at=NOON)

    page = manager.get(tab_of(ana)).content.decode()

    for text in (
        "ANA2",
        "127.0.0.1:8000/s/<wbr>k7m2p9xw4t",
        "http://127.0.0.1:8000/s/k7m2p9xw4t",
        "1,234",
        "/s/earlier",
        "retired",
        "Primary",
        "Works",
    ):
        assert text in page
    for path in (f"{secondary.pk}/make-primary", f"{secondary.pk}/disable", f"{primary.pk}/edit"):
        assert f"{LIST}codes/{path}/" in page
    assert f"{LIST}codes/{primary.pk}/disable/" not in page


def test_a_retired_link_is_told_in_chinese_as_a_state_not_as_a_date(manager, ana, primary):
    User.objects.update(language="zh-hans")
    make_share_link(code=primary, slug="earlier", clicks=7, clicked_at=NOON, retired_at=NOON)

    page = manager.get(tab_of(ana)).content.decode()

    assert "7 次点击 · 已停用" in page
    assert "停用时间" not in page


def test_the_tab_makes_as_many_queries_for_many_codes_as_for_few(manager, ana, program, by, primary):
    for number in range(30):
        code = add_referral_code(participant=ana, program=program, code=f"ANA-{number}", by=by, at=NOON)
        make_share_link(code=code)

    with counted_queries("programs.participant codes and links"):
        manager.get(tab_of(ana))


def test_a_disabled_code_can_be_enabled_only(manager, ana, secondary, by):
    disable_code(code=secondary, by=by, at=NOON)

    page = manager.get(tab_of(ana)).content.decode()

    assert "Disabled" in page
    assert f"{LIST}codes/{secondary.pk}/enable/" in page
    assert f"{LIST}codes/{secondary.pk}/edit/" not in page


def test_a_code_is_edited(manager, ana, primary):
    form = manager.get(f"{LIST}codes/{primary.pk}/edit/").content.decode()
    assert "Keep ANA as a working referral code" in form
    assert "Keep using existing share links" in form
    assert 'value="ANA"' in form

    answer = manager.post(f"{LIST}codes/{primary.pk}/edit/", {"code": "BIKE", "keeps_links": "on"}, follow=True)

    assert codes() == [("ANA", False, False), ("BIKE", True, True)]
    assert ShareLink.objects.get().code.code == "BIKE"
    assert "BIKE took the place of ANA." in answer.content.decode()


def test_an_edit_to_the_same_says_so(manager, primary):
    answer = manager.post(f"{LIST}codes/{primary.pk}/edit/", {"code": "ANA"}, follow=True)

    assert "Nothing was changed." in answer.content.decode()
    assert codes() == [("ANA", True, True)]


@pytest.mark.parametrize(("code", "message"), [("ana2", "The code ana2 is taken"), ("a b", "Use up to 64 letters")])
def test_an_edit_to_what_cannot_be_is_refused_on_the_page(manager, primary, secondary, code, message):
    page = manager.post(f"{LIST}codes/{primary.pk}/edit/", {"code": code}).content.decode()

    assert message in page
    assert codes() == [("ANA", True, True), ("ANA2", False, True)]


def test_a_code_is_made_primary_disabled_and_enabled(manager, ana, primary, secondary):
    manager.post(f"{LIST}codes/{secondary.pk}/make-primary/")
    assert codes() == [("ANA", False, True), ("ANA2", True, True)]

    answer = manager.post(f"{LIST}codes/{primary.pk}/disable/", follow=True)
    assert "ANA is disabled." in answer.content.decode()
    assert codes() == [("ANA", False, False), ("ANA2", True, True)]

    answer = manager.post(f"{LIST}codes/{primary.pk}/disable/", follow=True)
    assert "Nothing was changed." in answer.content.decode()

    manager.post(f"{LIST}codes/{primary.pk}/enable/")
    assert codes() == [("ANA", False, True), ("ANA2", True, True)]


def test_a_primary_code_is_not_disabled(manager, primary):
    page = manager.post(f"{LIST}codes/{primary.pk}/disable/").content.decode()

    assert "ANA is the primary code" in page
    assert codes() == [("ANA", True, True)]


@pytest.mark.parametrize("path", ["edit", "make-primary", "disable", "enable"])
def test_asking_changes_nothing(manager, primary, secondary, path):
    assert manager.get(f"{LIST}codes/{secondary.pk}/{path}/").status_code == 200

    assert codes() == [("ANA", True, True), ("ANA2", False, True)]


def test_a_participant_is_added_to_a_program(manager, ana, program):
    other = make_program(name="Winter")
    page = manager.get(f"{LIST}{ana.pk}/change/").content.decode()
    assert f"{LIST}{ana.pk}/join/" in page

    answer = manager.post(f"{LIST}{ana.pk}/join/", {"program": other.pk, "code": ""}, follow=True)

    assert list(ReferralCode.objects.values_list("code", "program")) == [("ANAGARCIA", other.pk)]
    assert "is in “Winter” now, with the code ANAGARCIA." in answer.content.decode()


def test_programs_that_they_are_in_are_not_offered_again(manager, ana, program, primary):
    answer = manager.get(f"{LIST}{ana.pk}/join/", follow=True)
    assert "Ana García is in every program already." in answer.content.decode()

    make_program(name="Winter")
    page = manager.get(f"{LIST}{ana.pk}/join/").content.decode()
    assert "Winter" in page
    assert "Spring" not in page


def test_a_code_typed_for_joining_that_is_taken_is_refused(manager, ben, program, primary):
    page = manager.post(f"{LIST}{ben.pk}/join/", {"program": program.pk, "code": "ana"}).content.decode()

    assert "The code ana is taken" in page
    assert ReferralCode.objects.count() == 1


def test_a_new_participant_joins_the_programs_that_are_ticked(manager, program):
    live = make_program(name="Live one")
    Program.objects.filter(pk=program.pk).update(status="paused")
    page = manager.get(f"{LIST}add/")
    assert [each.name for each in page.context["form"].fields["programs"].initial] == ["Live one"]
    assert "Spring (Paused)" in page.content.decode()

    manager.post(f"{LIST}add/", {"user_id": "leo", "first_name": "Leo", "programs": [live.pk, program.pk]})

    leo = Participant.objects.get()
    found = ReferralCode.objects.filter(participant=leo, is_primary=True).order_by("pk")
    assert [code.program for code in found] == [live, program]
    assert found[0].code == "LEO"
    assert ShareLink.objects.count() == 2


def test_whoever_cannot_be_added_joins_nothing(manager, ana, program):
    manager.post(f"{LIST}add/", {"user_id": "ana", "account_id": "acme", "programs": [program.pk]})

    assert Participant.objects.count() == 1
    assert not ReferralCode.objects.exists()


def test_without_ticks_nobody_joins(manager, program):
    manager.post(f"{LIST}add/", {"user_id": "leo"})

    assert Participant.objects.count() == 1
    assert not ReferralCode.objects.exists()


@pytest.mark.parametrize("path", ["edit", "make-primary", "disable", "enable"])
@pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.SUPPORT, 200)])
def test_support_changes_codes_and_a_viewer_does_not(log_in, secondary, role, status, path):
    client = log_in(role)

    assert client.get(f"{LIST}codes/{secondary.pk}/{path}/").status_code == status
    if status == 403:
        assert client.post(f"{LIST}codes/{secondary.pk}/{path}/", {"code": "X"}).status_code == 403
        assert codes() == [("ANA", True, True), ("ANA2", False, True)]
        assert AuditEntry.objects.filter(action__startswith="code.").count() == 1


def test_a_viewer_sees_codes_without_buttons(log_in, ana, secondary):
    page = log_in(Role.VIEWER).get(tab_of(ana)).content.decode()

    assert "ANA2" in page
    assert f"{LIST}codes/" not in page
    assert "add-code" not in page
    assert "/join/" not in page


@pytest.mark.parametrize("path", ["codes/12345/edit/", "codes/12345/disable/", "12345/join/"])
def test_what_there_is_not_is_not_found(manager, path):
    assert manager.get(LIST + path).status_code == 404
