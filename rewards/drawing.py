"""
In which order a balance is drawn, and by how much: the parts of SQL that every redemption from a balance shares.

The rewards found for a ``row_no`` are drawn by ``date_expires`` (none comes last), then ``date_given``, then id, the
last one partly; a row that asks for more than there is draws nothing. ``wanted`` has the columns row_no,
participant_id, unit_id and amount; several participants under one number share one balance.
"""

from __future__ import annotations

from typing import Final

# ``before`` is what the rewards drawn earlier for the same row hold; ``total`` is all that the row could draw.
FOUND: Final = """
    SELECT reward.id, reward.redeemed, reward.amount - reward.redeemed AS available,
        reward.date_expires, reward.date_given,
        wanted.row_no, wanted.participant_id, wanted.unit_id, wanted.amount AS wanted
    FROM wanted
    {join} rewards_reward AS reward
        ON reward.participant_id = wanted.participant_id AND reward.unit_id = wanted.unit_id
    WHERE reward.status = 'AVAILABLE' AND reward.type = 'CREDIT'
        AND (reward.date_expires IS NULL OR reward.date_expires > %(at)s)
"""
SHARES: Final = """
    SELECT id, row_no, participant_id, unit_id, wanted, redeemed, available,
        SUM(available) OVER drawing - available AS before,
        {total} AS total
    FROM found
    WINDOW drawing AS (PARTITION BY row_no ORDER BY date_expires NULLS LAST, date_given, id)
"""
DRAWN: Final = """
    SELECT id, row_no, participant_id, unit_id, redeemed, available, before,
        {least}(available, wanted - before) AS taken
    FROM shares WHERE total >= wanted AND before < wanted ORDER BY id
"""
# Only values found under the lock: PostgreSQL first tries the row as it was when the statement began, and refuses it if
# new and old values together break a constraint, before it turns to the row as it is.
CHANGE: Final = """
    UPDATE {on_error} rewards_reward AS reward SET
        redeemed = drawn.redeemed + drawn.taken,
        status = CASE WHEN drawn.taken = drawn.available THEN 'REDEEMED' ELSE 'AVAILABLE' END,
        date_redeemed = CASE WHEN drawn.taken = drawn.available THEN %(at)s ELSE NULL END,
        updated_at = %(at)s
    FROM drawn WHERE reward.id = drawn.id
"""
