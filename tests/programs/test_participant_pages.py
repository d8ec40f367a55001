from __future__ import annotations

from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from programs.models import Participant, Referral, ReferralCode
from programs.operations import ParticipantProfile, add_participant, block_participant
from team.models import AuditEntry, Role
from tests.conftest import NOON
from tests.query_counts import MOST, counted_queries

pytestmark = pytest.mark.django_db
LIST = "/admin/programs/participant/"
OF_ACTIVITY = 18  # it gathers what a dozen tables tell
TABS = ("overview", "referrals", "codes", "activity")


def page_of(participant, tab=""):
    return f"{LIST}{participant.pk}/change/" + (f"?tab={tab}" if tab else "")


def many(count, **fields):
    return Participant.objects.bulk_create(
        Participant(account_id="many", user_id=f"u{number:03}", first_name=f"Mo{number}", **fields)
        for number in range(count)
    )


@pytest.fixture
def busy(ana, ben, program, by):
    """Return a participant with thirty friends, codes and changes."""
    ReferralCode.objects.bulk_create(
        ReferralCode(code=f"ANA{n}", program=program, participant=ana, is_primary=n == 0, created_at=NOON)
        for n in range(30)
    )
    for number, friend in enumerate(many(30), start=1):
        started = NOON + timedelta(days=number)
        Referral.objects.create(
            program=program, referrer=ana, referred=friend, date_started=started, date_converted=started
        )
    Referral.objects.create(program=program, referrer=ben, referred=ana, date_started=NOON + timedelta(hours=1))
    block_participant(participant=ana, reason="Refers herself", by=by, at=NOON + timedelta(days=40))
    return ana


def test_the_list_shows_the_newest_first(manager, ana, by):
    profile = ParticipantProfile(first_name="Zoë", email="zoe@example.com")
    add_participant(account_id="0012", user_id="+4412", profile=profile, by=by, at=NOON + timedelta(hours=1))

    page = manager.get(LIST).content.decode()

    assert page.index("Zoë") < page.index("Ana García")
    for text in ("zoe@example.com", "0012", "+4412", "Add Participant"):
        assert text in page


@pytest.mark.parametrize(
    ("query", "found"), [("garc", "ana"), ("BEN@", "ben"), ("ana garcia", "ana"), ("acme ben", "ben")]
)
def test_the_list_is_searched_by_what_a_person_types(manager, ana, ben, query, found):
    page = manager.get(LIST, {"q": query})

    assert [row.user_id for row in page.context["cl"].result_list] == [found]


@pytest.mark.parametrize(("chosen", "found"), [("yes", ["ana"]), ("no", ["ben"]), ("other", ["ben", "ana"])])
def test_the_list_can_be_narrowed_to_the_blocked(manager, ana, ben, by, chosen, found):
    block_participant(participant=ana, reason="Why", by=by, at=NOON)

    page = manager.get(LIST, {"blocked": chosen})

    assert [row.user_id for row in page.context["cl"].result_list] == found


def test_who_is_blocked_is_marked_in_the_list(manager, ana, by):
    block_participant(participant=ana, reason="Why", by=by, at=NOON)

    assert '<span class="badge badge--danger">Blocked</span>' in manager.get(LIST).content.decode()


def test_a_search_finds_within_the_filter(manager, ana, ben, by):
    block_participant(participant=ana, reason="Why", by=by, at=NOON)

    page = manager.get(LIST, {"blocked": "yes", "q": "acme"})

    assert [row.user_id for row in page.context["cl"].result_list] == ["ana"]


def test_the_list_makes_as_many_queries_for_many_as_for_few(manager, ana):
    many(60)

    with counted_queries("programs.participant list"):
        manager.get(LIST)
    with counted_queries("programs.participant list, searched"):
        manager.get(LIST, {"q": "ana"})


@pytest.mark.parametrize("tab", TABS)
def test_a_participants_page_makes_as_many_queries_for_many_rows_as_for_few(manager, busy, tab):
    with counted_queries(f"programs.participant {tab}", most=OF_ACTIVITY if tab == "activity" else MOST):
        page = manager.get(page_of(busy, tab))

    assert page.status_code == 200


@pytest.mark.parametrize(
    ("tab", "shown"),
    [
        ("overview", ["ana@example.com", "Refers herself", "Ben Okafor", "Blocked"]),
        ("referrals", ["Ben Okafor", "Mo29", "Mo5", "?tab=referrals&amp;p=2"]),
        ("codes", ["ANA29", "Spring", "Secondary", "Add referral code", "?tab=codes&amp;p=2"]),
        ("activity", ["Blocked", "Refers herself", "A friend converted:", "?tab=activity&amp;p=2"]),
    ],
)
def test_each_tab_shows_its_part(manager, busy, tab, shown):
    page = manager.get(page_of(busy, tab)).content.decode()

    for text in shown:
        assert text in page


