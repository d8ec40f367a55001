from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from programs.models import (
    Conversion,
    ErasedParticipant,
    EventSubmission,
    Participant,
    ParticipantEvent,
    ReferralCode,
    SearchTerm,
    Touch,
)
from team import audit
from team.audit import Actor


@transaction.atomic
def erase_participant(*, participant: Participant, do_not_track: bool, by: Actor, at: datetime) -> bool:
    """
    Forget who a participant is, and return whether this call did it.

    The row stays, because referrals and the ledger of rewards point at it: nameless, under ids that say nothing, and
    blocked, so that their codes and links attribute nothing any more. ``do_not_track`` keeps the ids from being
    registered again.
    """
    nobody = f"deleted-{secrets.token_hex(8)}"
    as_seen = Participant.objects.filter(
        pk=participant.pk, account_id=participant.account_id, user_id=participant.user_id
    )
    if not as_seen.update(**_nameless(nobody, at)):
        return False
    digest = ids_digest(participant.account_id, participant.user_id)
    ErasedParticipant.objects.create(
        participant=participant, ids_digest=digest, do_not_track=do_not_track, erased_at=at
    )
    SearchTerm.objects.filter(participant=participant).delete()
    _forget_events(participant)
    Conversion.objects.filter(friend=participant).update(customer_id="", customer_email="")
    Touch.objects.filter(friend=participant).update(sent_by="")  # it may have been themselves
    ReferralCode.objects.filter(participant=participant, disabled_at__isnull=True).update(
        is_primary=False, disabled_at=at
    )
    participant.refresh_from_db()
    audit.record(by=by, action="participant.deleted", target=participant, at=at)
    return True


def _forget_events(participant: Participant) -> None:
    """Delete what they did; that it was sent stays, with its idempotency key, but not by whom: it may be themselves."""
    events = ParticipantEvent.objects.filter(participant=participant)
    submissions = list(events.order_by().values_list("submission", flat=True).distinct())
    events.delete()
    EventSubmission.objects.filter(pk__in=submissions).update(sent_by="")


def ids_digest(account_id: str, user_id: str) -> str:
    """Return what an erased participant's ids are recognised by; the ids themselves are not kept."""
    return hashlib.sha256(f"{len(account_id)}:{account_id}{user_id}".encode()).hexdigest()


def _nameless(nobody: str, at: datetime) -> dict[str, object]:
    return {
        "account_id": nobody,
        "user_id": nobody,
        "first_name": "",
        "last_name": "",
        "email": "",
        "locale": "",
        "country_code": "",
        "referable": False,
        "date_blocked": at,
        "block_reason": "Deleted",
        "image_url": "",
        "segments": [],
        "custom_fields": {},
        "referral_source": "",
        "first_seen_ip": None,
        "last_seen_ip": None,
        "updated_at": at,
    }
