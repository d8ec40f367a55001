"""
How quick the import of balances is, as ratios taken in one run.

    python bench/balance_import.py --server postgres://root@127.0.0.1/postgres      on PostgreSQL
    python bench/balance_import.py                                                  on SQLite

It makes databases of its own (on PostgreSQL on the given server) and drops them in the end. Each measurement works on
a fresh copy of the same data in a process of its own, several rounds of all of them in turn; the median counts.

limit   one hand-written statement that redeems all rows, which are staged already
import  the product: the file read, staged, checked and applied, without the files and the mail at the end
naive   a plain django-import-export Resource that saves row by row, on a sample, one pass
undo    the product giving back all that an import redeemed (with --only undo)

Of the product's transactions the longest is printed as ``held``: on SQLite everybody else who writes waits for it.
Each is timed by the clock and by the processor time of its own process and of PostgreSQL's that serves it (if that runs
on the same machine). On a machine that others use, the ratios of processor times are those to go by.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parent.parent))

from bench.scratch import Place  # noqa: E402  found only by the path above

START = datetime(2026, 1, 1, tzinfo=UTC)
REWARDS_EACH = 3
NAME = "advocate_bench_balances"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="", help="a PostgreSQL where databases may be made; none means SQLite")
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sample", type=int, default=1_000, help="rows for the naive way")
    parser.add_argument("--only", nargs="*", default=["limit", "import", "naive"])
    parser.add_argument("--excel", action="store_true", help="import a workbook instead of CSV")
    parser.add_argument("--chunk", type=int, default=0, help="rows that the product applies at once")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        measure(options)
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Place(options.server, Path(folder))
        try:
            for rows in options.rows:
                report(place, rows, options)
        finally:
            place.drop_all()


def report(place: Place, rows: int, options: argparse.Namespace) -> None:
    """Measure and print one size."""
    template = f"{NAME}_{rows}"
    place.make(template)
    run(place, template, "load", rows, options)
    taken: dict[str, list[dict[str, float]]] = {}
    memory: dict[str, float] = {}
    for _round in range(options.rounds):
        for step in options.only:
            name = f"{NAME}_copy"
            place.make(name, template)
            found = run(place, name, step, rows, options)
            print(f"  {step}: {json.dumps(found)}", flush=True)
            taken.setdefault(step, []).append(found)
            memory[step] = max(memory.get(step, 0), found["megabytes"])
    engine = "PostgreSQL" if place.server else "SQLite"
    print(f"{engine}, {rows:,} rows over {rows * REWARDS_EACH:,} rewards, median of {options.rounds}")
    for clock, label in (("seconds", "by the clock"), ("busy", "processor time")):
        median = {step: statistics.median(one[clock] / one["rows"] for one in found) for step, found in taken.items()}
        print(f" {label}")
        for step, each in median.items():
            print(f"  {step:7} {each * 1e6:9.1f} µs a row {1 / each:10,.0f} rows/s {memory[step]:6.0f} MB")
        if {"limit", "import"} <= median.keys():
            print(f"  import/limit {median['limit'] / median['import']:.2f}")
        if {"naive", "import"} <= median.keys():
            print(f"  import/naive {median['naive'] / median['import']:.1f}x")


def run(place: Place, name: str, step: str, rows: int, options: argparse.Namespace) -> dict[str, Any]:
    environment = {
        **os.environ,
        "DATABASE_URL": place.url(name),
        "REDIS_URL": "",
        "VAR_DIR": str(place.folder),
        "DJANGO_SETTINGS_MODULE": "advocate.settings",
    }
    command = [sys.executable, str(HERE), "--step", step, "--rows", str(rows), "--sample", str(options.sample)]
    command += ["--chunk", str(options.chunk)] + (["--excel"] if options.excel else [])
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measure(options: argparse.Namespace) -> None:
    """Do one step in this process and print what it took."""
    import django

    django.setup()
    rows = options.rows[0]
    if options.chunk:
        use_chunks_of(options.chunk)
    steps = {"load": load, "limit": limit, "import": product, "naive": naive, "undo": undo}
    found = steps[options.step](rows, options)
    found["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found))


def use_chunks_of(rows: int) -> None:
    """Have this process apply so many rows at once."""
    from dataclasses import replace

    from jobs.types import register_import
    from rewards.imports import IMPORTS

    for kind in IMPORTS:
        register_import(replace(kind, chunk_rows=rows, sqlite_chunk_rows=rows))


class Stopwatch:
    """Seconds since its making, by the clock and by the processors: this process's and its PostgreSQL's."""

    def __init__(self) -> None:
        self._server = self._server_stat()
        self._begun = self._now()

    def read(self) -> dict[str, float]:
        """Return both."""
        now = self._now()
        return {
            "seconds": now[0] - self._begun[0],
            "busy": now[1] - self._begun[1] + now[2] - self._begun[2],
        }

    def _now(self) -> tuple[float, float, float]:
        return time.perf_counter(), time.process_time(), self._server_seconds()

    def _server_seconds(self) -> float:
        if self._server is None:
            return 0
        user, system = self._server.read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def _server_stat(self) -> Path | None:
        from django.db import connection

        from advocate.lib import db

        if not db.is_postgres():
            return None
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            stat = Path(f"/proc/{cursor.fetchone()[0]}/stat")
        return stat if stat.exists() else None


def load(rows: int, _options: argparse.Namespace) -> dict[str, Any]:
    """Fill the database: a participant and three rewards for each row of the file."""
    from django.core.management import call_command
    from django.db import transaction

    from advocate.lib.db import analyze, load_rows
    from bench.participants import COLUMNS, participant_rows
    from programs.models import Participant
    from rewards.models import Reward, RewardUnit

    call_command("migrate", verbosity=0)
    unit = RewardUnit.objects.create(
        key="CASH/USD", kind="CASH", name="Cash", currency="USD", exponent=2, created_at=START, updated_at=START
    )
    fields = (
        "id", "public_id", "participant", "type", "unit", "amount", "redeemed", "name", "fuel_tank_code", "status",
        "pending_reason", "cancelled_reason", "date_created", "date_given", "date_expires", "source", "internal_note",
        "customer_note", "updated_at",
    )  # fmt: skip
    with transaction.atomic():
        load_rows(Participant, COLUMNS, participant_rows(rows))
        load_rows(Reward, fields, reward_rows(rows, unit.pk))
    for model in (Participant, Reward):
        analyze(model)
    return {"seconds": 1, "rows": 1}


def reward_rows(rows: int, unit: int) -> Iterator[tuple[object, ...]]:
    rng = random.Random(11)
    for number in range(1, rows * REWARDS_EACH + 1):
        given = START + timedelta(minutes=rng.randrange(100_000))
        expires = None if rng.random() < 0.4 else datetime(2099, 1 + rng.randrange(12), 1, tzinfo=UTC)
        # Rewards come as people earn them, so that a person's are not side by side.
        person = 1 + (number * 7919) % rows
        yield (
            number, f"r{number}", person, "CREDIT", unit, rng.randrange(100, 5_000), 0, "", "", "AVAILABLE",
            "", "", given, given, expires, "MANUAL", "", "", given,
        )  # fmt: skip


def file_rows(rows: int) -> Iterator[list[str]]:
    """Yield the file: most ask for a part of the balance, 8 % for more than it."""
    from django.db.models import Sum

    from programs.models import Participant
    from rewards.models import Reward

    rng = random.Random(13)
    totals = dict(Reward.objects.order_by().values_list("participant_id").annotate(total=Sum("amount")))
    people = Participant.objects.order_by("id").values_list("id", "account_id", "user_id", "email", "first_name")
    for pk, account_id, user_id, email, name in people.iterator():
        total = totals.get(pk, 0)
        wanted = total + 1 if rng.random() < 0.08 else max(1, int(total * rng.random()))
        shown, value = f"{total / 100:.2f}", f"{wanted / 100:.2f}"
        yield [name, "", email, "", "Cash", "USD", shown, value, "0.00", user_id, account_id, "CASH/USD", ""]


HEADER = [
    "firstName",
    "lastName",
    "email",
    "dateBlocked",
    "unitName",
    "currency",
    "availableValue",
    "valueToRedeem",
    "totalRedeemedValue",
    "userId",
    "accountId",
    "unit",
    "segments",
]


def make_job(rows: int, *, excel: bool) -> Any:
    """Return a queued import of the file, which a first run writes."""
    from django.conf import settings
    from django.core.files.base import File

    from advocate.lib import clock
    from advocate.lib.tabular import Column, write_csv, write_xlsx
    from jobs.operations import ImportChoices, create_import
    from rewards.imports import UPDATE_BALANCES
    from team.audit import SYSTEM

    path = Path(settings.VAR_DIR) / f"balances-{rows}.{'xlsx' if excel else 'csv'}"
    if not path.exists():
        with path.open("wb") as out:
            if excel:
                write_xlsx(out, sheet_name="x", columns=[Column(name=name) for name in HEADER], rows=file_rows(rows))
            else:
                write_csv(out, HEADER, file_rows(rows))
    with path.open("rb") as content:
        return create_import(
            import_type=UPDATE_BALANCES,
            upload=File(content),
            name=path.name,
            params={},
            by=SYSTEM,
            at=clock.now(),
            choices=ImportChoices(without_preview=True),
        )


class Watch:
    """What the stopwatch shows when an import's steps begin, and how long the longest transaction of applying was."""

    def __init__(self) -> None:
        from jobs import importing

        self._stopwatch = Stopwatch()
        self.begun: dict[str, dict[str, float]] = {}
        self.held = {"seconds": 0.0, "busy": 0.0}
        for name in ("stage_rows", "_check", "_apply", "_finish"):
            self._note(importing, name)
        self._time_transactions()

    def between(self, first: str, last: str) -> dict[str, float]:
        """Return what passed from the beginning of a step to that of another."""
        return {name: value - self.begun[first][name] for name, value in self.begun[last].items()}

    def _note(self, module: Any, name: str) -> None:
        plain = getattr(module, name)

        def noting(*args: Any) -> Any:
            self.begun[name] = self._stopwatch.read()
            return plain(*args)

        setattr(module, name, noting)

    def _time_transactions(self) -> None:
        from django.db import connections

        connection: Any = connections["default"]
        plain_begin, plain_commit = connection.set_autocommit, connection.commit
        begun: dict[str, float] = {}

        def begin(autocommit: bool, **options: Any) -> None:
            plain_begin(autocommit, **options)
            if not autocommit:
                begun.update(self._stopwatch.read())

        def commit() -> None:
            plain_commit()
            if "_apply" in self.begun and "_finish" not in self.begun:
                now = self._stopwatch.read()
                self.held = {name: max(held, now[name] - begun[name]) for name, held in self.held.items()}

        connection.set_autocommit, connection.commit = begin, commit


