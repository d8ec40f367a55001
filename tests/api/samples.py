"""
One good call of every operation of the API, and who may make it.

A new operation needs a line in ``SAMPLES``: its view's name, its door as the guide tells of it, and a call that works.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from api.models import ConversionSubmission
from api.routes import api as routes
from api.routes import brand
from api.views.jobs import SALT
from jobs.models import Job
from programs.models import Conversion, Participant, Program, Referral, ReferralCode
from rewards.models import Reward
from tests.advocate.matrix_objects import make_job
from tests.api.calling import BASE, Answer, Api, user_path
from tests.conftest import NOON
from tests.factories import (
    make_conversion,
    make_participant,
    make_program,
    make_referral_code,
    make_reward,
    make_share_link,
    make_unit,
)

ADA = user_path("acme", "ada")
ADA_CLOSED = user_path("acme", "ada", prefix="")
ACCOUNT = "/Advertisers/{account_sid}"
IDS = {"id": "ada", "accountId": "acme"}

# Who is let in by each door; a caller who is not is refused with this status.
READ, WRITE, MONEY, OWN, WHOLE = "read", "write", "money", "token of ids", "whole token"
CALLERS = ("nobody", "wrong key", READ, WRITE, MONEY, OWN, WHOLE)
NO_KEY = {"nobody": 401, "wrong key": 401}
NO_TOKEN = {**NO_KEY, OWN: 401, WHOLE: 401}
REFUSED: dict[str, dict[str, int]] = {
    "key reads": NO_TOKEN,
    "key writes": {**NO_TOKEN, READ: 403},
    "key moves money": {**NO_TOKEN, READ: 403, WRITE: 403},
    "user reads": NO_KEY,
    "user writes": {**NO_KEY, READ: 403, OWN: 403},
    "account reads": NO_TOKEN,
    "account writes": {**NO_TOKEN, READ: 403},
    "anyone": {"wrong key": 401},
    "a signed link": {},
}


class World:
    """What the calls are about, made when it is asked for."""

    @cached_property
    def ada(self) -> Participant:
        return make_participant(account_id="acme", user_id="ada")

    def of_ada(self, path: str) -> str:
        """Return the address after having registered Ada, whom it is about."""
        return path if self.ada.pk else ""

    @cached_property
    def program(self) -> Program:
        return make_program(key="47255")

    @cached_property
    def code(self) -> str:
        return make_referral_code(code="ADA", participant=self.ada, program=self.program).code

    @cached_property
    def link(self) -> str:
        """Return the program in which Ada has a share link."""
        return make_share_link(code=ReferralCode.objects.get(code=self.code)).code.program.key

    @cached_property
    def reward(self) -> Reward:
        return make_reward(participant=self.ada, unit=make_unit("POINT"), amount=500)

    @cached_property
    def referral(self) -> str:
        made = Referral.objects.create(program=self.program, referrer=self.ada, referred=make_participant())
        return f"{made.pk:024x}"

    @cached_property
    def conversion(self) -> Conversion:
        return make_conversion(program=self.program)

    @cached_property
    def submission(self) -> str:
        made = ConversionSubmission.objects.create(kind="Conversion", conversion=self.conversion, submitted_at=NOON)
        return made.public_id

    @cached_property
    def report(self) -> Job:
        name = default_storage.save("report.csv", ContentFile(b"id\n"))
        return make_job(status=Job.Status.DONE, result_file=name, finished_at=NOON)

    @property
    def upload(self) -> str:
        file = SimpleUploadedFile("paid.csv", b"accountId,userId,unit,valueToRedeem\nacme,ada,POINT,200\n")
        sent = Client(headers=Api.with_key("money").headers).post(f"{BASE}export/upload", {"file": file})
        return str(sent.json()["fileRef"])


@dataclass(frozen=True, slots=True)
class Sample:
    """A call that works: who may make it, its address and body, and what it is answered."""

    door: str
    path: Callable[[World], str]
    body: Callable[[World], Any] | None = None
    ok: int = 200


def _debit(world: World) -> Any:
    return {"accountId": world.reward.participant.account_id, "unit": "POINT", "amount": 200}


def _events(_world: World) -> Any:
    return {"userId": "ada", "accountId": "acme", "events": [{"key": "visit"}]}


def _order(world: World) -> Any:
    return {
        "CampaignId": world.program.key,
        "EventTypeCode": "purchase",
        "EventDate": "NOW",
        "OrderId": "1007",
        "CustomerId": "ada",
    }


def _user(_world: World) -> Any:
    return IDS


SAMPLES: dict[str, Sample] = {
    "check_code": Sample("anyone", lambda world: f"open/code/{world.code}"),
    "check_code_by_key": Sample("key reads", lambda world: f"code/{world.code}"),
    "apply_code": Sample(
        "user writes", lambda world: world.of_ada(f"open/code/{make_referral_code().code}/account/acme/user/ada")
    ),
    "list_share_links": Sample("user reads", lambda world: f"{ADA}/shareurls?programId={world.link}"),
    "list_share_links_by_key": Sample("key reads", lambda world: f"{ADA_CLOSED}/shareurls?programId={world.link}"),
    "list_flat_share_links": Sample("key reads", lambda world: world.of_ada(f"{ADA_CLOSED}/sharelinks"), ok=403),
    "send_events": Sample("user writes", lambda world: world.of_ada(f"{ADA}/events"), _events),
    "upsert_user": Sample("user writes", lambda _: ADA, _user),
    "create_user": Sample("user writes", lambda _: ADA, _user, 201),
    "get_user": Sample("user reads", lambda world: world.of_ada(ADA)),
    "delete_user": Sample("key writes", lambda world: world.of_ada(ADA), ok=204),
    "delete_users_of_account": Sample("key writes", lambda world: world.of_ada("open/account/acme"), ok=204),
    "upsert_plain_user": Sample("key writes", lambda _: "user", _user),
    "get_plain_user": Sample("key reads", lambda world: world.of_ada(ADA_CLOSED)),
    "sync_account": Sample("key writes", lambda _: "accountsync", lambda _: {"id": "acme"}, 403),
    "get_account": Sample("key reads", lambda _: "account/acme", ok=403),
    "get_user_by_code": Sample("anyone", lambda world: f"open/user?referralCode={world.code}"),
    "get_plain_user_by_code": Sample("key reads", lambda world: f"user?referralCode={world.code}"),
    "list_users": Sample("key reads", lambda _: "users"),
    "block_user": Sample("key writes", lambda world: world.of_ada(f"{ADA_CLOSED}/block")),
    "unblock_user": Sample("key writes", lambda world: world.of_ada(f"{ADA_CLOSED}/unblock")),
    "list_referrals": Sample("key reads", lambda _: "referrals"),
    "get_referral": Sample("key reads", lambda world: f"referrals/{world.referral}"),
    "list_referrals_of_user": Sample(
        "user reads", lambda _: "open/referrals?referringAccountId=acme&referringUserId=ada"
    ),
    "list_rewards": Sample("key reads", lambda _: "reward?accountId=acme"),
    "list_balances": Sample("key reads", lambda _: "reward/balance?accountId=acme"),
    "get_reward": Sample("key reads", lambda world: f"reward/{world.reward.public_id}"),
    "create_reward": Sample(
        "key moves money",
        lambda world: world.of_ada(user_path("acme", "ada", prefix="rewards/")),
        lambda _: {"type": "CREDIT", "unit": make_unit("POINT").key, "assignedCredit": 5},
        201,
    ),
    "cancel_one": Sample("key moves money", lambda world: f"reward/{world.reward.public_id}/cancel"),
    "debit_account": Sample("key moves money", lambda _: "credit/bulkredeem", _debit),
    "redeem_one": Sample(
        "key moves money",
        lambda world: f"credit/{world.reward.public_id}/redeem",
        lambda _: {"amount": 5, "unit": "POINT"},
    ),
    "create_report": Sample("key reads", lambda _: "export", lambda _: {"type": "USER"}, 201),
    "list_reports": Sample("key reads", lambda _: "export/history/list"),
    "upload_file": Sample("key moves money", lambda _: "export/upload"),
    "get_report": Sample("key reads", lambda world: f"export/{world.report.public_id}"),
    "download_report": Sample("key reads", lambda world: f"export/{world.report.public_id}/download", ok=303),
    "give_file": Sample(
        "a signed link", lambda world: f"export/file/{signing.dumps(world.report.public_id, salt=SALT)}"
    ),
    "start_import": Sample(
        "key moves money",
        lambda _: "import",
        lambda world: {"type": "MUTATION/REDEEMABLE_REWARD_BALANCE", "fileRef": world.upload},
        201,
    ),
    "report_order": Sample("account writes", lambda _: f"{ACCOUNT}/Conversions", _order),
    "get_submission": Sample("account reads", lambda world: f"{ACCOUNT}/APISubmissions/{world.submission}"),
    "get_action": Sample("account reads", lambda world: f"{ACCOUNT}/Actions/{world.conversion.public_id}"),
    "reverse_order": Sample(
        "account writes", lambda _: f"{ACCOUNT}/Actions", lambda _: {"ActionId": "x", "DispositionCode": "REJECTED"}
    ),
    "get_import": Sample(
        "key reads",
        lambda _: f"import/{make_job(kind=Job.Kind.IMPORT, type='update-balances', format='').public_id}",
    ),
}


def operations() -> Iterator[tuple[str, str]]:
    """Yield the name and the method of every operation that the APIs route to."""
    for _prefix, router in [*routes._routers, *brand._routers]:
        for view in router.path_operations.values():
            for operation in view.operations:
                yield from ((operation.view_func.__name__, method) for method in operation.methods)


def caller(name: str) -> Api:
    """Return a client that shows what this kind of caller has."""
    if name == "nobody":
        return Api()
    if name == "wrong key":
        return Api({"Authorization": "Basic Ondyb25n"})
    if name in {OWN, WHOLE}:
        user = IDS if name == OWN else {**IDS, "email": "ada@example.com"}
        return Api.with_key(MONEY).with_token({"user": user})
    return Api.with_key(name)


def made(client: Api, method: str, name: str, world: World) -> Answer:
    """Make the sample's call; a file is sent as a form, everything else as JSON."""
    sample = SAMPLES[name]
    path, body = sample.path(world), sample.body(world) if sample.body else None
    if path.startswith("/"):
        account_sid = client.key.account_sid if client.key else "AD0"
        return client.call(method, path.format(account_sid=account_sid), body, base="", accept="application/json")
    if name != "upload_file":
        return client.call(method, path, body)
    files = {"file": SimpleUploadedFile("paid.csv", b"accountId,userId,unit,valueToRedeem\n")}
    return Answer(Client(raise_request_exception=False, headers=client.headers).post(BASE + path, files))
