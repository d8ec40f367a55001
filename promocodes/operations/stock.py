"""
Taking codes out of a pool's stock: whoever takes some never waits for others, nor they for it.

Every statement begins at a place of its own in the stock, wraps round, and skips what others have locked, so that any
number of workers take codes at once. ``docs/promo-codes.md`` has the order of locks that all operations keep.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random, SystemRandom
from typing import Any, Final

from django.db import connection

from advocate.lib import db
from promocodes.models import CodePool

SECURE: Final = SystemRandom()

# Where it begins is all that spreads the takers: at the head of the stock each would step over the others' locked rows
# and over the dead entries of all codes given since the last vacuum. The outer LIMIT is for PostgreSQL's estimate.
PICKED: Final = """
    WITH ahead AS MATERIALIZED (
        SELECT id FROM promocodes_promocode
        WHERE {ahead} AND state = 0 AND (expires_at IS NULL OR expires_at > %(at)s)
        ORDER BY pool_id, id LIMIT %(wanted)s {lock}
    ), behind AS MATERIALIZED (
        SELECT id FROM promocodes_promocode
        WHERE {behind} AND state = 0 AND (expires_at IS NULL OR expires_at > %(at)s)
        ORDER BY pool_id DESC, id DESC LIMIT %(wanted)s - (SELECT COUNT(*) FROM ahead) {lock}
    )
"""
# Compared as a pair, pool and id can be found by the index of the stock only: else PostgreSQL takes the primary key
# while most codes are in stock, and reads all that were ever given to look into an empty one. SQLite finds no pairs.
ON_POSTGRES: Final = {
    "ahead": "(pool_id, id) >= (%(pool)s, %(start)s) AND pool_id <= %(pool)s",
    "behind": "(pool_id, id) < (%(pool)s, %(start)s) AND pool_id >= %(pool)s",
    "lock": "FOR NO KEY UPDATE SKIP LOCKED",
}
ON_SQLITE: Final = {
    "ahead": "pool_id = %(pool)s AND id >= %(start)s",
    "behind": "pool_id = %(pool)s AND id < %(start)s",
    "lock": "",
}
EITHER: Final = "SELECT id FROM (SELECT id FROM ahead UNION ALL SELECT id FROM behind) AS either LIMIT %(wanted)s"
GIVE: Final = f"""
    {PICKED}
    UPDATE promocodes_promocode
    SET state = 1, participant_id = %(participant)s, assigned_at = %(at)s, is_extra = %(extra)s
    WHERE state = 0 AND id IN ({EITHER}) RETURNING id
"""
GIVE_LISTED: Final = """
    UPDATE promocodes_promocode AS code SET state = 1, participant_id = v1, assigned_at = %s
    FROM {listed} AS given WHERE code.id = v0 AND code.state = 0
"""
GIVE_ONE: Final = "UPDATE promocodes_promocode SET state = 1, participant_id = %s, assigned_at = %s WHERE id = %s"


@dataclass(frozen=True, slots=True)
class Pair:
    """A code out of the stock and who gets it."""

    code_id: int
    participant_id: int


class StockChangedHands(Exception):
    """Codes that were locked for somebody were not there any more: an error of ours."""


def random_place(first_id: int | None, last_id: int | None, rng: Random = SECURE) -> int:
    """Return a place in the stock to begin at."""
    return rng.randint(first_id or 0, max(last_id or 0, first_id or 0))


def give_from_stock(
    *, pool_id: int, participant_id: int, wanted: int, start: int, at: datetime, is_extra: bool = False
) -> list[int]:
    """Give up to ``wanted`` codes to one advocate by one statement and return their ids."""
    values = {"pool": pool_id, "participant": participant_id, "wanted": wanted, "start": start, "extra": is_extra}
    return _ids(GIVE, {**values, "at": db.instant_param(at)})


def lock_stock(*, pool_id: int, wanted: int, start: int, at: datetime) -> list[int]:
    """Lock up to ``wanted`` codes of the stock for the caller's transaction and return their ids."""
    values = {"pool": pool_id, "wanted": wanted, "start": start, "at": db.instant_param(at)}
    return _ids(f"{PICKED} {EITHER}", values)


def give_listed(pairs: Sequence[Pair], *, at: datetime) -> None:
    """Give codes that the caller has locked, each to its advocate, by one statement."""
    if not pairs:
        return
    instant = db.instant_param(at)
    with connection.cursor() as cursor:
        if db.is_postgres():
            rows = json.dumps([(pair.code_id, pair.participant_id) for pair in pairs])
            cursor.execute(GIVE_LISTED.format(listed=db.listed("bigint", "bigint")), [instant, rows])
        else:
            # One by one: joined with a list, SQLite may read the whole list for each row.
            cursor.executemany(GIVE_ONE, [(pair.participant_id, instant, pair.code_id) for pair in pairs])
        given = cursor.rowcount
    if given != len(pairs):
        raise StockChangedHands


def count_stock(*, pool_id: int, limit: int, at: datetime) -> int:
    """Count the codes that can be given, ``limit`` at most, which takes no longer than reading so many."""
    counted = """
        SELECT COUNT(*) FROM (
            SELECT 1 FROM promocodes_promocode
            WHERE pool_id BETWEEN %s AND %s AND state = 0 AND (expires_at IS NULL OR expires_at > %s)
            ORDER BY pool_id, id LIMIT %s
        ) AS counted
    """
    with connection.cursor() as cursor:
        cursor.execute(counted, [pool_id, pool_id, db.instant_param(at), limit])
        return int(cursor.fetchone()[0])


def move_first(*, pool_id: int, taken: Sequence[int], start: int) -> None:
    """
    Note that the stock now begins behind codes that were taken in a row, lest the next ones look for it there.

    It is a hint that nothing depends on, as whoever finds too little ahead looks behind. The pool's row comes last in
    the order of locks.
    """
    if taken and taken[-1] > start:
        CodePool.objects.filter(pk=pool_id, first_id__lt=taken[-1], last_id__gte=taken[-1]).update(first_id=taken[-1])


def _ids(sql: str, values: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql.format(**(ON_POSTGRES if db.is_postgres() else ON_SQLITE)), values)
        return [row[0] for row in cursor.fetchall()]
