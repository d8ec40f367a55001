"""
Owe many mails, then deliver them to a mail server that takes all, and say how many a second.

    DATABASE_URL=postgres://… PYTHONPATH=. python bench/outbox.py 10000

It leaves its mails in the database: use one of its own.
"""

from __future__ import annotations

import os
import sys
import time
from random import Random
from typing import Any

import django
from aiosmtpd.controller import Controller

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advocate.settings")
os.environ["EMAIL_URL"] = "smtp://127.0.0.1:8179"
django.setup()

from django.core.management import call_command  # noqa: E402 (settings come first)
from django.db import connection, transaction  # noqa: E402

from advocate.lib.clock import now  # noqa: E402
from outbox.delivery import deliver_due_emails  # noqa: E402
from outbox.emails import render_email  # noqa: E402
from outbox.mailer import Mailer  # noqa: E402
from outbox.operations import owe_email  # noqa: E402


class Taker:
    async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802
        return "250 OK"


def measured(name: str, count: int, began: float) -> None:
    print(f"{connection.vendor}: {name} {count / (time.monotonic() - began):.0f} mails/s")


count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
call_command("migrate", interactive=False, verbosity=0)
message = render_email(name="test-mail", to="ada@example.com", context={"requester": "ada"})
began, at = time.monotonic(), now()
with transaction.atomic():
    for number in range(count):
        owe_email(key=f"bench-{at.isoformat()}-{number}", message=message, at=at)
    transaction.get_connection().run_on_commit.clear()  # nobody is to be woken
measured("owed", count, began)
server = Controller(Taker(), hostname="127.0.0.1", port=8179)
server.start()
began = time.monotonic()
with Mailer() as mailer:
    delivery = deliver_due_emails(mailer=mailer, clock=now, rng=Random(1), limit=min(count, 2000))
measured(f"delivered, {count} waiting,", delivery.sent, began)
server.stop()
