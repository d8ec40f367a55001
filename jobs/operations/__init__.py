from __future__ import annotations

from jobs.operations.create import (
    ImportChoices,
    StoredUpload,
    create_export,
    create_import,
    create_run,
    create_undo,
    queue_import,
    store_upload,
)
from jobs.operations.decide import cancel_job, confirm_import, discard_import, give_up_content, retry_job
from jobs.operations.downloads import note_download
from jobs.operations.finish import end_cancelled, fail_job, finish_export
from jobs.operations.lease import Lease, claim_job, release_job, renew_lease
from jobs.operations.upkeep import remove_expired_files, wake_forgotten_jobs

__all__ = [
    "ImportChoices",
    "Lease",
    "StoredUpload",
    "cancel_job",
    "claim_job",
    "confirm_import",
    "create_export",
    "create_import",
    "create_run",
    "create_undo",
    "discard_import",
    "end_cancelled",
    "fail_job",
    "finish_export",
    "give_up_content",
    "note_download",
    "queue_import",
    "release_job",
    "remove_expired_files",
    "renew_lease",
    "retry_job",
    "store_upload",
    "wake_forgotten_jobs",
]
