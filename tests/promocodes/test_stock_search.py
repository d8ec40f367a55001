"""How much of a table the searches of a stock read: what they find depends on it as little as how long they take."""

from __future__ import annotations

import pytest

from promocodes.models import PromoCode
from promocodes.operations.stock import count_sql, lock_stock, pick_sql
from tests.conftest import NOON
from tests.factories import make_participant, make_pool, stock_pool
from tests.plans import analyze, pages_read

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
GIVEN = 5_000
PAGES = 8  # from the root of the index to a leaf and on to the next one; the codes given fill more than fifty


@pytest.fixture
def pool():
    """Return a pool of which codes were given, between others' stocks."""
    earlier, pool, later = make_pool(), make_pool(), make_pool()
    person = make_participant()
    stock_pool(earlier, "E-1", "E-2")
    given = [
        PromoCode(pool=pool, code=f"G-{number}", state=PromoCode.State.ASSIGNED, participant=person, assigned_at=NOON)
        for number in range(GIVEN)
    ]
    PromoCode.objects.bulk_create(given)
    stock_pool(later, "L-1", "L-2")
    return pool


def read(sql, **values):
    analyze("promocodes_promocode")
    return pages_read(sql, {"at": NOON, "wanted": 1, **values})


@pytest.mark.parametrize("side", ["ahead", "behind"])
@pytest.mark.parametrize("start", [0, 10**9])
def test_nothing_that_was_given_is_read_to_find_an_empty_stock_empty(pool, side, start):
    assert read(pick_sql(side), pool=pool.pk, start=start) <= PAGES
    assert lock_stock(pool_id=pool.pk, wanted=1, start=start, at=NOON) == []


def test_nothing_that_was_given_is_read_to_count_a_stock_below_its_number(pool):
    stock_pool(pool, "S-1", "S-2")

    assert read(count_sql(), pool=pool.pk, start=0, limit=100) <= PAGES


@pytest.mark.parametrize("side", ["ahead", "behind"])
def test_the_code_next_to_the_place_is_found_without_what_lies_elsewhere(pool, side):
    stock_pool(pool, *(f"S-{number}" for number in range(GIVEN)))
    ids = list(pool.codes.filter(state=PromoCode.State.STOCK).order_by("pk").values_list("pk", flat=True))
    middle = ids[len(ids) // 2]

    assert read(pick_sql(side), pool=pool.pk, start=middle) <= PAGES
