from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Final

from django.db import IntegrityError, transaction

from advocate.lib import db
from programs.models import Conversion, Participant, Program, Referral
from programs.operations.checks import check_values
from rewards.models import LARGEST_AMOUNT, CatalogReward, Reward, RewardRule, RewardType, RewardUnit
from rewards.operations.errors import CatalogRewardInactive, ExpiresTooEarly, TermsNotValid, UniqueIdTaken
from rewards.periods import later
from team.audit import Actor, Change, Deed, record, record_many

UNITS_NEEDED = frozenset({RewardType.CREDIT, RewardType.INTEGRATION})
TEXTS: Final = ("name", "unique_id", "fuel_tank_code", "internal_note", "customer_note")
LOADED: Final = tuple(each.name for each in Reward._meta.concrete_fields)
COLUMNS: Final = attrgetter(*(each.attname for each in Reward._meta.concrete_fields))


@dataclass(frozen=True, slots=True)
class Terms:
    """What is given, and when; ``amount`` is in the unit's smallest fraction, or a percentage without a unit."""

    amount: int
    unit: RewardUnit | None = None
    type: str = RewardType.CREDIT
    name: str = ""
    scheduled_for: datetime | None = None
    expires: datetime | None = None
    catalog_reward: CatalogReward | None = None
    fuel_tank_code: str = ""


