"""Attributing many friends by set statements: for each what ``attribute`` does, one after the other."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Final

from django.db import connection, transaction

from advocate.lib import db
from programs.models import Participant, Referral, TouchOutcome
from rewards.attribution.attributing import (
    ACCOUNT_TURNS,
    Candidate,
    attribute,
    different_codes,
    judge,
    too_late,
    turn_of,
)
from rewards.attribution.blocked import hold_blocked
from rewards.attribution.outcomes import Outcome, SentCode
from rewards.attribution.resolving import Target, find_targets, folded
from rewards.attribution.touches import Known, keep_all, known_of_many, new_outcomes
from rewards.rules import give_for_new_sign_ups

LOADED: Final = tuple(each.name for each in Referral._meta.concrete_fields)
COLUMNS: Final = attrgetter(*(each.attname for each in Referral._meta.concrete_fields))
NOTHING_KNOWN: Final = Known()


@dataclass(frozen=True, slots=True)
class Friend:
    """
    Who came with which codes.

    ``not_yet`` are texts, as ``folded`` writes them, that were no codes when the friend came: those of advocates who
    came after them in the same go.
    """

    participant: Participant
    codes: Sequence[SentCode]
    is_new: bool = False
    not_yet: Collection[str] = ()


@transaction.atomic
def attribute_many(*, friends: Sequence[Friend], sent_by: str, at: datetime) -> list[list[Outcome]]:
    """
    Attribute friends, in their order, and return what came of the codes of each.

    Promo codes are used up one by one; everything else is written together.
    """
    looks = _looks(friends, at)
    candidates = [one for look in looks for one in look.candidates]
    if candidates:
        db.take_all_turns(ACCOUNT_TURNS, (turn_of(one.friend.account_id) for one in candidates))
    # Nobody else sees who is new, so that nobody can block them.
    people = {one.friend.pk for look in looks if not look.friend.is_new for one in look.candidates}
    blocked = hold_blocked(people | {one.advocate.pk for one in candidates})
    batch = _Batch(_Standing(candidates), blocked, sent_by, at)
    outcomes = [batch.attribute(look) for look in looks]
    batch.write()
    return outcomes


@dataclass(frozen=True, slots=True)
class _Look:
    """What a friend's codes come to as far as reading tells."""

    friend: Friend
    sent: Sequence[SentCode]
    known: Known
    judged: dict[SentCode, Outcome]
    candidates: Sequence[Candidate]
    has_promo_code: bool

    @property
    def outcomes(self) -> dict[SentCode, Outcome]:
        return {one: self.known.settled.get(one) or self.judged[one] for one in self.sent}


def _looks(friends: Sequence[Friend], at: datetime) -> list[_Look]:
    sent = [different_codes(friend.codes) for friend in friends]
    found = find_targets({one.text for codes in sent for one in codes}, at=at)
    told = {
        friend.participant.pk: codes for friend, codes in zip(friends, sent, strict=True) if codes and not friend.is_new
    }
    known = known_of_many(told) if told else {}
    return [
        _look(friend, codes, known.get(friend.participant.pk, NOTHING_KNOWN), found, at)
        for friend, codes in zip(friends, sent, strict=True)
    ]


def _look(friend: Friend, sent: Sequence[SentCode], known: Known, found: dict[str, Target], at: datetime) -> _Look:
    person = friend.participant
    texts = {one: folded(one.text) for one in sent if one not in known.settled}
    targets = {one: None if text in friend.not_yet else found.get(text) for one, text in texts.items()}
    judged = {one: judge(one, target, friend=person, at=at) for one, target in targets.items()}
    candidates = [
        Candidate(one, target, target.advocate, person, at)
        for one, target in targets.items()
        if judged[one].is_attributed and target is not None and target.advocate is not None
    ]
    has_promo_code = any(target is not None and target.promo_code is not None for target in targets.values())
    return _Look(friend, sent, known, judged, candidates, has_promo_code)


