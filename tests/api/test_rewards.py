from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from api.instants import milliseconds
from api.models import StoredAnswer
from rewards.models import Reward, RewardEntry
from rewards.operations import redeem_reward, reverse_redemption
from team.audit import SYSTEM
from team.models import AuditEntry
from tests.api.calling import Api, user_path
from tests.conftest import NOON
from tests.factories import make_catalog_reward, make_participant, make_program, make_reward, make_unit
from tests.query_counts import counted_queries

pytestmark = pytest.mark.django_db

GIVE = "rewards/" + user_path("acme", "ada", prefix="")
CREDIT = {"type": "CREDIT", "unit": "POINT", "assignedCredit": 500}
DEBIT = {"accountId": "acme", "unit": "POINT", "amount": 200}
LATER = datetime(2090, 1, 1, tzinfo=UTC)


@pytest.fixture
def point(db):
    return make_unit("POINT")


@pytest.fixture
def ada(point):
    return make_participant(account_id="acme", user_id="ada")


def points(participant, amount=500, **fields):
    return make_reward(participant=participant, unit=make_unit("POINT"), amount=amount, **fields)


def nothing_happened():
    assert not RewardEntry.objects.exists()
    assert not Reward.objects.filter(redeemed__gt=0).exists()


def test_a_credit_is_given_and_read_back_whole(api, ada):
    answer = api.post(GIVE, {**CREDIT, "name": "Welcome", "dateExpires": milliseconds(LATER)})

    body = answer.body
    assert answer.status == 201
    assert body == {
        "id": Reward.objects.get().public_id,
        "type": "CREDIT",
        "uniqueId": None,
        "status": "AVAILABLE",
        "dateCreated": body["dateCreated"],
        "dateGiven": body["dateCreated"],
        "dateExpires": milliseconds(LATER),
        "dateCancelled": None,
        "dateScheduledFor": None,
        "dateRedeemed": None,
        "accountId": "acme",
        "userId": "ada",
        "cancellable": True,
        "rewardSource": "MANUAL",
        "programId": None,
        "programRewardKey": None,
        "globalRewardKey": None,
        "referralId": None,
        "unit": "POINT",
        "name": "Welcome",
        "currency": None,
        "assignedCredit": 500,
        "redeemedCredit": 0,
        "redemptions": None,
        "discountPercent": None,
        "fuelTankCode": None,
        "fueltankType": None,
        "amount": None,
        "description": None,
        "valueInCents": None,
        "integrationId": None,
        "rewardDetails": None,
    }
    assert api.get(f"reward/{body['id']}").body == body
    assert api.get("reward", accountId="acme").body == [body]


def test_a_percentage_and_a_code_are_given(api, ada):
    percent = api.post(GIVE, {"type": "PCT_DISCOUNT", "discountPercent": 20}).body
    code = api.post(
        GIVE, {"type": "FUELTANK", "fuelTankCode": "SAVE-10", "fuelTankType": "PCT_DISCOUNT", "amount": 10}
    ).body

    assert (percent["discountPercent"], percent["unit"], percent["assignedCredit"]) == (20, "%", None)
    assert (code["fuelTankCode"], code["fueltankType"], code["amount"]) == ("SAVE-10", "PCT_DISCOUNT", 10)


def test_a_reward_for_later_is_pending(api, ada):
    assert api.post(GIVE, {**CREDIT, "dateScheduledFor": milliseconds(LATER)}).body["status"] == "PENDING"


@pytest.mark.parametrize(
    "wrong",
    [
        {"assignedCredit": 0},
        {"assignedCredit": -5},
        {"assignedCredit": 1.5},
        {"assignedCredit": True},
        {"assignedCredit": "500"},
        {"assignedCredit": 2**53},
        {"assignedCredit": None},
        {"unit": None},
        {"unit": "NOPE"},
        {"unit": "point"},
        {"type": "INTEGRATION"},
        {"type": "credit"},
        {"discountPercent": 10},
        {"fuelTankCode": "A"},
        {"currency": "USD"},
        {"currency": "usd"},
        {"dateExpires": 1},
        {"dateExpires": 2**60},
        {"dateExpires": -1},
        {"cancellable": False},
        {"name": "x" * 201},
        {"status": "REDEEMED"},
        {"redeemed": 1},
        {"redeemedCredit": 1},
        {"id": "0" * 24},
    ],
    ids=str,
)
def test_a_reward_that_cannot_be_is_refused(api, ada, wrong):
    answer = api.post(GIVE, {**CREDIT, **wrong})

    assert answer.status == 400
    assert answer.code
    assert not Reward.objects.exists()


