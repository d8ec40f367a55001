"""A sentence for each thing that can come of a code, as a marketing person would tell it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from advocate.lib.admin import instant, mono
from advocate.lib.east_asian import gap_after
from programs.models import Participant, Program, Touch, TouchOutcome
from promocodes.models import CodeUse
from promocodes.queries.people import friend_of
from rewards.referral_lines import conversion_link, participant_link, program_link, row_link

# One sentence needs nothing but the names; those that tell more have a function below.
PLAIN: Final[Mapping[str, Any]] = {
    TouchOutcome.ATTRIBUTED: gettext_lazy(
        "{code} is a code of {advocate}, and the first valid one that {friend} came with in {program}. So {advocate} "
        "referred them."
    ),
    TouchOutcome.ADVOCATE_BLOCKED: gettext_lazy(
        "{code} is a code of {advocate}, who was blocked. Who is blocked refers nobody."
    ),
    TouchOutcome.FRIEND_BLOCKED: gettext_lazy("{friend} was blocked when {code} came. Who is blocked is not referred."),
    TouchOutcome.NOT_REFERABLE: gettext_lazy(
        "{friend} could not be referred when {code} came: the shop, or one of your colleagues, had switched it off."
    ),
    TouchOutcome.UNKNOWN_CODE: gettext_lazy("There was no code and no share link {code}."),
    TouchOutcome.CODE_USED: gettext_lazy("{code} works once, and somebody else had used it before."),
    TouchOutcome.CODE_WITHDRAWN: gettext_lazy("{code} was a promo code of {advocate} and had been withdrawn."),
    TouchOutcome.CODE_EXPIRED: gettext_lazy("{code} was a promo code of {advocate} and had expired."),
    TouchOutcome.CODE_NOT_ASSIGNED: gettext_lazy(
        "{code} is a promo code of {program}, but had not been given to any advocate."
    ),
    TouchOutcome.CODE_DISABLED: gettext_lazy("{code} was a code of {advocate} and had been disabled."),
    TouchOutcome.PROGRAM_NOT_LIVE: gettext_lazy(
        "{code} is a code of {advocate}, but {program} was not live. Only live programs attribute."
    ),
    TouchOutcome.NO_TOUCH: gettext_lazy("No code came."),
}
DOORS: Final[Mapping[str, Any]] = {
    Touch.Door.UPSERT: gettext_lazy("It came with the registration, {when}."),
    Touch.Door.COOKIE: gettext_lazy("It came with the cookie that a share link had left, {when}."),
    Touch.Door.APPLIED: gettext_lazy("It was entered as a code, {when}."),
    Touch.Door.IMPORT: gettext_lazy("It came with an import, {when}."),
    Touch.Door.CONVERSION: gettext_lazy("It came with the order {order}, {when}."),
    Touch.Door.MANUAL: gettext_lazy("It was added by hand, {when}."),
}
BY_ROW: Final = gettext_lazy("It came with row {row} of the import {job}, {when}.")


def what_came(touch: Touch, *, use: CodeUse | None = None) -> SafeString:
    """Return why a code did or did not refer its friend; ``use`` is who used a promo code that is used up."""
    if touch.outcome in TOLD_MORE:
        return TOLD_MORE[touch.outcome](touch)
    other = friend_of(use) if use is not None else None
    if use is not None and other is not None and touch.outcome == TouchOutcome.CODE_USED:
        told = _("{code} works once, and {other} had used it on {when}.")
        return _told(touch, told, other=participant_link(other), when=instant(use.at))
    return _told(touch, str(PLAIN[touch.outcome]))


def how_it_came(touch: Touch) -> SafeString:
    """Return by which door a code came, when, and who sent it."""
    when = instant(touch.at)
    order = conversion_link(touch.conversion) if touch.conversion is not None else ""
    if touch.job is not None:
        door = format_html(str(BY_ROW), row=touch.row_number, job=row_link(touch.job, touch.row_number), when=when)
    else:
        door = format_html(str(DOORS[touch.door]), when=when, order=order)
    if not touch.sent_by:
        return door
    return format_html("{}{}{}", door, gap_after(door), format_html(_("Sent by {sender}."), sender=touch.sent_by))


def somebody(person: Participant | None) -> SafeString | str:
    """Return a name that leads to the participant's page; who is not known is somebody."""
    return participant_link(person) if person is not None else _("somebody")


def _too_late(touch: Touch) -> SafeString:
    first = touch.referral
    if first is None:
        return _told(touch, _("{code} is a code of {advocate}, but {friend} had been referred before."))
    given = {"first": somebody(first.referrer), "when": instant(first.date_started)}
    if touch.friend_id is not None and first.referred_id != touch.friend_id:
        told = _(
            "{code} is a code of {advocate}, but {other}, who has the same account as {friend}, had been referred by "
            "{first} on {when}. Each account is referred once."
        )
        return _told(touch, told, other=participant_link(first.referred), **given)
    told = _(
        "{code} is a code of {advocate}, but {friend} had been referred by {first} on {when}. "
        "The first valid code counts."
    )
    return _told(touch, told, **given)


def _same_again(touch: Touch) -> SafeString:
    if touch.referral is None:
        return _told(touch, _("{code} is a code of {advocate}, who had referred {friend} before."))
    told = _("{code} is a code of {advocate}, who had referred {friend} on {when} already. Nothing changed.")
    return _told(touch, told, when=instant(touch.referral.date_started))


def _own_code(touch: Touch) -> SafeString:
    if touch.advocate_id == touch.friend_id:
        return _told(touch, _("{code} is {friend}'s own code. Nobody refers themselves."))
    told = _("{code} is a code of {advocate}, who has the same account as {friend}. An account does not refer itself.")
    return _told(touch, told)


def _cookie_expired(touch: Touch) -> SafeString:
    days = touch.program.cookie_days if touch.program is not None else None
    if days is None:
        return _told(touch, _("{friend} had followed a share link of {advocate} too long before."))
    told = ngettext(
        "{friend} had followed a share link of {advocate} too long before: {program} remembers it for {days} day.",
        "{friend} had followed a share link of {advocate} too long before: {program} remembers it for {days} days.",
        days,
    )
    return _told(touch, told, days=days)


def _attributed(touch: Touch) -> SafeString:
    if touch.friend is None:
        return _told(touch, _("{code} is a code of {advocate}. Who ordered with it is not known."))
    return _told(touch, str(PLAIN[TouchOutcome.ATTRIBUTED]))


TOLD_MORE: Final[Mapping[str, Callable[[Touch], SafeString]]] = {
    TouchOutcome.ATTRIBUTED: _attributed,
    TouchOutcome.ALREADY_REFERRED: _too_late,
    TouchOutcome.SAME_AGAIN: _same_again,
    TouchOutcome.OWN_CODE: _own_code,
    TouchOutcome.COOKIE_EXPIRED: _cookie_expired,
}


def _told(touch: Touch, sentence: str, **more: object) -> SafeString:
    return format_html(
        sentence,
        code=mono(touch.text),
        friend=somebody(touch.friend),
        advocate=somebody(touch.advocate),
        program=named(touch.program),
        **more,
    )


def named(program: Program | None) -> SafeString | str:
    """Return a program's name that leads to its page."""
    return program_link(program) if program is not None else _("the program")
