"""
Time the lists, pages and searches of participants and of promo codes at millions of rows.

    DATABASE_URL=… python bench/lists.py [--rows 1000000] [--codes 5000000]

It fills an empty database first (minutes) and uses one that it filled before. Each time is the best of three, in
milliseconds; of a page it is the whole answer, from the request to the last byte.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import django

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advocate.settings")
os.environ.setdefault("LOG_LEVEL", "WARNING")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from bench.codes import load_codes  # noqa: E402
from bench.participants import load  # noqa: E402
from programs.models import Participant  # noqa: E402
from programs.queries import search_participants  # noqa: E402
from promocodes.models import CodePool  # noqa: E402
from team.models import Role, User  # noqa: E402

SEARCHES = (
    "maria",
    "maria garcia",
    "m",
    "ma",
    "m s",
    "ma sa",
    "zoe brien",
    "j smith",
    "jean baptiste li",
    "user-00012345",
    "account 王",
    "bo1234",
    "王",
    "小明 王",
    "nobody",
)
LIST = "/admin/programs/participant/"
CODES = "/admin/promocodes/promocode/"
PAGES = (
    LIST,
    f"{LIST}?p=200",
    f"{LIST}?blocked=yes",
    f"{LIST}?q=maria+garcia",
    f"{LIST}?q=user-00012345",
    f"{LIST}?q=ma&blocked=yes",
    f"{LIST}1/change/",
    f"{LIST}1/change/?tab=referrals",
    f"{LIST}1/change/?tab=codes",
    f"{LIST}1/change/?tab=activity",
    "/admin/programs/program/",
    "/admin/programs/program/1/change/",
    "/admin/search/?q=garcia&fragment=1",
    "/admin/search/?q=code00123&fragment=1",
    "/admin/",
    "/admin/programs/program/1/promo-codes/",
    "/admin/promocodes/upload/?program=1",
    "/admin/promocodes/codepool/",
    "/admin/promocodes/codepool/1/change/",
    "/admin/promocodes/codebatch/",
    "/admin/promocodes/codebatch/1/change/",
    "/admin/promocodes/codeholder/",
    "/admin/promocodes/codeholder/?waiting=yes",
    "/admin/promocodes/codeholder/?q=maria+garcia",
    "/admin/promocodes/codeholder/of/1/",
    f"{CODES}",
    f"{CODES}?p=200",
    f"{CODES}?state=used",
    f"{CODES}?state=stock&pool=1",
    f"{CODES}?state=withdrawn",
    f"{CODES}?kind=multi_use",
    f"{CODES}?copied=yes",
    f"{CODES}?copied=no&state=used",
    f"{CODES}?batch=1",
    f"{CODES}?batch=1&state=used",
    f"{CODES}?q=abc",
    f"{CODES}?q=abc0&state=stock",
    f"{CODES}?q=maria+garcia",
    "/admin/search/?q=abc&fragment=1",
)


def first_page(query: str) -> list[Participant]:
    return list(search_participants(query).participants.order_by("-created_at", "-id")[:50])


def best_of_three(work: Callable[[], Any]) -> float:
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return min(times) * 1000


def explain() -> None:
    """Print the plans of the list and of a participant's friends."""
    newest = Participant.objects.order_by("-created_at", "-id")[:50]
    friends = Participant.objects.get(pk=1).referrals_made.order_by("-date_started", "-id")[:26]
    for name, rows in (("list", newest), ("friends", friends)):
        print(f"\n{name}\n{rows.explain()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--codes", type=int, default=5_000_000)
    asked = parser.parse_args()
    rows = asked.rows
    call_command("migrate", verbosity=0)
    if not Participant.objects.exists():
        begin = time.perf_counter()
        load(rows)
        print(f"loaded {rows:,} participants in {time.perf_counter() - begin:.0f} s")
    if not CodePool.objects.exists():
        begin = time.perf_counter()
        load_codes(asked.codes)
        print(f"loaded {asked.codes:,} promo codes in {time.perf_counter() - begin:.0f} s")
    print(f"{connection.vendor}, {Participant.objects.count():,} participants\n")

    print("search, and a page of what it finds            ms")
    for query in SEARCHES:
        page = best_of_three(partial(first_page, query))
        print(f"{query:40}{page:10.1f}")

    settings.ALLOWED_HOSTS = ["testserver"]
    member, _ = User.objects.get_or_create(email="bench@example.com", defaults={"role": Role.FULL_ACCESS})
    client = Client()
    client.force_login(member)
    print("\npage                                            ms   queries")
    for path in PAGES:
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(path)
        queries = len(captured)
        assert answer.status_code == 200, (path, answer.status_code)
        print(f"{path:45}{best_of_three(partial(client.get, path)):8.1f}{queries:8}")
    explain()


if __name__ == "__main__":
    main()
