"""Style sheets and scripts under names that change with their content, collected again only when one has changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage


class VersionedStaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc] # whitenoise has no types
    """
    Add the content's digest to each name, so that browsers may keep a file for ever.

    Before anything was collected (tests, a developer's server) files are served as they lie.
    """

    def stored_name(self, name: str) -> str:
        """Return the name with the digest, where one is known."""
        return str(super().stored_name(name)) if self.hashed_files else name


def collect_if_changed() -> bool:
    """Run ``collectstatic`` if a source changed since the last time, and return whether it did."""
    if settings.DEBUG:
        return False
    stamp = Path(settings.STATIC_ROOT) / ".sources"
    sources = _digest_of_sources()
    if stamp.exists() and stamp.read_text(encoding="ascii") == sources:
        return False
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(sources, encoding="ascii")
    return True


def _digest_of_sources() -> str:
    """Return a digest of every source's name, size and time, which costs no reading."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