def test_rewards_belong_to_somebody(api, point):
    assert api.post(GIVE, CREDIT).status == 404
    assert not Reward.objects.exists()


@pytest.mark.parametrize("reward_id", ["nothing", "0" * 24, "' OR 1=1", "ä" * 24])
def test_an_unknown_reward_is_answered_404(api, reward_id):
    assert api.get(f"reward/{reward_id}").code == "NOT_FOUND"
    assert api.post(f"reward/{reward_id}/cancel").code == "NOT_FOUND"
    assert api.post(f"credit/{reward_id}/redeem", {"amount": 1, "unit": "POINT"}).code == "NOT_FOUND"


def test_rewards_are_listed_by_account_user_and_type_with_what_caused_them(api, ada):
    bob = make_participant(account_id="acme", user_id="bob")
    catalog = make_catalog_reward(unit=make_unit("POINT"))
    reward = points(ada, catalog_reward=catalog, program=make_program(key="47255"), source="FRIEND_SIGNUP")
    first = redeem_reward(reward=reward, amount=100, key="1", by=SYSTEM, at=NOON)
    redeem_reward(reward=reward, amount=50, key="2", by=SYSTEM, at=NOON)
    reverse_redemption(entry=first, by=SYSTEM, at=NOON)
    points(bob)
    make_reward(participant=ada, type="PCT_DISCOUNT", unit=None, amount=10)
    make_reward()

    assert len(api.get("reward", accountId="acme").body) == 3
    assert len(api.get("reward", accountId="acme", userId="bob").body) == 1
    listed = api.get("reward", accountId="acme", userId="ada", rewardTypeFilter="CREDIT").body
    assert [(one["globalRewardKey"], one["programId"], one["rewardSource"]) for one in listed] == [
        (catalog.key, "47255", "FRIEND_SIGNUP")
    ]
    assert [one["quantityRedeemed"] for one in listed[0]["redemptions"]] == [50]
    assert api.get("reward", accountId="nobody").body == []
    assert api.get("reward").code == "VALIDATION_FAILED"
    assert api.get("reward", accountId="acme", rewardTypeFilter="CASH").code == "VALIDATION_FAILED"
    with counted_queries("api.reward list"):
        api.get("reward", accountId="acme")


def test_balances_are_a_bare_list_of_whole_numbers_by_type_and_unit(api, ada):
    points(ada, 10_000)
    points(ada, 300, redeemed=100)
    points(ada, 70, status="PENDING")
    points(ada, 30, status="EXPIRED")
    points(ada, 20, date_expires=NOON)
    points(ada, 11, status="CANCELLED")
    points(ada, 5, status="REDEEMED")
    make_reward(participant=ada, type="PCT_DISCOUNT", unit=None, amount=10, source="REFERRED")
    make_reward(participant=ada, type="PCT_DISCOUNT", unit=None, amount=20, source="FRIEND_SIGNUP")
    make_reward(participant=ada, type="PCT_DISCOUNT", unit=None, amount=5, status="EXPIRED")
    make_reward(participant=ada, type="FUELTANK", unit=None, amount=5, fuel_tank_code="A")

    body = api.get("reward/balance", accountId="acme").body

    assert body == [
        {
            "type": "CREDIT",
            "unit": "POINT",
            "count": 7,
            "totalPendingCredit": 70,
            "totalAssignedCredit": 10_305,
            "totalRedeemedCredit": 105,
            "totalExpiredCredit": 50,
            "totalCancelledCredit": 11,
        },
        {"type": "FUELTANK", "unit": "%", "totalFuelTankCodes": 1},
        {
            "type": "PCT_DISCOUNT",
            "unit": "%",
            "totalDiscountPercent": 30,
            "referredDiscountPercent": 10,
            "referrerDiscountPercent": 20,
        },
    ]
    assert len(api.get("reward/balance", accountId="acme", rewardTypeFilter="CREDIT").body) == 1
    assert api.get("reward/balance", accountId="nobody").body == []
    with counted_queries("api.balance"):
        api.get("reward/balance", accountId="acme")


def test_a_debit_draws_from_the_account_and_says_what_is_left(api, ada):
    bob = make_participant(account_id="acme", user_id="bob")
    points(ada, 500, name="Ada's", date_expires=LATER)
    points(bob, 80, name="Bob's", date_expires=LATER - timedelta(days=1))

    answer = api.post("credit/bulkredeem", DEBIT)

    assert (answer.status, answer.body) == (200, {"creditRedeemed": 200, "creditAvailable": 380, "unit": "POINT"})
    assert dict(Reward.objects.values_list("name", "redeemed")) == {"Ada's": 120, "Bob's": 80}
    entry = RewardEntry.objects.get(amount=120)
    assert entry.actor == f"API key Shop ({api.key.account_sid})"
    assert entry.key == f"api:{answer.headers['X-Request-Id']}:{entry.reward_id}"
    assert api.get("reward/balance", accountId="acme").body[0]["totalRedeemedCredit"] == 200