def product(rows: int, options: argparse.Namespace) -> dict[str, Any]:
    """Run an import as a worker does, up to where it writes its files."""
    from jobs.runner import run_job

    job = make_job(rows, excel=options.excel)
    watch = Watch()
    run_job(job.pk)
    job.refresh_from_db()
    return {
        **watch.between("stage_rows", "_finish"),
        "rows": rows,
        "stage": round(watch.between("stage_rows", "_check")["seconds"], 2),
        "check": round(watch.between("_check", "_apply")["seconds"], 2),
        "apply": {name: round(value, 2) for name, value in watch.between("_apply", "_finish").items()},
        "held": {name: round(value, 3) for name, value in watch.held.items()},
        "done": job.rows_done,
        "refused": job.rows_refused,
        "status": job.status,
    }


def undo(rows: int, options: argparse.Namespace) -> dict[str, Any]:
    """Undo an import of all rows, from the beginning to where the files are written."""
    from advocate.lib import clock
    from jobs.models import Job
    from jobs.operations import confirm_import, create_undo
    from jobs.runner import run_job
    from rewards.imports import UPDATE_BALANCES
    from team.audit import SYSTEM

    job = make_job(rows, excel=options.excel)
    run_job(job.pk)
    job = Job.objects.get(pk=job.pk)
    undoing = create_undo(job=job, import_type=UPDATE_BALANCES, reason="bench", by=SYSTEM, at=clock.now())
    watch = Watch()
    run_job(undoing.pk)
    confirm_import(job=undoing, by=SYSTEM, at=clock.now())
    run_job(undoing.pk)
    undoing.refresh_from_db()
    return {
        **watch.between("stage_rows", "_finish"),
        "rows": undoing.rows_done,
        "apply": {name: round(value, 2) for name, value in watch.between("_apply", "_finish").items()},
        "held": {name: round(value, 3) for name, value in watch.held.items()},
        "refused": undoing.rows_refused,
        "status": undoing.status,
    }


