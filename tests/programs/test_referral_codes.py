from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from programs.models import ReferralCode, ShareLink
from programs.operations import (
    CodeChangedMeanwhile,
    CodeDisabled,
    CodeTaken,
    InvalidValue,
    PrimaryCodeNeeded,
    add_referral_code,
    count_click,
    disable_code,
    edit_referral_code,
    enable_code,
    join_program,
    make_primary,
    make_share_link,
)
from team.models import AuditEntry
from tests.conftest import NOON
from tests.factories import make_participant, make_referral_code
from tests.factories import make_share_link as given_link

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def primary(ana, program, by):
    """Return Ana's primary code, with its link."""
    return join_program(participant=ana, program=program, code="ANA", by=by, at=NOON)


@pytest.fixture
def secondary(ana, program, by, primary):
    return add_referral_code(participant=ana, program=program, code="ANA2", by=by, at=NOON)


def everything():
    codes = list(ReferralCode.objects.order_by("pk").values())
    return codes, list(ShareLink.objects.order_by("pk").values()), AuditEntry.objects.count()


def codes():
    found = ReferralCode.objects.order_by("pk")
    return [(code.code, code.is_primary, code.disabled_at is None) for code in found]


def links():
    found = ShareLink.objects.select_related("code").order_by("pk")
    return [(link.code.code, link.retired_at is None) for link in found]


def edit(code, to, by, *, keeps_old=True, keeps_links=True):
    return edit_referral_code(
        code=code, to=to, keeps_old=keeps_old, keeps_links=keeps_links, by=by, at=LATER, rng=Random(1)
    )


def test_joining_gives_a_share_link(primary):
    link = ShareLink.objects.get()

    assert (link.code, link.clicks, link.created_at, len(link.slug)) == (primary, 0, NOON, 10)


def test_another_code_is_secondary_and_has_no_link(secondary):
    assert codes() == [("ANA", True, True), ("ANA2", False, True)]
    assert links() == [("ANA", True)]
    entry = AuditEntry.objects.get(action="code.added")
    assert entry.changes == {"program": [None, "Spring"], "code": [None, "ANA2"]}


def test_the_first_code_added_in_a_program_joins_it(ana, program, by):
    add_referral_code(participant=ana, program=program, code="BIKE", by=by, at=NOON)

    assert codes() == [("BIKE", True, True)]
    assert links() == [("BIKE", True)]
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))[-1] == "participant.joined"


def test_a_code_added_as_primary_takes_the_former_ones_place(ana, program, by, primary):
    add_referral_code(participant=ana, program=program, code="BIKE", is_primary=True, by=by, at=LATER)

    assert codes() == [("ANA", False, True), ("BIKE", True, True)]
    assert links() == [("ANA", True), ("BIKE", True)]
    entry = AuditEntry.objects.get(action="code.made_primary")
    assert entry.changes == {"program": [None, "Spring"], "primary_code": ["ANA", "BIKE"]}


def test_adding_a_code_that_is_taken_changes_nothing(ana, ben, program, by, primary):
    before = everything()

    with pytest.raises(CodeTaken):
        add_referral_code(participant=ben, program=program, code="ana", by=by, at=NOON)
    with pytest.raises(CodeTaken):
        add_referral_code(participant=ana, program=program, code="ana", is_primary=True, by=by, at=NOON)

    assert everything() == before


def test_a_secondary_code_becomes_primary_once(secondary, by):
    assert make_primary(code=secondary, by=by, at=LATER) is True
    assert make_primary(code=secondary, by=by, at=LATER) is False

    assert codes() == [("ANA", False, True), ("ANA2", True, True)]
    assert links() == [("ANA", True), ("ANA2", True)]
    assert AuditEntry.objects.filter(action="code.made_primary").count() == 1


def test_a_disabled_code_cannot_become_primary(secondary, by):
    disable_code(code=secondary, by=by, at=LATER)
    before = everything()

    with pytest.raises(CodeDisabled, match="ANA2 is disabled"):
        make_primary(code=secondary, by=by, at=LATER)

    assert everything() == before


def test_a_secondary_code_is_disabled_and_enabled_again(secondary, by):
    assert disable_code(code=secondary, by=by, at=LATER) is True
    assert secondary.disabled_at == LATER
    assert disable_code(code=secondary, by=by, at=LATER + timedelta(1)) is False
    assert codes()[1] == ("ANA2", False, False)

    assert enable_code(code=secondary, by=by, at=LATER) is True
    assert enable_code(code=secondary, by=by, at=LATER) is False
    assert codes()[1] == ("ANA2", False, True)
    actions = AuditEntry.objects.filter(action__in=["code.disabled", "code.enabled"]).values_list("action", flat=True)
    assert sorted(actions) == ["code.disabled", "code.enabled"]


