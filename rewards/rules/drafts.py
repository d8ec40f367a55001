"""What a rule's e-mails say to begin with, and how one looks before anybody gets it."""

from __future__ import annotations

from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from outbox.emails import Message
from programs.models import Conversion, Participant, Program
from rewards.models import Reward, RewardRule, RuleMail, Side
from rewards.operations import Terms, terms_of
from rewards.rules.definitions import MailText, RuleDefinition
from rewards.rules.emails import MailFacts, reward_message
from rewards.rules.judging import judged
from team.queries import company

SAMPLE_ORDER = 100  # in whole units of the currency


def first_texts() -> tuple[MailText, ...]:
    """Return an e-mail to begin with, for each side and language."""
    return tuple(_first_text(side, language) for side in Side.values for language in RuleMail.Language.values)


def _first_text(side: str, language: str) -> MailText:
    with translation.override(language):
        if side == Side.ADVOCATE:
            subject = _("Thank you! You earned {{ reward }}")
            text = _(
                "Hi {{ reader_name }},\n\n"
                "{{ friend_name }} came to us through you, and “{{ program }}” says thank you with {{ reward }}."
            )
        else:
            subject = _("Welcome! Here is {{ reward }} for you")
            text = _(
                "Hi {{ reader_name }},\n\n"
                "{{ advocate_name }} brought you to us. Welcome! {{ reward }} from “{{ program }}” is yours."
            )
    return MailText(side, language, subject, text)


def sample_message(*, text: MailText, definition: RuleDefinition, program: Program, to: str, at: datetime) -> Message:
    """
    Return the mail as somebody made up would get it.

    :raises UnusableAddress: if ``to`` is no e-mail address
    """
    rule = RewardRule(program=program, **definition.values())
    advocate, friend = Participant(first_name=_("Maria")), Participant(first_name=_("Alex"))
    facts = MailFacts(
        reader=advocate if text.side == Side.ADVOCATE else friend,
        advocate=advocate,
        friend=friend,
        reward=_sample_reward(rule, at),
        program=program.name,
    )
    return reward_message(text=text, facts=facts, to=to, account=company())


def _sample_reward(rule: RewardRule, at: datetime) -> Reward:
    terms = judged(rule, conversion=_sample_order(rule), at=at)
    if not isinstance(terms, Terms):
        terms = terms_of(rule.catalog_reward, at=at) if rule.catalog_reward else Terms(amount=1, unit=rule.unit)
    return Reward(
        amount=terms.amount,
        unit=terms.unit,
        status=Reward.Status.PENDING if terms.scheduled_for else Reward.Status.AVAILABLE,
        date_scheduled_for=terms.scheduled_for,
        date_expires=terms.expires,
    )


def _sample_order(rule: RewardRule) -> Conversion | None:
    """Return an order that the rule would reward."""
    if rule.trigger != RewardRule.Trigger.CONVERSION:
        return None
    if rule.minimum_order:
        return Conversion(amount=rule.minimum_order, currency=rule.minimum_currency, exponent=rule.minimum_exponent)
    currency = rule.unit.currency if rule.unit else ""
    return Conversion(amount=SAMPLE_ORDER, currency=currency, exponent=0)
