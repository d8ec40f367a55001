"""
Measure the upload of codes against a bare COPY, and against a plain Resource.

    python bench/code_upload.py --server postgres://root@127.0.0.1/postgres --rounds 5
    python bench/code_upload.py --rounds 3                                              (SQLite)

Of the codes 5 % are there twice: some in the file, some in a pool of 200,000. It makes databases whose names begin with
``advocate_bench_codes`` and drops them in the end. Each measurement works on a fresh copy of the same data in a process
of its own, several rounds of all of them in turn; the median counts.

limit    the clean codes alone, straight into the final table with its indexes: COPY, on SQLite an executemany
upload   the product: the file read, staged, checked and applied, without the files and the mail at the end
quick    the same without a preview
naive    a plain django-import-export Resource that saves row by row, on a sample, one pass

Each is timed by the clock and by the processor time of its own process and of PostgreSQL's that serves it (if that runs
on the same machine). On a machine that others use, the ratios of processor times are those to go by.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parent.parent))
NAME = "advocate_bench_codes"
POOL = 200_000
IN_FILE = 0.01
IN_POOL = 0.04
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="", help="a PostgreSQL where databases may be made; none means SQLite")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sample", type=int, default=2_000, help="rows for the naive way")
    parser.add_argument("--only", nargs="*", default=["limit", "upload", "quick", "naive"])
    parser.add_argument("--step", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        measure(options)
        return
    from bench.scratch import Place

    with tempfile.TemporaryDirectory() as folder:
        place = Place(options.server, Path(folder))
        try:
            report(place, options)
        finally:
            place.drop_all()


def report(place: Any, options: argparse.Namespace) -> None:
    """Measure in turns and print the medians."""
    from bench.scratch import run_step

    rows = ["--rows", str(options.rows), "--sample", str(options.sample)]
    place.make(NAME)
    run_step(place, NAME, HERE, ["--step", "load", *rows])
    taken: dict[str, list[dict[str, Any]]] = {}
    memory: dict[str, float] = {}
    for _round in range(options.rounds):
        for step in options.only:
            place.make(f"{NAME}_copy", NAME)
            found = run_step(place, f"{NAME}_copy", HERE, ["--step", step, *rows])
            print(f"  {step}: {json.dumps(found)}", flush=True)
            taken.setdefault(step, []).append(found)
            memory[step] = max(memory.get(step, 0), found["megabytes"])
    engine = "PostgreSQL" if place.server else "SQLite"
    print(f"{engine}, {options.rows:,} codes into a pool of {POOL:,}, median of {options.rounds}")
    for clock, label in (("seconds", "by the clock"), ("busy", "processor time")):
        print(f" {label}")
        compare(
            {
                step: statistics.median(one[clock] / one["rows"] * options.rows for one in found)
                for step, found in taken.items()
            },
            options.rows,
            memory,
        )


def compare(median: dict[str, float], rows: int, memory: dict[str, float]) -> None:
    """Print what each took, and against what it is to be held."""
    for step, whole in median.items():
        print(f"  {step:7} {whole:9.2f} s {rows / whole:10,.0f} codes/s {memory[step]:6.0f} MB")
    for step in ("upload", "quick"):
        if {"limit", step} <= median.keys():
            print(f"  {step} / limit {median[step] / median['limit']:.2f}")
        if {"naive", step} <= median.keys():
            print(f"  naive / {step} {median['naive'] / median[step]:.0f}")


def measure(options: argparse.Namespace) -> None:
    """Do one step in this process and print what it took."""
    import django

    django.setup()
    steps = {"load": load, "limit": limit, "upload": upload, "quick": quick, "naive": naive}
    found = steps[options.step](options)
    print(json.dumps({"megabytes": _megabytes(), **found}))


def _megabytes() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def pool_codes() -> Iterator[str]:
    rng = random.Random(3)
    for number in range(POOL):
        yield f"OLD{number:06}" + "".join(rng.choices(ALPHABET, k=4))


def file_codes(rows: int) -> list[str]:
    """Return the codes of the file: most are new, some are in the pool in other letters, some repeat."""
    rng = random.Random(5)
    known, repeated = int(rows * IN_POOL), int(rows * IN_FILE)
    old = [code.lower() for code, _number in zip(pool_codes(), range(known), strict=False)]
    new = clean_codes(rows)
    codes = [*new, *old, *rng.sample(new, repeated)]
    rng.shuffle(codes)
    return codes


def clean_codes(rows: int) -> list[str]:
    """Return the codes that are new, in no order."""
    rng = random.Random(7)
    count = rows - int(rows * IN_POOL) - int(rows * IN_FILE)
    codes: dict[str, None] = {}
    while len(codes) < count:
        codes["".join(rng.choices(ALPHABET, k=10))] = None
    return list(codes)


def load(options: argparse.Namespace) -> dict[str, Any]:
    """Fill the database: a program whose pool has codes. And write the file."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import transaction

    from advocate.lib import clock
    from advocate.lib.db import analyze, load_rows
    from programs.models import Program
    from promocodes.models import CodeBatch, CodePool, PromoCode

    call_command("migrate", verbosity=0)
    now = clock.now()
    program = Program.objects.create(key="bench", name="Bench", status="live")
    pool = CodePool.objects.create(program=program, created_at=now)
    batch = CodeBatch.objects.create(pool=pool, name="First", created_at=now)
    with transaction.atomic():
        load_rows(PromoCode, FIELDS, ((pool.pk, batch.pk, code, *REST) for code in pool_codes()))
    analyze(PromoCode)
    (Path(settings.VAR_DIR) / "codes.csv").write_text("\n".join(["code", *file_codes(options.rows)]) + "\n")
    return {"seconds": 1, "busy": 1, "rows": 1}


