from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from programs.models import Participant, SearchTerm
from programs.operations import (
    BlockReasonMissing,
    InvalidValue,
    ParticipantChangedMeanwhile,
    ParticipantExists,
    ParticipantProfile,
    add_participant,
    block_participant,
    change_participant,
    index_participants_after,
    unblock_participant,
)
from programs.terms import DIGEST_MARK
from team.models import AuditEntry
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
LEO = ParticipantProfile(first_name="Leo", email="leo@example.com", segments=["vip"], custom_fields={"tier": 3})


def as_stored(participant):
    return Participant.objects.filter(pk=participant.pk).values().get()


def terms(participant):
    found = SearchTerm.objects.filter(participant=participant).exclude(term__startswith=DIGEST_MARK)
    return set(found.values_list("term", flat=True))


def test_a_participant_is_added_with_exactly_the_ids_given(by):
    leo = add_participant(account_id="0012", user_id="+4412", profile=LEO, by=by, at=NOON)

    stored = as_stored(leo)
    assert (stored["account_id"], stored["user_id"], stored["created_at"]) == ("0012", "+4412", NOON)
    assert (stored["segments"], stored["custom_fields"], stored["referable"]) == (["vip"], {"tier": 3}, True)
    assert terms(leo) == {"0012", "+4412", "4412", "leo", "leo@example.com", "example.com"}
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor) == ("participant.added", "ana@example.com")
    assert entry.changes == {"account_id": [None, "0012"], "user_id": [None, "+4412"]}


def test_a_duplicate_is_refused_and_names_the_existing_one(ana, by):
    with pytest.raises(ParticipantExists, match="Ana García already has the user ID ana in the account acme") as error:
        add_participant(account_id="acme", user_id="ana", profile=LEO, by=by, at=LATER)

    assert error.value.params["participant_id"] == ana.pk
    assert Participant.objects.count() == 1
    assert AuditEntry.objects.count() == 1
    assert "leo" not in terms(ana)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"account_id": ""}, "account_id"),
        ({"user_id": ""}, "user_id"),
        ({"user_id": "a\x00b"}, "user_id"),
        ({"user_id": "参" * 256}, "user_id"),
        ({"first_name": "\x00"}, "first_name"),
        ({"image_url": "javascript:alert(1)"}, "image_url"),
        ({"country_code": "CHN"}, "country_code"),
        ({"segments": ["a\x00"]}, "segments"),
        ({"custom_fields": {"a": {"b": ["\x00"]}}}, "custom_fields"),
    ],
)
def test_values_that_a_participant_cannot_have_are_refused(by, values, field):
    ids = {"account_id": "a", "user_id": "a"} | {name: values[name] for name in values if name.endswith("_id")}
    profile = replace(LEO, **{name: values[name] for name in values if not name.endswith("_id")})

    with pytest.raises(InvalidValue) as error:
        add_participant(**ids, profile=profile, by=by, at=NOON)

    assert error.value.params["field"] == field
    assert not Participant.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_nul_is_refused_with_a_sentence(by):
    with pytest.raises(InvalidValue, match="user ID: It contains a NUL character"):
        add_participant(account_id="a", user_id="\x00", profile=LEO, by=by, at=NOON)


def test_a_change_moves_the_search_and_is_recorded(ana, by):
    profile = replace(ParticipantProfile.of(ana), last_name="López", referable=False)

    changed = change_participant(participant=ana, profile=profile, seen_at=NOON, by=by, at=LATER)

    assert as_stored(ana) == as_stored(changed)
    assert (changed.last_name, changed.referable, changed.updated_at) == ("López", False, LATER)
    assert terms(ana) == {"ana", "lopez", "ana@example.com", "example.com", "acme"}
    entry = AuditEntry.objects.get(action="participant.changed")
    assert entry.changes == {"last_name": ["García", "López"], "referable": [True, False]}


