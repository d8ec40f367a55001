from __future__ import annotations

from programs.models.codes import CODE_FORM, ReferralCode, ShareLink
from programs.models.conversions import Conversion
from programs.models.events import EventSubmission, ParticipantEvent, new_event_id
from programs.models.outcomes import TouchOutcome
from programs.models.participants import ErasedParticipant, Participant, SearchTerm
from programs.models.programs import COOKIE_DAYS_MAX, PROGRAM_KEY, Program
from programs.models.referrals import Referral
from programs.models.touches import Touch

__all__ = [
    "CODE_FORM",
    "COOKIE_DAYS_MAX",
    "PROGRAM_KEY",
    "Conversion",
    "ErasedParticipant",
    "EventSubmission",
    "Participant",
    "ParticipantEvent",
    "Program",
    "Referral",
    "ReferralCode",
    "SearchTerm",
    "ShareLink",
    "Touch",
    "TouchOutcome",
    "new_event_id",
]
