from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from django.db import transaction

from advocate.lib import db
from programs.joined import announce_many_joined
from programs.models import Participant, Program, ReferralCode
from programs.operations.choosing_codes import Newcomer
from programs.operations.share_links import make_share_links
from team import audit
from team.audit import Actor, Change, Deed

LOADED = ("id", "code", "program", "participant", "is_primary", "created_at")


@dataclass(frozen=True, slots=True)
class Joining:
    """A participant who joins a program, and the code that makes them its advocate."""

    participant: Participant
    program: Program
    code: str


@transaction.atomic
def join_many(*, newcomers: Sequence[Newcomer], by: Actor, at: datetime, rng: Random) -> None:
    """
    Have newcomers join their programs with the codes chosen for them, as ``join_program`` does one after the other.

    :raises IntegrityError: if somebody has a code meanwhile, or has joined; choose again then
    """
    joinings = list(_joinings(newcomers))
    ids = db.new_ids(ReferralCode, len(joinings))
    rows = (
        (code_id, one.code, one.program.pk, one.participant.pk, True, at)
        for code_id, one in zip(ids, joinings, strict=True)
    )
    db.load_rows(ReferralCode, LOADED, rows)
    make_share_links(code_ids=ids, at=at, rng=rng)
    audit.record_many(by=by, model=Participant, at=at, deeds=map(_deed, joinings))
    for program in {one.program.pk: one.program for one in joinings}.values():
        joined = [one.participant for one in joinings if one.program == program]
        announce_many_joined(participants=joined, program=program, at=at)


def _joinings(newcomers: Sequence[Newcomer]) -> Iterator[Joining]:
    for newcomer in newcomers:
        for program in newcomer.programs:
            yield Joining(newcomer.participant, program, newcomer.texts[program.pk])


def _deed(joining: Joining) -> Deed:
    changes = {"program": Change(None, joining.program.name), "code": Change(None, joining.code)}
    return Deed("participant.joined", joining.participant.pk, str(joining.participant), changes)
