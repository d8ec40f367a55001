from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from programs.models import Referral
from promocodes.models import PromoCode
from rewards.models import Reward
from tests.api.calling import Api
from tests.conftest import NOON
from tests.factories import (
    make_code,
    make_participant,
    make_program,
    make_referral_code,
    make_reward,
    make_share_link,
    make_unit,
)
from tests.widget.calling import ANA, ask, data, ident_in, problem
from widget.counts import DailyCount

pytestmark = pytest.mark.django_db


@pytest.fixture
def hers(api, ana) -> Api:
    """Return Ana's browser, whose token only names her, as most do."""
    return api.with_token({"user": ANA}, header="Authorization")


@pytest.fixture
def link(ana, spring):
    code = make_referral_code(code="ANA", participant=ana, program=spring)
    return make_share_link(slug="k7m2p9xw4t", code=code, clicks=7, clicked_at=NOON)


def referral_of(ana, spring, **fields):
    friend = make_participant(first_name="Sam", last_name="Klein", email="sam@example.com")
    return Referral.objects.create(program=spring, referrer=ana, referred=friend, code_used="ANA", **fields)


def test_aliases_variables_and_fragments_go_in_one_batch_as_the_vendors_components_send_them(hers, link):
    answer = data(
        hers,
        """
        query BatchedQuery($programId_9Zd4: ID!, $medium_ngsf: ReferralShareMedium!) {
          user_9Zd4: viewer { ... on User { referralCode(programId: $programId_9Zd4) } }
          viewer_ngsf: viewer {
            ...names
            ... on User { shareLink(programId: $programId_9Zd4, shareMedium: $medium_ngsf) }
          }
        }
        fragment names on User { firstName lastName }
        """,
        programId_9Zd4="spring",
        medium_ngsf="EMAIL",
    )

    assert answer == {
        "user_9Zd4": {"referralCode": "ANA"},
        "viewer_ngsf": {
            "firstName": "Ana",
            "lastName": "García",
            "shareLink": "http://127.0.0.1:8000/s/k7m2p9xw4t?rsShareMedium=EMAIL",
        },
    }


def test_somebody_without_a_token_is_no_viewer(shown):
    assert data(Api(), "{ viewer { ... on User { id } } }") == {"viewer": None}


def test_a_wrong_token_is_refused_before_the_query_is_looked_at(api, ana):
    answer = Api({"Authorization": "Bearer a.b.c"}).post("graphql", {"query": "{ viewer { locale } }"})

    assert (answer.status, answer.body["rsCode"]) == (401, "RS032")


def test_codes_are_listed_with_what_became_of_them_and_the_link_that_goes_along(hers, ana, link, five, pool):
    PromoCode.objects.filter(code="ANA-2").update(copied_at=NOON)
    query = """
      query ($limit: Int!, $offset: Int!, $filter: ReferralCodeFilterInput) {
        viewer { ... on User { referralCodeList(limit: $limit, offset: $offset, filter: $filter) {
          totalCount count
          data {
            code singleUse dateUsed dateCopied
            shareLinkCodes { data { linkCode mail: shortUrl(shareMedium: EMAIL) } }
          }
        } } }
      }
    """

    found = data(hers, query, limit=1, offset=1, filter={"fuelTank_eq": True})["viewer"]["referralCodeList"]

    assert found == {
        "totalCount": 5,
        "count": 1,
        "data": [
            {
                "code": "ANA-2",
                "singleUse": True,
                "dateUsed": None,
                "dateCopied": 1773489600000,
                "shareLinkCodes": {
                    "data": [
                        {
                            "linkCode": "k7m2p9xw4t",
                            "mail": "http://127.0.0.1:8000/s/k7m2p9xw4t?rsShareMedium=EMAIL",
                        }
                    ]
                },
            }
        ],
    }


def test_a_list_of_codes_goes_on_from_those_that_name_her_to_those_she_was_given(hers, link, five):
    query = """
      query ($o: Int!) {
        viewer { ... on User { referralCodeList(limit: 2, offset: $o) { totalCount data { code } } } }
      }
    """

    pages = [data(hers, query, o=offset)["viewer"]["referralCodeList"] for offset in (0, 2, 4, 6)]

    assert {page["totalCount"] for page in pages} == {6}
    assert [[row["code"] for row in page["data"]] for page in pages] == [
        ["ANA", "ANA-1"],
        ["ANA-2", "ANA-3"],
        ["ANA-4", "ANA-5"],
        [],
    ]