def test_a_debit_that_names_a_user_draws_from_that_user_alone(api, ada):
    bob = make_participant(account_id="acme", user_id="bob")
    points(ada, 500, name="Ada's")
    points(bob, 80, name="Bob's")

    answer = api.post("credit/bulkredeem", {**DEBIT, "userId": "ada"})

    assert answer.body == {"creditRedeemed": 200, "creditAvailable": 380, "unit": "POINT"}
    assert dict(Reward.objects.values_list("name", "redeemed")) == {"Ada's": 200, "Bob's": 0}


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"amount": 501}, 400, "INSUFFICIENT_REDEEMABLE_CREDIT"),
        ({"amount": 2**53 - 1}, 400, "INSUFFICIENT_REDEEMABLE_CREDIT"),
        ({"amount": 0}, 400, "VALIDATION_FAILED"),
        ({"amount": -200}, 400, "VALIDATION_FAILED"),
        ({"amount": 1.5}, 400, "VALIDATION_FAILED"),
        ({"amount": "200"}, 400, "VALIDATION_FAILED"),
        ({"amount": True}, 400, "VALIDATION_FAILED"),
        ({"amount": 2**53}, 400, "VALIDATION_FAILED"),
        ({"unit": "NOPE"}, 400, "UNKNOWN_UNIT"),
        ({"unit": "point"}, 400, "UNKNOWN_UNIT"),
        ({"accountId": "nobody"}, 404, "NOT_FOUND"),
        ({"userId": "nobody"}, 404, "NOT_FOUND"),
        ({"userId": ""}, 400, "VALIDATION_FAILED"),
        ({"force": True}, 400, "INVALID_JSON_REQUEST"),
    ],
    ids=str,
)
def test_a_debit_that_cannot_be_is_refused_and_changes_nothing(api, ada, wrong, status, code):
    points(ada)

    answer = api.post("credit/bulkredeem", {**DEBIT, **wrong})

    assert (answer.status, answer.code) == (status, code)
    nothing_happened()


def test_one_reward_is_redeemed_in_parts_until_it_says_that_it_already_is(api, ada):
    reward = points(ada)
    address = f"credit/{reward.public_id}/redeem"

    assert api.post(address, {"amount": 200, "unit": "POINT"}).body == {
        "creditRedeemed": 200,
        "creditAvailable": 300,
        "unit": "POINT",
    }
    assert api.post(address, {"amount": 301, "unit": "POINT"}).code == "INSUFFICIENT_REDEEMABLE_CREDIT"
    assert api.post(address, {"amount": 300, "unit": "POINT"}).body["creditAvailable"] == 0
    again = api.post(address, {"amount": 1, "unit": "POINT"})
    assert again.status == 400
    assert "already" in again.text
    assert "redeem" in again.text
    assert sum(RewardEntry.objects.values_list("amount", flat=True)) == 500


def test_a_reward_is_not_redeemed_in_another_unit(api, ada):
    make_unit("CASH/USD")
    reward = points(ada)

    answer = api.post(f"credit/{reward.public_id}/redeem", {"amount": 1, "unit": "CASH/USD"})

    assert answer.code == "WRONG_UNIT"
    nothing_happened()


def test_a_reward_is_cancelled_once(api, ada):
    reward = points(ada)

    first = api.post(f"reward/{reward.public_id}/cancel")
    second = api.post(f"reward/{reward.public_id}/cancel", {})

    assert (first.status, first.body["status"], first.body["cancellable"]) == (200, "CANCELLED", False)
    assert (second.status, second.code) == (400, "REWARD_NOT_CANCELLABLE")
    assert AuditEntry.objects.filter(action="reward.cancelled").count() == 1


def test_a_redeemed_reward_is_not_cancelled(api, ada):
    reward = points(ada, status="REDEEMED")

    assert api.post(f"reward/{reward.public_id}/cancel").code == "REWARD_NOT_CANCELLABLE"
    reward.refresh_from_db()
    assert reward.status == "REDEEMED"


