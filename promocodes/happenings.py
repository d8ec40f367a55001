"""What a participant's activity tells of promo codes: those they got, and those that were used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programs.activity import ActivityLine, register_activity
from programs.models import Participant
from promocodes.models import CodeUse, PromoCode
from promocodes.queries.people import given_lately, uses_by, uses_of_codes_of


def code_lines_of(participant: Participant, *, limit: int) -> list[ActivityLine]:
    """Return when the participant got codes, lost some, and whose code was used when."""
    codes = given_lately(participant, limit=limit)
    lines = [*_got(participant, codes), *_lost(codes)]
    lines += [_used(use, _("A friend used their promo code")) for use in uses_of_codes_of(participant)[:limit]]
    lines += [_used(use, _("Used the promo code")) for use in uses_by(participant)[:limit]]
    return lines


def _got(participant: Participant, codes: Sequence[PromoCode]) -> Iterator[ActivityLine]:
    """Tell of the codes of a set at once."""
    for (at, program), given in groupby(codes, key=lambda code: (code.assigned_at, str(code.pool))):
        texts = [code.code for code in given]
        if at is not None:
            yield ActivityLine(
                at=at,
                what=ngettext("Got a promo code:", "Got promo codes:", len(texts)),
                name=", ".join(texts),
                url=reverse("admin:promocodes_participant_codes", args=[participant.pk]),
                program=program,
            )


def _lost(codes: Sequence[PromoCode]) -> Iterator[ActivityLine]:
    for code in codes:
        if code.withdrawn_at is not None:
            yield _line(code, _("Their promo code was withdrawn:"), code.withdrawn_at)


def _used(use: CodeUse, what: str) -> ActivityLine:
    return _line(use.code, what, use.at)


def _line(code: PromoCode, what: str, at: datetime) -> ActivityLine:
    url = reverse("admin:promocodes_promocode_change", args=[code.pk])
    return ActivityLine(at=at, what=what, name=code.code, url=url, program=str(code.pool))


def register() -> None:
    """Let participants' activity tell of their codes."""
    register_activity(code_lines_of, permission="promocodes.view_promocode")
