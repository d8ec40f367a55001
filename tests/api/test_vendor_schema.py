"""
What the API answers, against the response definitions that the vendor publishes as npm ``@saasquatch/schema`` 2.0.0.

``responses.json`` beside this file is made of the package's ``yaml/saasquatch-api.yaml`` (MIT, see ``LICENSE`` there):
every operation with its answers, and the definitions that these need, without their prose. Where the vendor's newer
documents or real clients say otherwise, or there is nothing to tell here, it stands below with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from jobs.models import Job
from rewards.models import Reward
from rewards.operations import redeem_reward
from team.audit import SYSTEM
from tests.advocate.matrix_objects import make_job
from tests.api.calling import Answer, Api
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

pytestmark = pytest.mark.django_db
PUBLISHED = json.loads((Path(__file__).parent / "saasquatch-schema" / "responses.json").read_text(encoding="utf-8"))

NO_WEBHOOKS, CLASSIC = "webhooks are not offered yet", "for classic programs only"
NOT_OFFERED = {
    "GET account/{accountId}/user/{userId}/pii": "a person's page and the reports have what is known of them",
    "POST referrals/moderate": "nothing is held for moderation: who may not take part is refused before",
    "POST subscription": NO_WEBHOOKS,
    "GET subscription": NO_WEBHOOKS,
    "DELETE subscription/{url}": NO_WEBHOOKS,
    "POST subscription/{url}/test": NO_WEBHOOKS,
    "GET discount/{code}": CLASSIC,
    "POST discount": CLASSIC,
    "GET account/{accountId}/discount": CLASSIC,
    **{operation: CLASSIC for operation in PUBLISHED["operations"] if " theme/" in operation},
}

# Operations whose answer is another than the published one: their status, their schema and why.
ARRAY = "newer documents, the published examples and a Go client have an array"
REFUSED_AS_PUBLISHED = "for classic programs only, which the published 403 says to all others"
OTHERWISE: dict[str, tuple[int, Any, str]] = {
    "GET reward": (200, {"type": "array", "items": {"$ref": "#/definitions/Reward"}}, ARRAY),
    "GET reward/balance": (200, {"type": "array", "items": {"$ref": "#/definitions/RewardBalance"}}, ARRAY),
    "GET reward/{id}": (200, {"$ref": "#/definitions/Reward"}, "it creates nothing, and newer documents say 200"),
    "GET export/{exportId}/download": (303, None, "newer documents lead to the file, and clients follow"),
    "POST accountsync": (403, {"$ref": "#/definitions/Error"}, REFUSED_AS_PUBLISHED),
    "GET account/{accountId}": (403, {"$ref": "#/definitions/Error"}, REFUSED_AS_PUBLISHED),
    "GET account/{accountId}/user/{userId}/sharelinks": (403, {"$ref": "#/definitions/Error"}, REFUSED_AS_PUBLISHED),
}

# Published properties that an answer lacks, by definition, and why.
FLAT, OF_TYPE = "for classic programs only: links differ by program here", "only in what the type of the reward has"
LACKING = {
    ("User", "shareLinks"): FLAT,
    ("OpenUser", "shareLinks"): FLAT,
    ("OpenUser", "referralCode"): "for classic programs only: referralCodes has the code of each program",
    ("OpenUser", "referredBy"): "for classic programs only: referredByCodes has them all",
    ("OpenUser", "dateUsTaxFormSubmitted"): "tax forms are not kept here",
    ("RewardBalance", "count"): OF_TYPE,
    ("RewardBalance", "totalAssignedCredit"): OF_TYPE,
    ("RewardBalance", "totalRedeemedCredit"): OF_TYPE,
    ("RewardBalance", "totalDiscountPercent"): OF_TYPE,
    ("RewardBalance", "referredDiscountPercent"): OF_TYPE,
    ("RewardBalance", "referrerDiscountPercent"): OF_TYPE,
    ("RewardBalance", "totalFuelTankCodes"): OF_TYPE,
}
# Properties whose published schema is another than what the published examples, or clients, have.
CORRECTED = {
    ("OpenUser", "programShareLinks"): {  # the examples have one for each program
        "type": "object",
        "additionalProperties": {"$ref": "#/definitions/ProgramShareLink"},
    },
    ("Shareurls", "shareLinks"): {"type": "object"},  # called a string, with the properties of an object
    ("Export", "params"): {"type": "object"},  # comes back as it was sent, with instants in either form
}
DEFINITIONS = json.loads(json.dumps(PUBLISHED["definitions"]))
for (_definition, _name), _schema in CORRECTED.items():
    DEFINITIONS[_definition]["properties"][_name] = _schema


class World:
    """Ada, who referred Ben and shares by code and link, and what both got; every call is about them."""

    def __init__(self) -> None:
        program = make_program(key="47255")
        self.ada = make_participant(account_id="acme", user_id="ada", email="ada@example.com", locale="en_GB")
        self.ben = make_participant(account_id="ben", user_id="ben")
        make_share_link(slug="adas", code=make_referral_code(code="ADA", participant=self.ada, program=program))
        make_referral_code(code="EVES", program=program)
        self.referral = make_referral(program=program, referrer=self.ada, referred=self.ben, code_used="ADA")
        of_referral = {"referral": self.referral, "program": program}
        self.reward = make_reward(participant=self.ada, unit=make_unit("POINT"), source="FRIEND_SIGNUP", **of_referral)
        redeem_reward(reward=self.reward, amount=5, key="before", by=SYSTEM, at=NOON)
        make_reward(participant=self.ada, unit=None, type="PCT_DISCOUNT", amount=15)
        make_reward(participant=self.ada, unit=None, type="FUELTANK", amount=15, fuel_tank_code="COUPON")
        make_reward(participant=self.ben, unit=None, type="PCT_DISCOUNT", amount=5, source="REFERRED", **of_referral)

    @cached_property
    def report(self) -> str:
        return make_job(
            type="user-details", status=Job.Status.DONE, result_file="report.csv", finished_at=NOON
        ).public_id


ADA, ADA_BY_KEY = "open/account/acme/user/ada", "account/acme/user/ada"
IDS = {"id": "ada", "accountId": "acme"}
NEW = {"id": "cleo", "accountId": "cleo", "firstName": "Cleo"}
EVENTS = {"userId": "ada", "accountId": "acme", "events": [{"key": "visit", "fields": {"page": "home"}}]}
CALLS: dict[str, Callable[[Api, World], Answer]] = {
    "POST accountsync": lambda api, _: api.post("accountsync", {"id": "acme", "subscription": {"status": "PAID"}}),
    "GET account/{accountId}": lambda api, _: api.get("account/acme"),
    "POST user": lambda api, _: api.post("user", NEW),
    "GET user": lambda api, _: api.get("user", referralCode="ADA"),
    "GET account/{accountId}/user/{userId}": lambda api, _: api.get(ADA_BY_KEY),
    "POST open/account/{accountId}/user/{userId}/events": lambda api, _: api.post(f"{ADA}/events", EVENTS),
    "GET account/{accountId}/user/{userId}/sharelinks": lambda api, _: api.get(f"{ADA_BY_KEY}/sharelinks"),
    "GET account/{accountId}/user/{userId}/shareurls": lambda api, _: api.get(
        f"{ADA_BY_KEY}/shareurls", programId="47255"
    ),
    "GET open/account/{accountId}/user/{userId}/shareurls": lambda api, _: api.get(
        f"{ADA}/shareurls", programId="47255"
    ),
    "POST account/{accountId}/user/{userId}/block": lambda api, _: api.post(f"{ADA_BY_KEY}/block"),
    "POST account/{accountId}/user/{userId}/unblock": lambda api, _: api.post(f"{ADA_BY_KEY}/unblock"),
    "GET users": lambda api, _: api.get("users"),
    "GET code/{code}": lambda api, _: api.get("code/ADA"),
    "GET open/code/{referral_code}": lambda api, _: api.get("open/code/ADA"),
    "POST open/code/{code}/account/{accountId}/user/{userId}": lambda api, _: api.post(
        "open/code/EVES/account/acme/user/ada", {}
    ),
    "GET referrals": lambda api, _: api.get("referrals"),
    "GET referrals/{referralId}": lambda api, world: api.get(f"referrals/{world.referral.pk:024x}"),
    "GET open/referrals": lambda api, _: api.get("open/referrals", referringAccountId="acme", referringUserId="ada"),
    "GET reward/balance": lambda api, _: api.get("reward/balance", accountId="acme"),
    "POST credit/bulkredeem": lambda api, _: api.post(
        "credit/bulkredeem", {"accountId": "acme", "unit": "POINT", "amount": 5}
    ),
    "GET reward": lambda api, _: api.get("reward", accountId="acme"),
    "GET reward/{id}": lambda api, world: api.get(f"reward/{world.reward.public_id}"),
    "POST credit/{id}/redeem": lambda api, world: api.post(
        f"credit/{world.reward.public_id}/redeem", {"unit": "POINT", "amount": 5}
    ),
    "POST reward/{id}/cancel": lambda api, _: api.post(
        f"reward/{Reward.objects.get(fuel_tank_code='COUPON').public_id}/cancel"
    ),
    "POST rewards/account/{accountId}/user/{userId}": lambda api, _: api.post(
        "rewards/account/acme/user/ada", {"type": "CREDIT", "unit": "POINT", "assignedCredit": 5}
    ),
    "PUT open/account/{accountId}/user/{userId}": lambda api, _: api.put(ADA, {**IDS, "lastName": "Byron"}),
    "POST open/account/{accountId}/user/{userId}": lambda api, _: api.post("open/account/cleo/user/cleo", NEW),
    "GET open/account/{accountId}/user/{userId}": lambda api, _: api.get(ADA),
    "DELETE open/account/{accountId}/user/{userId}": lambda api, _: api.call("DELETE", ADA),
    "DELETE open/account/{accountId}": lambda api, _: api.call("DELETE", "open/account/acme"),
    "GET open/user": lambda api, _: api.get("open/user", referralCode="ADA"),
    "POST export": lambda api, _: api.post("export", {"type": "USER", "name": "Users"}),
    "GET export/{exportId}": lambda api, world: api.get(f"export/{world.report}"),
    "GET export/{exportId}/download": lambda api, world: api.get(f"export/{world.report}/download"),
    "GET export/history/list": lambda api, world: api.get("export/history/list", limit=len(world.report)),
}


def published(operation: str) -> tuple[int, Any]:
    """Return the status of success and the schema that an operation is to have."""
    if operation in OTHERWISE:
        return OTHERWISE[operation][:2]
    status = min(PUBLISHED["operations"][operation], key=int)
    return int(status), PUBLISHED["operations"][operation][status]


def test_every_published_operation_is_offered_or_left_out_for_a_reason():
    assert CALLS.keys() | NOT_OFFERED.keys() == PUBLISHED["operations"].keys()
    assert not CALLS.keys() & NOT_OFFERED.keys()


def present(value: Any) -> Any:
    """Return a body without its nulls, for which the published language has no word: its examples have them, too."""
    if isinstance(value, dict):
        return {name: present(one) for name, one in value.items() if one is not None}
    return [present(one) for one in value] if isinstance(value, list) else value


def lacking(schema: Any, body: Any, definition: str = "") -> Iterator[tuple[str, str]]:
    """Yield, by definition, the published properties that a body does not have, not even as null."""
    if "$ref" in schema:
        definition = schema["$ref"].rpartition("/")[2]
        schema = DEFINITIONS[definition]
    if isinstance(body, list):
        for one in body:
            yield from lacking(schema.get("items", {}), one, definition)
    elif isinstance(body, dict):
        inner = schema.get("properties", {})
        yield from ((definition, name) for name in inner if name not in body)
        for name, one in body.items():
            yield from lacking(inner.get(name, schema.get("additionalProperties", {})), one, definition)


@pytest.mark.parametrize("operation", CALLS)
def test_what_is_answered_is_what_is_published(api, operation, monkeypatch):
    monkeypatch.setattr("celery.current_app.send_task", lambda *_args, **_options: None)
    status, schema = published(operation)

    answer = CALLS[operation](api, World())

    assert answer.status == status, answer.text
    if schema is not None:
        validator = Draft4Validator({**schema, "definitions": DEFINITIONS})
        assert [error.message for error in validator.iter_errors(present(answer.body))] == []
        assert set(lacking(schema, answer.body)) <= LACKING.keys()
