from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.datastructures import MultiValueDict

from advocate.lib import clock
from jobs.inline import follow_job
from jobs.messages import job_sentence
from jobs.models import Job
from jobs.operations import create_export
from jobs.types import ExportType, UnknownType, export_type, export_types
from team.audit import Actor
from team.models import User

COMMAND = Actor(label="manage.py create_report")


class Command(BaseCommand):
    """Make a report, as Create Report does, and write it to a file."""

    help = "Make a report and write it to a file. Exit status: 0 made, 1 not made."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask which report, of what, and where to."""
        parser.add_argument("type", metavar="TYPE", help="such as available-balances")
        parser.add_argument("--format", choices=Job.Format.values, default=Job.Format.CSV)
        parser.add_argument("--output", metavar="FILE", required=True, help="where to write the report")
        parser.add_argument("--unit", metavar="U", action="append", default=[], help="a reward unit; may be repeated")
        parser.add_argument(
            "--option",
            metavar="NAME=VALUE",
            action="append",
            default=[],
            help="another option of the report; may be repeated",
        )
        parser.add_argument("--name", default="", help="what the report is called in Imports & Exports")
        parser.add_argument("--requested-by", metavar="EMAIL", help="who gets the mail and owns the report")
        parser.add_argument("--json", action="store_true", help="say what was made as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the report and say how many rows it has."""
        kind = _kind(options["type"])
        job = create_export(
            export_type=kind,
            name=options["name"],
            file_format=options["format"],
            params=_params(kind, options["unit"], options["option"]),
            by=_actor(options["requested_by"]),
            at=clock.now(),
        )
        job = follow_job(job, terminal=sys.stderr)
        if job.status != Job.Status.DONE:
            raise CommandError(job_sentence(job) or str(job.get_status_display()))
        with default_storage.open(job.result_file, "rb") as made, Path(options["output"]).open("wb") as out:
            shutil.copyfileobj(made, out)
        if options["json"]:
            facts = {"id": job.public_id, "type": job.type, "rows": job.rows_done, "file": options["output"]}
            self.stdout.write(json.dumps(facts))
        else:
            self.stdout.write(f"{job.rows_done:,} rows in {options['output']}")


def _kind(slug: str) -> ExportType:
    try:
        return export_type(slug)
    except UnknownType:
        known = ", ".join(kind.slug for kind in export_types())
        raise CommandError(f"There is no report {slug!r}. There are: {known}.") from None


def _actor(email: str | None) -> Actor:
    if not email:
        return COMMAND
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    if user is None:
        raise CommandError(f"{email} is not an active member of the team.")
    return Actor.of(user)


def _params(kind: ExportType, units: list[str], given: list[str]) -> dict[str, Any]:
    values: dict[str, list[str]] = {"units": units} if units else {}
    for one in given:
        name, _equals, value = one.partition("=")
        values.setdefault(name, []).append(value)
    known = set(kind.form.base_fields) if kind.form else set()
    for name in values.keys() - known:
        raise CommandError(f"The report {kind.slug} has no option {name!r}.")
    if kind.form is None:
        return {}
    form = kind.form(MultiValueDict(values))
    if not form.is_valid():
        raise CommandError(" ".join(f"{name}: {' '.join(map(str, errors))}" for name, errors in form.errors.items()))
    return form.params()
