"""What PostgreSQL does for a statement: how much it reads tells of its plan what no time does."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection


def pages_read(sql: str, params: Any) -> int:
    """Run a statement and return how many pages of tables and indexes it read, each as often as it did."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
        (found,) = cursor.fetchone()
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def analyze(*tables: str) -> None:
    """Refresh what PostgreSQL knows of the tables."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ANALYZE {table}")
