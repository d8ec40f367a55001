"""A demo company's reward rules, and a few orders of the last days that show what rules do, and why not always."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from programs.models import Conversion, Program, Referral, Touch, TouchOutcome
from rewards.demo.plan import Plan
from rewards.demo.setting import Setting
from rewards.models import Reward, RewardRule, RuleMail, Side
from rewards.rules import (
    MailText,
    RuleDefinition,
    add_rule,
    give_for_conversion,
    switch_rule,
    take_back_for_conversion,
)
from team.audit import Actor

Audience, Gives, Trigger = RewardRule.Audience, RewardRule.Gives, RewardRule.Trigger
REVERSAL: Final = "The friend returned the order"
THANKS: Final = (
    MailText(
        Side.ADVOCATE,
        RuleMail.Language.ENGLISH,
        "Thank you! {{ reward }} is on its way",
        "Hi {{ reader_name }},\n\n{{ friend_name }} ordered with us through you. Thank you for telling your friends!",
    ),
    MailText(
        Side.ADVOCATE,
        RuleMail.Language.CHINESE,
        "谢谢您！{{ reward }} 即将到账",
        "{{ reader_name }}，您好！\n\n{{ friend_name }} 通过您的推荐下了订单。谢谢您的分享！",
    ),
)


@dataclass(frozen=True, slots=True)
class DemoOrder:
    """An order of the n-th friend, or of nobody known."""

    friend: int | None
    amount: int
    currency: str = "USD"
    code: str = ""
    is_reversed: bool = False


ORDERS: Final = (
    DemoOrder(0, 12_000),
    DemoOrder(0, 4_550),
    DemoOrder(1, 1_200),
    DemoOrder(2, 8_000, "EUR"),
    DemoOrder(3, 6_450, is_reversed=True),
    DemoOrder(None, 3_990, code="FRIENDS20"),
)


def add_rules(setting: Setting, *, at: datetime) -> None:
    """Give the programs in which people refer their rules, unless they have some."""
    manager = Actor.of(setting.team[1])
    friends, partners = setting.programs
    for program, definitions in ((friends, _rules_of_friends(setting)), (partners, _rules_of_partners(setting))):
        if not RewardRule.objects.filter(program=program).exists():
            for definition in definitions:
                add_rule(program=program, definition=definition, by=manager, at=at)
    early = RewardRule.objects.filter(program=friends, trigger=Trigger.SIGN_UP, audience=Audience.ADVOCATE, is_on=True)
    for rule in early:
        switch_rule(rule=rule, on=False, by=manager, at=at + timedelta(days=90))


def load_orders(plan: Plan, setting: Setting) -> int:
    """Make the orders and have the rules reward them; return how many there are."""
    program = setting.programs[0]
    people = Referral.objects.filter(program=program, date_converted__isnull=False, pk__gte=plan.first_referral)
    unblocked = people.filter(referrer__date_blocked__isnull=True, referred__date_blocked__isnull=True)
    referrals = list(unblocked.select_related("referrer", "referred").order_by("-date_started", "-pk")[:4])
    made = 0
    for number, order in enumerate(ORDERS):
        if order.friend is None or order.friend < len(referrals):
            referral = None if order.friend is None else referrals[order.friend]
            _load(plan, program, number, order, referral=referral, by=Actor.of(setting.team[3]))
            made += 1
    return made


def _load(plan: Plan, program: Program, number: int, order: DemoOrder, *, referral: Referral | None, by: Actor) -> None:
    at = plan.at - timedelta(hours=7 * (len(ORDERS) - number))
    is_attributed = referral is not None
    conversion = Conversion.objects.create(
        public_id=_public_id(plan, "order", number, at),
        program=program,
        order_id=str(100_000 + plan.first_participant * 10 + number),
        friend=referral.referred if referral else None,
        advocate=referral.referrer if referral else None,
        referral=referral,
        status=Conversion.Status.ATTRIBUTED if is_attributed else Conversion.Status.NOT_ATTRIBUTED,
        outcome=TouchOutcome.ATTRIBUTED if is_attributed else TouchOutcome.UNKNOWN_CODE,
        amount=order.amount,
        currency=order.currency,
        exponent=2,
        promo_code=order.code,
        customer_email=referral.referred.email if referral else "somebody@example.com",
        happened_at=at,
        received_at=at,
        worked_at=at,
    )
    if referral is None:
        _keep_touch(conversion, order.code, at)
    _reward(plan, conversion, number, at)
    if order.is_reversed:
        _reverse(conversion, by=by, at=at + timedelta(hours=5))


def _keep_touch(conversion: Conversion, code: str, at: datetime) -> None:
    Touch.objects.create(
        conversion=conversion,
        text=code,
        door=Touch.Door.CONVERSION,
        outcome=TouchOutcome.UNKNOWN_CODE,
        sent_by="order",
        at=at,
    )


def _reward(plan: Plan, conversion: Conversion, number: int, at: datetime) -> None:
    """Have the rules reward an order; the ids are the plan's, so that the same plan makes the same rows."""
    for place, result in enumerate(give_for_conversion(conversion=conversion, at=at)):
        if result.reward is not None:
            public_id = _public_id(plan, "rewarded", number * len(Side.values) * 10 + place, at)
            Reward.objects.filter(pk=result.reward.pk).update(public_id=public_id)


def _reverse(conversion: Conversion, *, by: Actor, at: datetime) -> None:
    conversion.reversed_at, conversion.reversal_reason = at, REVERSAL
    conversion.save(update_fields=["reversed_at", "reversal_reason"])
    take_back_for_conversion(conversion=conversion, by=by, at=at)


def _public_id(plan: Plan, kind: str, number: int, at: datetime) -> str:
    return f"{int(at.timestamp()):08x}{plan.mixed(kind, plan.first_participant * 1000 + number):016x}"


def _rules_of_friends(setting: Setting) -> tuple[RuleDefinition, ...]:
    dollars, points = setting.units["CASH/USD"], setting.units["POINT"]
    return (
        RuleDefinition(
            name="Thank you for a friend's order",
            trigger=Trigger.CONVERSION,
            audience=Audience.ADVOCATE,
            gives=Gives.SHARE,
            unit=dollars,
            order_share=1000,
            minimum_order=2000,
            minimum_currency=dollars.currency,
            minimum_exponent=dollars.exponent,
            pending_count=14,
            validity_count=12,
            limit_each=50,
            # Where a mail server is set up, nobody made up is written to.
            sends_mail=not settings.EMAIL_URL,
            mails=THANKS,
        ),
        RuleDefinition(
            name="A little extra on your first order",
            trigger=Trigger.CONVERSION,
            audience=Audience.FRIEND,
            gives=Gives.AMOUNT,
            unit=points,
            amount=500,
            first_only=True,
            validity_count=24,
        ),
        RuleDefinition(
            name="10% off to begin with",
            trigger=Trigger.SIGN_UP,
            audience=Audience.FRIEND,
            gives=Gives.DISCOUNT,
            amount=10,
            validity_count=3,
        ),
        RuleDefinition(
            name="100 points for each friend who signs up",
            trigger=Trigger.SIGN_UP,
            audience=Audience.ADVOCATE,
            gives=Gives.AMOUNT,
            unit=points,
            amount=100,
        ),
    )


def _rules_of_partners(setting: Setting) -> tuple[RuleDefinition, ...]:
    return (
        RuleDefinition(
            name="双方都有奖励",
            trigger=Trigger.CONVERSION,
            audience=Audience.BOTH,
            gives=Gives.AMOUNT,
            unit=setting.units["CREDIT/CAD"],
            amount=1500,
            pending_count=30,
        ),
    )
