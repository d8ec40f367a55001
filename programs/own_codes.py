from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from programs.code_sources import CodeSource, register_code_source
from programs.forms import ReferralCodeForm
from programs.models import Participant, Program
from programs.operations import add_referral_code
from programs.queries import programs_in_order
from team.audit import Actor


def all_programs() -> QuerySet[Program]:
    """Return every program: there may be codes before it is launched."""
    return programs_in_order()


def give_referral_code(
    *, participant: Participant, program: Program, answers: Mapping[str, Any], by: Actor, at: datetime
) -> str:
    """Give the referral code that the form asks for."""
    added = add_referral_code(
        participant=participant, program=program, code=answers["code"], is_primary=answers["is_primary"], by=by, at=at
    )
    return added.code


def register() -> None:
    """Offer referral codes, before whatever other codes there are."""
    register_code_source(
        CodeSource(
            key="referral",
            label=_("Referral code"),
            lead=_("It says who sent a friend; it gives no discount."),
            programs=all_programs,
            give=give_referral_code,
            form=ReferralCodeForm,
            order=10,
        )
    )