def test_copying_a_code_is_recorded_once_and_only_for_ones_own(hers, ana, five, pool):
    make_code("BOBS-1", pool=pool, participant=make_participant())
    mutation = (
        "mutation ($c: String!) { markReferralCodeCopied(referralCode: $c) { referralCode { code dateCopied } } }"
    )

    first = data(hers, mutation, c="ana-3")["markReferralCodeCopied"]["referralCode"]
    again = data(hers, mutation, c="ANA-3")["markReferralCodeCopied"]["referralCode"]

    assert first == again
    assert first["code"] == "ANA-3"
    assert first["dateCopied"] is not None
    assert problem(hers, mutation, c="BOBS-1") == (404, "REFERRAL_CODE_NOT_FOUND")
    assert problem(hers, mutation, c="NO-SUCH") == (404, "REFERRAL_CODE_NOT_FOUND")
    assert problem(Api(), mutation, c="ANA-4") == (403, "FORBIDDEN")
    assert list(PromoCode.objects.filter(copied_at__isnull=False).values_list("code", flat=True)) == ["ANA-3"]


def test_rewards_come_as_numbers_and_as_they_are_read(hers, ana, spring):
    make_reward(participant=ana, program=spring, amount=3000, redeemed=1000, name="Friend")
    make_reward(participant=ana, amount=500, unit=make_unit("POINT"), status="PENDING")
    make_reward()
    query = """
      query ($filter: RewardFilterInput, $locale: RSLocale) {
        viewer { ... on User {
          rewards(limit: 5, offset: 0, filter: $filter, sortBy: {field: "dateCreated", order: DESC}) {
            totalCount
            data { type value unit name statuses programId dateGiven
              prettyValue(locale: $locale) left: prettyAvailableValue(formatType: NUMBER_FORMATTED)
              bare: prettyRedeemedCredit(formatType: NUMBER_UNFORMATTED)
              whole: prettyValue(formatType: INTEGER_UNFORMATTED) }
          }
        } }
      }
    """
    wanted = {"userId_eq": "ana@example.com", "accountId_eq": "acme", "programId_eq": "spring"}

    found = data(hers, query, filter=wanted, locale="en_US")["viewer"]["rewards"]

    assert found == {
        "totalCount": 1,
        "data": [
            {
                "type": "CREDIT",
                "value": 3000,
                "unit": "CASH/USD",
                "name": "Friend",
                "statuses": ["AVAILABLE", "REDEEMED"],
                "programId": "spring",
                "dateGiven": 1773489600000,
                "prettyValue": "$30.00",
                "left": "20.00",
                "bare": "10.00",
                "whole": "3000",
            }
        ],
    }
    assert data(hers, query, filter={"statuses_eq": {"status": "PENDING"}})["viewer"]["rewards"]["totalCount"] == 1
    assert problem(hers, query, filter={"userId_eq": "bob"}) == (403, "FORBIDDEN")


def test_balances_are_sums_and_a_unit_without_any_is_nothing_and_not_missing(hers, ana):
    make_reward(participant=ana, amount=3000, redeemed=1000)
    make_reward(participant=ana, amount=700, status="PENDING")
    make_unit("CASH/JPY")
    query = """
      query ($type: RewardType, $unit: String!, $locale: RSLocale) {
        fallback: formatRewardPrettyValue(value: 0, unit: $unit, locale: $locale, formatType: UNIT_FORMATTED)
        viewer { ... on User { rewardBalanceDetails(filter: {type_eq: $type, unit_eq: $unit}, locale: $locale) {
          type unit
          ... on CreditRewardBalance {
            prettyAvailableValue prettyPendingCredit prettyRedeemedCredit totalAssignedCredit
          }
        } } }
      }
    """

    dollars = data(hers, query, type="CREDIT", unit="CASH/USD", locale="en_US")
    yen = data(hers, query, type="CREDIT", unit="CASH/JPY", locale="en_US")

    assert dollars["fallback"] == "$0.00"
    assert dollars["viewer"]["rewardBalanceDetails"] == [
        {
            "type": "CREDIT",
            "unit": "CASH/USD",
            "prettyAvailableValue": "$20.00",
            "prettyPendingCredit": "$7.00",
            "prettyRedeemedCredit": "$10.00",
            "totalAssignedCredit": 3000,
        }
    ]
    assert yen["viewer"]["rewardBalanceDetails"][0]["prettyAvailableValue"] == "¥0"