def test_the_primary_code_cannot_be_disabled(primary, by):
    before = everything()

    with pytest.raises(PrimaryCodeNeeded, match="ANA is the primary code"):
        disable_code(code=primary, by=by, at=LATER)

    assert everything() == before


@pytest.mark.parametrize(
    ("keeps_old", "keeps_links", "links_after"),
    [
        (True, True, [("BIKE", True)]),
        (False, True, [("BIKE", True)]),
        (True, False, [("ANA", False), ("BIKE", True)]),
        (False, False, [("ANA", False), ("BIKE", True)]),
    ],
)
def test_an_edited_primary_code_gives_its_place_to_the_new_one(primary, by, keeps_old, keeps_links, links_after):
    new = edit(primary, "BIKE", by, keeps_old=keeps_old, keeps_links=keeps_links)

    assert new.is_primary
    assert codes() == [("ANA", False, keeps_old), ("BIKE", True, True)]
    assert links() == links_after
    entry = AuditEntry.objects.get(action="code.edited")
    assert entry.changes == {
        "program": [None, "Spring"],
        "code": ["ANA", "BIKE"],
        "old_code_works": [None, keeps_old],
    }


def test_links_that_are_kept_keep_their_clicks(primary, by):
    link = ShareLink.objects.get()
    count_click(link=link, at=NOON)

    edit(primary, "BIKE", by)

    kept = ShareLink.objects.get()
    assert (kept.slug, kept.clicks, kept.code.code) == (link.slug, 1, "BIKE")


def test_an_edited_secondary_code_stays_secondary(secondary, by):
    edit(secondary, "BIKE", by, keeps_old=False)

    assert codes() == [("ANA", True, True), ("ANA2", False, False), ("BIKE", False, True)]
    assert links() == [("ANA", True)]


def test_a_code_that_only_changes_its_case_stays_the_same_code(primary, by):
    edited = edit(primary, "Ana", by, keeps_old=False, keeps_links=False)

    assert edited.pk == primary.pk
    assert codes() == [("Ana", True, True)]
    assert links() == [("Ana", True)]
    assert AuditEntry.objects.get(action="code.edited").changes["code"] == ["ANA", "Ana"]


def test_an_edit_to_the_same_changes_nothing(primary, by):
    before = everything()

    assert edit(primary, "ANA", by) == primary

    assert everything() == before


@pytest.mark.parametrize(("to", "error"), [("BEN", CodeTaken), ("ana2", CodeTaken), ("a b", InvalidValue)])
def test_an_edit_to_what_cannot_be_is_refused(primary, secondary, ben, program, by, to, error):
    join_program(participant=ben, program=program, code="BEN", by=by, at=NOON)
    before = everything()

    with pytest.raises(error):
        edit(primary, to, by, keeps_old=False)

    assert everything() == before


def test_a_disabled_code_cannot_be_edited(secondary, by):
    disable_code(code=secondary, by=by, at=LATER)
    before = everything()

    with pytest.raises(CodeDisabled):
        edit(secondary, "BIKE", by)

    assert everything() == before


def test_an_edit_of_what_somebody_else_changed_is_refused(primary, secondary, by):
    as_seen = ReferralCode.objects.get(pk=primary.pk)
    make_primary(code=secondary, by=by, at=LATER)
    before = everything()

    with pytest.raises(CodeChangedMeanwhile, match="changed the code ANA"):
        edit(as_seen, "BIKE", by)

    assert everything() == before


def test_a_code_has_one_current_link(primary):
    link = ShareLink.objects.get()

    assert make_share_link(code=primary, at=LATER, rng=Random(1)) == link
    assert ShareLink.objects.count() == 1


def test_an_address_that_is_taken_is_not_given_again():
    first = make_share_link(code=make_referral_code(), at=NOON, rng=Random(7))

    second = make_share_link(code=make_referral_code(participant=make_participant()), at=NOON, rng=Random(7))

    assert first.slug != second.slug


def test_a_click_is_counted():
    link = given_link()

    assert count_click(link=link, at=NOON) is True
    assert count_click(link=link, at=LATER) is True

    link.refresh_from_db()
    assert (link.clicks, link.clicked_at) == (2, LATER)


def test_a_click_on_a_link_that_is_gone_counts_nothing():
    link = given_link()
    ShareLink.objects.filter(pk=link.pk).delete()

    assert count_click(link=link, at=NOON) is False
