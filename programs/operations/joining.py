from __future__ import annotations

from datetime import datetime
from random import Random, SystemRandom
from typing import Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError
from programs.joined import announce_joined
from programs.models import Participant, Program, ReferralCode
from programs.operations.checks import check_values
from programs.operations.code_texts import code_candidates
from programs.operations.share_links import make_share_link
from team import audit
from team.audit import Actor, Change

SECURE: Final = SystemRandom()


class CodeTaken(DomainError):
    """A code has this text already, be it in other case, in another program or a promo code."""

    code = "code_taken"
    message = _("The code %(taken)s is taken: each code exists once, in all programs together. Choose another one.")


class HasPrimaryCode(Exception):
    """The participant has a primary code in the program already; it is for the caller to say what that means."""

    def __init__(self, held: ReferralCode) -> None:
        super().__init__(held.code)
        self.held = held


@transaction.atomic
def join_program(
    *, participant: Participant, program: Program, by: Actor, at: datetime, code: str = "", rng: Random = SECURE
) -> ReferralCode:
    """
    Make a participant an advocate of a program and return their primary code: ``code``, or one made from their name.

    The code gets a share link. Who has joined already keeps their code, whatever ``code`` says.

    :raises InvalidValue: if ``code`` cannot be one
    :raises CodeTaken: if ``code`` is taken
    """
    held = primary_code(participant=participant, program=program)
    if held is not None:
        make_share_link(code=held, at=at, rng=rng)  # codes from before there were share links have none
        return held
    try:
        primary = insert_code(participant=participant, program=program, is_primary=True, typed=code, at=at, rng=rng)
    except HasPrimaryCode as joined_meanwhile:
        return joined_meanwhile.held
    make_share_link(code=primary, at=at, rng=rng)
    changes = {"program": Change(None, program.name), "code": Change(None, primary.code)}
    audit.record(by=by, action="participant.joined", target=participant, at=at, changes=changes)
    announce_joined(participant=participant, program=program, at=at)
    return primary


def primary_code(*, participant: Participant, program: Program) -> ReferralCode | None:
    """Return the code that makes the participant an advocate of the program, if they are one."""
    return ReferralCode.objects.filter(participant=participant, program=program, is_primary=True).first()


def insert_code(
    *, participant: Participant, program: Program, is_primary: bool, typed: str, at: datetime, rng: Random
) -> ReferralCode:
    """
    Insert a code, the one typed or the first one made from the name that nobody has.

    :raises InvalidValue: if ``typed`` cannot be one
    :raises CodeTaken: if ``typed`` is taken
    :raises HasPrimaryCode: if it was to be the primary code and there is one
    """
    names = {"first_name": participant.first_name, "last_name": participant.last_name}
    texts = (typed,) if typed else code_candidates(**names, rng=rng)
    for text in texts:
        code = ReferralCode(code=text, program=program, participant=participant, is_primary=is_primary, created_at=at)
        check_values(code, names={"code"})
        try:
            # The indexes decide, which also hold the promo codes: whoever looked first could be overtaken.
            with transaction.atomic():
                code.save(force_insert=True)
        except IntegrityError as error:
            held = primary_code(participant=participant, program=program) if is_primary else None
            if held is not None:
                raise HasPrimaryCode(held) from error
        else:
            return code
    raise CodeTaken(taken=text)