def test_referrals_show_friends_names_and_what_they_brought_in_few_queries(hers, ana, spring, link):
    for _number in range(4):
        referral = referral_of(ana, spring)
    Referral.objects.filter(pk=referral.pk).update(date_converted=referral.date_started)
    make_reward(participant=ana, referral=referral, source=Reward.Source.FRIEND_SIGNUP)
    make_reward(participant=referral.referred, referral=referral, source=Reward.Source.REFERRED)
    query = """
      { viewer { ... on User {
        referrals(filter: {programId_eq: "spring", dateConverted_exists: true}) {
          totalCount data { programId program { name } referralCodeUsed referredUser { firstName lastName }
            rewards { prettyValue } }
        }
        all: referrals(filter: {dateReferralStarted_timeframe: "this_year"}) { totalCount data { rewards { id } } }
        programGoals { programId count conversionCount }
        stats { traffic }
      } } }
    """

    with CaptureQueriesContext(connection) as captured:
        found = data(hers, query)["viewer"]

    assert found["referrals"] == {
        "totalCount": 1,
        "data": [
            {
                "programId": "spring",
                "program": {"name": "Spring"},
                "referralCodeUsed": "ANA",
                "referredUser": {"firstName": "Sam", "lastName": "K"},
                "rewards": [{"prettyValue": "$30.00"}],
            }
        ],
    }
    assert found["programGoals"] == [{"programId": "spring", "count": 4, "conversionCount": 1}]
    assert found["stats"] == {"traffic": 7}
    assert len(captured) <= 12


def test_a_friend_sees_who_sent_them(api, ana, spring):
    friend = referral_of(ana, spring).referred
    caller = api.with_token({"user": {"id": friend.user_id, "accountId": friend.account_id}})

    query = '{ viewer { ... on User { referredByReferral(programId: "spring") { referrerUser { firstName } } } } }'

    assert data(caller, query)["viewer"]["referredByReferral"] == {"referrerUser": {"firstName": "Ana"}}


def test_shares_and_loads_are_counted_by_day_and_medium_for_oneself_alone(hers, ana, spring):
    mutation = "mutation ($event: UserAnalyticsEvent!) { createUserAnalyticsEvent(eventMeta: $event) }"
    shared = {
        **ANA,
        "programId": "spring",
        "type": "USER_REFERRAL_PROGRAM_ENGAGEMENT_EVENT",
        "meta": {"engagementMedium": "EMBED", "shareMedium": "WHATSAPP"},
    }
    loaded = {**shared, "type": "USER_REFERRAL_PROGRAM_LOADED_EVENT"}

    for event in (shared, shared, loaded):
        assert data(hers, mutation, event=event) == {"createUserAnalyticsEvent": True}

    counts = DailyCount.objects.order_by("kind").values_list("program__key", "kind", "medium", "count")
    assert list(counts) == [("spring", "loaded", "EMBED", 1), ("spring", "shared", "WHATSAPP", 2)]
    assert problem(hers, mutation, event={**shared, "id": "bob"}) == (403, "FORBIDDEN")
    assert problem(Api(), mutation, event=shared) == (403, "FORBIDDEN")
    assert DailyCount.objects.count() == 2


def test_users_are_counted_for_a_key_and_for_nobody_else(hers, ana):
    make_participant()

    assert data(Api.with_key("read"), "{ users { totalCount count } }") == {"users": {"totalCount": 2, "count": 2}}
    assert problem(hers, "{ users { totalCount } }") == (403, "FORBIDDEN")
    assert problem(Api(), "{ users { totalCount } }") == (403, "FORBIDDEN")


RENDER = """
  query renderWidget($user: UserIdInput, $engagementMedium: UserEngagementMedium, $widgetType: WidgetType,
                     $locale: RSLocale) {
    renderWidget(user: $user, engagementMedium: $engagementMedium, widgetType: $widgetType, locale: $locale) {
      template user { id accountId } jsOptions widgetConfig { values }
    }
  }
"""
ENCODED = {"id": "ana%40example.com", "accountId": "acme"}


@pytest.mark.parametrize("user", [ANA, ENCODED, None], ids=["plain", "encoded", "left out"])
def test_a_users_widget_is_rendered_however_their_ids_are_written(hers, shown, user):
    found = data(hers, RENDER, user=user, engagementMedium="EMBED", widgetType=None, locale="zh_CN")["renderWidget"]

    assert "与朋友分享" in found["template"]
    assert found["user"] == ANA
    assert found["jsOptions"]["widget"] == {"defaultWidgetType": "p/spring/w/referrerWidget"}
    assert found["widgetConfig"] == {"values": {}}
    assert ident_in(found["template"])["token"] == hers.headers["Authorization"].removeprefix("Bearer ")


def test_a_visitor_sees_a_widget_in_which_nothing_is_anybodys(shown, ana, five, link):
    found = data(Api(), RENDER, user=ANA, widgetType="p/spring/w/referrerWidget")["renderWidget"]

    assert found["user"] is None
    assert "ANA" not in found["template"]
    assert "Sign in to get your share link." in found["template"]
    assert ident_in(found["template"]).keys() == {"tenantAlias", "appDomain", "engagementMedium", "locale"}


def test_a_token_renders_nobody_elses_widget_and_a_key_anybodys(hers, api, shown):
    bob = {"id": "bob", "accountId": "acme"}

    assert problem(hers, RENDER, user=bob) == (403, "FORBIDDEN")
    assert problem(api, RENDER, user=bob) == (404, "NOT_FOUND")
    assert "Ana" in data(api, RENDER, user=ANA)["renderWidget"]["template"]


