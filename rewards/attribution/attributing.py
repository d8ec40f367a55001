"""Attribution: through which advocate a friend came. One operation, whichever door a code comes through."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from advocate.lib import db
from programs.models import Participant, Referral, Touch, TouchOutcome
from promocodes.operations import UseOutcome, use_code
from rewards.attribution.blocked import hold_blocked
from rewards.attribution.judging import refusal_of, used_by
from rewards.attribution.outcomes import Outcome, SentCode
from rewards.attribution.resolving import Target, find_targets, folded
from rewards.attribution.touches import Known, came_meanwhile, keep, known_of
from rewards.rules import give_for_sign_ups

ACCOUNT_TURNS: Final = 30_501
ACCOUNT_NUMBERS: Final = 1_024
LONGEST_TEXT: Final = 255
GONE: Final = {
    UseOutcome.USED_BY_ANOTHER: TouchOutcome.CODE_USED,
    UseOutcome.WITHDRAWN: TouchOutcome.CODE_WITHDRAWN,
    UseOutcome.EXPIRED: TouchOutcome.CODE_EXPIRED,
    UseOutcome.NOT_ASSIGNED: TouchOutcome.CODE_NOT_ASSIGNED,
    UseOutcome.UNKNOWN: TouchOutcome.UNKNOWN_CODE,
}
SOURCE_OF_DOOR: Final = {
    Touch.Door.COOKIE: Referral.Source.LINK,
    Touch.Door.IMPORT: Referral.Source.IMPORT,
    Touch.Door.MANUAL: Referral.Source.MANUAL,
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A valid code of an advocate, which makes the referral of the friend unless one stands in the program."""

    sent: SentCode
    target: Target
    advocate: Participant
    friend: Participant
    at: datetime

    @property
    def source(self) -> Referral.Source:
        """Return what the referral comes through; what a promo code does matters more than the link it came with."""
        if self.sent.door == Touch.Door.COOKIE and self.target.promo_code is not None:
            return self.target.source
        return SOURCE_OF_DOOR.get(self.sent.door, self.target.source)

    def new_referral(self) -> Referral:
        """Return the referral that it makes, which is not written yet."""
        return Referral(
            program=self.target.program,
            referrer=self.advocate,
            referred=self.friend,
            source=self.source,
            code_used=self.target.code,
            date_started=self.at,
            updated_at=self.at,
        )

    def refusal_by(self, blocked: Collection[int]) -> TouchOutcome | None:
        """Return why it is valid no more, if one of its people is among those who have been blocked meanwhile."""
        if self.advocate.pk in blocked:
            return TouchOutcome.ADVOCATE_BLOCKED
        return TouchOutcome.FRIEND_BLOCKED if self.friend.pk in blocked else None

    def comes_to(self, outcome: TouchOutcome, referral: Referral | None = None) -> Outcome:
        """Return the outcome of it."""
        return Outcome(self.sent, outcome, self.target.program, self.advocate, referral)


@dataclass(frozen=True, slots=True)
class Seen:
    """What codes come to as far as reading tells: ``candidates`` are those that are valid and not settled."""

    known: Known
    outcomes: dict[SentCode, Outcome]
    candidates: Sequence[Candidate]

    @property
    def has_news(self) -> bool:
        """Say whether there is anything to write."""
        return bool(self.candidates) or not all(self.known.has(outcome) for outcome in self.outcomes.values())


class CodeGone(Exception):
    """Somebody else was quicker with the promo code; what was begun with it is undone."""

    def __init__(self, reason: TouchOutcome) -> None:
        super().__init__(reason)
        self.reason = reason


def attribute(*, friend: Participant, touches: Sequence[SentCode], sent_by: str, at: datetime) -> list[Outcome]:
    """
    Attribute a friend to the advocates whose codes came with them, and return what came of each code, in their order.

    In each program the first valid code makes the referral, for good; ``touches`` come in the order in which they
    count. A one-time promo code is used by it, and the program's rules for sign-ups give their rewards. What is refused
    is kept with its reason; the same again writes nothing.
    """
    seen = look_at(friend, touches, at=at)
    outcomes = seen.outcomes
    if seen.has_news:
        with transaction.atomic():
            now = _referred(seen.candidates)
            outcomes = outcomes | now
            new = [outcome for outcome in outcomes.values() if not came_meanwhile(outcome, friend=friend)]
            keep(new, friend=friend, known=seen.known, sent_by=sent_by, at=at)
            made = [outcome.referral for outcome in now.values() if outcome.is_attributed and outcome.referral]
            give_for_sign_ups(referrals=made, at=at)
    return list(outcomes.values())


def look_at(friend: Participant, touches: Iterable[SentCode], *, at: datetime) -> Seen:
    """Return what the codes come to as far as reading tells."""
    sent = different_codes(touches)
    known = known_of(friend, sent)
    new = [one for one in sent if one not in known.settled]
    found = find_targets((one.text for one in new), at=at)
    targets = {one: found.get(folded(one.text)) for one in new}
    judged = {one: judge(one, target, friend=friend, at=at) for one, target in targets.items()}
    candidates = [
        Candidate(one, target, target.advocate, friend, at)
        for one, target in targets.items()
        if judged[one].is_attributed and target is not None and target.advocate is not None
    ]
    return Seen(known, {one: known.settled.get(one) or judged[one] for one in sent}, candidates)