FIELDS = ("pool", "batch", "code", "state", "is_multi_use", "is_extra", "use_count")
REST = (0, False, False, 0)


def limit(options: argparse.Namespace) -> dict[str, Any]:
    """Put the clean codes in, with nothing around it."""
    from django.db import connection, transaction

    from advocate.lib import db
    from bench.balance_import import Stopwatch
    from promocodes.models import CodeBatch, PromoCode

    first = CodeBatch.objects.get()
    batch = CodeBatch.objects.create(pool_id=first.pool_id, name="Limit")
    codes = clean_codes(options.rows)
    content = "".join(f"{batch.pool_id}\t{batch.pk}\t{code}\t0\tf\tf\t0\n" for code in codes).encode()
    watch = Stopwatch()
    with transaction.atomic():
        if db.is_postgres():
            columns = "pool_id, batch_id, code, state, is_multi_use, is_extra, use_count"
            with connection.cursor() as cursor:
                raw: Any = cursor
                with raw.copy(f"COPY promocodes_promocode ({columns}) FROM STDIN") as copy:
                    for start in range(0, len(content), 1 << 20):
                        copy.write(content[start : start + (1 << 20)])
        else:
            db.load_rows(PromoCode, FIELDS, ((batch.pool_id, batch.pk, code, *REST) for code in codes))
    return {**watch.read(), "rows": len(codes)}


def upload(options: argparse.Namespace, *, preview: bool = True) -> dict[str, Any]:
    """Run an upload as a worker does, up to where it writes its files; confirmed at once."""
    from django.conf import settings
    from django.core.files.base import File

    from advocate.lib import clock
    from bench.balance_import import Stopwatch
    from jobs import importing
    from jobs.operations import ImportChoices, confirm_import, create_import
    from jobs.runner import run_job
    from promocodes.imports import UPLOAD_CODES
    from team.audit import SYSTEM

    path = Path(settings.VAR_DIR) / "codes.csv"
    choices = ImportChoices(without_preview=not preview)
    with path.open("rb") as file:
        job = create_import(
            import_type=UPLOAD_CODES, upload=File(file), name=path.name, params={"program": "bench", "batch": "B"},
            by=SYSTEM, at=clock.now(), choices=choices,
        )  # fmt: skip
    took: dict[str, dict[str, float]] = {}
    for name in ("stage_rows", "_check", "_apply", "_finish"):
        _watch(importing, name, took)
    watch = Stopwatch()
    run_job(job.pk)
    if preview:
        confirm_import(job=job, by=SYSTEM, at=clock.now())
        run_job(job.pk)
    whole = watch.read()
    megabytes = _megabytes()
    job.refresh_from_db()
    assert job.status == "done", job.error_code
    assert job.rows_total == options.rows
    assert job.rows_done == len(clean_codes(options.rows)), job.rows_done
    assert job.rows_refused == job.rows_total - job.rows_done
    return {
        **{clock: round(whole[clock] - took["_finish"][clock], 3) for clock in whole},
        "rows": options.rows,
        **{name.strip("_"): {clock: round(each, 2) for clock, each in took[name].items()} for name in took},
        "refused": job.rows_refused,
        "totals": job.totals,
        "megabytes": megabytes,
    }


def quick(options: argparse.Namespace) -> dict[str, Any]:
    """Run an upload that does not wait for a confirmation."""
    return upload(options, preview=False)


def _watch(module: Any, name: str, took: dict[str, dict[str, float]]) -> None:
    from bench.balance_import import Stopwatch

    plain = getattr(module, name)

    def timed(*args: Any) -> Any:
        watch = Stopwatch()
        try:
            return plain(*args)
        finally:
            took[name] = watch.read()

    setattr(module, name, timed)


def naive(options: argparse.Namespace) -> dict[str, Any]:
    """Import a sample the way the library's documentation shows it: an instance looked up and saved for each row."""
    import tablib
    from django.db.models.functions import Lower
    from import_export.resources import ModelResource

    from bench.balance_import import Stopwatch
    from promocodes.models import CodeBatch, PromoCode

    batch = CodeBatch.objects.get()

    class CodeResource(ModelResource):
        class Meta:
            model = PromoCode
            import_id_fields = ("code",)
            fields = ("code",)
            skip_unchanged = True

        def get_instance(self, instance_loader: Any, row: Any) -> Any:
            # By the index that the table has; the library's own look-up would read all codes for each row.
            return PromoCode.objects.annotate(folded=Lower("code")).filter(folded=row["code"].lower()).first()

        def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
            instance.pool_id, instance.batch_id = batch.pool_id, batch.pk

    sample = min(options.sample, options.rows)
    data = tablib.Dataset(headers=["code"])
    for code in file_codes(options.rows)[:sample]:
        data.append([code.upper()])
    watch = Stopwatch()
    result = CodeResource().import_data(data, dry_run=False, raise_errors=True)
    assert len(result.rows) == sample
    return {**watch.read(), "rows": sample}


if __name__ == "__main__":
    main()