class _Standing:
    """The referrals that stand in the programs of some candidates: each user is referred once, and each account."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        accounts = {one.friend.account_id for one in candidates}
        programs = {one.target.program.pk for one in candidates}
        self._by_account: dict[tuple[str, int], list[Referral]] = {}
        found = Referral.objects.filter(pk__in=_referrals_of(accounts), program__in=programs)
        for referral in found.select_related("referrer", "referred").order_by("date_started", "pk"):
            self.add(referral)

    def add(self, referral: Referral) -> None:
        """Note a referral."""
        self._by_account.setdefault((referral.referred.account_id, referral.program_id), []).append(referral)

    def of(self, candidate: Candidate) -> Referral | None:
        """Return the friend's own referral in the program, else the first one of their account."""
        found = self._by_account.get((candidate.friend.account_id, candidate.target.program.pk), [])
        own = (referral for referral in found if referral.referred_id == candidate.friend.pk)
        return next(own, found[0] if found else None)


def _referrals_of(account_ids: Collection[str]) -> list[int]:
    """Return the referrals of the accounts' users; most accounts of a file have none."""
    if not account_ids:
        return []
    statement = f"""
        SELECT referral.id FROM {db.listed("text")} AS asked
        JOIN programs_participant AS friend ON friend.account_id = v0 {db.exact_collation()}
        JOIN programs_referral AS referral ON referral.referred_id = friend.id
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps([[account_id] for account_id in account_ids])])
        return [row[0] for row in cursor.fetchall()]


@dataclass(slots=True)
class _Batch:
    """What is to be written of the friends looked at so far."""

    standing: _Standing
    blocked: Collection[int]
    sent_by: str
    at: datetime
    made: list[Referral] = field(default_factory=list)
    kept: list[tuple[Participant, Outcome]] = field(default_factory=list)

    def attribute(self, look: _Look) -> list[Outcome]:
        """Return what came of a friend's codes."""
        if look.has_promo_code:
            return self._attribute_alone(look)
        outcomes = look.outcomes
        for candidate in sorted(look.candidates, key=lambda one: one.target.program.pk):
            outcomes[candidate.sent] = self._refer(candidate)
        person = look.friend.participant
        new = list(outcomes.values())
        if not look.friend.is_new:
            new = new_outcomes(new, friend=person, known=look.known)
        self.kept += [(person, outcome) for outcome in new]
        return list(outcomes.values())

    def write(self) -> None:
        """Write what was not written yet."""
        for referral, referral_id in zip(self.made, db.new_ids(Referral, len(self.made)), strict=True):
            referral.pk = referral_id
        db.load_rows(Referral, LOADED, map(COLUMNS, self.made))
        keep_all(self.kept, sent_by=self.sent_by, at=self.at)
        if self.made:
            give_for_new_sign_ups(referrals=self.made, at=self.at)
        self.made, self.kept = [], []

    def _attribute_alone(self, look: _Look) -> list[Outcome]:
        """Attribute a friend by codes of which an earlier friend may have used one up."""
        self.write()
        friend, not_yet = look.friend.participant, look.friend.not_yet
        unknown = [look.judged[one] for one in look.sent if one in look.judged and folded(one.text) in not_yet]
        self.kept += [(friend, outcome) for outcome in new_outcomes(unknown, friend=friend, known=look.known)]
        sent = [one for one in look.sent if folded(one.text) not in not_yet]
        outcomes = attribute(friend=friend, touches=sent, sent_by=self.sent_by, at=self.at)
        for outcome in outcomes:
            if outcome.is_attributed and outcome.referral is not None:
                self.standing.add(outcome.referral)
        return [*outcomes, *unknown]

    def _refer(self, candidate: Candidate) -> Outcome:
        refusal = candidate.refusal_by(self.blocked)
        if refusal is not None:
            return candidate.comes_to(refusal)
        first = self.standing.of(candidate)
        if first is not None:
            return too_late(candidate, first)
        made = candidate.new_referral()
        self.made.append(made)
        self.standing.add(made)
        return candidate.comes_to(TouchOutcome.ATTRIBUTED, made)
