from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from advocate.lib import clock
from api.models import ConversionSubmission
from api.operations import work_off_waiting
from programs.models import Conversion
from rewards.models import Reward
from rewards.operations import redeem_reward
from team.audit import SYSTEM
from tests.api.shops import FORM, call, follow, problems, report, work_off
from tests.factories import make_rule

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch):
    monkeypatch.setattr("celery.current_app.send_task", lambda *_args, **_options: None)


@pytest.fixture
def ada(sharing_ada):
    return sharing_ada


@pytest.mark.parametrize("by", ["action", "order"])
def test_a_returned_order_takes_its_rewards_back(shop, ada, by):
    make_rule(program=ada.referral_codes.get().program, trigger="CONVERSION")
    queued = report(shop)
    work_off()
    assert Reward.objects.get().participant == ada
    named = (
        {"ActionId": follow(shop, queued).body["ActionId"]}
        if by == "action"
        else {"OrderId": "1007", "ActionTrackerId": "7001"}
    )

    reversal = call(shop, "DELETE", "Actions", urlencode({**named, "DispositionCode": "REJECTED"}), content_type=FORM)
    assert follow(shop, reversal).body["Status"] == "Queued"
    work_off()

    done = follow(shop, reversal).body
    assert (done["Type"], done["Status"], done["ErrorType"], done["OrderId"]) == ("Reversal", "Complete", None, "1007")
    assert Reward.objects.get().status == "CANCELLED"
    action = shop.call("GET", done["ActionUri"], base="").body
    assert (action["State"], action["ReversalReason"]) == ("REVERSED", "REJECTED")


def test_a_reversal_says_what_it_could_not_take_back(shop, ada, at):
    make_rule(program=ada.referral_codes.get().program, trigger="CONVERSION")
    queued = report(shop)
    work_off()
    reward = Reward.objects.get()
    redeem_reward(reward=reward, amount=reward.amount, key="paid", by=SYSTEM, at=clock.now())

    reversal = call(
        shop, "DELETE", "Actions", {"ActionId": follow(shop, queued).body["ActionId"], "DispositionCode": "REJECTED"}
    )
    work_off()

    done = follow(shop, reversal).body
    assert (done["Status"], done["ErrorType"]) == ("Complete", "REWARDS_KEPT")
    assert reward.public_id in done["ErrorReason"]
    assert "redeemed" in done["ErrorReason"]


@pytest.mark.parametrize("named", [{"ActionId": "0" * 24}, {"OrderId": "1007", "ActionTrackerId": "other"}])
def test_reversing_what_there_is_not_is_complete_with_an_error(shop, ada, named):
    report(shop)

    reversal = call(shop, "DELETE", "Actions", {**named, "DispositionCode": "REJECTED"})
    work_off()

    done = follow(shop, reversal).body
    assert (done["Status"], done["ErrorType"], done["ActionId"]) == ("Complete", "NOT_FOUND", None)
    assert Conversion.objects.get().reversed_at is None


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"DispositionCode": "REJECTED"}, "ActionId"),
        ({"OrderId": "1007", "DispositionCode": "REJECTED"}, "ActionId"),
        ({"ActionId": "x"}, "DispositionCode"),
    ],
)
def test_a_reversal_says_what_and_why(shop, ada, body, named):
    assert set(problems(call(shop, "DELETE", "Actions", body))) == {named}
    assert not ConversionSubmission.objects.exists()


def test_a_submission_whose_worker_was_lost_is_found_after_a_while(shop, ada, monkeypatch):
    monkeypatch.setattr("api.operations.submissions.leave_gap", lambda: None)
    report(shop)
    call(shop, "DELETE", "Actions", {"OrderId": "1007", "ActionTrackerId": "7001", "DispositionCode": "REJECTED"})
    assert work_off_waiting(at=clock.now()) == 0

    assert work_off_waiting(at=clock.now() + timedelta(minutes=1)) == 1

    assert Conversion.objects.get().reversed_at is not None
    assert work_off_waiting(at=clock.now() + timedelta(minutes=2)) == 0
