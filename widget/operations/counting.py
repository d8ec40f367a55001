from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import connection

from widget.counts import Counted

# One statement, so that no count is lost between two that come at once.
ADD: Final = """
    INSERT INTO widget_dailycount (program_id, day, kind, medium, count)
    SELECT id, %s, %s, %s, 1 FROM programs_program WHERE key = %s
    ON CONFLICT (program_id, day, kind, medium) DO UPDATE SET count = widget_dailycount.count + 1
"""


def count(*, program_key: str, kind: Counted, medium: str, at: datetime) -> bool:
    """Count that a program's widget was shown or shared from, and return whether there is such a program."""
    if "\x00" in program_key:
        return False
    with connection.cursor() as cursor:
        cursor.execute(ADD, [at.date(), kind.value, medium, program_key])
        return bool(cursor.rowcount)
