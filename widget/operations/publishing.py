"""What participants see changes here and nowhere else: a draft becomes the next version, whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from team import audit
from team.audit import Actor, Change
from widget.models import Display, DisplayVersion
from widget.operations.check_box import follow_promo_codes
from widget.operations.editing import seen_draft, write_draft
from widget.operations.errors import (
    DraftChangedMeanwhile,
    DraftIsEmpty,
    NothingPublished,
    NothingToPublish,
    VersionGone,
)
from widget.operations.versions import add_version
from widget.queries import published_version
from widget.stored import StoredComponent


@transaction.atomic
def publish(*, display: Display, seen: int, by: Actor, at: datetime) -> DisplayVersion:
    """
    Show the draft to participants from now on, as the next version, and return that.

    :raises DraftIsEmpty: if it has no components
    :raises NothingToPublish: if they see the same already
    :raises DraftChangedMeanwhile: if ``seen`` is no longer the draft's revision
    """
    draft = seen_draft(display, seen)
    # Counting the revision on holds the draft, so that of two who publish the same one, one is told.
    as_seen = DisplayVersion.objects.filter(pk=draft.pk, revision=seen)
    if not as_seen.update(revision=F("revision") + 1, updated_at=at):
        raise DraftChangedMeanwhile(name=display.shown_name)
    if not draft.components:
        raise DraftIsEmpty(name=display.shown_name)
    current = published_version(display)
    if current is not None and current.components == draft.components:
        raise NothingToPublish(name=display.shown_name)
    version = add_version(display, draft.components, by=by, at=at)
    before = current.number if current else None
    audit.record(
        by=by, action="display.published", target=display, at=at, changes={"number": Change(before, version.number)}
    )
    follow_promo_codes(display.program_id, at=at)
    return version


@transaction.atomic
def restore_version(*, display: Display, number: int, seen: int, by: Actor, at: datetime) -> bool:
    """
    Make an earlier version the draft, to look at and publish, and return whether that is a change.

    :raises VersionGone: if there is no such version
    :raises DraftChangedMeanwhile: if ``seen`` is no longer the draft's revision
    """
    version = DisplayVersion.objects.filter(display=display, number=number, is_draft=False).first()
    if version is None:
        raise VersionGone
    if not _replace_draft(display, version.parts, seen=seen, at=at):
        return False
    changes = {"number": Change(None, number)}
    audit.record(by=by, action="display.version_restored", target=display, at=at, changes=changes)
    return True


@transaction.atomic
def discard_draft(*, display: Display, seen: int, by: Actor, at: datetime) -> bool:
    """
    Make the draft what participants see again, and return whether that is a change.

    :raises NothingPublished: if they never saw anything
    :raises DraftChangedMeanwhile: if ``seen`` is no longer the draft's revision
    """
    current = published_version(display)
    if current is None:
        raise NothingPublished(name=display.shown_name)
    if not _replace_draft(display, current.parts, seen=seen, at=at):
        return False
    audit.record(by=by, action="display.draft_discarded", target=display, at=at)
    return True


def _replace_draft(display: Display, parts: Sequence[StoredComponent], *, seen: int, at: datetime) -> bool:
    draft = seen_draft(display, seen)
    if draft.parts == tuple(parts):
        return False
    write_draft(draft, parts, at=at)
    return True
