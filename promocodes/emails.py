from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from outbox.emails import Message, UnusableAddress, absolute_url, render_email
from outbox.operations import owe_email
from promocodes.addresses import each_once
from promocodes.models import CodePool
from promocodes.stock import StockFigures, figures_of, to_upload
from promocodes.stock_view import advice_text, rate_text, runs_dry_text, total_text
from team.models import AuditEntry, Company, Role, User
from team.queries import company, language_of, members_who_can_log_in

logger = logging.getLogger(__name__)

Level = CodePool.StockLevel
NAMES = {Level.LOW: "stock-low", Level.EMPTY: "stock-empty"}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who gets a mail about a pool's stock, and how they read it."""

    address: str
    language: str = ""
    time_zone: str = ""


def owe_low_stock_mail(*, pool: CodePool, level: str, at: datetime) -> int:
    """
    Owe everybody who is to know a mail that the stock is low or empty, and return how many are new.

    To be called in the transaction that moves ``stock_level`` there: one mail for each such event and reader. An
    address that no mail can go to stops nobody.
    """
    if level not in NAMES:
        return 0
    with timezone.override(company().time_zone or settings.TIME_ZONE):  # its day is the day that is told of
        figures = figures_of(pool, at=at)
    owed = 0
    for reader in readers_of(pool):
        try:
            message = low_stock_message(pool=pool, level=Level(level), figures=figures, reader=reader)
        except UnusableAddress as error:
            logger.warning("stock.not_mailed pool=%s error=%s", pool.pk, error)
            continue
        digest = hashlib.sha256(reader.address.lower().encode()).hexdigest()[:40]
        owed += owe_email(key=f"stock:{pool.pk}:{level}:{at.isoformat()}:{digest}", message=message, at=at)
    return owed


def low_stock_message(*, pool: CodePool, level: Level, figures: StockFigures, reader: Reader) -> Message:
    """
    Return the mail that says what is left of a program's codes and what to do.

    :raises UnusableAddress: if the reader's address is none
    """
    with translation.override(reader.language or settings.LANGUAGE_CODE):
        context = _context(pool, figures)
    return render_email(
        name=NAMES[level],
        to=reader.address,
        language=reader.language,
        time_zone=reader.time_zone,
        context=context,
    )


def readers_of(pool: CodePool) -> list[Reader]:
    """Return who is told about a pool's stock, each address once."""
    account = company()
    addresses = each_once(pool.notify_emails) or default_addresses(pool, account)
    members = {member.email: member for member in User.objects.filter(email__in=[one.lower() for one in addresses])}
    return [_reader(address, members.get(address.lower()), account) for address in addresses]


def default_addresses(pool: CodePool, account: Company) -> list[str]:
    """
    Return the addresses that are told where the pool names none: the account's, else that of who switched it on.

    Where even they have left, everyone with full access is told: a stock never runs dry unnoticed.
    """
    if account.account_email:
        return [account.account_email]
    entries = AuditEntry.objects.filter(object_type=CodePool._meta.label_lower, object_id=str(pool.pk))
    switched_on = entries.filter(action="codepool.switched_on", user__is_active=True).order_by("-at", "-pk")
    admins = members_who_can_log_in().filter(role=Role.FULL_ACCESS).order_by("pk")
    return list(switched_on.values_list("user__email", flat=True)[:1]) or list(admins.values_list("email", flat=True))


def upload_url(pool: CodePool) -> str:
    """Return the address of the page on which codes for a pool are uploaded."""
    return f"{reverse('admin:promocodes_upload')}?program={pool.program_id}"


def _reader(address: str, member: User | None, account: Company) -> Reader:
    if member is None:
        return Reader(address, account.default_language, account.time_zone)
    return Reader(address, language_of(member), member.time_zone or account.time_zone)


def _context(pool: CodePool, figures: StockFigures) -> Mapping[str, Any]:
    left = total_text(figures.totals.in_stock)
    return {
        "program": str(pool.program),
        "left": left,
        "left_count": figures.in_stock,
        "waiting": total_text(figures.totals.waiting) if figures.waiting else "",
        "fallback": pool.fallback,
        "advice": advice_text(pool, figures),
        "facts": _facts(left, pool, figures),
        "page_url": absolute_url(upload_url(pool)),
    }


def _facts(left: str, pool: CodePool, figures: StockFigures) -> list[tuple[str, str]]:
    facts = [
        (_("Codes in stock"), left),
        (_("Used today"), total_text(figures.used)),
        (_("Given out"), _("%(count)s a day") % {"count": rate_text(figures.per_day)}),
        (_("Runs dry"), runs_dry_text(figures.runs_dry_on, is_dry=not figures.in_stock)),
    ]
    if figures.waiting:
        waiting = ngettext("%(count)s advocate", "%(count)s advocates", figures.waiting)
        facts.append((_("Waiting for codes"), waiting % {"count": total_text(figures.totals.waiting)}))
    facts.append((_("Codes to upload"), number_format(to_upload(pool, figures), force_grouping=True)))
    return facts
