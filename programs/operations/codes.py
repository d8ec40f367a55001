from __future__ import annotations

from datetime import datetime
from random import Random

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError
from programs.models import Participant, Program, ReferralCode
from programs.operations.joining import SECURE, insert_code, join_program, primary_code
from programs.queries import ascii_lower
from team import audit
from team.audit import Actor, Change


class CodeDisabled(DomainError):
    """A code that does not work cannot be the one that people share."""

    code = "code_disabled"
    message = _("The code %(disabled)s is disabled. Enable it first.")


@transaction.atomic
def add_referral_code(
    *,
    participant: Participant,
    program: Program,
    code: str = "",
    is_primary: bool = False,
    by: Actor,
    at: datetime,
    rng: Random = SECURE,
) -> ReferralCode:
    """
    Give a participant one more code of a program, ``code`` or one made from their name, and return it.

    It is secondary unless ``is_primary`` is said; who has none yet joins with it.

    :raises InvalidValue: if ``code`` cannot be one
    :raises CodeTaken: if ``code`` is taken
    """
    _lock(participant.pk)
    if primary_code(participant=participant, program=program) is None:
        joined = join_program(participant=participant, program=program, code=code, by=by, at=at, rng=rng)
        if not code or ascii_lower(joined.code) == ascii_lower(code):
            return joined
    added = insert_code(participant=participant, program=program, is_primary=False, typed=code, at=at, rng=rng)
    changes = {"program": Change(None, program.name), "code": Change(None, added.code)}
    audit.record(by=by, action="code.added", target=participant, at=at, changes=changes)
    if is_primary:
        make_primary(code=added, by=by, at=at)
    return added


@transaction.atomic
def make_primary(*, code: ReferralCode, by: Actor, at: datetime) -> bool:
    """
    Make a secondary code the one that is shown and shared, and return whether this call did it.

    The former primary code goes on working as a secondary one.

    :raises CodeDisabled: if it is disabled
    """
    _lock(code.participant_id)
    code.refresh_from_db()
    if code.is_primary:
        return False
    if code.disabled_at:
        raise CodeDisabled(disabled=code.code)
    held = primary_code(participant=code.participant, program=code.program)
    if held is not None:
        ReferralCode.objects.filter(pk=held.pk).update(is_primary=False)
    ReferralCode.objects.filter(pk=code.pk).update(is_primary=True)
    code.is_primary = True
    changes = {
        "program": Change(None, code.program.name),
        "primary_code": Change(held.code if held else None, code.code),
    }
    audit.record(by=by, action="code.made_primary", target=code.participant, at=at, changes=changes)
    return True


def _lock(participant_id: int) -> None:
    """Wait for whoever is changing the participant's codes, which must agree on one primary code for each program."""
    list(Participant.objects.select_for_update(no_key=True).filter(pk=participant_id).values_list("pk"))
