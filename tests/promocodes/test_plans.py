"""
How much is read of a new program's codes, of which PostgreSQL's statistics do not know yet.

To them, all codes of the program seem to be one: autovacuum looks again when a tenth of a table has changed, which the
codes of one program among millions never are.
"""

from __future__ import annotations

import pytest

from jobs.models import Job
from promocodes.give_codes.outcome import ROWS
from promocodes.models import CodeHolder, PromoCode, StagedSet
from promocodes.operations.holders import SET_STATE, lacking_sql
from tests.conftest import NOON
from tests.factories import make_participant, make_pool, stock_pool
from tests.plans import analyze, pages_read

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
PEOPLE = 40
PAGES_EACH = 25  # a look-up in each of four indexes and tables; the codes of the new program fill more than fifty


def give(pool, people, each):
    for person in people:
        codes = (f"G{pool.pk}-{person.pk}-{number}" for number in range(each))
        stock_pool(pool, *codes, state=PromoCode.State.ASSIGNED, participant=person, assigned_at=NOON)
    return CodeHolder.objects.bulk_create(
        [CodeHolder(pool=pool, participant=person, joined_at=NOON) for person in people]
    )


@pytest.fixture
def people():
    return [make_participant() for _ in range(PEOPLE)]


@pytest.fixture(params=["where others have theirs", "where nobody had any"])
def holders(people, request):
    """Return the advocates of a program whose codes came after PostgreSQL had last looked at the table."""
    other, pool = make_pool(), make_pool()
    stock_pool(other, *(f"O-{number}" for number in range(3_000)))
    if "others" in request.param:
        give(other, people, 50)
    analyze("promocodes_promocode", "promocodes_codeholder", "programs_participant")
    stock_pool(pool, *(f"S-{number}" for number in range(3_000)))
    return give(pool, people, 50)


def test_an_advocates_set_is_counted_without_reading_all_codes_of_the_program(holders):
    holder = holders[7]
    values = {"pool": holder.pool_id, "participant": holder.participant_id, "at": NOON}

    assert pages_read(SET_STATE, values) <= 2 * PAGES_EACH


def test_what_many_sets_lack_is_counted_without_reading_all_codes_for_each(holders):
    ids = "[" + ",".join(f"[{holder.pk}]" for holder in holders) + "]"

    assert pages_read(lacking_sql(), {"ids": ids, "each": 60, "at": NOON}) <= PEOPLE * PAGES_EACH


def test_what_was_given_is_reported_without_reading_all_codes_for_each(holders, people):
    pool = holders[0].pool_id
    job = Job.objects.create(
        kind="import", type="give-codes", name="Giving", requested_by="ann", created_at=NOON, expires_at=NOON
    )
    StagedSet.objects.bulk_create(
        [StagedSet(job=job, row_no=number, participant=person) for number, person in enumerate(people, start=1)]
    )

    assert pages_read(ROWS, [pool, NOON, pool, job.pk]) <= PEOPLE * PAGES_EACH
