from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from rewards.models import CatalogReward, RewardUnit, RuleMail
from rewards.periods import Period


@dataclass(frozen=True, slots=True)
class MailText:
    """What the e-mail to one side says in one language."""

    side: str
    language: str
    subject: str
    text: str

    @property
    def field(self) -> str:
        """Return what the fields of this text are called in forms and refusals, before ``_subject`` and ``_text``."""
        return mail_field(self.side, self.language)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDefinition:
    """What a rule gives, to whom and when; see :class:`~rewards.models.RewardRule` for how the numbers count."""

    name: str
    trigger: str
    audience: str
    gives: str
    unit: RewardUnit | None = None
    amount: int | None = None
    order_share: int | None = None
    catalog_reward: CatalogReward | None = None
    minimum_order: int | None = None
    minimum_currency: str = ""
    minimum_exponent: int = 0
    first_only: bool = False
    pending_count: int | None = None
    pending_period: str = Period.DAYS
    validity_count: int | None = None
    validity_period: str = Period.MONTHS
    limit_each: int | None = None
    sends_mail: bool = False
    mails: tuple[MailText, ...] = ()

    def values(self) -> dict[str, Any]:
        """Return the values of the rule's own fields by their names."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "mails"}


def mail_field(side: str, language: str) -> str:
    """Return a name for the text to one side in one language, such as ``advocate_zh``."""
    return f"{side.lower()}_{language.partition('-')[0]}"


def texts_of(mails: Iterable[RuleMail]) -> tuple[MailText, ...]:
    """Return texts as they are kept, in an order that tells whether anything has changed."""
    found = (MailText(mail.side, mail.language, mail.subject, mail.text) for mail in mails)
    return in_order(found)


def in_order(texts: Iterable[MailText]) -> tuple[MailText, ...]:
    """Return texts by whom they are for and in which language."""
    return tuple(sorted(texts, key=lambda text: (text.side, text.language)))
