from __future__ import annotations

from functools import partial

import pytest
from django.utils import timezone

from api.instants import milliseconds
from promocodes.models import PromoCode
from tests.api.calling import Api
from tests.concurrency.racing import race
from tests.factories import make_code, make_participant, make_pool, make_program
from widget.counts import DailyCount
from widget.recording import recording_token

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
COPYING = """
  mutation ($event: UserAnalyticsEvent!) {
    markReferralCodeCopied(referralCode: "ANA-1") { referralCode { dateCopied } }
    createUserAnalyticsEvent(eventMeta: $event)
  }
"""


@pytest.mark.parametrize("pages", [2, 8])
def test_a_code_that_several_pages_copy_at_once_is_dated_once_and_every_copy_is_counted(pages):
    pool = make_pool(program=make_program(key="spring"))
    ana = make_participant(account_id="acme", user_id="ana")
    make_code("ANA-1", pool=pool, participant=ana)
    meta = {"engagementMedium": "HOSTED", "shareMedium": "DIRECT"}
    kind = "USER_REFERRAL_PROGRAM_ENGAGEMENT_EVENT"
    event = {"id": "ana", "accountId": "acme", "programId": "spring", "type": kind, "meta": meta}
    page = Api({"Authorization": f"Bearer {recording_token(ana, at=timezone.now())}"})
    call = partial(page.post, "graphql", {"query": COPYING, "variables": {"event": event}})

    answers = [answer.body for answer in race([call] * pages)]

    copied_at = PromoCode.objects.get().copied_at
    assert copied_at is not None
    once = {"markReferralCodeCopied": {"referralCode": {"dateCopied": milliseconds(copied_at)}}}
    assert answers == [{"data": {**once, "createUserAnalyticsEvent": True}}] * pages
    assert DailyCount.objects.values_list("kind", "medium", "count").get() == ("shared", "DIRECT", pages)
