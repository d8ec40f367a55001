from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection


def race(calls: Sequence[Callable[[], Any]], *, threads: int | None = None) -> list[Any]:
    """
    Make the calls at the same time, each on a connection of its own, and return what each returned or raised.

    With fewer ``threads`` than calls, each thread makes several calls one after another on its connection.
    """
    threads = min(threads or len(calls), len(calls))
    start = threading.Barrier(threads, timeout=60)

    def run(mine: Sequence[Callable[[], Any]]) -> list[Any]:
        try:
            connection.ensure_connection()
            start.wait()
            return [_outcome(call) for call in mine]
        except Exception as error:  # noqa: BLE001  # the test looks at it
            return [error] * len(mine)
        finally:
            connection.close()

    outcomes: list[Any] = [None] * len(calls)
    with ThreadPoolExecutor(threads) as pool:
        for number, share in enumerate(pool.map(run, [calls[number::threads] for number in range(threads)])):
            outcomes[number::threads] = share
    return outcomes


def _outcome(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception as error:  # noqa: BLE001  # the test looks at it
        return error
