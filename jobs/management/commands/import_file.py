from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.management.base import BaseCommand, CommandError, CommandParser

from advocate.lib import clock
from advocate.lib.errors import DomainError
from jobs.inline import follow_job
from jobs.messages import job_sentence, row_sentence, warning_sentences
from jobs.models import Job, StagedRow
from jobs.operations import ImportChoices, confirm_import, create_import, discard_import
from jobs.staged_rows import rows_of
from jobs.types import ImportType, UnknownType, import_type, import_types
from team.audit import Actor
from team.models import User

ALL_DONE, ROWS_REFUSED, FILE_REFUSED = 0, 1, 2
SHOWN_AS_TEXT = 100


class Command(BaseCommand):
    """Import a file, as the Import page does, with the same checks."""

    help = "Import a file. Exit status: 0 all rows done or unchanged, 1 rows refused, 2 file refused."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask which import, of what, and for whom."""
        parser.add_argument("type", metavar="TYPE", help="such as update-balances")
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--requested-by", metavar="EMAIL", required=True, help="the member who answers for it")
        parser.add_argument("--dry-run", action="store_true", help="check the file and change nothing")
        parser.add_argument("--all-or-nothing", action="store_true", help="apply nothing if a row is refused")
        parser.add_argument("--again", action="store_true", help="apply a file whose content was imported before")
        parser.add_argument("--json", action="store_true", help="say what became of the rows as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check the file, apply it unless told otherwise, and say what became of the rows."""
        kind = _kind(options["type"])
        actor = _actor(options["requested_by"], kind)
        job = self._checked(kind, actor, options)
        if job.status == Job.Status.WAITING:
            job = self._decided(job, actor, options)
        self._tell(job, kind, as_json=options["json"])
        if job.status == Job.Status.FAILED and not job.rows_total:
            sys.exit(FILE_REFUSED)
        sys.exit(ROWS_REFUSED if job.rows_refused or job.status == Job.Status.FAILED else ALL_DONE)

    def _checked(self, kind: ImportType, actor: Actor, options: dict[str, Any]) -> Job:
        path: Path = options["file"]
        try:
            with path.open("rb") as content:
                job = create_import(
                    import_type=kind,
                    upload=File(content, name=path.name),
                    name=path.name,
                    params={},
                    by=actor,
                    at=clock.now(),
                    choices=ImportChoices(all_or_nothing=options["all_or_nothing"], again=options["again"]),
                )
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}", returncode=FILE_REFUSED) from error
        except DomainError as error:
            raise CommandError(str(error), returncode=FILE_REFUSED) from error
        return follow_job(job, terminal=sys.stderr)

    def _decided(self, job: Job, actor: Actor, options: dict[str, Any]) -> Job:
        """Confirm what was checked, or drop it for a dry run or where it may not be applied."""
        refusal: DomainError | None = None
        if not options["dry_run"]:
            try:
                confirm_import(
                    job=job,
                    by=actor,
                    at=clock.now(),
                    all_or_nothing=options["all_or_nothing"],
                    again=options["again"],
                )
            except DomainError as error:
                refusal = error
            else:
                return follow_job(job, terminal=sys.stderr)
        discard_import(job=job, by=actor, at=clock.now())
        job.refresh_from_db()
        if refusal is not None:
            self.stderr.write(str(refusal))
            if not job.rows_refused:
                sys.exit(FILE_REFUSED)
        return job

    def _tell(self, job: Job, kind: ImportType, *, as_json: bool) -> None:
        if as_json:
            self._tell_as_json(job, kind)
            return
        if error := job_sentence(job):
            self.stdout.write(error)
        for warning in warning_sentences(job):
            self.stdout.write(warning)
        dry = job.status == Job.Status.DISCARDED
        self.stdout.write(f"{'to do' if dry else 'done':10} {job.rows_good if dry else job.rows_done:>12,}")
        self.stdout.write(f"{'unchanged':10} {job.rows_unchanged:>12,}")
        self.stdout.write(f"{'refused':10} {job.rows_refused:>12,}")
        for unit, amount in kind.format_totals(job.totals):
            self.stdout.write(f"{unit:10} {amount:>12}")
        for number, row in enumerate(_refused(job, kind)):
            if number == SHOWN_AS_TEXT:
                self.stdout.write(f"… and {job.rows_refused - SHOWN_AS_TEXT:,} more; --json names them all")
                break
            self.stdout.write(f"row {row['row']} {row['column']}: {row['message']}")

    def _tell_as_json(self, job: Job, kind: ImportType) -> None:
        """Write one object, its rows one by one: a million refused rows in memory took 1.3 GB."""
        facts = json.dumps(_facts(job, kind), ensure_ascii=False)
        self.stdout.write(f'{facts[:-1]}, "rows": [', ending="")
        for number, row in enumerate(_refused(job, kind)):
            self.stdout.write(f"{', ' if number else ''}{json.dumps(row, ensure_ascii=False)}", ending="")
        self.stdout.write("]}")


def _kind(slug: str) -> ImportType:
    with suppress(UnknownType):
        kind = import_type(slug)
        if kind.reader is not None:
            return kind
    known = ", ".join(kind.slug for kind in import_types() if kind.reader is not None)
    raise CommandError(f"There is no import {slug!r}. There are: {known}.", returncode=FILE_REFUSED)


def _actor(email: str, kind: ImportType) -> Actor:
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    if user is None:
        raise CommandError(f"{email} is not an active member of the team.", returncode=FILE_REFUSED)
    if not kind.may_start(user):
        raise CommandError(f"The role of {email} does not allow this import.", returncode=FILE_REFUSED)
    return Actor.of(user)


def _facts(job: Job, kind: ImportType) -> dict[str, Any]:
    return {
        "id": job.public_id,
        "status": job.status,
        "error": job_sentence(job) or None,
        "warnings": warning_sentences(job),
        "detected": job.detected,
        "total": job.rows_total,
        "done": job.rows_done,
        "unchanged": job.rows_unchanged,
        "refused": job.rows_refused,
        "totals": dict(kind.format_totals(job.totals)),
    }


def _refused(job: Job, kind: ImportType) -> Iterator[dict[str, Any]]:
    rows = rows_of(job, kind).filter(state=StagedRow.State.REFUSED).order_by("row_no")
    for row in rows.iterator(chunk_size=2_000):
        yield {
            "row": row.row_no,
            "column": row.column,
            "code": row.code,
            "found": row.found,
            "message": row_sentence(kind, row),
        }
