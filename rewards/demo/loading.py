from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Final

from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from advocate.lib.db import analyze, batches, load_rows, run_in_chunks
from advocate.lib.errors import DomainError
from outbox.emails import render_email
from outbox.operations import owe_email
from programs.models import Participant, Program, Referral, ReferralCode, SearchTerm, ShareLink
from programs.operations import index_participants_after
from promocodes.models import CodeHolder, CodePool, CodeUse, PromoCode
from rewards.demo import people
from rewards.demo.codes import load_promo_codes, prepare_third
from rewards.demo.giving import EntryRow, Given, Giver, RewardRow
from rewards.demo.orders import add_rules, load_orders
from rewards.demo.people import CodeRow, LinkRow, ParticipantRow, ReferralRow
from rewards.demo.plan import SPAN, Plan
from rewards.demo.setting import Setting, set_up
from rewards.models import CatalogReward, Reward, RewardEntry, RewardUnit
from team.audit import Actor
from team.models import AuditEntry, User

CHUNK: Final = 5_000
ALL_OR_NOTHING_UP_TO: Final = 20_000  # rows; beyond, a transaction this long would hold up everybody else


class AlreadyInUse(DomainError):
    """Demo data would end up among a company's own."""

    code = "already_in_use"
    message = _("There are participants in this database already. Say --add to put demo data beside them.")


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many rows of each kind were made."""

    team: int
    programs: int
    units: int
    catalog_rewards: int
    participants: int
    referrals: int
    codes: int
    share_links: int
    promo_codes: int
    rewards: int
    entries: int
    orders: int


def load_demo(*, plan: Plan, add: bool = False) -> Loaded:
    """
    Make the plan's data and return how much it became; the same plan makes the same rows in an empty database.

    A small load is one transaction. A big one is many, in constant memory: begin again with an empty database if it
    was interrupted.

    :raises AlreadyInUse: if there are participants and ``add`` is not said
    """
    if not add and Participant.objects.exists():
        raise AlreadyInUse
    plan = _after_what_is_there(plan)
    with _one_transaction(plan):
        setting = set_up(began=plan.at - SPAN, at=plan.at)
        add_rules(setting, at=plan.at - SPAN)
        programs = [program.pk for program in setting.programs]
        participants = _load(Participant, ParticipantRow._fields, people.participants(plan))
        codes = _load_codes(plan, programs)
        # Beside a company's own pools there is no place for others: a program has one, for good.
        has_promo_codes = not CodePool.objects.exists()
        rows = people.referrals(plan, programs, has_promo_codes=has_promo_codes)
        referrals = _load(Referral, ReferralRow._fields, rows)
        promo_codes = _load_promo_codes(plan, setting) if has_promo_codes else 0
        entries = _load_rewards(Giver(plan, setting))
        _record_blocks(plan, setting)
        _move_sequences()
        index_participants_after(participant_id=plan.first_participant - 1)
        _write_emails(plan, setting)
        orders = load_orders(plan, setting)
    loaded = (Participant, ReferralCode, ShareLink, Referral, Reward, RewardEntry, SearchTerm)
    for model in (*loaded, PromoCode, CodeHolder, CodeUse):
        analyze(model)
    return Loaded(
        team=len(setting.team),
        programs=Program.objects.count(),
        units=RewardUnit.objects.count(),
        catalog_rewards=CatalogReward.objects.count(),
        participants=participants,
        referrals=referrals,
        codes=codes,
        share_links=codes,
        promo_codes=promo_codes,
        rewards=plan.rewards,
        entries=entries,
        orders=orders,
    )


def _one_transaction(plan: Plan) -> AbstractContextManager[object]:
    is_small = plan.participants + plan.rewards <= ALL_OR_NOTHING_UP_TO
    return transaction.atomic() if is_small else nullcontext()


def _after_what_is_there(plan: Plan) -> Plan:
    return replace(
        plan,
        first_participant=_next_id(Participant.objects),
        first_referral=_next_id(Referral.objects),
        first_code=_next_id(ReferralCode.objects),
        first_link=_next_id(ShareLink.objects),
        first_reward=_next_id(Reward.objects),
        first_entry=_next_id(RewardEntry.objects),
        first_promo=_next_id(PromoCode.objects),
    )


def _next_id(rows: models.Manager[Any]) -> int:
    return (rows.aggregate(greatest=Max("pk"))["greatest"] or 0) + 1


def _load(model: type[models.Model], fields: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> int:
    return sum(run_in_chunks(batches(rows, CHUNK), lambda chunk: load_rows(model, fields, chunk)))


def _load_codes(plan: Plan, programs: list[int]) -> int:
    """Load the codes, each chunk together with its links, and return how many there are of each."""

    def load(chunk: list[CodeRow]) -> int:
        load_rows(ReferralCode, CodeRow._fields, chunk)
        return load_rows(ShareLink, LinkRow._fields, (people.share_link(plan, code) for code in chunk))

    return sum(run_in_chunks(batches(people.codes(plan, programs), CHUNK), load))


def _load_promo_codes(plan: Plan, setting: Setting) -> int:
    """Load the codes after the ids that the claims of the referral codes took."""
    loaded = load_promo_codes(plan, setting, load=_load, first_id=_next_id(PromoCode.objects))
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [PromoCode]):
            cursor.execute(statement)
    prepare_third(setting, at=plan.at)
    return loaded


def _load_rewards(giver: Giver) -> int:
    """Load the rewards, each chunk together with its entries, and return the number of entries."""

    def load(chunk: list[Given]) -> int:
        load_rows(Reward, RewardRow._fields, (given.reward for given in chunk))
        return load_rows(RewardEntry, EntryRow._fields, chain.from_iterable(given.entries for given in chunk))

    return sum(run_in_chunks(batches(giver.rewards(), CHUNK), load))


def _record_blocks(plan: Plan, setting: Setting) -> None:
    """Write the audit entries of the blocks, as blocking by hand would have."""
    support = setting.team[3]
    fields = ("at", "user_id", "actor", "action", "object_type", "object_id", "object_label", "changes")
    blocked = Participant.objects.filter(pk__gte=plan.first_participant, date_blocked__isnull=False).order_by("pk")
    rows = (_block_row(participant, support) for participant in blocked.iterator(CHUNK))
    for chunk in batches(rows, CHUNK):
        load_rows(AuditEntry, fields, chunk)


def _block_row(participant: Participant, by: User) -> tuple[object, ...]:
    changes = {"blocked": [False, True], "block_reason": ["", participant.block_reason]}
    label = str(participant)[:255]
    what = ("participant.blocked", "programs.participant", str(participant.pk), label, changes)
    return (participant.date_blocked, by.pk, by.email, *what)


def _move_sequences() -> None:
    """Let the next row get an id after ours."""
    loaded = [Participant, ReferralCode, ShareLink, Referral, Reward, RewardEntry]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), loaded):
            cursor.execute(statement)


def _write_emails(plan: Plan, setting: Setting) -> None:
    """Fill the Email log a little, but only where no mail server would carry it to strangers."""
    if settings.EMAIL_URL:
        return
    for member in setting.team[:3]:
        message = render_email(
            name="test-mail",
            to=member.email,
            language=member.language,
            time_zone=member.time_zone,
            context={"requester": Actor.of(setting.team[0]).label},
        )
        owe_email(key=f"demo-{member.email}", message=message, at=plan.at)