def test_the_pages_of_friends_follow_each_other(manager, busy):
    page = manager.get(page_of(busy, "referrals") + "&p=2").content.decode()

    assert "?tab=referrals&amp;p=1" in page
    assert "?tab=referrals&amp;p=3" not in page
    assert "Mo4<" in page
    assert "Mo5<" not in page


@pytest.mark.parametrize("number", ["0", "-1", "x", "٣", "9999999999", "41", ""])
def test_a_page_that_there_cannot_be_is_shown_as_another(manager, busy, number):
    assert manager.get(f"{page_of(busy, 'activity')}&p={number}").status_code == 200


def test_activity_tells_everything_once_and_the_newest_first(manager, busy):
    lines = []
    for number in (1, 2, 3):
        page = manager.get(f"{page_of(busy, 'activity')}&p={number}")
        lines += page.content.decode().split("<tbody>")[1].split("</tbody>")[0].split("<tr>")[1:]

    assert len(lines) == 2 + 1 + 30 + 30
    assert "Participant blocked" in lines[0]
    assert "Participant added" in lines[-1]


def test_a_participant_is_added_with_the_account_of_their_own(manager):
    answer = manager.post(
        f"{LIST}add/",
        {"first_name": "Leo", "last_name": "", "email": "leo@example.com", "user_id": " 00123 ", "locale": "zh-CN"},
    )

    leo = Participant.objects.get()
    assert answer.url == page_of(leo)
    assert (leo.user_id, leo.account_id, leo.locale, leo.referable) == ("00123", "00123", "zh_CN", False)
    assert AuditEntry.objects.get().actor == "program_manager@example.com"


def test_a_duplicate_is_refused_beside_the_form(manager, ana):
    page = manager.post(f"{LIST}add/", {"user_id": "ana", "account_id": "acme", "first_name": "Other"})

    assert "Ana García already has the user ID ana in the account acme" in page.content.decode()
    assert Participant.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"user_id": ""}, "This field is required"),
        ({"user_id": "a\x00b"}, "Null characters are not allowed"),
        ({"first_name": "\x00"}, "Null characters are not allowed"),
        ({"user_id": "参" * 256}, "at most 255 characters"),
        ({"email": "leo"}, "Enter a valid email address"),
        ({"locale": "<script>"}, "Write a language"),
        ({"country_code": "China"}, "two letters"),
    ],
)
def test_what_a_participant_cannot_have_is_refused_with_a_sentence(manager, values, message):
    page = manager.post(f"{LIST}add/", {"user_id": "leo", **values})

    assert page.status_code == 200
    assert message in page.content.decode()
    assert not Participant.objects.exists()


def edit(client, participant, **values):
    sent = {"seen": participant.updated_at.isoformat(), "first_name": "Ana", "referable": "on", **values}
    return client.post(f"{LIST}{participant.pk}/edit/", sent)


def test_an_edit_changes_what_was_changed(manager, ana):
    form = manager.get(f"{LIST}{ana.pk}/edit/").context["form"]
    assert form.initial["last_name"] == "García"

    answer = edit(manager, ana, last_name="López", segments="vip, new，vip", country_code="es")

    assert answer.url == page_of(ana)
    ana.refresh_from_db()
    assert (ana.last_name, ana.segments, ana.country_code, ana.email) == ("López", ["vip", "new"], "ES", "")


@pytest.mark.parametrize("seen", ["2026-03-14T11:59:59+00:00", "nonsense", "2026-03-14T12:00:00"])
def test_an_edit_of_an_older_state_is_refused(manager, ana, seen):
    page = edit(manager, ana, last_name="López", seen=seen)

    assert "Somebody else changed Ana García in the meantime" in page.content.decode()
    ana.refresh_from_db()
    assert ana.last_name == "García"


def test_a_block_and_its_end_are_asked_for_with_reasons(manager, ana):
    answer = manager.post(f"{LIST}{ana.pk}/block/", {"reason": "Refers herself"})

    ana.refresh_from_db()
    assert answer.url == page_of(ana)
    assert (ana.is_blocked, ana.block_reason) == (True, "Refers herself")

    manager.post(f"{LIST}{ana.pk}/unblock/", {"reason": ""})

    ana.refresh_from_db()
    assert not ana.is_blocked


def test_a_block_without_a_reason_is_refused(manager, ana):
    page = manager.post(f"{LIST}{ana.pk}/block/", {"reason": " "})

    assert "Give a reason." in page.content.decode()
    ana.refresh_from_db()
    assert not ana.is_blocked


def test_reading_changes_nothing(manager, ana):
    for path in ("block", "unblock", "edit"):
        manager.get(f"{LIST}{ana.pk}/{path}/")

    ana.refresh_from_db()
    assert (ana.is_blocked, ana.updated_at) == (False, NOON)


