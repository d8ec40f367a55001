from __future__ import annotations

from typing import Any

from api.bodies import Reply


class CodeOut(Reply):
    """A code that a friend can use; the reward is described once the program promises one."""

    code: str
    date_created: int
    program_id: str
    referrer_name: str
    reward: dict[str, Any] | None