def different_codes(touches: Iterable[SentCode]) -> list[SentCode]:
    """Return the codes as far as they differ, the first of each: what is nothing but spaces is none."""
    tidy = (replace(sent, text=_storable(sent.text).strip()[:LONGEST_TEXT]) for sent in touches)
    by_text: dict[str, SentCode] = {}
    for sent in tidy:
        by_text.setdefault(folded(sent.text), sent)
    return [sent for text, sent in by_text.items() if text]


def _storable(text: str) -> str:
    """Return a text without what no database stores: NUL and halves of characters."""
    return text.replace("\x00", "").encode(errors="replace").decode()


def judge(sent: SentCode, target: Target | None, *, friend: Participant, at: datetime) -> Outcome:
    """Return what a code comes to if nobody has referred the friend yet."""
    outcome = refusal_of(sent, target, friend=friend, at=at) or TouchOutcome.ATTRIBUTED
    if target is None:
        return Outcome(sent, outcome)
    return Outcome(sent, outcome, target.program, target.advocate)


def _referred(candidates: Sequence[Candidate]) -> dict[SentCode, Outcome]:
    """Make the referrals where none stands yet, in one order of programs, so that nobody waits in a circle."""
    if not candidates:
        return {}
    friend = candidates[0].friend
    db.take_turns(ACCOUNT_TURNS, turn_of(friend.account_id))
    blocked = hold_blocked({friend.pk, *(one.advocate.pk for one in candidates)})
    standing = _standing_referrals(friend, {one.target.program.pk for one in candidates})
    found: dict[SentCode, Outcome] = {}
    for candidate in sorted(candidates, key=lambda one: one.target.program.pk):
        program_id = candidate.target.program.pk
        refusal = candidate.refusal_by(blocked)
        outcome = candidate.comes_to(refusal) if refusal else _outcome_of(candidate, standing.get(program_id))
        if outcome.referral is not None:
            standing[program_id] = outcome.referral
        found[candidate.sent] = outcome
    return found


def _standing_referrals(friend: Participant, programs: Collection[int]) -> dict[int, Referral]:
    """Return by program the referral of the friend, else of another user of their account: each is referred once."""
    of_account = Referral.objects.filter(program__in=programs, referred__account_id=friend.account_id)
    referrals = of_account.select_related("referrer").order_by("-date_started", "-pk")
    own_last = sorted(referrals, key=lambda referral: referral.referred_id == friend.pk)
    return {referral.program_id: referral for referral in own_last}


def _outcome_of(candidate: Candidate, standing: Referral | None) -> Outcome:
    """Return what a valid code comes to, now that nobody else of the account has a turn."""
    if standing is not None:
        return too_late(candidate, standing)
    try:
        made = _refer(candidate)
    except CodeGone as gone:
        return candidate.comes_to(gone.reason)
    if made is not None:
        return candidate.comes_to(TouchOutcome.ATTRIBUTED, made)
    first = Referral.objects.select_related("referrer").get(program=candidate.target.program, referred=candidate.friend)
    return too_late(candidate, first)


@transaction.atomic
def _refer(candidate: Candidate) -> Referral | None:
    """
    Make the referral and use the promo code that made it; ``None`` if somebody else made one meanwhile.

    :raises CodeGone: if the promo code cannot be used any more
    """
    made = candidate.new_referral()
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        return None
    gone = _use(candidate, made)
    if gone is not None:
        raise CodeGone(gone)
    return made


def too_late(candidate: Candidate, first: Referral) -> Outcome:
    """Return that the friend was referred before; an order uses its promo code all the same: it had the discount."""
    gone = None
    if candidate.sent.conversion is not None and candidate.target.problem is None:
        gone = _use(candidate, first)
    is_same = (first.referrer_id, first.referred_id) == (candidate.advocate.pk, candidate.friend.pk)
    again = TouchOutcome.SAME_AGAIN if is_same else TouchOutcome.ALREADY_REFERRED
    return candidate.comes_to(gone or again, first)


def _use(candidate: Candidate, referral: Referral) -> TouchOutcome | None:
    """Use a promo code, if it is one, and return why that was not possible, if so."""
    sent, target, friend = candidate.sent, candidate.target, candidate.friend
    if target.promo_code is None:
        return None
    key = f"conversion:{sent.conversion.public_id}" if sent.conversion else f"friend:{friend.pk}"
    result = use_code(code=target.code, key=key, friend=friend, referral=referral, at=candidate.at)
    if result.is_used or used_by(friend, target.promo_code):
        return None
    return GONE[result.outcome]


def turn_of(account_id: str) -> int:
    """
    Return the number under which an account's users take turns; that several accounts share one does no harm.

    They are so few that an import may hold all of them: PostgreSQL has room for some thousands of locks.
    """
    return zlib.crc32(account_id.encode()) % ACCOUNT_NUMBERS
