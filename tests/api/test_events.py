from __future__ import annotations

import pytest

from programs.models import Conversion, EventSubmission, ParticipantEvent, Referral
from tests.api.calling import user_path
from tests.factories import make_participant, make_program

pytestmark = pytest.mark.django_db

ADDRESS = user_path("acme", "ada") + "/events"
FIELDS = {"order_id": "7", "total": 12.5, "products": [{"sku": "a", "quantity": 2}], "gift": False}
BODY = {
    "userId": "ada",
    "accountId": "acme",
    "idempotencyKey": "order-7-paid",
    "events": [{"key": "purchase", "id": "e1", "fields": FIELDS, "dateTriggered": 1500000000123}],
}


@pytest.fixture(autouse=True)
def ada(db):
    return make_participant(account_id="acme", user_id="ada")


def test_events_are_stored_and_echoed_to_the_millisecond(api):
    answer = api.post(ADDRESS, BODY)

    event = answer.body["events"][0]
    assert answer.status == 200
    assert event["dateReceived"] == event["dateProcessed"] > 1500000000123
    assert {name: event[name] for name in ("id", "key", "fields", "dateTriggered")} == {
        "id": "e1",
        "key": "purchase",
        "fields": FIELDS,
        "dateTriggered": 1500000000123,
    }
    stored = ParticipantEvent.objects.get()
    assert (stored.fields, stored.participant.user_id, stored.key) == (FIELDS, "ada", "purchase")


def test_an_idempotency_key_that_came_before_is_answered_409_and_stores_nothing(api):
    api.post(ADDRESS, BODY)

    answer = api.post(ADDRESS, {**BODY, "events": [{"key": "refund"}]})

    assert (answer.status, answer.code) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert ParticipantEvent.objects.count() == 1


def test_events_without_a_key_are_stored_each_time(api):
    body = {**BODY, "idempotencyKey": None}

    assert [api.post(ADDRESS, body).status for _ in range(2)] == [200, 200]
    assert EventSubmission.objects.count() == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"idempotencyKey": "short"},
        {"idempotencyKey": "x" * 65},
        {"idempotencyKey": "order 7 paid"},
        {"events": []},
        {"events": [{"key": ""}]},
        {"events": [{"fields": {}}]},
        {"events": [{"key": "a", "fields": {"a": "x" * 1501}}]},
        {"events": [{"key": "a", "fields": {"a": [[1]]}}]},
        {"events": [{"key": "a", "fields": {"a": {"b": {"c": 1}}}}]},
        {"events": [{"key": "a", "dateTriggered": "2026"}]},
        {"events": [{"key": "a", "dateTriggered": 10**18}]},
        {"events": [{"key": "a", "x": 1}]},
        {"userId": "eve"},
        {"accountId": "other"},
    ],
    ids=str,
)
def test_events_that_cannot_be_are_refused_and_nothing_is_stored(api, wrong):
    assert api.post(ADDRESS, {**BODY, **wrong}).status == 400
    assert not EventSubmission.objects.exists()


def test_events_of_an_unknown_user_are_answered_404(api):
    answer = api.post(user_path("acme", "eve") + "/events", {**BODY, "userId": "eve"})

    assert (answer.status, answer.body["rsCode"]) == (404, "RS042")


def test_a_users_whole_token_sends_events_of_that_user_alone(api):
    whole = api.with_token({"user": {"id": "ada", "accountId": "acme", "email": "a@b.c"}})

    assert whole.post(ADDRESS, BODY).status == 200
    assert api.with_token({"user": {"id": "ada", "accountId": "acme"}}).post(ADDRESS, BODY).status == 403
    assert whole.post(user_path("acme", "eve") + "/events", {**BODY, "userId": "eve"}).status == 403


def test_a_purchase_counts_as_an_order_only_with_an_api_key(api, ada, monkeypatch):
    monkeypatch.setattr("celery.current_app.send_task", lambda *_args, **_options: None)
    Referral.objects.create(program=make_program(), referrer=make_participant(), referred=ada)
    whole = api.with_token({"user": {"id": "ada", "accountId": "acme", "email": "a@b.c"}})

    assert whole.post(ADDRESS, {**BODY, "idempotencyKey": "from-a-browser"}).status == 200
    assert not Conversion.objects.exists()
    assert api.post(ADDRESS, BODY).status == 200
    assert (Conversion.objects.get().order_id, ParticipantEvent.objects.count()) == ("7", 2)
