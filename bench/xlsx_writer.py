"""Compare write_xlsx with openpyxl on the balance report: PYTHONPATH=. python bench/xlsx_writer.py [rows]."""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

HEADER = [
    *("firstName", "lastName", "email", "dateBlocked", "unitName", "currency", "availableValue", "valueToRedeem"),
    *("totalRedeemedValue", "userId", "accountId", "unit", "segments"),
]
AMOUNTS = {"availableValue", "valueToRedeem", "totalRedeemedValue"}


def balances(rows: int, amount: Callable[[int], object]) -> Iterator[list[Any]]:
    for n in range(rows):
        person = [f"Ann{n % 5000}", f"Lee{n % 7000}", f"user{n}@example.com", None, "Cash", "USD"]
        values = [amount(n * 7 % 99_999), amount(0), amount(n % 313)]
        yield [*person, *values, f"user-{n:09d}", f"acct-{n:09d}", "CASH/USD", "vip"]


def with_ours(path: Path, rows: int) -> None:
    from advocate.lib.tabular import Amount, Column, write_xlsx  # each writer in a process of its own

    columns = [
        Column(name=name, kind="decimal" if name in AMOUNTS else "text", highlighted=name == "valueToRedeem")
        for name in HEADER
    ]
    with path.open("wb") as out:
        write_xlsx(out, sheet_name="Balances", columns=columns, rows=balances(rows, lambda minor: Amount(minor, 2)))


def with_openpyxl(path: Path, rows: int) -> None:
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Balances")
    sheet.append(HEADER)
    for row in balances(rows, lambda minor: minor / 100):
        sheet.append(row)
    workbook.save(path)


def measure(write: Callable[[Path, int], None], rows: int) -> tuple[float, float]:
    """Return the seconds and the peak megabytes of a writer in a process of its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_run, (write, rows))


def _run(write: Callable[[Path, int], None], rows: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "warm.xlsx", 100)
        start = perf_counter()
        write(Path(folder) / "report.xlsx", rows)
        seconds = perf_counter() - start
    status = Path("/proc/self/status").read_text()
    return seconds, int(status.split("VmHWM:")[1].split()[0]) / 1024


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    ours, theirs = measure(with_ours, rows), measure(with_openpyxl, rows)
    print(f"write_xlsx          {rows} rows  {ours[0]:6.2f} s  {ours[1]:5.0f} MB")
    print(f"openpyxl write-only {rows} rows  {theirs[0]:6.2f} s  {theirs[1]:5.0f} MB")
    print(f"ratio {theirs[0] / ours[0]:.1f}")


if __name__ == "__main__":
    main()
