"""
The Singer tap ``tap-referral-saasquatch`` as it came from PyPI, against a running server.

Release 1.0.6 is run whole. Release 2.1.0 ends, whatever it was answered, as soon as it is to write a record, because
it asks its catalog for metadata that catalogs do not have; so its own steps up to there are run.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from rewards.models import Reward
from tests.api.calling import Api
from tests.clients.packages import run_client
from tests.conftest import NOON
from tests.factories import (
    make_participant,
    make_program,
    make_referral,
    make_referral_code,
    make_reward,
    make_share_link,
    make_unit,
)
from tests.share_links import share_link_columns

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

# All that is changed is the address that the tap has built in.
WHOLE = """
import sys
import tap_referral_saasquatch as tap
tap.BASE_URL = sys.argv.pop(1) + "/api/v1/{}"
tap.main()
"""
STEPS = """
import json, sys
import tap_referral_saasquatch as tap
tap.BASE_URL = sys.argv[1] + "/api/v1/{}"
tap.CONFIG.update(json.load(open(sys.argv[2])))
found = {}
for stream in [one.tap_stream_id for one in tap.discover().streams]:
    rows = tap.stream_export(stream, tap.request_export(stream))
    found[stream] = [tap.transform_row(stream, row) for row in rows]
print(json.dumps(found))
"""
AT_NOON, AT_ONE = "2026-03-14T12:00:00.000000Z", "2026-03-14T13:00:00.000000Z"


@pytest.fixture
def config(transactional_db, tmp_path):
    """Return the path of the tap's configuration, which asks for what is new since the ninth of March."""
    path = tmp_path / "config.json"
    secret = Api.with_key("read").secret
    path.write_text(json.dumps({"api_key": secret, "tenant_alias": "default", "start_date": "2026-03-09T00:00:00Z"}))
    return str(path)


@pytest.fixture
def referral(transactional_db, settings):
    """Return the referral of Zoë by Ada in March, for which both got something; Eve is older than what is asked for."""
    settings.BASE_URL = ""
    spring, past = make_program(key="47255"), NOON - timedelta(days=10)
    ada = make_participant(
        account_id="acme", user_id="ada+1@example.com", email="Ada@Example.com", first_name='Ada "A"', last_name="B, C",
        updated_at=NOON, image_url="https://example.com/ada.png", first_seen_ip="192.0.2.7",
    )  # fmt: skip
    zoe = make_participant(account_id="zoe", user_id="00123", first_name="Zoë", last_name="李", locale="zh_CN")
    eve = make_participant(created_at=past, updated_at=past)
    make_share_link(slug="adas", code=make_referral_code(code="ADABYRON", participant=ada, program=spring))
    made = make_referral(program=spring, referrer=ada, referred=zoe, date_converted=NOON + timedelta(hours=1))
    make_referral(program=spring, referrer=zoe, referred=eve, date_started=past, updated_at=past)
    of_referral = {"referral": made, "program": spring}
    make_reward(participant=ada, unit=make_unit(), amount=1055, redeemed=55, source="FRIEND_SIGNUP", **of_referral)
    make_reward(participant=ada, unit=make_unit("POINT"), amount=300)
    make_reward(participant=zoe, unit=None, type="PCT_DISCOUNT", amount=15, source="REFERRED", **of_referral)
    make_reward(participant=eve, date_created=past, updated_at=past)
    return made


def by_key(rows, *names):
    return {tuple(row[name] for name in names): row for row in rows}


def check_users(users, server):
    users = by_key(users, "accountId", "id")
    link = f"{server}/s/adas"

    assert users.keys() == {("acme", "ada+1@example.com"), ("zoe", "00123")}
    ada, zoe = users["acme", "ada+1@example.com"], users["zoe", "00123"]
    assert {name: ada[name] for name in ada if name != "dateBlocked"} | {"segments": ""} == {
        "id": "ada+1@example.com",
        "accountId": "acme",
        "email": "Ada@Example.com",
        "firstName": 'Ada "A"',
        "lastName": "B, C",
        "referralCode": "ADABYRON",
        "imageUrl": "https://example.com/ada.png",
        "firstSeenIP": "192.0.2.7",
        "lastSeenIP": "",
        "dateCreated": AT_NOON,
        "emailHash": "3e3417d7ef77d5932a6734b916515ed5",
        "referralSource": "",
        "locale": "",
        "countryCode": "",
        "referable": "true",
        "segments": "",
        **share_link_columns(link),
    }
    assert (zoe["firstName"], zoe["lastName"], zoe["locale"], zoe["shareLink"]) == ("Zoë", "李", "zh_CN", "")


def check_balances(balances):
    amounts = {(row["accountId"], row["userId"], row["type"], row["unit"]): row["amount"] for row in balances}
    assert amounts == {
        ("acme", "ada+1@example.com", "CREDIT", "CASH/USD"): 1000,
        ("acme", "ada+1@example.com", "CREDIT", "POINT"): 300,
        ("zoe", "00123", "PCT_DISCOUNT", "%"): 15,
    }


def check_referrals(referrals, referral):
    given = {reward.source: reward.public_id for reward in Reward.objects.filter(referral=referral)}
    assert referrals == [
        {
            "id": f"{referral.pk:024x}",
            "programId": "47255",
            "referredUser": "00123",
            "referredAccount": "zoe",
            "referredReward": given["REFERRED"],
            "referredModerationStatus": "APPROVED",
            "referrerUser": "ada+1@example.com",
            "referrerAccount": "acme",
            "referrerReward": given["FRIEND_SIGNUP"],
            "referrerModerationStatus": "APPROVED",
            "dateReferralStarted": AT_NOON,
            "dateConverted": AT_ONE,
            "dateReferralPaid": None,
            "dateReferralEnded": None,
            "dateModerated": None,
        }
    ]


def records(said):
    """Return the records that the tap wrote, by stream."""
    messages = [json.loads(line) for line in said.splitlines()]
    assert [one["type"] for one in messages].count("STATE") == 3
    found: dict[str, list[Any]] = {"users": [], "reward_balances": [], "referrals": []}
    for message in messages:
        if message["type"] == "RECORD":
            found[message["stream"]].append(message["record"])
    return found


def test_both_releases_of_the_tap_get_the_users_balances_and_referrals(server, latest, last_running, config, referral):
    whole = run_client(WHOLE, server, "--config", config, packages=[last_running, latest])
    steps = run_client(STEPS, server, config, packages=[latest])

    for found in (records(whole), json.loads(steps)):
        check_users(found["users"], server)
        check_balances(found["reward_balances"])
        check_referrals(found["referrals"], referral)
