from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps

from programs.models import EventSubmission, ParticipantEvent
from programs.operations import NewEvent, erase_participant, record_events
from team.audit import Actor
from tests.factories import make_participant

pytestmark = pytest.mark.django_db


def test_who_sent_the_events_of_a_deleted_participant_is_forgotten(by, at):
    ada, ben = make_participant(user_id="ada"), make_participant(user_id="ben")
    for participant, sender in ((ada, "user ada"), (ada, "API key Shop"), (ben, "user ben")):
        record_events(
            participant=participant,
            events=[NewEvent(key="purchase", fields={})],
            idempotency_key=f"{sender}-paid",
            by=Actor(label=sender),
            at=at,
        )

    erase_participant(participant=ada, do_not_track=False, by=by, at=at)

    assert list(EventSubmission.objects.order_by("pk").values_list("idempotency_key", "sent_by")) == [
        ("user ada-paid", ""),
        ("API key Shop-paid", ""),
        ("user ben-paid", "user ben"),
    ]
    assert ParticipantEvent.objects.get().participant == ben


def test_who_sent_the_events_of_participants_deleted_before_is_forgotten_by_a_migration(by, at):
    migration = import_module("programs.migrations.0011_forget_who_sent_events")
    ada, ben = make_participant(user_id="ada"), make_participant(user_id="ben")
    for participant in (ada, ben):
        event = NewEvent(key="visit", fields={})
        sender = Actor(label=f"user {participant.user_id}")
        record_events(participant=participant, events=[event], idempotency_key=None, by=sender, at=at)
    erase_participant(participant=ada, do_not_track=False, by=by, at=at)
    EventSubmission.objects.filter(participant=ada).update(sent_by="user ada")

    migration.forget_senders(apps, None)

    senders = EventSubmission.objects.order_by("pk").values_list("participant", "sent_by")
    assert list(senders) == [(ada.pk, ""), (ben.pk, "user ben")]
