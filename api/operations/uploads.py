from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.core.files.base import File

from api.models import Upload
from jobs.files import StoredFile, remove_stored
from jobs.operations import StoredUpload, store_upload
from jobs.queries import ids_of_jobs
from team.audit import Actor


def keep_upload(*, upload: File[bytes], name: str, tenant_alias: str, by: Actor, at: datetime) -> Upload:
    """
    Store a file until an import is started with it.

    :raises EmptyUpload: if there is nothing in it
    :raises TooLarge: if it is larger than the settings allow
    """
    stored = store_upload(upload=upload, name=name)
    suffix = stored.file.name.rpartition(".")[2]
    return Upload.objects.create(
        ref=f"imports/{tenant_alias}/{stored.public_id}.{suffix}",
        public_id=stored.public_id,
        name=name[:255],
        stored_name=stored.file.name,
        size=stored.file.size,
        sha256=stored.file.sha256,
        sent_by=by.label,
        created_at=at,
    )


def upload_of(ref: str) -> StoredUpload | None:
    """Return the stored file of this reference."""
    kept = Upload.objects.filter(ref=ref).first()
    if kept is None:
        return None
    return StoredUpload(kept.public_id, kept.name, StoredFile(kept.stored_name, kept.size, kept.sha256))


def forget_uploads(*, at: datetime) -> int:
    """Forget old uploads, remove the files of those that no import was started with, and return how many they were."""
    old = list(Upload.objects.filter(created_at__lt=at - timedelta(days=settings.FILES_KEPT_DAYS)))
    started = ids_of_jobs(upload.public_id for upload in old)
    for upload in old:
        if upload.public_id not in started:
            remove_stored(upload.stored_name)
    Upload.objects.filter(pk__in=[upload.pk for upload in old]).delete()
    return len(old)