@dataclass(frozen=True, slots=True)
class Notes:
    """What is written beside a reward: ``internal`` for the team, ``customer`` for the participant."""

    internal: str = ""
    customer: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """The rule that gives a reward by itself, and the order that it gives it for, if it is one."""

    rule: RewardRule
    conversion: Conversion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One of many rewards that are given at once: to whom, what, and where it comes from."""

    participant: Participant
    terms: Terms
    source: str = Reward.Source.MANUAL
    program: Program | None = None
    referral: Referral | None = None
    cause: Cause | None = None


def terms_of(
    catalog_reward: CatalogReward,
    *,
    at: datetime,
    scheduled_for: datetime | None = None,
    expires: datetime | None = None,
) -> Terms:
    """
    Return what giving a catalog reward at ``at`` means; the two dates overrule its own.

    Its time to expire runs from the day it becomes available, not from the day it was promised.
    """
    entry = catalog_reward
    if scheduled_for is None and entry.pending_count:
        scheduled_for = later(at, entry.pending_count, entry.pending_period)
    if expires is None and entry.validity_count:
        expires = later(scheduled_for or at, entry.validity_count, entry.validity_period)
    return Terms(
        amount=entry.amount,
        unit=entry.unit,
        type=entry.type,
        name=entry.name,
        scheduled_for=scheduled_for,
        expires=expires,
        catalog_reward=entry,
    )


@transaction.atomic
def grant_reward(
    *,
    participant: Participant,
    terms: Terms,
    program: Program | None = None,
    referral: Referral | None = None,
    source: str = Reward.Source.MANUAL,
    unique_id: str | None = None,
    notes: Notes | None = None,
    cause: Cause | None = None,
    by: Actor,
    at: datetime,
) -> Reward:
    """
    Give a reward: AVAILABLE at once, or PENDING while it is scheduled for later or the participant is blocked.

    :raises InvalidValue: if a text is too long, or none
    :raises TermsNotValid: if the value, type and unit do not belong together
    :raises ExpiresTooEarly: if it would never be available
    :raises CatalogRewardInactive: if the catalog does not offer it any more
    :raises UniqueIdTaken: if a reward has this ``unique_id`` already
    """
    _check(terms, at)
    grant = Grant(participant=participant, terms=terms, source=source, program=program, referral=referral, cause=cause)
    reward = _new_reward(grant, at)
    reward.unique_id = unique_id or None  # type: ignore[assignment]  # absent where the caller has none
    if notes is not None:
        reward.internal_note, reward.customer_note = notes.internal, notes.customer
    check_values(reward, names=TEXTS)
    _insert(reward)
    record(by=by, action="reward.granted", target=reward, at=at, changes={"status": Change(None, reward.status)})
    return reward


@transaction.atomic
def grant_rewards(*, grants: Sequence[Grant], by: Actor, at: datetime) -> list[Reward]:
    """
    Give many rewards by set statements, each as :func:`grant_reward` does, and return them in their order.

    :raises DomainError: as ``grant_reward`` does, for one of them; then none is given
    """
    rewards = [_new_reward(grant, at) for grant in grants]
    different = {id(grant.terms): (grant.terms, reward) for grant, reward in zip(grants, rewards, strict=True)}
    for terms, reward in different.values():
        _check(terms, at)
        check_values(reward, names=TEXTS)
    for reward, reward_id in zip(rewards, db.new_ids(Reward, len(rewards)), strict=True):
        reward.pk = reward_id
    db.load_rows(Reward, LOADED, map(COLUMNS, rewards))
    deeds = (Deed("reward.granted", one.pk, str(one), {"status": Change(None, one.status)}) for one in rewards)
    record_many(by=by, model=Reward, at=at, deeds=deeds)
    return rewards


def check_amount(*, type: str, unit: RewardUnit | None, amount: int) -> None:  # noqa: A002 (the field's name)
    """
    Refuse what the database's constraints on type, unit and amount would refuse.

    :raises TermsNotValid: if they do not belong together
    """
    largest = 100 if unit is None else LARGEST_AMOUNT
    lacks_unit = unit is None and type in UNITS_NEEDED
    is_percentage_of_unit = unit is not None and type == RewardType.PCT_DISCOUNT
    if lacks_unit or is_percentage_of_unit or not 1 <= amount <= largest:
        raise TermsNotValid


def _check(terms: Terms, at: datetime) -> None:
    check_amount(type=terms.type, unit=terms.unit, amount=terms.amount)
    if terms.expires is not None and terms.expires <= max(at, terms.scheduled_for or at):
        raise ExpiresTooEarly
    if terms.catalog_reward is not None and not terms.catalog_reward.is_active:
        raise CatalogRewardInactive(name=terms.catalog_reward.name)


def _new_reward(grant: Grant, at: datetime) -> Reward:
    """Return the reward that a grant makes, which is not written yet."""
    terms, cause = grant.terms, grant.cause
    reward = Reward(
        participant=grant.participant,
        program=grant.program,
        referral=grant.referral,
        rule=cause.rule if cause else None,
        conversion=cause.conversion if cause else None,
        source=grant.source,
        type=terms.type,
        unit=terms.unit,
        amount=terms.amount,
        name=terms.name,
        fuel_tank_code=terms.fuel_tank_code,
        catalog_reward=terms.catalog_reward,
        date_created=at,
        date_expires=terms.expires,
        updated_at=at,
    )
    _schedule(reward, terms.scheduled_for, at)
    return reward


def _schedule(reward: Reward, scheduled_for: datetime | None, at: datetime) -> None:
    """Decide between AVAILABLE and PENDING; a blocked participant's reward waits, scheduled for now at the latest."""
    reward.date_scheduled_for = scheduled_for
    if scheduled_for is not None and scheduled_for > at:
        reward.status, reward.pending_reason = Reward.Status.PENDING, Reward.PendingReason.SCHEDULED
    elif reward.participant.is_blocked:
        reward.status, reward.pending_reason = Reward.Status.PENDING, Reward.PendingReason.SUSPECTED_FRAUD
        reward.date_scheduled_for = scheduled_for or at
    else:
        reward.status, reward.date_given = Reward.Status.AVAILABLE, at


def _insert(reward: Reward) -> None:
    if reward.unique_id is None:
        reward.save(force_insert=True)
        return
    try:
        with transaction.atomic():
            reward.save(force_insert=True)
    except IntegrityError as error:
        if Reward.objects.filter(unique_id=reward.unique_id).exists():
            raise UniqueIdTaken(unique_id=reward.unique_id) from error
        raise