def limit(rows: int, _options: argparse.Namespace) -> dict[str, Any]:
    """Redeem all staged rows by one statement, with nothing around it but its transaction."""
    from django.db import connection, transaction

    from advocate.lib import clock, db
    from jobs.hold import Hold
    from jobs.operations import claim_job
    from jobs.staging import stage_file
    from rewards.balance_import import allocation
    from rewards.imports import UPDATE_BALANCES

    job = make_job(rows, excel=False)
    lease = claim_job(job_id=job.pk, at=clock.now())
    assert lease is not None
    with Hold(lease) as hold:
        stage_file(job, UPDATE_BALANCES, hold)
    at = clock.now()
    stopwatch = Stopwatch()
    with transaction.atomic(), connection.cursor() as cursor:
        values = {"job": job.pk, "low": 0, "high": 10**9, "at": db.instant_param(at), "user": None}
        if db.is_postgres():
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute(allocation.POSTGRES, values)
        else:
            for statement in (*allocation.SQLITE_WORK_OUT, *allocation.SQLITE_DRAW):
                cursor.execute(statement, values)
        outcome = cursor.fetchall()
        short = [[row[1]] for row in outcome if row[1] is not None]
        cursor.execute(
            f"""UPDATE rewards_stagedredemption SET state = 'refused', code = 'more_than_available'
            WHERE job_id = %s AND row_no IN (SELECT v0 FROM {db.listed("bigint")} AS short)""",
            [job.pk, json.dumps(short)],
        )
    return {**stopwatch.read(), "rows": rows, "refused": len(short)}


