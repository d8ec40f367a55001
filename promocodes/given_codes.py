"""Promo codes among the ways of giving a participant a code by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from programs.code_sources import CodeSource, register_code_source
from programs.models import Participant, Program
from promocodes.code_lines import GIVE, SOURCE
from promocodes.forms import PromoCodeForm
from promocodes.models import CodePool
from promocodes.operations import CodeOrigin, give_code
from team.audit import Actor


def programs_with_codes() -> QuerySet[Program]:
    """Return the programs whose advocates get promo codes."""
    return Program.objects.filter(code_pool__switched_on_at__isnull=False).order_by("name", "pk")


def give_promo_code(
    *, participant: Participant, program: Program, answers: Mapping[str, Any], by: Actor, at: datetime
) -> str:
    """Give the promo code that the form asks for."""
    pool = CodePool.objects.get(program=program)
    given = give_code(
        pool=pool,
        participant=participant,
        origin=CodeOrigin(answers["origin"]),
        text=answers["code"],
        by=by,
        at=at,
    )
    return given.code


def register() -> None:
    """Offer promo codes beside referral codes."""
    register_code_source(
        CodeSource(
            key=SOURCE,
            label=_("Promo code"),
            lead=_("It says who sent a friend and gives the discount. It joins the codes that their widget shows."),
            programs=programs_with_codes,
            give=give_promo_code,
            form=PromoCodeForm,
            permission=GIVE,
            order=20,
        )
    )
