"""
How quick the import of users is, beside plain django-import-export Resources, taken in one run.

    python bench/user_import.py --server postgres://root@127.0.0.1/postgres      on PostgreSQL
    python bench/user_import.py                                                  on SQLite

It makes databases of its own and drops them in the end. Half of the file's users are there already and change, the
other half is new; each new one joins a live program, and every third came with a known advocate's code.

import  the product: the file read, staged, checked and applied, with codes, links, search terms, audit and referrals
alike   a plain Resource whose rows come to the same: each is registered and attributed as it is saved, on a sample
saved   a plain Resource that saves the rows of participants and nothing else, on a sample

Each is timed by the clock and by the processor time of its own process and of PostgreSQL's that serves it. On a machine
that others use, the ratios of processor times are those to go by.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parent.parent))

from bench.balance_import import Stopwatch, Watch  # noqa: E402  found only by the path above
from bench.scratch import Place, run_step  # noqa: E402

NAME = "advocate_bench_users"
ADVOCATES = 1_000
HEADER = ["accountId", "id", "firstName", "lastName", "email", "locale", "countryCode", "referredBy.code"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="", help="a PostgreSQL where databases may be made; none means SQLite")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sample", type=int, default=500, help="rows for the plain Resources")
    parser.add_argument("--only", nargs="*", default=["import", "alike", "saved"])
    parser.add_argument("--step", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        measure(options)
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Place(options.server, Path(folder))
        try:
            report(place, options)
        finally:
            place.drop_all()


def report(place: Place, options: argparse.Namespace) -> None:
    """Measure everything in turn and print the medians and their ratios."""
    arguments = ["--rows", str(options.rows), "--sample", str(options.sample)]
    place.make(NAME)
    run_step(place, NAME, HERE, ["--step", "load", *arguments])
    taken: dict[str, list[dict[str, Any]]] = {}
    for _round in range(options.rounds):
        for step in options.only:
            name = f"{NAME}_copy"
            place.make(name, NAME)
            found = run_step(place, name, HERE, ["--step", step, *arguments])
            print(f"  {step}: {json.dumps(found)}", flush=True)
            taken.setdefault(step, []).append(found)
    print(f"{'PostgreSQL' if place.server else 'SQLite'}, {options.rows:,} rows, median of {options.rounds}")
    for clock, label in (("seconds", "by the clock"), ("busy", "processor time")):
        median = {step: statistics.median(one[clock] / one["rows"] for one in found) for step, found in taken.items()}
        print(f" {label}")
        for step, each in median.items():
            ratio = f"  import is {each / median['import']:.1f}x as quick" if "import" in median else ""
            print(f"  {step:7} {each * 1e6:9.1f} µs a row {1 / each:10,.0f} rows/s{ratio}")


def measure(options: argparse.Namespace) -> None:
    """Do one step in this process and print what it took."""
    import django

    django.setup()
    steps = {"load": load, "import": product, "alike": alike, "saved": saved}
    print(json.dumps(steps[options.step](options)))


def load(options: argparse.Namespace) -> dict[str, Any]:
    """Fill the database with the known half of the users, who have joined, and with advocates."""
    from django.core.management import call_command

    from advocate.lib import clock
    from advocate.lib.db import analyze, batches
    from programs.models import Participant, Program, ReferralCode, SearchTerm, ShareLink
    from programs.operations import Entry, Registration, register_many
    from team.audit import SYSTEM

    call_command("migrate", verbosity=0)
    Program.objects.create(key="bench", name="Bench", status="live", main_url="https://shop.example")
    people = (
        *(Entry(f"adv{n}", f"adv{n}", Registration(codes={"bench": f"ADV{n}"})) for n in range(ADVOCATES)),
        *(Entry(row[0], row[1], Registration(values={"first_name": "Old"})) for row in file_rows(options.rows // 2)),
    )
    for entries in batches(people, 2_000):
        register_many(entries=entries, by=SYSTEM, at=clock.now())
    for model in (Participant, ReferralCode, SearchTerm, ShareLink):
        analyze(model)
    return {"rows": 1}


def file_rows(rows: int) -> Iterator[list[str]]:
    from bench.participants import participant_rows

    for number, row in enumerate(participant_rows(rows)):
        _pk, account_id, user_id, first, last, email, locale, country, *_rest = map(str, row)
        yield [
            account_id,
            user_id,
            first,
            last,
            email,
            locale,
            country,
            "" if number % 3 else f"ADV{number % ADVOCATES}",
        ]


def sample_rows(options: argparse.Namespace) -> list[list[str]]:
    """Return rows out of the middle: as many known as new ones, like the whole."""
    rows = list(file_rows(options.rows))
    middle = options.rows // 2
    return rows[middle - options.sample // 2 : middle + options.sample // 2]


def product(options: argparse.Namespace) -> dict[str, Any]:
    """Run an import as a worker does, up to where it writes its files."""
    from django.core.files.base import File

    from advocate.lib import clock
    from jobs.operations import ImportChoices, create_import
    from jobs.runner import run_job
    from rewards.imports import IMPORT_USERS
    from team.audit import SYSTEM

    text = io.StringIO(newline="")
    csv.writer(text).writerows([HEADER, *file_rows(options.rows)])
    job = create_import(
        import_type=IMPORT_USERS,
        upload=File(io.BytesIO(text.getvalue().encode())),
        name="users.csv",
        params={},
        by=SYSTEM,
        at=clock.now(),
        choices=ImportChoices(without_preview=True),
    )
    watch = Watch()
    run_job(job.pk)
    job.refresh_from_db()
    return {
        **watch.between("stage_rows", "_finish"),
        "rows": options.rows,
        "apply": round(watch.between("_apply", "_finish")["seconds"], 2),
        "held": {name: round(value, 3) for name, value in watch.held.items()},
        "totals": job.totals,
        "refused": job.rows_refused,
        "status": job.status,
    }


def saved(options: argparse.Namespace) -> dict[str, Any]:
    """Save the participants of a sample, the way the library's documentation shows it."""
    return _run_resource(options, registers=False)


