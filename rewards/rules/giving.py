"""Rules at work: each gives once for each sign-up or order and side, and leaves a result that says why not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from programs.models import Conversion, ErasedParticipant, Participant, Referral
from rewards.models import Reward, RewardRule, RuleResult, RuleTally, Side
from rewards.operations import Cause, Terms, grant_reward
from rewards.rules.emails import MailFacts, owe_reward_mail
from rewards.rules.judging import judged, order_refusal
from team.audit import SYSTEM

Outcome = RuleResult.Outcome
Trigger = RewardRule.Trigger
SOURCES = {Side.ADVOCATE: Reward.Source.FRIEND_SIGNUP, Side.FRIEND: Reward.Source.REFERRED}


@dataclass(frozen=True, slots=True)
class Occasion:
    """A sign-up or an order that rules may reward; somebody who ordered without an account is nobody here."""

    program_id: int
    advocate: Participant
    friend: Participant | None
    referral: Referral | None
    conversion: Conversion | None = None

    def person(self, side: str) -> Participant | None:
        """Return who is on a side."""
        return self.advocate if side == Side.ADVOCATE else self.friend


@dataclass(frozen=True, slots=True)
class Turn:
    """One rule for one side of one occasion."""

    rule: RewardRule
    side: Side
    occasion: Occasion

    @property
    def person(self) -> Participant | None:
        """Return whose turn it is."""
        return self.occasion.person(self.side)

    def results(self) -> dict[str, object]:
        """Return what finds this turn's result, of which the database has one at most."""
        return {
            "rule": self.rule,
            "side": self.side.value,
            "referral": self.occasion.referral,
            "conversion": self.occasion.conversion,
        }

    def mail_facts(self, reward: Reward) -> MailFacts:
        """Return what a mail about this turn's reward tells."""
        occasion = self.occasion
        return MailFacts(reward.participant, occasion.advocate, occasion.friend, reward, self.rule.program.name)

    @property
    def order(self) -> tuple[int, int]:
        """Return a place in an order that is the same everywhere, so that nobody waits for each other's tallies."""
        return (self.person.pk if self.person else 0, self.rule.pk)


@transaction.atomic
def give_for_sign_up(*, referral: Referral, at: datetime) -> list[RuleResult]:
    """Let the program's rules for sign-ups give what they give for a referral, once; return what is new."""
    return give_for_sign_ups(referrals=[referral], at=at)


@transaction.atomic
def give_for_sign_ups(*, referrals: Sequence[Referral], at: datetime) -> list[RuleResult]:
    """Let the programs' rules for sign-ups give what they give for referrals, once for each; return what is new."""
    return _give(turns_of_sign_ups(referrals), at=at)


def turns_of_sign_ups(referrals: Sequence[Referral]) -> list[Turn]:
    """Return the turns of the programs' rules for sign-ups, in the order in which they are taken."""
    occasions = [
        Occasion(program_id=each.program_id, advocate=each.referrer, friend=each.referred, referral=each)
        for each in referrals
    ]
    return _turns(occasions, trigger=Trigger.SIGN_UP)


@transaction.atomic
def give_for_conversion(*, conversion: Conversion, at: datetime) -> list[RuleResult]:
    """
    Let the program's rules for orders give what they give for an attributed order, once; return what is new.

    An order that nobody brought, or that was reversed before, gives nothing.
    """
    if conversion.advocate is None or conversion.reversed_at is not None:
        return []
    occasion = Occasion(
        program_id=conversion.program_id,
        advocate=conversion.advocate,
        friend=conversion.friend,
        referral=conversion.referral,
        conversion=conversion,
    )
    return _give(_turns([occasion], trigger=Trigger.CONVERSION), at=at)


def _turns(occasions: Sequence[Occasion], *, trigger: str) -> list[Turn]:
    rules = _rules_of({occasion.program_id for occasion in occasions}, trigger)
    turns = [
        Turn(rule, side, occasion)
        for occasion in occasions
        for rule in rules
        if rule.program_id == occasion.program_id
        for side in rule.sides
    ]
    return sorted(turns, key=lambda turn: turn.order)


def _give(turns: Sequence[Turn], *, at: datetime) -> list[RuleResult]:
    if not turns:
        return []
    known = _known(turns)
    erased = erased_among(turns)
    results = []
    for turn in turns:
        if _key(turn.rule.pk, turn.side, turn.occasion) in known:
            continue
        result = _take(turn, is_erased=turn.person is not None and turn.person.pk in erased, at=at)
        if result is not None:
            results.append(result)
    return results


def _rules_of(program_ids: Iterable[int], trigger: str) -> list[RewardRule]:
    rules = RewardRule.objects.filter(program__in=set(program_ids), trigger=trigger, is_on=True)
    related = rules.select_related("program", "unit", "catalog_reward__unit").prefetch_related("mails")
    return list(related.order_by("pk"))