def naive(rows: int, options: argparse.Namespace) -> dict[str, Any]:
    """Import a sample the way the library's documentation shows it: an instance looked up and saved for each row."""
    import tablib
    from import_export.resources import ModelResource

    from advocate.lib import clock
    from programs.models import Participant
    from rewards.models import Reward, RewardEntry, RewardUnit

    class BalanceResource(ModelResource):
        class Meta:
            model = Participant
            import_id_fields = ("account_id", "user_id")
            fields = ("account_id", "user_id")

        def after_import_row(self, row: Any, row_result: Any, **kwargs: Any) -> None:
            unit = RewardUnit.objects.get(key=row["unit"])
            rest = round(float(row["valueToRedeem"]) * 100)
            found = Reward.objects.filter(
                participant_id=row_result.object_id, unit=unit, status="AVAILABLE", type="CREDIT"
            ).order_by("date_expires", "date_given", "id")
            rewards = list(found)
            if rest > sum(reward.left for reward in rewards):
                return
            for reward in rewards:
                taken = min(rest, reward.left)
                if not taken:
                    break
                rest -= taken
                now = clock.now()
                reward.redeemed += taken
                if not reward.left:
                    reward.status, reward.date_redeemed = "REDEEMED", now
                reward.save()
                RewardEntry.objects.create(
                    reward=reward, participant_id=reward.participant_id, amount=taken, at=now, actor="x"
                )

    sample = min(options.sample, rows)
    data = tablib.Dataset(headers=["account_id", "user_id", "unit", "valueToRedeem"])
    for row, _number in zip(file_rows(rows), range(sample), strict=False):
        data.append([row[10], row[9], row[11], row[7]])
    stopwatch = Stopwatch()
    result = BalanceResource().import_data(data, dry_run=False, raise_errors=True)
    assert len(result.rows) == sample
    return {**stopwatch.read(), "rows": sample}


if __name__ == "__main__":
    main()