def test_a_change_to_the_same_is_none(ana, by):
    change_participant(participant=ana, profile=ParticipantProfile.of(ana), seen_at=NOON, by=by, at=LATER)

    assert as_stored(ana)["updated_at"] == NOON
    assert not AuditEntry.objects.filter(action="participant.changed").exists()


def test_a_change_of_what_somebody_else_changed_is_refused(ana, by):
    mine = replace(ParticipantProfile.of(ana), last_name="Mine")
    change_participant(
        participant=ana,
        profile=replace(ParticipantProfile.of(ana), email="new@example.com"),
        seen_at=NOON,
        by=by,
        at=LATER,
    )
    before = as_stored(ana), terms(ana)

    with pytest.raises(ParticipantChangedMeanwhile):
        change_participant(participant=ana, profile=mine, seen_at=NOON, by=by, at=LATER + timedelta(1))

    assert (as_stored(ana), terms(ana)) == before
    assert AuditEntry.objects.filter(action="participant.changed").count() == 1


def test_a_field_that_was_wrong_before_does_not_keep_others_from_changing(ana, by):
    Participant.objects.update(image_url="not a url")
    ana.refresh_from_db()

    profile = replace(ParticipantProfile.of(ana), first_name="Anna")
    changed = change_participant(participant=ana, profile=profile, seen_at=NOON, by=by, at=LATER)

    assert (changed.first_name, changed.image_url) == ("Anna", "not a url")


def test_a_block_says_since_when_and_why(ana, by):
    assert block_participant(participant=ana, reason=" Refers himself ", by=by, at=LATER) is True

    assert (ana.date_blocked, ana.block_reason, ana.updated_at) == (LATER, "Refers himself", LATER)
    entry = AuditEntry.objects.get(action="participant.blocked")
    assert entry.changes == {"blocked": [False, True], "block_reason": ["", "Refers himself"]}


def test_a_second_block_changes_nothing(ana, by):
    block_participant(participant=ana, reason="Refers himself", by=by, at=LATER)
    before = as_stored(ana)

    assert block_participant(participant=ana, reason="Other", by=by, at=LATER + timedelta(1)) is False

    assert as_stored(ana) == before
    assert ana.block_reason == "Refers himself"
    assert AuditEntry.objects.filter(action="participant.blocked").count() == 1


@pytest.mark.parametrize(
    ("reason", "error"),
    [("", BlockReasonMissing), (" \n", BlockReasonMissing), ("x" * 501, InvalidValue), ("a\x00", InvalidValue)],
)
def test_a_block_without_a_fit_reason_is_refused(ana, by, reason, error):
    before = as_stored(ana)

    with pytest.raises(error):
        block_participant(participant=ana, reason=reason, by=by, at=LATER)

    assert as_stored(ana) == before
    assert not AuditEntry.objects.filter(action="participant.blocked").exists()


def test_an_unblocked_participant_is_as_before(ana, by):
    block_participant(participant=ana, reason="Refers himself", by=by, at=LATER)

    assert unblock_participant(participant=ana, reason="A mistake", by=by, at=LATER + timedelta(1)) is True

    assert (ana.date_blocked, ana.block_reason) == (None, "")
    entry = AuditEntry.objects.get(action="participant.unblocked")
    assert entry.changes == {"blocked": [True, False], "reason": [None, "A mistake"]}


def test_who_is_not_blocked_cannot_be_unblocked_twice(ana, by):
    before = as_stored(ana)

    assert unblock_participant(participant=ana, reason="", by=by, at=LATER) is False

    assert as_stored(ana) == before
    assert not AuditEntry.objects.filter(action="participant.unblocked").exists()


def test_a_bulk_load_is_made_findable_afterwards(ana):
    loaded = Participant.objects.bulk_create(
        Participant(account_id="bulk", user_id=f"u{number}", first_name="王") for number in range(4100)
    )

    index_participants_after(participant_id=ana.pk)

    assert terms(loaded[-1]) == {"bulk", "u4099", "王"}
    assert SearchTerm.objects.filter(term="王").count() == 4100
    assert terms(ana) == {"ana", "garcia", "ana@example.com", "example.com", "acme"}
