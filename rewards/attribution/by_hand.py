from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError
from programs.models import Participant, Referral, Touch, TouchOutcome
from rewards.attribution.attributing import attribute
from rewards.attribution.outcomes import Outcome, SentCode
from team import audit
from team.audit import Actor, Change


class NotReferred(DomainError):
    """The code makes nobody the participant's advocate; what came of it is kept as a touch."""

    code = "not_referred"
    message = _("No referrer was added with “%(code_text)s”: %(reason)s.")


def add_referrer(*, friend: Participant, code: str, by: Actor, at: datetime) -> Referral:
    """
    Make the advocate of a code the participant's referrer in the code's program, and return the referral.

    The same again returns the same referral.

    :raises NotReferred: if the code attributes nothing, or somebody has referred the participant already
    """
    sent = SentCode(code, Touch.Door.MANUAL)
    with transaction.atomic():
        outcomes = attribute(friend=friend, touches=[sent], sent_by=by.label, at=at)
        outcome = outcomes[0] if outcomes else Outcome(sent, TouchOutcome.UNKNOWN_CODE)
        if outcome.is_attributed and outcome.referral is not None:
            # A double click is told of the referral that the first one made, and notes nothing.
            if outcome.referral.date_started == at:
                _note(outcome.referral, by=by, at=at)
            return outcome.referral
    raise NotReferred(code_text=code.strip(), outcome=outcome.outcome, reason=outcome.outcome.label)


def _note(referral: Referral, *, by: Actor, at: datetime) -> None:
    changes = {
        "program": Change("", str(referral.program)),
        "referrer": Change("", str(referral.referrer)),
        "code_used": Change("", referral.code_used),
    }
    audit.record(by=by, action="participant.referrer_added", target=referral.referred, at=at, changes=changes)
