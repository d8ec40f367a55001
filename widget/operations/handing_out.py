from __future__ import annotations

from datetime import datetime

from django.db import transaction

from programs.models import Participant
from team import audit
from team.audit import Actor, Change
from widget.microsite.proofs import link_token
from widget.models import Display
from widget.operations.errors import NothingPublished
from widget.queries import published_version


@transaction.atomic
def hand_out_link(*, display: Display, participant: Participant, by: Actor, at: datetime) -> str:
    """
    Return a token that lets a participant into a microsite, and note who asked for it, but not the token itself.

    :raises NothingPublished: if there is no such page yet
    """
    if not display.is_microsite or display.is_archived or published_version(display) is None:
        raise NothingPublished(name=display.shown_name)
    changes = {"microsite": Change(None, f"/m/{display.slug}/")}
    audit.record(by=by, action="participant.microsite_link_made", target=participant, at=at, changes=changes)
    return link_token(display=display, participant=participant, at=at)
