from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Case, DateTimeField, F, Q, Value, When

from advocate.lib.errors import DomainError
from programs.operations.checks import check_values
from rewards.amounts import amount_text
from rewards.models import Reward, RewardEntry, RewardType
from rewards.operations.errors import (
    AlreadyRedeemed,
    AlreadyReversed,
    AmountNotPositive,
    EntryNotReversible,
    KeyReused,
    NotACredit,
    RewardNotRedeemable,
    TooLittleLeft,
)
from rewards.queries import is_drawable, is_past
from team.audit import Actor, Change, record


@transaction.atomic
def redeem_reward(*, reward: Reward, amount: int, key: str, by: Actor, at: datetime, note: str = "") -> RewardEntry:
    """
    Consume part or all of a reward and return the entry that records it.

    ``amount`` is in the unit's smallest fraction. Repeating the call with the same key returns the first entry.

    :raises InvalidValue: if the note is too long
    :raises AmountNotPositive: if there is nothing to redeem
    :raises RewardNotRedeemable: if the reward is not available at ``at``
    :raises TooLittleLeft: if less than ``amount`` is left
    :raises KeyReused: if the key belongs to another redemption
    """
    if amount < 1:
        raise AmountNotPositive
    check_values(RewardEntry(note=note), names={"note"})
    entry, is_new = RewardEntry.objects.get_or_create(
        key=key,
        defaults={
            "reward": reward,
            "participant_id": reward.participant_id,
            "amount": amount,
            "at": at,
            "note": note,
            **_cause(by),
        },
    )
    if not is_new:
        return _same(entry, reward, amount)

    # The limit is in the WHERE clause, so the database decides between concurrent callers; raising undoes the entry.
    drawable = Reward.objects.filter(is_drawable(at), pk=reward.pk, redeemed__lte=F("amount") - amount)
    if not drawable.update(**_drawn(amount, at)):
        raise _refusal(reward, amount, at)
    _record(reward, action="reward.redeemed", before=-amount, by=by, at=at)
    return entry


def why_not_redeemable(*, reward: Reward, at: datetime) -> RewardNotRedeemable | None:
    """Return what speaks against redeeming anything from a reward as it was read, if anything does."""
    status = reward.status_at(at)
    if status == Reward.Status.REDEEMED:
        return AlreadyRedeemed()
    if status != Reward.Status.AVAILABLE:
        return RewardNotRedeemable(status=status.label)
    return None if reward.type == RewardType.CREDIT else NotACredit(type=reward.get_type_display())


@transaction.atomic
def reverse_redemption(*, entry: RewardEntry, by: Actor, at: datetime, note: str = "") -> RewardEntry:
    """
    Give back what one redemption took and return the entry that records it.

    The reward gets the status it would have had: a fully redeemed one is AVAILABLE again, or EXPIRED if its date has
    passed; a cancelled or expired one stays so, with less redeemed.

    :raises EntryNotReversible: if the entry is no redemption, or was reversed before
    """
    if entry.kind != RewardEntry.Kind.REDEMPTION:
        raise EntryNotReversible
    # The reward first, as the undo of an import does: in another order the two would wait for each other.
    Reward.objects.select_for_update(no_key=True).get(pk=entry.reward_id)
    try:
        with transaction.atomic():
            reversal = RewardEntry.objects.create(
                reward_id=entry.reward_id,
                participant_id=entry.participant_id,
                kind=RewardEntry.Kind.REVERSAL,
                amount=entry.amount,
                reverses=entry,
                at=at,
                note=note,
                **_cause(by),
            )
    except IntegrityError as error:
        raise AlreadyReversed from error
    Reward.objects.filter(pk=entry.reward_id).update(**_given_back(entry.amount, at))
    _record(entry.reward, action="reward.reversed", before=entry.amount, by=by, at=at)
    return reversal


def _cause(by: Actor) -> dict[str, object]:
    return {"user_id": by.user_id, "actor": "" if by.user_id else by.label}


def _same(entry: RewardEntry, reward: Reward, amount: int) -> RewardEntry:
    if (entry.reward_id, entry.amount, entry.kind) != (reward.pk, amount, RewardEntry.Kind.REDEMPTION):
        raise KeyReused
    return entry


def _drawn(amount: int, at: datetime) -> dict[str, object]:
    is_all = Q(redeemed=F("amount") - amount)
    return {
        "redeemed": F("redeemed") + amount,
        "status": Case(When(is_all, then=Value(Reward.Status.REDEEMED)), default=F("status")),
        "date_redeemed": Case(When(is_all, then=Value(at)), default=None, output_field=DateTimeField()),
        "updated_at": at,
    }


def _given_back(amount: int, at: datetime) -> dict[str, object]:
    was_redeemed = Q(status=Reward.Status.REDEEMED)
    return {
        "redeemed": F("redeemed") - amount,
        "status": Case(
            When(was_redeemed & is_past(at), then=Value(Reward.Status.EXPIRED)),
            When(was_redeemed, then=Value(Reward.Status.AVAILABLE)),
            default=F("status"),
        ),
        "date_redeemed": None,
        "updated_at": at,
    }


def _refusal(reward: Reward, amount: int, at: datetime) -> DomainError:
    """Say why the guarded update found no row; only for the message, the database has decided."""
    current = Reward.objects.select_related("unit").get(pk=reward.pk)
    refusal = why_not_redeemable(reward=current, at=at)
    if refusal is not None:
        return refusal
    return TooLittleLeft(left=amount_text(current.left, current.unit), amount=amount_text(amount, current.unit))


def _record(reward: Reward, *, action: str, before: int, by: Actor, at: datetime) -> None:
    """Write the audit entry; the row is ours until the transaction ends, so what it says now is what we made of it."""
    redeemed = Reward.objects.values_list("redeemed", flat=True).get(pk=reward.pk)
    record(by=by, action=action, target=reward, at=at, changes={"redeemed": Change(redeemed + before, redeemed)})