@pytest.mark.parametrize("scope", ["read", "write"])
def test_only_a_key_for_money_moves_any(ada, scope):
    reward = points(ada)
    api = Api.with_key(scope)

    for path, body in (
        ("credit/bulkredeem", DEBIT),
        (f"credit/{reward.public_id}/redeem", {"amount": 1, "unit": "POINT"}),
        (f"reward/{reward.public_id}/cancel", {}),
        (GIVE, CREDIT),
    ):
        assert api.post(path, body).code == "FORBIDDEN"
    nothing_happened()
    assert Reward.objects.get().status == "AVAILABLE"


def test_a_users_token_reads_and_moves_no_rewards(api, ada):
    reward = points(ada)
    user = api.with_token({"user": {"id": "ada", "accountId": "acme", "email": "a@b.c"}})

    assert user.get("reward", accountId="acme").status == 401
    assert user.post("credit/bulkredeem", DEBIT).status == 401
    assert user.post(f"reward/{reward.public_id}/cancel").status == 401
    nothing_happened()


def test_a_debit_repeated_with_its_key_happens_once_and_is_answered_alike(api, ada):
    points(ada)

    first = api.post("credit/bulkredeem", DEBIT, Idempotency_Key="order-7")
    second = api.post("credit/bulkredeem", DEBIT, Idempotency_Key="order-7")

    assert first.body == {"creditRedeemed": 200, "creditAvailable": 300, "unit": "POINT"}
    assert (second.status, second.text) == (first.status, first.text)
    assert second.headers["X-Request-Id"] == first.headers["X-Request-Id"]
    assert [entry.amount for entry in RewardEntry.objects.all()] == [200]
    assert api.post("credit/bulkredeem", DEBIT, Idempotency_Key="order-8").body["creditAvailable"] == 100


@pytest.mark.parametrize("other", ["another body", "another address"])
def test_a_key_that_comes_with_another_request_is_refused(api, ada, other):
    reward = points(ada)
    api.post("credit/bulkredeem", DEBIT, Idempotency_Key="order-7")

    if other == "another body":
        answer = api.post("credit/bulkredeem", {**DEBIT, "amount": 1}, Idempotency_Key="order-7")
    else:
        answer = api.post(f"credit/{reward.public_id}/redeem", DEBIT | {"amount": 1}, Idempotency_Key="order-7")
        assert answer.status == 400  # its body is wrong for that address, which is looked at first
        answer = api.post(
            f"credit/{reward.public_id}/redeem", {"amount": 1, "unit": "POINT"}, Idempotency_Key="order-7"
        )

    assert (answer.status, answer.code) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert RewardEntry.objects.count() == 1


def test_a_refusal_of_the_domain_is_the_first_answer_for_good(api, ada):
    refused = api.post("credit/bulkredeem", DEBIT, Idempotency_Key="order-7")
    points(ada)

    again = api.post("credit/bulkredeem", DEBIT, Idempotency_Key="order-7")

    assert refused.code == "INSUFFICIENT_REDEEMABLE_CREDIT"
    assert (again.status, again.text) == (refused.status, refused.text)
    nothing_happened()


def test_what_could_not_be_read_or_failed_on_our_side_leaves_the_key_free(api, ada, monkeypatch):
    points(ada)
    assert api.post("credit/bulkredeem", {**DEBIT, "amount": 0}, Idempotency_Key="order-7").status == 400
    with monkeypatch.context() as patch:
        patch.setattr("api.money.debit_balance", lambda **_options: 1 / 0)
        assert api.post("credit/bulkredeem", DEBIT, Idempotency_Key="order-7").status == 500
    assert not StoredAnswer.objects.exists()

    assert api.post("credit/bulkredeem", DEBIT, Idempotency_Key="order-7").status == 200


def test_the_same_key_of_two_api_keys_is_two_keys(api, ada):
    points(ada)

    for caller in (api, Api.with_key("money")):
        assert caller.post("credit/bulkredeem", DEBIT, Idempotency_Key="order-7").status == 200

    assert RewardEntry.objects.count() == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "ä", "a\tb"])
def test_a_key_that_is_none_is_refused(api, ada, key):
    points(ada)

    assert api.post("credit/bulkredeem", DEBIT, Idempotency_Key=key).code == "BAD_REQUEST"
    nothing_happened()


def test_giving_and_cancelling_take_a_key_too(api, ada):
    given = [api.post(GIVE, CREDIT, Idempotency_Key="give").text for _ in range(2)]
    reward = Reward.objects.get()
    cancelled = [api.post(f"reward/{reward.public_id}/cancel", Idempotency_Key="cancel").text for _ in range(2)]

    assert given[0] == given[1]
    assert cancelled[0] == cancelled[1]
    assert AuditEntry.objects.filter(action="reward.cancelled").count() == 1
