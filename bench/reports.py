"""
Time the balance report against the bare query that PostgreSQL copies out, and Excel against openpyxl's write-only mode.

    DATABASE_URL=postgres://… PYTHONPATH=. python bench/reports.py [--rounds 3]

The database needs data first (``bench/seed.py``). The ways take turns, each in a process of its own, whose peak memory
is printed beside its time; the ratios are of the medians.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

AT = datetime(2026, 11, 21, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run took."""

    seconds: float
    megabytes: float
    rows: int


def _setup() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advocate.settings")
    django.setup()


def bare_copy(path: Path) -> int:
    """Copy out the report's own query with its raw columns, by PostgreSQL alone."""
    from django.db import connection

    from advocate.lib import db
    from rewards.exports.available_balances import available_balances

    query = available_balances({}, AT)
    select = db.Select(
        f"SELECT {', '.join(part.sql for part in query.columns.values())} FROM {query.source}", query.params
    )
    rows = 0
    with path.open("wb") as out, db.snapshot(), connection.cursor() as cursor:
        raw: Any = cursor
        with raw.copy(f"COPY ({select.sql}) TO STDOUT WITH (FORMAT csv)", select.params) as copy:
            for block in copy:
                rows += bytes(block).count(b"\n")
                out.write(block)
    return rows


def report(path: Path) -> int:
    """Write the report the way a job does."""
    from advocate.lib import db
    from advocate.lib.tabular import write_csv_lines, write_xlsx
    from jobs.tables import write_table
    from rewards.exports import AVAILABLE_BALANCES

    resource_ = AVAILABLE_BALANCES.resource(params={})
    with db.snapshot():
        if path.suffix == ".xlsx":
            with path.open("wb") as out:
                return write_xlsx(
                    out, sheet_name="Report", columns=resource_.columns(), rows=AVAILABLE_BALANCES.rows({}, AT)
                )
        if not db.is_postgres():
            rows = map(resource_.cells, AVAILABLE_BALANCES.rows({}, AT))
            return write_table(path, file_format="csv", title="", columns=resource_.columns(), rows=rows)
        count = 0
        with path.open("wb") as out:
            write_csv_lines(out, resource_.get_export_headers(), [])

            def write(row: bytes) -> None:
                nonlocal count
                count += 1
                out.write(row)

            assert AVAILABLE_BALANCES.csv is not None
            db.copy_as_csv(AVAILABLE_BALANCES.csv({}, AT), write)
        return count


def openpyxl_write_only(path: Path) -> int:
    """Write the same rows by openpyxl's write-only mode."""
    from openpyxl import Workbook

    from advocate.lib import db
    from advocate.lib.tabular import Amount
    from rewards.exports import AVAILABLE_BALANCES

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(AVAILABLE_BALANCES.resource(params={}).get_export_headers())
    count = 0
    with db.snapshot():
        for row in AVAILABLE_BALANCES.rows({}, AT):
            sheet.append([cell.minor / 10**cell.exponent if isinstance(cell, Amount) else cell for cell in row])
            count += 1
    book.save(path)
    return count


WAYS: dict[str, tuple[str, Callable[[Path], int]]] = {
    "copy": ("csv", bare_copy),
    "csv": ("csv", report),
    "xlsx": ("xlsx", report),
    "openpyxl": ("xlsx", openpyxl_write_only),
}


def run_one(way: str) -> None:
    """Do it one way and print seconds, megabytes and rows."""
    _setup()
    suffix, work = WAYS[way]
    with TemporaryDirectory() as folder:
        began = time.monotonic()
        rows = work(Path(folder) / f"report.{suffix}")
        seconds = time.monotonic() - began
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, rows)


def measured(way: str) -> Measured:
    """Run one way in a process of its own."""
    done = subprocess.run([sys.executable, __file__, "--way", way], check=True, capture_output=True, text=True)
    seconds, megabytes, rows = done.stdout.split()[-3:]
    return Measured(float(seconds), float(megabytes), int(rows))


def main() -> None:
    """Take turns, then print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--way", choices=WAYS)
    options = parser.parse_args()
    if options.way:
        run_one(options.way)
        return
    _setup()
    from advocate.lib import db

    ways = [way for way in WAYS if way != "copy" or db.is_postgres()]
    runs: dict[str, list[Measured]] = {way: [] for way in ways}
    for _ in range(options.rounds):
        for way in ways:
            runs[way].append(measured(way))
    medians = {way: statistics.median(run.seconds for run in found) for way, found in runs.items()}
    for way, found in runs.items():
        peak = max(run.megabytes for run in found)
        print(f"{way:>9}: {found[0].rows} rows  {medians[way]:7.2f} s  {peak:5.0f} MB at most")
    if "copy" in medians:
        print(f"CSV takes {medians['csv'] / medians['copy']:.2f} times the bare COPY")
    print(f"Excel is {medians['openpyxl'] / medians['xlsx']:.2f} times as quick as openpyxl's write-only mode")


if __name__ == "__main__":
    main()
