"""
Load a big demo and say how long it took and how much memory the process grew to.

    DATABASE_URL=postgres://… PYTHONPATH=. python bench/seed.py --participants 1000000 --rewards 3000000

The options are those of ``manage.py seed_demo``; the database is migrated first and must have no participants.
"""

from __future__ import annotations

import os
import resource
import sys
import time

import django
from django.core.management import call_command
from django.db import connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advocate.settings")
django.setup()
call_command("migrate", interactive=False, verbosity=0)
began = time.monotonic()
call_command("seed_demo", *sys.argv[1:])
megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{connection.vendor}: {time.monotonic() - began:.0f} s, {megabytes:.0f} MB at most")
