"""How pages write of referrals: who came through whom, and what it gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from advocate.lib.admin import Badge, mono, number
from advocate.lib.admin.parts import Kind
from advocate.lib.money import format_money
from jobs.models import Job
from programs.models import Conversion, Participant, Program, Referral
from rewards.amounts import amount_text
from rewards.referral_rewards import Given

CONVERSION_KINDS: dict[str, Kind] = {
    Conversion.Status.QUEUED: "warning",
    Conversion.Status.ATTRIBUTED: "success",
    Conversion.Status.NOT_ATTRIBUTED: "neutral",
}


@dataclass(frozen=True, slots=True)
class GivenText:
    """What some rewards are worth together, and how many they are."""

    amounts: str
    count: str


def given_text(given: Sequence[Given]) -> GivenText | None:
    """Return in words what was given; nothing where nothing was. Percentages are not added up."""
    if not given:
        return None
    count = sum(one.count for one in given)
    amounts = [amount_text(one.amount, one.unit) for one in given if one.unit or one.count == 1]
    counted = ngettext("%(count)s reward", "%(count)s rewards", count) % {"count": number(count)}
    return GivenText(", ".join(amounts), counted) if amounts else GivenText(counted, "")


def converted_badge(referral: Referral) -> Badge:
    """Return whether the friend has done what the program asks for."""
    return Badge(_("Converted"), "success") if referral.date_converted else Badge(_("Not converted"), "neutral")


def code_cell(referral: Referral) -> SafeString | str:
    """Return how a friend came: through which kind of thing, and with which code."""
    if not referral.code_used:
        return str(referral.get_source_display())
    return format_html("{} · {}", referral.get_source_display(), mono(referral.code_used))


def participant_link(participant: Participant) -> SafeString:
    """Return a name that leads to the participant's page."""
    url = reverse("admin:programs_participant_change", args=[participant.pk])
    return format_html('<a href="{}">{}</a>', url, participant)


def program_link(program: Program) -> SafeString:
    """Return a name that leads to the program's page."""
    return format_html('<a href="{}">{}</a>', reverse("admin:programs_program_change", args=[program.pk]), program)


def referral_link(referral: Referral, text: object) -> SafeString:
    """Return a text that leads to the referral's page."""
    return format_html('<a href="{}">{}</a>', referral_url(referral.pk), text)


def referral_url(referral_id: int) -> str:
    """Return the address of a referral's page."""
    return reverse("admin:programs_referral_change", args=[referral_id])


def row_link(job: Job, row_number: int | None) -> SafeString:
    """Return an import's name that leads to one of its rows on its page."""
    url = reverse("admin:jobs_job_detail", args=[job.public_id])
    return format_html('<a href="{}?row={}#row">{}</a>', url, row_number, job)


def conversion_link(conversion: Conversion) -> SafeString:
    """Return an order's number that leads to its page."""
    url = reverse("admin:programs_conversion_change", args=[conversion.pk])
    return format_html('<a href="{}">{}</a>', url, conversion)


def conversion_badge(conversion: Conversion) -> Badge:
    """Return what came of an order: a reversed one is that before anything else."""
    if conversion.reversed_at is not None:
        return Badge(_("Reversed"), "danger")
    return Badge(conversion.get_status_display(), CONVERSION_KINDS.get(conversion.status, "neutral"))


def order_amount(conversion: Conversion) -> str:
    """Return what an order came to, as the reader's language writes it; nothing where the shop did not say."""
    if conversion.amount is None or conversion.exponent is None:
        return ""
    locale = get_language() or "en"
    return format_money(conversion.amount, currency=conversion.currency, exponent=conversion.exponent, locale=locale)