def test_the_stock_form_behind_the_page_is_shut(manager, ana):
    assert manager.post(page_of(ana), {"first_name": "X", "_save": "1"}).status_code == 405
    assert manager.get(f"{LIST}{ana.pk}/delete/").status_code == 403


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        (Role.VIEWER, "", 200),
        (Role.VIEWER, "add/", 403),
        (Role.VIEWER, "{id}/change/", 200),
        (Role.VIEWER, "{id}/edit/", 403),
        (Role.VIEWER, "{id}/block/", 403),
        (Role.VIEWER, "{id}/unblock/", 403),
        (Role.SUPPORT, "add/", 403),
        (Role.SUPPORT, "{id}/edit/", 200),
        (Role.SUPPORT, "{id}/block/", 200),
        (Role.SUPPORT, "{id}/unblock/", 200),
        (Role.PROGRAM_MANAGER, "add/", 200),
        (Role.FULL_ACCESS, "add/", 200),
        (Role.FULL_ACCESS, "{id}/edit/", 200),
    ],
)
def test_each_role_sees_and_does_what_it_may(log_in, ana, role, path, status):
    assert log_in(role).get(LIST + path.format(id=ana.pk)).status_code == status


@pytest.mark.parametrize("path", ["add/", "{id}/edit/", "{id}/block/", "{id}/unblock/"])
def test_a_viewer_changes_nothing(log_in, ana, path):
    before = list(Participant.objects.values())

    answer = log_in(Role.VIEWER).post(LIST + path.format(id=ana.pk), {"user_id": "x", "reason": "x"})

    assert answer.status_code == 403
    assert list(Participant.objects.values()) == before


@pytest.mark.parametrize("path", ["", "add/", "1/change/", "1/edit/", "1/block/", "1/unblock/"])
def test_a_stranger_is_asked_to_log_in(client, path):
    assert client.get(LIST + path).url.startswith("/admin/login/")


@pytest.mark.parametrize("path", ["edit", "block", "unblock"])
def test_a_participant_that_there_is_not_is_not_found(manager, path):
    assert manager.get(f"{LIST}12345/{path}/").status_code == 404


def test_a_viewer_is_offered_nothing_that_is_refused(log_in, ana):
    page = log_in(Role.VIEWER).get(page_of(ana)).content.decode()

    assert f"{LIST}{ana.pk}/edit/" not in page
    assert 'class="button button--danger"' not in page


class Elements(HTMLParser):
    """Collect the elements of a page with their attributes."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; DROP TABLE participants; --",
    "{{ 7*7 }}{% csrf_token %}",
    "javascript:alert(1)",
    "مرحبا \u202e gnp.exe",
    "👩‍👩‍👧‍👦 Ｆｕｌｌ",
    "参" * 255,
    "%s %(name)s {0}",
    "../../etc/passwd",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_texts_on_every_page(manager, program, by, text):
    profile = ParticipantProfile(
        first_name=text, last_name=text, email=text[:255], segments=[text], custom_fields={text: text}
    )
    one = add_participant(account_id=text, user_id=text, profile=profile, by=by, at=NOON)
    other = add_participant(account_id="b", user_id="b", profile=profile, by=by, at=NOON)
    Referral.objects.create(program=program, referrer=one, referred=other, code_used=text[:64], date_started=NOON)
    block_participant(participant=one, reason=text, by=by, at=NOON)

    paths = [LIST, f"{LIST}?q=b", f"{LIST}{one.pk}/edit/", f"{LIST}{one.pk}/block/"]
    paths += [page_of(person, tab) for person in (one, other) for tab in TABS]
    for path in paths:
        answer = manager.get(path)
        elements = Elements()
        elements.feed(answer.content.decode())
        assert answer.status_code == 200
        assert not [tag for tag, attrs in elements.found if tag == "img" and attrs.get("src") == "x"]
        assert not [attrs for _, attrs in elements.found if any(name.startswith("on") for name in attrs)]
        assert not [attrs for _, attrs in elements.found if str(attrs.get("href", "")).startswith("javascript:")]
        assert "alert(1)</script>" not in answer.content.decode()


@pytest.mark.parametrize("word", ["", " ", "\x00", "%", "_", "'", "\U0010ffff", "\ud7ff", "a" * 5000, "<", "ana " * 50])
def test_whatever_is_searched_for_the_list_answers(manager, ana, word):
    assert manager.get(LIST, {"q": word}).status_code == 200


def test_the_search_for_all_leads_to_participants_and_codes(manager, ana, program):
    ReferralCode.objects.create(code="ANAGARCIA", program=program, participant=ana)

    by_name = manager.get(reverse("admin:search"), {"q": "garcía"}).content.decode()
    by_code = manager.get(reverse("admin:search"), {"q": "anagar"}).content.decode()
    by_program = manager.get(reverse("admin:search"), {"q": "spring"}).content.decode()

    assert page_of(ana) in by_name
    assert page_of(ana, "codes") in by_code
    assert f"/admin/programs/program/{program.pk}/change/" in by_program
