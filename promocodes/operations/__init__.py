from __future__ import annotations

from promocodes.operations.errors import (
    CodeNotWithdrawable,
    ParticipantBlocked,
    PoolIsOff,
    ReasonMissing,
    StockEmpty,
)
from promocodes.operations.expiring import expire_codes
from promocodes.operations.filling import Filled, fill_set, give_to_newcomer, give_to_unblocked
from promocodes.operations.giving import CodeOrigin, give_code, mark_copied
from promocodes.operations.repairing import repair_sets
from promocodes.operations.serving import codes_arrived, give_to_newcomers, serve_waiting
from promocodes.operations.using import CodeUseResult, UseOutcome, use_code
from promocodes.operations.watching import check_stock
from promocodes.operations.withdrawing import withdraw_code

__all__ = [
    "CodeNotWithdrawable",
    "CodeOrigin",
    "CodeUseResult",
    "Filled",
    "ParticipantBlocked",
    "PoolIsOff",
    "ReasonMissing",
    "StockEmpty",
    "UseOutcome",
    "check_stock",
    "codes_arrived",
    "expire_codes",
    "fill_set",
    "give_code",
    "give_to_newcomer",
    "give_to_newcomers",
    "give_to_unblocked",
    "mark_copied",
    "repair_sets",
    "serve_waiting",
    "use_code",
    "withdraw_code",
]
