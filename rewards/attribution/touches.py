"""The touches of a friend: what is known of a code that comes again, and keeping what came of a new one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models.functions import Lower

from advocate.lib import db
from programs.models import Participant, Touch, TouchOutcome
from rewards.attribution.outcomes import SETTLED, Outcome, SentCode
from rewards.attribution.resolving import folded

KEEP: Final = """
    INSERT INTO programs_touch
        (friend_id, program_id, advocate_id, "text", door, outcome, referral_id, conversion_id, job_id, row_number,
        sent_by, at)
    SELECT v0, v1, v2, v3, v4, v5, v6, v7, v8, v9, %s, %s FROM {listed} AS kept WHERE true ORDER BY n
    ON CONFLICT DO NOTHING
"""
KEPT: Final = ("bigint", "bigint", "bigint", "text", "text", "text", "bigint", "bigint", "bigint", "bigint")
MOST_REFUSED: Final = 100  # of one friend: whoever comes with more codes is trying them


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier touches say of the codes sent: those that are settled, and those kept, by door and outcome."""

    settled: dict[SentCode, Outcome] = field(default_factory=dict)
    kept: frozenset[tuple[str, str, str]] = frozenset()

    def has(self, outcome: Outcome) -> bool:
        """Say whether there is such a touch already."""
        sent = outcome.sent
        return sent in self.settled or (folded(sent.text), sent.door, outcome.outcome) in self.kept


def known_of(friend: Participant, sent: Sequence[SentCode]) -> Known:
    """Return what is known of the codes; of those that come with an order, nothing: each order has its own touch."""
    asked = {folded(one.text): one for one in sent if one.conversion is None}
    if not asked:
        return Known()
    return _known(asked, list(_touches_without_orders().filter(friend=friend, folded__in=asked)))


def known_of_many(friends: Mapping[int, Sequence[SentCode]]) -> dict[int, Known]:
    """Return what is known of codes that came without an order, by the friend's primary key."""
    touches: dict[int, list[Any]] = {}
    if not friends:
        return {}
    for touch in _touches_without_orders().filter(friend__in=list(friends)):
        if touch.friend_id is not None:
            touches.setdefault(touch.friend_id, []).append(touch)
    known = {}
    for friend_id, found in touches.items():
        asked = {folded(one.text): one for one in friends[friend_id]}
        known[friend_id] = _known(asked, [touch for touch in found if touch.folded in asked])
    return known


def _touches_without_orders() -> Any:
    touches = Touch.objects.annotate(folded=Lower("text")).filter(conversion__isnull=True)
    return touches.select_related("program", "advocate", "referral__referrer").order_by("at", "pk")


def _known(asked: Mapping[str, SentCode], found: Sequence[Any]) -> Known:
    kept = frozenset((touch.folded, touch.door, touch.outcome) for touch in found)
    settled = {
        asked[touch.folded]: _told_again(asked[touch.folded], touch) for touch in found if touch.outcome in SETTLED
    }
    return Known(settled, kept)


def _told_again(sent: SentCode, touch: Touch) -> Outcome:
    return Outcome(sent, TouchOutcome(touch.outcome), touch.program, touch.advocate, touch.referral)


def keep(outcomes: Sequence[Outcome], *, friend: Participant, known: Known, sent_by: str, at: datetime) -> None:
    """Keep a touch for each outcome that is new; of the refusals of one friend not more than a list can show."""
    new = new_outcomes(outcomes, friend=friend, known=known)
    made = [touch_of(outcome, friend=friend, sent_by=sent_by, at=at) for outcome in new]
    Touch.objects.bulk_create(made, ignore_conflicts=True)


def new_outcomes(outcomes: Sequence[Outcome], *, friend: Participant, known: Known) -> list[Outcome]:
    """Return the outcomes of which a touch is kept; of the refusals of one friend not more than a list can show."""
    new = [outcome for outcome in outcomes if not known.has(outcome)]
    if any(not outcome.is_settled for outcome in new) and _has_too_many(friend):
        new = [outcome for outcome in new if outcome.is_settled or outcome.sent.conversion]
    return new


def _has_too_many(friend: Participant) -> bool:
    return Touch.objects.filter(friend=friend, conversion__isnull=True)[:MOST_REFUSED].count() == MOST_REFUSED


def keep_all(outcomes: Iterable[tuple[Participant, Outcome]], *, sent_by: str, at: datetime) -> None:
    """Keep the touches of many friends in one statement; what came meanwhile is no second touch."""
    rows = [_row(friend, outcome) for friend, outcome in outcomes]
    if rows:
        listed = db.listed(*KEPT)
        with connection.cursor() as cursor:
            cursor.execute(KEEP.format(listed=listed), [sent_by, db.instant_param(at), json.dumps(rows)])


def _row(friend: Participant, outcome: Outcome) -> list[object]:
    sent = outcome.sent
    others = (outcome.program, outcome.advocate, outcome.referral, sent.conversion)
    program, advocate, referral, conversion = (other.pk if other is not None else None for other in others)
    told = (friend.pk, program, advocate, sent.text, sent.door.value, outcome.outcome.value, referral, conversion)
    return [*told, sent.job_id, sent.row_number]


def touch_of(outcome: Outcome, *, friend: Participant | None, sent_by: str, at: datetime) -> Touch:
    """Return the touch that an outcome is, which is not written yet."""
    return Touch(
        friend=friend,
        program=outcome.program,
        advocate=outcome.advocate,
        text=outcome.sent.text,
        door=outcome.sent.door,
        outcome=outcome.outcome,
        referral=outcome.referral,
        conversion=outcome.sent.conversion,
        job_id=outcome.sent.job_id,
        row_number=outcome.sent.row_number,
        sent_by=sent_by,
        at=at,
    )


def came_meanwhile(outcome: Outcome, *, friend: Participant) -> bool:
    """Say whether the same code came by the same door at the same time, and was the one that made the referral."""
    sent = outcome.sent
    if outcome.outcome != TouchOutcome.SAME_AGAIN or sent.conversion is not None:
        return False
    made_by = Touch.objects.alias(folded=Lower("text")).filter(
        friend=friend, folded=folded(sent.text), door=sent.door, outcome=TouchOutcome.ATTRIBUTED
    )
    return made_by.exists()
