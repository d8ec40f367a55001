from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from programs.models import Participant, Touch, TouchOutcome
from promocodes.queries.checking import WorkingCode
from rewards.attribution.attributing import attribute
from rewards.attribution.outcomes import Outcome, SentCode
from rewards.attribution.resolving import find_targets, folded
from team.audit import Actor


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of applying a code; ``code`` is there where the friend has come through its advocate."""

    outcome: Outcome
    code: WorkingCode | None = None


def apply_code(*, friend: Participant, text: str, by: Actor, at: datetime, door: Touch.Door) -> Applied:
    """Attribute a friend by a code that somebody typed, and say what came of it; the same again changes nothing."""
    sent = SentCode(text, door)
    outcomes = attribute(friend=friend, touches=[sent], sent_by=by.label, at=at)
    outcome = outcomes[0] if outcomes else Outcome(sent, TouchOutcome.UNKNOWN_CODE)
    target = find_targets([text], at=at).get(folded(text)) if _is_theirs(outcome) else None
    if target is None or target.advocate is None:
        return Applied(outcome)
    return Applied(outcome, WorkingCode(target.code, target.created_at, target.program, target.advocate))


def _is_theirs(outcome: Outcome) -> bool:
    return outcome.outcome in {TouchOutcome.ATTRIBUTED, TouchOutcome.SAME_AGAIN}