def _known(turns: Sequence[Turn]) -> set[tuple[object, ...]]:
    """Return which turns have their result: asking first spares what the constraints would refuse."""
    rules = {turn.rule.pk for turn in turns}
    orders = {turn.occasion.conversion.pk for turn in turns if turn.occasion.conversion}
    results = RuleResult.objects.filter(rule__in=rules)
    if orders:
        results = results.filter(conversion__in=orders)
    else:
        referrals = {turn.occasion.referral.pk for turn in turns if turn.occasion.referral}
        results = results.filter(referral__in=referrals, conversion__isnull=True)
    return {
        (rule, side, conversion or referral)
        for rule, side, conversion, referral in results.values_list("rule", "side", "conversion", "referral")
    }


def _key(rule_id: int, side: str, occasion: Occasion) -> tuple[object, ...]:
    cause = occasion.conversion or occasion.referral
    return (rule_id, str(side), cause.pk if cause else None)


def erased_among(turns: Sequence[Turn]) -> set[int]:
    """Return the primary keys of those whose turns these are who were deleted."""
    people = {turn.person.pk for turn in turns if turn.person is not None}
    return set(ErasedParticipant.objects.filter(participant__in=people).values_list("participant", flat=True))


def _take(turn: Turn, *, is_erased: bool, at: datetime) -> RuleResult | None:
    """Give what the rule gives, or record why not; None if another caller did so at the same moment."""
    decision = _decision(turn, is_erased=is_erased, at=at)
    try:
        if isinstance(decision, Terms):
            return _given(turn, decision, at)
        return _recorded(turn, decision, at)
    except IntegrityError:
        if RuleResult.objects.filter(**turn.results()).exists():
            return None
        if not (turn.rule.first_only and _has_rewarded_order(turn)):
            raise
        return _recorded(turn, Outcome.NOT_FIRST, at)  # another order of the friend was first by a moment


def _decision(turn: Turn, *, is_erased: bool, at: datetime) -> Terms | RuleResult.Outcome:
    if turn.person is None:
        return Outcome.NO_ACCOUNT
    if is_erased:
        return Outcome.DELETED
    decision = judged(turn.rule, conversion=turn.occasion.conversion, at=at)
    if isinstance(decision, Terms) and turn.rule.first_only and _has_earlier_order(turn):
        return Outcome.NOT_FIRST
    return decision


def _has_earlier_order(turn: Turn) -> bool:
    """Say whether the friend has another order that fulfils the rule's conditions, or was rewarded by it."""
    referral, conversion = turn.occasion.referral, turn.occasion.conversion
    if referral is None or conversion is None:
        return False  # of somebody without an account no other order is known
    if _has_rewarded_order(turn):
        return True
    others = Conversion.objects.filter(referral=referral, status=Conversion.Status.ATTRIBUTED, reversed_at__isnull=True)
    others = others.exclude(pk=conversion.pk).only("amount", "currency", "exponent")
    return any(order_refusal(turn.rule, other) is None for other in others.iterator())


def _has_rewarded_order(turn: Turn) -> bool:
    """Say whether the rule has rewarded this side for an order of the friend."""
    own = {"rule": turn.rule, "side": turn.side, "referral": turn.occasion.referral}
    return RuleResult.objects.filter(**own, outcome=Outcome.GIVEN).exists()


def _given(turn: Turn, terms: Terms, at: datetime) -> RuleResult:
    """Give the reward, count it, record the result and owe the mail, or do nothing of it."""
    rule, person = turn.rule, turn.person
    if person is None:
        raise ValueError("Nobody is on this side.")
    with transaction.atomic():
        if turn.side == Side.ADVOCATE and not _count(rule, person):
            return _recorded(turn, Outcome.LIMIT_REACHED, at)
        reward = grant_reward(
            participant=person,
            terms=terms,
            program=rule.program,
            referral=turn.occasion.referral,
            source=SOURCES[turn.side],
            cause=Cause(rule, turn.occasion.conversion),
            by=SYSTEM,
            at=at,
        )
        result = _recorded(turn, Outcome.GIVEN, at, reward=reward)
        owe_reward_mail(rule=rule, side=turn.side, facts=turn.mail_facts(reward), at=at)
    return result


def _count(rule: RewardRule, advocate: Participant) -> bool:
    """Count one more reward of the advocate, and return False where that would be more than the limit."""
    RuleTally.objects.bulk_create([RuleTally(rule=rule, participant=advocate)], ignore_conflicts=True)
    tally = RuleTally.objects.filter(rule=rule, participant=advocate)
    if rule.limit_each is not None:
        # The limit is in the WHERE clause, so the database decides between orders that arrive at once.
        tally = tally.filter(given__lt=rule.limit_each)
    return bool(tally.update(given=F("given") + 1))


def _recorded(turn: Turn, outcome: RuleResult.Outcome, at: datetime, *, reward: Reward | None = None) -> RuleResult:
    with transaction.atomic():
        return RuleResult.objects.create(
            **turn.results(),
            participant=turn.person,
            outcome=outcome,
            reward=reward,
            is_only=turn.rule.first_only and turn.occasion.referral is not None,
            at=at,
        )
