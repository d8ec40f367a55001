"""The rows of advocates who get codes: whoever changes an advocate's set locks theirs first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from advocate.lib import db
from promocodes.models import CodeHolder, PromoCode

# A code past its date fills no place in a set, whether it has been marked or not. The pluses leave the advocate as the
# only way to the codes. Without them SQLite, which knows no statistics, goes through all assigned codes of the pool. So
# does PostgreSQL, for each advocate, while its statistics do not know of the pool: the codes of one program among
# millions are not enough to have it look again.
HELD: Final = """
    SELECT COUNT(*) FROM promocodes_promocode AS code
    WHERE code.participant_id = {participant} AND +code.pool_id = {pool} AND +code.state = 1 AND NOT code.is_extra
        AND (code.expires_at IS NULL OR code.expires_at > %(at)s)
"""
SET_STATE: Final = f"""
    SELECT pool.codes_each, pool.notify_at, pool.stock_level, pool.first_id, pool.last_id, pool.name_pattern <> '',
        pool.switched_on_at IS NOT NULL AND participant.date_blocked IS NULL,
        ({HELD.format(participant="%(participant)s", pool="%(pool)s")}),
        EXISTS (
            SELECT 1 FROM promocodes_codeholder
            WHERE pool_id = %(pool)s AND waiting_since IS NOT NULL AND participant_id <> %(participant)s
        )
    FROM promocodes_codepool AS pool JOIN programs_participant AS participant ON participant.id = %(participant)s
    WHERE pool.id = %(pool)s
"""
LACKING: Final = f"""
    SELECT holder.id, holder.participant_id,
        CASE WHEN participant.date_blocked IS NULL
            THEN %(each)s - ({HELD.format(participant="holder.participant_id", pool="holder.pool_id")}) ELSE 0 END
    FROM {{listed}} AS asked
    JOIN promocodes_codeholder AS holder ON holder.id = v0
    JOIN programs_participant AS participant ON participant.id = holder.participant_id
    ORDER BY asked.n
"""


@dataclass(frozen=True, slots=True)
class SetState:
    """An advocate's set, and what filling it needs to know of the pool."""

    codes_each: int
    notify_at: int | None
    level: str
    first_id: int | None
    last_id: int | None
    is_named: bool
    gets_codes: bool
    held: int
    others_wait: bool

    @property
    def lacking(self) -> int:
        """Return how many codes the set lacks."""
        return max(self.codes_each - self.held, 0) if self.gets_codes else 0


@dataclass(frozen=True, slots=True)
class Lack:
    """An advocate of the pool and how many codes their set lacks."""

    holder_id: int
    participant_id: int
    lacking: int


def lock_holder(*, pool_id: int, participant_id: int) -> CodeHolder | None:
    """Lock the row of an advocate who gets codes of the pool, and return it; ``None`` if there is none."""
    held = CodeHolder.objects.select_for_update(no_key=True).filter(pool=pool_id, participant=participant_id)
    return held.first()


def lock_or_add_holder(*, pool_id: int, participant_id: int, at: datetime) -> CodeHolder:
    """Lock the row of an advocate who gets codes of the pool from now on at the latest."""
    holder = lock_holder(pool_id=pool_id, participant_id=participant_id)
    if holder is None:
        added = CodeHolder(pool_id=pool_id, participant_id=participant_id, joined_at=at)
        CodeHolder.objects.bulk_create([added], ignore_conflicts=True)
        holder = lock_holder(pool_id=pool_id, participant_id=participant_id)
    if holder is None:
        raise CodeHolder.DoesNotExist
    return holder


def lock_holders(*, pool_id: int, participant_ids: Sequence[int]) -> list[CodeHolder]:
    """Lock the rows of several advocates in the order that all keep, and return them."""
    held = CodeHolder.objects.select_for_update(no_key=True).filter(pool=pool_id, participant__in=participant_ids)
    return list(held.order_by("id"))


def set_state(*, pool_id: int, participant_id: int, at: datetime) -> SetState:
    """Return the state of an advocate's set; it stays so while the holder's row is locked."""
    values = {"pool": pool_id, "participant": participant_id, "at": db.instant_param(at)}
    with connection.cursor() as cursor:
        cursor.execute(SET_STATE, values)
        each, notify_at, level, first_id, last_id, *flags = cursor.fetchone()
    is_named, gets_codes, held, others_wait = flags
    return SetState(
        each, notify_at, level, first_id, last_id, bool(is_named), bool(gets_codes), held, bool(others_wait)
    )


def what_sets_lack(holder_ids: Sequence[int], *, codes_each: int, at: datetime) -> list[Lack]:
    """Return what the sets of these holders lack, in their order; the sets of blocked advocates lack nothing."""
    rows = json.dumps([[holder_id] for holder_id in holder_ids])
    with connection.cursor() as cursor:
        cursor.execute(lacking_sql(), {"ids": rows, "each": codes_each, "at": db.instant_param(at)})
        return [Lack(holder_id, participant_id, max(lacking, 0)) for holder_id, participant_id, lacking in cursor]


def lacking_sql() -> str:
    """Return the statement that counts what sets lack."""
    # Here the list is the one parameter without a name, which cannot be mixed with names.
    return LACKING.format(listed=db.listed("bigint").replace("%s", "%(ids)s"))


def queue_short(holder_ids: Sequence[int], *, codes_each: int, at: datetime) -> int:
    """Queue those of these holders, whose rows are locked, whose sets are short, and return how many are new there."""
    short = [lack.holder_id for lack in what_sets_lack(holder_ids, codes_each=codes_each, at=at) if lack.lacking]
    return CodeHolder.objects.filter(pk__in=short, waiting_since__isnull=True).update(waiting_since=at)


def lock_holder_of(code: PromoCode) -> CodeHolder | None:
    """Lock the row of the advocate whose set a code is in; who was given it by hand alone has none."""
    if code.pool_id is None or code.participant_id is None:
        return None
    return lock_holder(pool_id=code.pool_id, participant_id=code.participant_id)
