from __future__ import annotations

import json
from collections.abc import Iterable

from django.db import connection

from advocate.lib import db


def hold_blocked(people: Iterable[int]) -> frozenset[int]:
    """
    Keep these participants as they are until the caller's transaction ends, and return which of them are blocked.

    Whoever is being blocked at this moment is waited for, so that once a block is committed nothing counts for them.
    Many transactions may hold the same participant.
    """
    ids = sorted(set(people))
    if not ids:
        return frozenset()
    lock = "FOR SHARE OF participant" if db.is_postgres() else ""
    statement = f"""
        SELECT participant.id, participant.date_blocked IS NOT NULL FROM programs_participant AS participant
        WHERE participant.id IN (SELECT v0 FROM {db.listed("bigint")} AS asked) ORDER BY participant.id {lock}
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps([[pk] for pk in ids])])
        return frozenset(pk for pk, is_blocked in cursor.fetchall() if is_blocked)