def test_a_widget_that_there_is_not_is_refused_in_the_form_of_errors(hers, shown):
    [error] = ask(hers, RENDER, widgetType="invalid")["errors"]

    assert error["path"] == ["renderWidget"]
    assert error["extensions"]["apiError"]["statusCode"] == 400
    assert error["extensions"]["apiError"]["rsCode"] == "RS036"


@pytest.mark.parametrize(
    "query",
    [
        "{",
        "{ viewer { nothing } }",
        "{ viewer { ... on User { rewards(limit: {}) { count } } } }",
        "query A { viewer { locale } } query B { viewer { locale } }",
        "{ viewer { locale } } " + "x" * 30_000,
        "{" + " a" * 6_000 + "}",
        "query { ...a } fragment a on Query { ...b } fragment b on Query { ...a }",
        "subscription { viewer { locale } }",
    ],
    ids=["unfinished", "unknown field", "wrong value", "which", "long", "many tokens", "in a circle", "subscription"],
)
def test_a_query_that_is_none_is_answered_with_an_error(hers, query):
    [error, *_others] = ask(hers, query)["errors"]

    assert error["extensions"]["apiError"]["apiErrorCode"] == "INVALID_QUERY"


def deep(levels):
    return '{ __type(name: "User") ' + "{ ofType " * levels + "{ name }" + " }" * levels + " }"


@pytest.mark.parametrize(
    "query",
    [
        deep(15),
        "{" + " ".join(f"v{number}: viewer {{ locale }}" for number in range(31)) + "}",
        "{ viewer { ... on User { referrals(limit: 100) { data { rewards { "
        + " ".join(f"f{number}: id" for number in range(120))
        + " } } } } } }",
        "query ($n: Int! = 5000) { viewer { ... on User { rewards(limit: $n) { data { id name } } } } }",
    ],
    ids=["deep", "wide", "costly", "costly by a default"],
)
def test_a_query_that_asks_for_too_much_is_refused_before_anything_is_read(hers, ana, query):
    with CaptureQueriesContext(connection) as captured:
        answer = hers.post("graphql", {"query": query})

    assert (answer.status, answer.code) == (400, "QUERY_TOO_LARGE")
    assert not [row for row in captured.captured_queries if "programs_participant" in row["sql"]]


def test_a_page_of_more_than_a_hundred_rows_is_refused(hers):
    query = "{ viewer { ... on User { rewards(limit: 101) { totalCount } } } }"

    assert problem(hers, query) == (400, "BAD_REQUEST")
    assert problem(hers, query.replace("101", "-1")) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("body", ['"text"', "[]", "{}", '{"query": 5}', '{"query": "{a}", "variables": []}', "{"])
def test_a_body_that_is_no_query_is_refused(shown, body):
    answer = Api().post("graphql", body)

    assert (answer.status, answer.code) == (400, "INVALID_JSON_REQUEST")


def test_what_breaks_unexpectedly_tells_nothing_but_that(hers, ana, monkeypatch, caplog):
    monkeypatch.setattr("widget.graphql.balances.balances_of", lambda *_args, **_names: 1 / 0)

    found = ask(hers, "{ viewer { ... on User { firstName rewardBalanceDetails { type } } } }")

    assert "division" not in str(found)
    assert found["errors"][0]["extensions"]["apiError"]["statusCode"] == 500
    assert "graphql.failed" in caplog.text


def test_the_mutation_of_a_day_later_counts_on_its_own_day(hers, spring, monkeypatch):
    mutation = "mutation ($event: UserAnalyticsEvent!) { createUserAnalyticsEvent(eventMeta: $event) }"
    event = {**ANA, "programId": "spring", "type": "USER_REFERRAL_PROGRAM_LOADED_EVENT"}

    for days in (0, 1):
        monkeypatch.setattr("advocate.lib.clock.now", lambda days=days: NOON + timedelta(days=days))
        data(hers, mutation, event=event)

    assert list(DailyCount.objects.order_by("day").values_list("day", "medium", "count")) == [
        (NOON.date(), "UNKNOWN", 1),
        ((NOON + timedelta(days=1)).date(), "UNKNOWN", 1),
    ]


def test_a_program_elsewhere_counts_nothing(hers, ana):
    make_program(key="autumn")
    mutation = "mutation ($event: UserAnalyticsEvent!) { createUserAnalyticsEvent(eventMeta: $event) }"

    data(hers, mutation, event={**ANA, "programId": "winter", "type": "USER_REFERRAL_PROGRAM_LOADED_EVENT"})

    assert not DailyCount.objects.exists()
