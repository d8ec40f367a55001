"""A shop that reports its orders as to impact.com."""

from __future__ import annotations

from urllib.parse import urlencode

from advocate.lib import clock
from api.models import ConversionSubmission
from api.operations import work_off_submission
from programs.models import Conversion
from rewards.attribution.conversions import work_off_conversion
from tests.api.calling import Answer, Api, basic

FORM = "application/x-www-form-urlencoded"
ORDER = {
    "CampaignId": "47255",
    "ActionTrackerId": "7001",
    "EventDate": "2026-03-14T12:00:00+01:00",
    "OrderId": "1007",
    "OrderPromoCode": "ADA",
}


def shop_with(scope: str) -> Api:
    shop = Api.with_key(scope)
    shop.headers = {"Authorization": basic(shop.key.account_sid, shop.secret), "Accept": "application/json"}
    return shop


def call(shop: Api, method: str, path: str, body=None, **headers: str) -> Answer:
    return shop.call(method, f"/Advertisers/{shop.key.account_sid}/{path}", body, base="", **headers)


def report(shop: Api, **fields) -> Answer:
    return call(shop, "POST", "Conversions", {**ORDER, **fields})


def report_form(shop: Api, **fields) -> Answer:
    return call(shop, "POST", "Conversions", urlencode({**ORDER, **fields}), content_type=FORM)


def follow(shop: Api, queued: Answer) -> Answer:
    assert queued.status == 200, queued.text
    return shop.call("GET", queued.body["QueuedUri"], base="")


def work_off() -> None:
    for conversion in Conversion.objects.filter(status="queued"):
        work_off_conversion(conversion_id=conversion.pk, at=clock.now())
    for submission in ConversionSubmission.objects.filter(kind="Reversal", completed_at=None):
        work_off_submission(submission_id=submission.pk, at=clock.now())


def problems(answer: Answer) -> dict[str, str]:
    """Return what is wrong with each field, in both forms that clients know."""
    assert (answer.status, answer.body["Status"]) == (400, "ERROR"), answer.text
    told = {one["field"]: one["message"] for one in answer.body["errors"]}
    assert {one["level"] for one in answer.body["errors"]} == {"error"}
    assert told == {one["Field"]: one["Message"] for one in answer.body["Errors"]}
    return told
