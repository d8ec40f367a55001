"""The fields that the vendor's components ask for: one that is missing refuses a whole batch."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from programs.models import Referral
from rewards.models import Reward
from rewards.operations import redeem_reward
from team.audit import SYSTEM
from tests.api.calling import Api
from tests.conftest import NOON
from tests.factories import make_participant, make_reward
from tests.widget.calling import ANA, ask, data, problem

pytestmark = pytest.mark.django_db

EXCHANGES = """
  query {
    viewer { ... on User { visibleRewardExchangeItems(limit: 20, offset: 0) {
      totalCount count
      data {
        key name description imageUrl available unavailableReason unavailableReasonCode ruleType sourceUnit
        sourceValue prettySourceValue sourceMinValue prettySourceMinValue sourceMaxValue prettySourceMaxValue
        destinationMinValue prettyDestinationMinValue destinationMaxValue prettyDestinationMaxValue
        globalRewardKey destinationUnit
        steps {
          sourceValue prettySourceValue destinationValue prettyDestinationValue available unavailableReasonCode
          globalRewardKey rewardInput
        }
      }
    } } }
  }
"""
EXCHANGE = """
  mutation ($input: ExchangeRewardInput!) {
    exchangeReward(exchangeRewardInput: $input) { reward { id fuelTankCode } rewardRedemptionTransaction { id } }
  }
"""
OF_REWARD = """
  id prettyValue meta { status message customMeta integration { name } } partnerFundsTransfer { id status }
  exchangedRewardRedemptionTransaction { id creditRedeemed }
  rewardRedemptionTransactions { totalCount data {
    creditRedeemed unit dateRedeemed prettyRedeemedCredit exchangedRewards { data { prettyValue } }
  } }
  referral { id dateModerated referrerUser { firstName } referredUser { firstName lastName }
    fraudData { moderationStatus autoModerationStatus manualModerationStatus } }
"""
TABLES = f"""
  query ($referrals: ReferralFilterInput, $rewards: RewardFilterInput) {{
    viewer {{ ... on User {{
      impactConnection {{ connected taxHandlingEnabled publisher {{ payoutsAccount {{ hold balance }} }} }}
      paid: referrals(filter: {{dateReferralPaid_timeframe: "this_10_years"}}, limit: 1) {{ totalCount }}
      referrals(limit: 20, filter: $referrals) {{ data {{
        id shareLinkUsed dateModified dateUserModified dateFraudChecksCompleted dateReferralPaid
        referrerUser {{ firstName }}
        referredUser {{ email programGoals {{ goalId firstDate lastDate }} }}
        fraudData {{ moderationStatus }}
        rewards(filter: $rewards) {{ {OF_REWARD} }}
        childNodes(limit: 10, offset: 0) {{ data {{ depth data {{
          id ... on FlatReward {{ statuses value }} ... on ProgramEmailTransaction {{ dateSent }}
        }} }} }}
      }} }}
      rewards(limit: 20, filter: $rewards) {{ data {{ {OF_REWARD} }} }}
      programGoals {{ goalId programId count conversionCount firstDate lastDate }}
    }} }}
  }}