def alike(options: argparse.Namespace) -> dict[str, Any]:
    """Import a sample so that it comes to what the product makes of it, a row at a time."""
    return _run_resource(options, registers=True)


def _run_resource(options: argparse.Namespace, *, registers: bool) -> dict[str, Any]:
    import tablib
    from import_export import fields, resources

    from advocate.lib import clock
    from programs.models import Participant, Touch
    from programs.operations import Registration
    from rewards.attribution import SentCode, upsert_user
    from team.audit import SYSTEM

    at = clock.now()
    columns = dict(
        zip(
            HEADER,
            ("account_id", "user_id", "first_name", "last_name", "email", "locale", "country_code"),
            strict=False,
        )
    )

    class UserResource(resources.ModelResource):
        class Meta:
            model = Participant
            import_id_fields = ("account_id", "user_id")
            fields = tuple(columns.values())

        def save_instance(self, instance: Any, is_create: bool, row: Any, **kwargs: Any) -> None:
            if not registers:
                super().save_instance(instance, is_create, row, **kwargs)
                return
            names = ("first_name", "last_name", "email", "locale", "country_code")
            touches = [SentCode(row["referredBy.code"], Touch.Door.IMPORT)] if row["referredBy.code"] else []
            upsert_user(
                account_id=instance.account_id,
                user_id=instance.user_id,
                registration=Registration(values={name: getattr(instance, name) for name in names}),
                touches=touches,
                by=SYSTEM,
                at=at,
            )

    for column, name in columns.items():
        UserResource.fields[name] = fields.Field(attribute=name, column_name=column)
    rows = sample_rows(options)
    dataset = tablib.Dataset(*rows, headers=HEADER)
    stopwatch = Stopwatch()
    result = UserResource().import_data(dataset, raise_errors=True)
    return {**stopwatch.read(), "rows": len(rows), "totals": dict(result.totals)}


if __name__ == "__main__":
    main()
