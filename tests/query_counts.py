"""
How many queries each page makes, as committed in ``query_counts.json``.

``UPDATE_QUERY_COUNTS=1 pytest …`` writes what it finds, so that a review sees the difference.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection
from django.test.utils import CaptureQueriesContext

BASELINE = Path(__file__).with_suffix(".json")
MOST = 12


@contextmanager
def counted_queries(page: str, *, most: int = MOST, baseline: Path = BASELINE) -> Iterator[None]:
    """
    Expect what happens inside to make as many queries as the baseline says for ``page``, and ``most`` at most.

    ``page`` names the app, the page and its state, as in ``programs.participant list``. Give the page as many rows as
    a query for each of them would show.
    """
    with CaptureQueriesContext(connection) as captured:
        yield
    queries = "\n".join(query["sql"][:300] for query in captured.captured_queries)
    count = len(captured)
    assert count <= most, f"{page} makes {count} queries, {most} are allowed:\n{queries}"
    counts = json.loads(baseline.read_text(encoding="utf-8")) if baseline.exists() else {}
    if os.environ.get("UPDATE_QUERY_COUNTS") == "1":
        counts[page] = count
        baseline.write_text(json.dumps(counts, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    assert counts.get(page) == count, (
        f"{page} makes {count} queries, the baseline says {counts.get(page)}. "
        f"Meant so? Run it with UPDATE_QUERY_COUNTS=1.\n{queries}"
    )
