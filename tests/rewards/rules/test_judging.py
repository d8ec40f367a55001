from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from programs.models import Conversion
from rewards.models import CatalogReward, RewardRule, RewardUnit, RuleResult
from rewards.operations import Terms
from rewards.rules.judging import judged, order_refusal, share_of

NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
Outcome = RuleResult.Outcome
USD = RewardUnit(key="CASH/USD", kind="CASH", currency="USD", exponent=2)
JPY = RewardUnit(key="CREDIT/JPY", kind="CREDIT", currency="JPY", exponent=0)
KWD = RewardUnit(key="CASH/KWD", kind="CASH", currency="KWD", exponent=3)
POINT = RewardUnit(key="POINT", kind="POINTS", currency="", exponent=0)


def rule(**fields) -> RewardRule:
    defaults = {"name": "Thanks", "trigger": "CONVERSION", "audience": "ADVOCATE", "gives": "SHARE", "unit": USD}
    if fields.get("gives", "SHARE") == "SHARE":
        defaults["order_share"] = 1000
    return RewardRule(**{**defaults, **fields})


def order(amount=20000, currency="USD", exponent=2) -> Conversion:
    return Conversion(amount=amount, currency=currency, exponent=exponent)


@given(
    amount=st.integers(0, 2**63 - 1),
    exponent=st.integers(0, 4),
    share=st.integers(1, 10_000),
    unit_exponent=st.integers(0, 4),
)
def test_a_share_is_the_exact_part_rounded_down_to_the_units_fraction(amount, exponent, share, unit_exponent):
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(amount).scaleb(-exponent) * Decimal(share) / Decimal(10_000)
        expected = exact.quantize(Decimal(1).scaleb(-unit_exponent), rounding=ROUND_DOWN)

        found = share_of(amount, exponent=exponent, share=share, unit_exponent=unit_exponent)

        assert Decimal(found).scaleb(-unit_exponent) == expected


@pytest.mark.parametrize(
    ("amount", "currency", "exponent", "unit", "share", "given"),
    [
        (20000, "USD", 2, USD, 1000, 2000),
        (999, "USD", 2, USD, 1000, 99),
        (10055, "USD", 2, USD, 750, 754),
        (1999, "JPY", 0, JPY, 500, 99),
        (12345, "KWD", 3, KWD, 333, 411),
        (29, "USD", 2, USD, 10000, 29),
        (200, "USD", 0, USD, 1000, 2000),
    ],
)
def test_a_percentage_of_an_order_is_given_in_the_units_smallest_fraction(
    amount, currency, exponent, unit, share, given
):
    terms = judged(rule(unit=unit, order_share=share), conversion=order(amount, currency, exponent), at=NOON)

    assert (terms.amount, terms.unit, terms.type, terms.name) == (given, unit, "CREDIT", "Thanks")


@pytest.mark.parametrize(
    ("conversion", "outcome"),
    [
        (order(amount=None, currency="", exponent=None), Outcome.NO_AMOUNT),
        (order(currency="EUR"), Outcome.OTHER_CURRENCY),
        (order(amount=9), Outcome.TOO_LITTLE),
        (order(amount=0), Outcome.TOO_LITTLE),
        (order(amount=2**62), Outcome.TOO_LARGE),
    ],
)
def test_an_order_that_gives_no_part_says_why(conversion, outcome):
    assert judged(rule(), conversion=conversion, at=NOON) == outcome


@pytest.mark.parametrize(
    ("conversion", "refusal"),
    [
        (order(5000), None),
        (order(4999), Outcome.BELOW_MINIMUM),
        (order(50, exponent=0), None),
        (order(49, exponent=0), Outcome.BELOW_MINIMUM),
        (order(49999, exponent=3), Outcome.BELOW_MINIMUM),
        (order(5000, currency="CAD"), Outcome.OTHER_CURRENCY),
        (order(None, "", None), Outcome.NO_AMOUNT),
    ],
)
def test_the_smallest_order_is_compared_exactly_and_in_its_currency(conversion, refusal):
    points = rule(
        gives="AMOUNT", unit=POINT, amount=500, minimum_order=5000, minimum_currency="USD", minimum_exponent=2
    )

    assert order_refusal(points, conversion) == refusal


def test_a_fixed_amount_asks_nothing_of_the_order():
    terms = judged(rule(gives="AMOUNT", unit=POINT, amount=500), conversion=order(None, "", None), at=NOON)

    assert (terms.amount, terms.unit) == (500, POINT)


def test_a_discount_is_a_percentage_without_a_unit():
    terms = judged(rule(gives="DISCOUNT", unit=None, amount=15), conversion=None, at=NOON)

    assert (terms.type, terms.amount, terms.unit) == ("PCT_DISCOUNT", 15, None)


def test_the_validity_runs_from_the_end_of_the_pending_period():
    terms = judged(
        rule(
            gives="AMOUNT",
            amount=1,
            pending_count=14,
            pending_period="DAYS",
            validity_count=1,
            validity_period="MONTHS",
        ),
        conversion=None,
        at=NOON,
    )

    assert terms.scheduled_for == datetime(2026, 2, 14, 12, 0, tzinfo=UTC)
    assert terms.expires == datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


def offer(**fields) -> CatalogReward:
    return CatalogReward(**{"key": "ten", "name": "$10", "amount": 1000, "unit": USD, "pending_count": 30, **fields})


def test_a_catalog_reward_is_given_as_the_catalog_says():
    terms = judged(rule(gives="CATALOG", unit=None, catalog_reward=offer()), conversion=None, at=NOON)

    assert isinstance(terms, Terms)
    assert (terms.name, terms.amount, terms.scheduled_for) == ("$10", 1000, NOON + timedelta(days=30))


def test_the_rules_own_times_overrule_the_catalogs():
    own = rule(gives="CATALOG", unit=None, catalog_reward=offer(validity_count=6), pending_count=1, validity_count=1)

    terms = judged(own, conversion=None, at=NOON)

    assert terms.scheduled_for == NOON + timedelta(days=1)
    assert terms.expires == datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("now", [{"is_active": False}, {"type": "FUELTANK"}])
def test_what_the_catalog_no_longer_offers_to_rules_is_not_given(now):
    gone = rule(gives="CATALOG", unit=None, catalog_reward=offer(**now))

    assert judged(gone, conversion=None, at=NOON) == Outcome.NOT_IN_CATALOG
