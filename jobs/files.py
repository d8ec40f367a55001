"""Files of jobs: in storage, which may be on another machine, and for the time of the work in a local folder."""

from __future__ import annotations

import hashlib
import logging
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage

logger = logging.getLogger(__name__)

FOLDER: Final = "jobs"
BLOCK: Final = 1 << 20
SAFE_SUFFIXES: Final = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ods"})
ORPHANED_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in storage."""

    name: str
    size: int
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Results:
    """What an import leaves in storage; without refused rows there is no errors file."""

    result: StoredFile
    errors: StoredFile | None


def store_upload(upload: File[bytes], *, public_id: str, name: str) -> StoredFile:
    """Put an uploaded file into storage, in blocks, under a name that owes nothing to the uploader's but its ending."""
    digest = hashlib.sha256()
    size = 0
    for block in upload.chunks(BLOCK):
        digest.update(block)
        size += len(block)
    upload.seek(0)
    stored = default_storage.save(f"{FOLDER}/{public_id}/source{_suffix(name)}", File(upload.file))
    return StoredFile(name=stored, size=size, sha256=digest.hexdigest())


def store_result(path: Path, *, public_id: str, label: str) -> StoredFile:
    """Put a finished local file into storage; no call overwrites another's, should two workers come to this."""
    with path.open("rb") as handle:
        stored = default_storage.save(f"{FOLDER}/{public_id}/{label}{path.suffix}", File(handle))
    return StoredFile(name=stored, size=path.stat().st_size)


@contextmanager
def local_copy(stored_name: str) -> Iterator[Path]:
    """Give the path of a stored file on this machine: itself where storage is a folder, else a copy for the time."""
    try:
        path = default_storage.path(stored_name)
    except NotImplementedError:
        path = None
    if path is not None:
        yield Path(path)
        return
    with work_folder() as folder:
        copy = folder / f"source{_suffix(stored_name)}"
        with default_storage.open(stored_name, "rb") as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target, BLOCK)
        yield copy


@contextmanager
def work_folder() -> Iterator[Path]:
    """Give an empty local folder that is removed afterwards."""
    parent = work_parent()
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        yield Path(folder)


def work_parent() -> Path:
    """Return where the folders of work in progress are."""
    return Path(settings.VAR_DIR) / "work"


def remove_stored(*names: str) -> None:
    """Remove files from storage; one that is not there is removed already."""
    for name in filter(None, names):
        with suppress(FileNotFoundError):
            default_storage.delete(name)


def remove_all(public_id: str) -> None:
    """Remove all that storage holds for a job, with what a killed worker left behind."""
    folder = f"{FOLDER}/{public_id}"
    try:
        _, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    remove_stored(*(f"{folder}/{name}" for name in names))
    with suppress(OSError, NotImplementedError):
        Path(default_storage.path(folder)).rmdir()


def remove_abandoned_work() -> None:
    """Remove local folders that a killed worker left a day ago or earlier."""
    for folder in work_parent().glob("*"):
        if time.time() - folder.stat().st_mtime > ORPHANED_SECONDS:
            logger.info("job.work_removed folder=%s", folder.name)
            shutil.rmtree(folder, ignore_errors=True)


def _suffix(name: str) -> str:
    suffix = Path(name.lower()).suffix
    return suffix if suffix in SAFE_SUFFIXES else ".dat"
