from __future__ import annotations

import secrets
import time


def new_public_id() -> str:
    """
    Return a new reward id of 24 hexadecimal digits, the form that shops' clients expect.

    The first 8 digits are the time, so that the ids of one day lie together in the index; the other 16 are random.
    """
    return f"{int(time.time()):08x}{secrets.token_hex(8)}"
