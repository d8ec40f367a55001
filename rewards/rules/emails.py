from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from outbox.emails import Message, UnusableAddress, render_email
from outbox.operations import owe_email, owe_emails
from programs.models import Participant
from rewards.amounts import amount_text
from rewards.models import Reward, RewardRule, RuleMail
from rewards.rules.definitions import MailText
from rewards.rules.mail_tags import filled
from team.models import Company
from team.queries import company

logger = logging.getLogger(__name__)

NAME = "reward-given"


@dataclass(frozen=True, slots=True)
class MailFacts:
    """What a mail about a reward tells of it and of the people around it."""

    reader: Participant
    advocate: Participant
    friend: Participant | None
    reward: Reward
    program: str


def owe_reward_mail(*, rule: RewardRule, side: str, facts: MailFacts, at: datetime) -> bool:
    """
    Owe who got a reward the rule's mail about it, in their language, and return whether there is one.

    Who is blocked, or has no address that mail can go to, gets none.
    """
    message = _message_about(rule, side, facts, company()) if rule.sends_mail else None
    return message is not None and owe_email(key=mail_key(facts.reward), message=message, at=at)


def owe_reward_mails(*, about: Iterable[tuple[RewardRule, str, MailFacts]], at: datetime) -> int:
    """Owe the mails about many rewards, each with its rule and side as ``owe_reward_mail`` does; return how many."""
    wanted = [each for each in about if each[0].sends_mail]
    if not wanted:
        return 0
    account = company()
    messages = ((facts.reward, _message_about(rule, side, facts, account)) for rule, side, facts in wanted)
    return owe_emails(messages={mail_key(reward): message for reward, message in messages if message}, at=at)


def _message_about(rule: RewardRule, side: str, facts: MailFacts, account: Company) -> Message | None:
    """Return the mail to who got a reward, if the rule has one and they can get it."""
    reader = facts.reader
    if reader.is_blocked or not reader.email:
        return None
    mail = text_for(list(rule.mails.all()), side=side, language=language_for(reader, account))
    if mail is None:
        return None
    text = MailText(mail.side, mail.language, mail.subject, mail.text)
    try:
        return reward_message(text=text, facts=facts, to=reader.email, account=account)
    except UnusableAddress:
        logger.info("reward.not_mailed reward=%s", facts.reward.pk)
        return None


def mail_key(reward: Reward) -> str:
    """Return what the outbox knows the mail about a reward by: there is one at most."""
    return f"reward:{reward.public_id}"


def language_for(participant: Participant, account: Company) -> str:
    """Return the language of mails to a participant: theirs, or the company's where none is known."""
    locale = (participant.locale or account.default_language or settings.LANGUAGE_CODE).lower()
    return RuleMail.Language.CHINESE if locale.startswith("zh") else RuleMail.Language.ENGLISH


def text_for(mails: list[RuleMail], *, side: str, language: str) -> RuleMail | None:
    """Return the text for a side in a language, or in the other one where there is only that."""
    own = [mail for mail in mails if mail.side == side]
    return next((mail for mail in own if mail.language == language), own[0] if own else None)


def reward_message(*, text: MailText, facts: MailFacts, to: str, account: Company) -> Message:
    """
    Return the mail with its tags filled in, in the language that it is written in.

    :raises UnusableAddress: if ``to`` is no e-mail address
    """
    time_zone = account.time_zone or settings.TIME_ZONE
    with translation.override(text.language), timezone.override(ZoneInfo(time_zone)):
        values = _values(facts)
        rows = [
            (_("Reward"), values["reward"]),
            (_("Available from"), values["available_from"]),
            (_("Expires"), values["expires"]),
        ]
    context: Mapping[str, Any] = {
        "own_subject": filled(text.subject, values),
        "paragraphs": [part.strip() for part in filled(text.text, values).split("\n\n") if part.strip()],
        "facts": rows,
        "program": facts.program,
        "company": account.name,
    }
    return render_email(name=NAME, to=to, language=text.language, time_zone=time_zone, context=context)


def _values(facts: MailFacts) -> dict[str, str]:
    reward = facts.reward
    begins = reward.date_scheduled_for if reward.status == Reward.Status.PENDING else None
    return {
        "reader_name": facts.reader.first_name or str(facts.reader),
        # No more than a first name: what somebody's address is, is theirs to tell.
        "advocate_name": facts.advocate.first_name or _("your friend"),
        "friend_name": facts.friend.first_name if facts.friend and facts.friend.first_name else _("your friend"),
        "reward": amount_text(reward.amount, reward.unit),
        "program": facts.program,
        "available_from": _day(begins) if begins else _("at once"),
        "expires": _day(reward.date_expires) if reward.date_expires else _("never"),
    }


def _day(at: datetime) -> str:
    return date_format(timezone.localtime(at), "DATE_FORMAT")
