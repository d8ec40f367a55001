from __future__ import annotations

from programs.operations.checks import InvalidValue
from programs.operations.codes import CodeDisabled, add_referral_code, make_primary
from programs.operations.joining import CodeTaken, join_program
from programs.operations.participants import (
    BlockReasonMissing,
    ParticipantChangedMeanwhile,
    ParticipantExists,
    ParticipantProfile,
    add_participant,
    block_participant,
    change_participant,
    unblock_participant,
)
from programs.operations.programs import (
    LandingPageMissing,
    ProgramChangedMeanwhile,
    ProgramDetails,
    ProgramInUse,
    ProgramIsLive,
    ProgramKeyTaken,
    StatusMoveRefused,
    change_program,
    create_program,
    delete_program,
    launch_program,
    pause_program,
    resume_program,
)
from programs.operations.search_terms import index_participants, index_participants_after

__all__ = [
    "BlockReasonMissing",
    "CodeDisabled",
    "CodeTaken",
    "InvalidValue",
    "LandingPageMissing",
    "ParticipantChangedMeanwhile",
    "ParticipantExists",
    "ParticipantProfile",
    "ProgramChangedMeanwhile",
    "ProgramDetails",
    "ProgramInUse",
    "ProgramIsLive",
    "ProgramKeyTaken",
    "StatusMoveRefused",
    "add_participant",
    "add_referral_code",
    "block_participant",
    "change_participant",
    "change_program",
    "create_program",
    "delete_program",
    "index_participants",
    "index_participants_after",
    "join_program",
    "launch_program",
    "make_primary",
    "pause_program",
    "resume_program",
    "unblock_participant",
]
