"""
Taking codes out of a pool's stock: whoever takes some never waits for others, nor they for it.

Every statement begins at a place of its own in the stock, wraps round, and skips what others have locked, so that any
number of workers take codes at once. ``docs/promo-codes.md`` has the order of locks that all operations keep.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random, SystemRandom
from typing import Any, Final

from django.db import connection

from advocate.lib import db
from promocodes.models import CodePool

SECURE: Final = SystemRandom()

# Where it begins is all that spreads the takers: at the head of the stock each would step over the others' locked rows
# and over the dead entries of all codes given since the last vacuum. One side of that place is looked at by a statement
# of its own: what one of them sets up each time is most of what giving a code costs.
PICK: Final = """
    SELECT id FROM promocodes_promocode
    WHERE {place} AND (expires_at IS NULL OR expires_at > %(at)s) ORDER BY {order} LIMIT %(wanted)s {lock}
"""
GIVE: Final = """
    UPDATE promocodes_promocode
    SET state = 1, participant_id = %(participant)s, assigned_at = %(at)s, is_extra = %(extra)s
    WHERE id {among} AND state = 0 RETURNING id
"""
# State and place are compared as a row, which the index of places alone can find: else PostgreSQL takes the primary key
# while most codes are in stock, and reads all that were ever given to look into an empty one. The last condition is on
# one column, as only that ends the reading of an index where the stock ends: one on a row does not, and where nothing
# lies ahead all codes that were ever given would be read. SQLite finds nothing by rows.
ON_POSTGRES: Final = {
    "ahead": "pool_id = %(pool)s AND (state, id) >= (0, %(start)s) AND state <= 0",
    "behind": "pool_id = %(pool)s AND (state, id) < (0, %(start)s) AND state >= 0",
    "among": "= ANY(ARRAY({pick}))",
    "lock": "FOR NO KEY UPDATE SKIP LOCKED",
}
ON_SQLITE: Final = {
    "ahead": "pool_id = %(pool)s AND state = 0 AND id >= %(start)s",
    "behind": "pool_id = %(pool)s AND state = 0 AND id < %(start)s",
    "among": "IN ({pick})",
    "lock": "",
}
ORDERS: Final = {"ahead": "pool_id, state, id", "behind": "pool_id DESC, state DESC, id DESC"}
COUNT: Final = """
    SELECT COUNT(*) FROM (
        SELECT 1 FROM promocodes_promocode
        WHERE {place} AND (expires_at IS NULL OR expires_at > %(at)s) ORDER BY pool_id, state, id LIMIT %(limit)s
    ) AS counted
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
    """Give up to ``wanted`` codes to one advocate and return their ids."""
    values = {"pool": pool_id, "participant": participant_id, "start": start, "extra": is_extra}
    return _from_place_on(give_sql, {**values, "at": db.instant_param(at)}, wanted)


def lock_stock(*, pool_id: int, wanted: int, start: int, at: datetime) -> list[int]:
    """Lock up to ``wanted`` codes of the stock for the caller's transaction and return their ids."""
    return _from_place_on(pick_sql, {"pool": pool_id, "start": start, "at": db.instant_param(at)}, wanted)


def pick_sql(side: str) -> str:
    """Return the statement that finds and locks codes ``ahead`` of the place to begin at, or ``behind`` it."""
    forms = ON_POSTGRES if db.is_postgres() else ON_SQLITE
    return PICK.format(place=forms[side], order=ORDERS[side], lock=forms["lock"])


def give_sql(side: str) -> str:
    """Return the statement that gives codes of that side to one advocate."""
    forms = ON_POSTGRES if db.is_postgres() else ON_SQLITE
    return GIVE.format(among=forms["among"].format(pick=pick_sql(side)))


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
    with connection.cursor() as cursor:
        cursor.execute(count_sql(), {"pool": pool_id, "start": 0, "at": db.instant_param(at), "limit": limit})
        return int(cursor.fetchone()[0])


def count_sql() -> str:
    """Return the statement that counts the codes ahead of a place, up to a limit."""
    return COUNT.format(place=(ON_POSTGRES if db.is_postgres() else ON_SQLITE)["ahead"])


def move_first(*, pool_id: int, taken: Sequence[int], start: int) -> None:
    """
    Note that the stock now begins behind codes that were taken in a row, lest the next ones look for it there.

    It is a hint that nothing depends on, as whoever finds too little ahead looks behind. The pool's row comes last in
    the order of locks.
    """
    if taken and taken[-1] > start:
        CodePool.objects.filter(pk=pool_id, first_id__lt=taken[-1], last_id__gte=taken[-1]).update(first_id=taken[-1])


def _from_place_on(sql: Callable[[str], str], values: Mapping[str, Any], wanted: int) -> list[int]:
    taken: list[int] = []
    with connection.cursor() as cursor:
        for side in ORDERS:
            if len(taken) < wanted:
                cursor.execute(sql(side), {**values, "wanted": wanted - len(taken)})
                taken += [row[0] for row in cursor.fetchall()]
    return taken