"""
ALSO_ANA = {"referrals": {"programId_eq": "spring"}, "rewards": {"userId_eq": ANA["id"], "accountId_eq": "acme"}}


@pytest.fixture
def hers(api, ana) -> Api:
    return api.with_token({"user": ANA}, header="Authorization")


def referral_with_reward(ana, spring, number: int) -> Reward:
    friend = make_participant(first_name="Sam", last_name="Klein", email=f"sam{number}@example.com")
    referral = Referral.objects.create(program=spring, referrer=ana, referred=friend, code_used="ANA")
    source = Reward.Source.FRIEND_SIGNUP
    reward = make_reward(participant=ana, program=spring, referral=referral, source=source, amount=3000)
    redeem_reward(reward=reward, amount=1000, key=f"order-{number}", by=SYSTEM, at=NOON)
    return reward


def test_nothing_is_offered_in_exchange_and_a_widget_that_asks_is_told_so(hers):
    assert data(hers, EXCHANGES)["viewer"]["visibleRewardExchangeItems"] == {"totalCount": 0, "count": 0, "data": []}


def test_an_exchange_is_refused_with_a_reason_of_its_own_and_takes_nothing(hers, api, ana):
    reward = make_reward(participant=ana, amount=3000)
    redeem = {"amount": 100, "unit": "CASH/USD"}
    wanted = {"userId": ANA["id"], "accountId": "acme", "redeemCreditInput": redeem, "globalRewardKey": "mug"}

    assert problem(hers, EXCHANGE, input=wanted) == (400, "EXCHANGE_NOT_OFFERED")
    assert problem(api, EXCHANGE, input=wanted) == (400, "EXCHANGE_NOT_OFFERED")
    assert problem(hers, EXCHANGE, input={**wanted, "userId": "bob"}) == (403, "FORBIDDEN")
    assert problem(Api(), EXCHANGE, input=wanted) == (403, "FORBIDDEN")
    reward.refresh_from_db()
    assert (reward.redeemed, Reward.objects.count()) == (0, 1)


def test_tables_of_referrals_and_rewards_have_all_that_components_ask_for(hers, ana, spring):
    reward = referral_with_reward(ana, spring, 1)

    found = data(hers, TABLES, **ALSO_ANA)["viewer"]

    [referral] = found["referrals"]["data"]
    [shown] = found["rewards"]["data"]
    assert (found["impactConnection"], found["paid"]) == (None, {"totalCount": 0})
    assert referral["referredUser"] == {"email": None, "programGoals": []}
    assert (referral["fraudData"], referral["referrerUser"]) == (None, {"firstName": "Ana"})
    assert referral["childNodes"]["data"] == [
        {"depth": 1, "data": {"id": reward.public_id, "statuses": ["AVAILABLE", "REDEEMED"], "value": 3000}}
    ]
    assert shown["rewardRedemptionTransactions"] == {
        "totalCount": 1,
        "data": [
            {
                "creditRedeemed": 1000,
                "unit": "CASH/USD",
                "dateRedeemed": 1773489600000,
                "prettyRedeemedCredit": "$10.00",
                "exchangedRewards": {"data": []},
            }
        ],
    }
    assert shown["referral"]["referredUser"] == {"firstName": "Sam", "lastName": "K"}
    assert referral["rewards"] == [shown]
    assert found["programGoals"][0]["firstDate"] == found["programGoals"][0]["lastDate"]


def test_longer_tables_take_no_more_queries(hers, ana, spring):
    data(hers, TABLES, **ALSO_ANA)  # the first call of a process asks for more
    counts = []
    for number in range(1, 7):
        referral_with_reward(ana, spring, number)
        if number in {2, 6}:
            with CaptureQueriesContext(connection) as captured:
                data(hers, TABLES, **ALSO_ANA)
            counts.append(len(captured))

    assert counts[0] == counts[1] <= 16


def test_a_user_is_found_by_their_own_token_and_by_a_key_and_by_nobody_else(hers, api, ana):
    query = 'query ($id: String!) { user(accountId: "acme", id: $id) { firstName } }'

    assert data(hers, query, id=ANA["id"]) == data(api, query, id=ANA["id"]) == {"user": {"firstName": "Ana"}}
    assert data(api, query, id="bob") == {"user": None}
    assert problem(hers, query, id="bob") == (403, "FORBIDDEN")
    assert problem(Api(), query, id=ANA["id"]) == (403, "FORBIDDEN")


def test_what_is_refused_of_a_batch_names_its_place_and_the_rest_is_answered(hers):
    query = """
      query BatchedQuery($bad_x1: RewardFilterInput) {
        viewer_x1: viewer { ... on User { rewards(filter: $bad_x1) { totalCount } } }
        viewer_y2: viewer { ... on User { firstName } }
      }
    """

    answer = ask(hers, query, bad_x1={"userId_eq": "bob"})

    assert [error["path"] for error in answer["errors"]] == [["viewer_x1", "rewards"]]
    assert answer["data"]["viewer_y2"] == {"firstName": "Ana"}
