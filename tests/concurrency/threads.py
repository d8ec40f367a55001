"""Do the same thing from many threads at the same moment, each with its own connection to the database."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection


def at_once(calls: list[Callable[[], Any]], *, threads: int = 16) -> list[Any]:
    """Run the calls on up to ``threads`` threads that start together; return each one's result or exception."""
    threads = min(threads, len(calls))
    barrier = Barrier(threads)

    def work(mine: list[tuple[int, Callable[[], Any]]]) -> list[tuple[int, Any]]:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=30)
            return [(number, _outcome(call)) for number, call in mine]
        finally:
            connection.close()

    shares = [list(enumerate(calls))[start::threads] for start in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        outcomes = [outcome for share in pool.map(work, shares) for outcome in share]
    return [outcome for _number, outcome in sorted(outcomes, key=lambda pair: pair[0])]


def _outcome(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception as error:  # noqa: BLE001  the test looks at it
        return error
