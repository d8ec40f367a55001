from __future__ import annotations

from api.operations.submissions import (
    ReversalWish,
    forget_payloads,
    submit_order,
    submit_reversal,
    work_off_submission,
    work_off_waiting,
)
from api.operations.uploads import forget_uploads, keep_upload, upload_of

__all__ = [
    "ReversalWish",
    "forget_payloads",
    "forget_uploads",
    "keep_upload",
    "submit_order",
    "submit_reversal",
    "upload_of",
    "work_off_submission",
    "work_off_waiting",
]
