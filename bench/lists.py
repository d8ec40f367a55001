"""
Time every list, filter and search of the back office at millions of rows.

    DATABASE_URL=… python bench/lists.py [--people 1000000] [--codes 5000000] [--pairs] [--only promocode]

It fills an empty database first (a quarter of an hour at these sizes) and uses one that it filled before. Each time is
that of a whole answer, from the request to the last byte, in milliseconds, the best of a few: by the clock, and by the
processor time of this process and of PostgreSQL's that serves it, which is what to go by on a machine that others use.
The filters are those that the lists themselves offer, with --pairs also each two of them together. In the end it names
the answers above --limit.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

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

from bench.balance_import import Stopwatch  # noqa: E402
from bench.codes import load_codes  # noqa: E402
from bench.feeds import load_feeds  # noqa: E402
from bench.participants import load  # noqa: E402
from bench.unindexed import unindexed  # noqa: E402
from outbox.models import Email  # noqa: E402
from programs.models import Conversion, Participant, Referral, ReferralCode, SearchTerm  # noqa: E402
from promocodes.models import CodePool, CodeUse, PromoCode  # noqa: E402
from rewards.models import Reward  # noqa: E402
from team.models import AuditEntry, Role, User  # noqa: E402

SEARCHES = {
    "one common word": "maria",
    "two common words": "maria garcia",
    "two common words, rarely together": "maria kowalski",
    "a common and a rare word": "maria user-00012345",
    "half of all": "m",
    "a beginning": "ma",
    "two letters": "m s",
    "two beginnings": "ma sa",
    "three words": "jean baptiste li",
    "letters never together": "z ł",
    "a rare word": "bakadi",
    "part of a word": "brien",
    "an ID": "user-00012345",
    "all IDs": "user",
    "an account": "account-0004115",
    "the beginning of an e-mail": "bo1234",
    "a whole e-mail": "person12345@example.com",
    "the domain of all e-mails": "@example.com",
    "a Chinese family name": "王",
    "a Chinese given name": "小明",
    "a whole Chinese name": "王小明",
    "both Chinese names": "小明 王",
    "a Chinese and a common word": "account 王",
    "a referral code": "CODE0012345",
    "the beginning of referral codes": "code00123",
    "a promo code": "5FECEB66-0",
    "the beginning of promo codes": "5fec",
    "one letter of promo codes": "5",
    "an order": "ORDER-00012345",
    "a reward's ID": f"{12345:024x}",
    "nobody": "nobodyofthisname",
    "two words, nobody": "maria nobodyofthisname",
    "marks only": "--- ***",
}
PEOPLE = "/admin/programs/participant/"
CODES = "/admin/promocodes/promocode/"
HOLDERS = "/admin/promocodes/codeholder/"
SEARCHED = (
    PEOPLE,
    CODES,
    HOLDERS,
    "/admin/programs/referral/",
    "/admin/programs/conversion/",
    "/admin/rewards/reward/",
    "/admin/team/auditentry/",
    "/admin/outbox/email/",
    "/admin/search/?fragment=1",
)
FILTERED = SEARCHED[:-1]
PAGES = (
    "/admin/",
    f"{PEOPLE}1/change/",
    f"{PEOPLE}1/change/?tab=referrals",
    f"{PEOPLE}1/change/?tab=codes",
    f"{PEOPLE}1/change/?tab=activity",
    "/admin/programs/program/",
    "/admin/programs/program/1/change/",
    "/admin/programs/program/1/promo-codes/",
    "/admin/promocodes/upload/?program=1",
    "/admin/promocodes/codepool/",
    "/admin/promocodes/codepool/1/change/",
    "/admin/promocodes/codebatch/",
    "/admin/promocodes/codebatch/1/change/",
    f"{HOLDERS}of/1/",
    "/admin/jobs/job/",
)
SEARCHES_WITH_FILTERS = (
    f"{PEOPLE}?blocked=yes&q=ma",
    f"{PEOPLE}?blocked=yes&q=maria+garcia",
    f"{CODES}?state=stock&q=5",
    f"{CODES}?state=withdrawn&q=5",
    f"{CODES}?copied=yes&q=maria+garcia",
    f"{HOLDERS}?waiting=yes&q=maria+garcia",
    "/admin/programs/referral/?status=converted&q=maria+garcia",
    "/admin/rewards/reward/?status__exact=PENDING&q=maria+garcia",
)
LAST_PAGE = 200
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """How long a page took, and its queries."""

    path: str
    what: str
    clock: float
    busy: float
    queries: int

    def __str__(self) -> str:
        return f"{self.clock:8.0f} {self.busy:8.0f} {self.queries:4}  {self.path}  {self.what}"


class Pages:
    """The back office as a member with full access sees it."""

    def __init__(self) -> None:
        settings.ALLOWED_HOSTS = ["testserver"]
        member, _ = User.objects.get_or_create(email="bench@example.com", defaults={"role": Role.FULL_ACCESS})
        self.client = Client()
        self.client.force_login(member)
        self.answers: list[Answer] = []

    def take(self, path: str, what: str = "") -> None:
        """Ask for a page a few times and print how long that took."""
        with CaptureQueriesContext(connection) as captured:
            self._get(path)
        queries = len(captured)
        times = []
        for _ in range(ROUNDS):
            stopwatch = Stopwatch()
            self._get(path)
            times.append(stopwatch.read())
        clock, busy = (min(one[name] for one in times) * 1000 for name in ("seconds", "busy"))
        self.answers.append(Answer(path, what, clock, busy, queries))
        print(self.answers[-1], flush=True)

    def filters_of(self, path: str, *, pairs: bool) -> Iterator[str]:
        """Yield the addresses of a list with each choice of each filter that it offers, but for the default one."""
        shown = self._get(path).context_data["cl"]
        offered = [
            [choice["query_string"].lstrip("?") for choice in spec.choices(shown) if not choice["selected"]]
            for spec in shown.filter_specs
        ]
        yield from (f"{path}?{choice}" for choices in offered for choice in choices)
        for one, other in combinations(offered, 2) if pairs else ():
            yield from (f"{path}?{left}&{right}" for left in one for right in other)

    def _get(self, path: str) -> Any:
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer


def fill(people: int, codes: int) -> None:
    """Load what is not there yet."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
    everyone = (SearchTerm, ReferralCode, Referral)
    feeds = (Reward, Conversion, AuditEntry, Email)
    for tables, first, loading in (
        (everyone, Participant, lambda: load(people)),
        ((PromoCode, CodeUse), CodePool, lambda: load_codes(codes)),
        (feeds, Reward, lambda: load_feeds(people)),
    ):
        if not first.objects.exists():
            begin = time.monotonic()
            with unindexed(*tables):
                loading()
            names = ", ".join(table._meta.verbose_name_plural for table in tables)
            print(f"loaded {names} in {time.monotonic() - begin:.0f} s", flush=True)


def take_all(pages: Pages, *, only: str, pairs: bool) -> None:
    """Time everything whose address has ``only`` in it."""
    wanted: Sequence[str] = [path for path in SEARCHED if only in path]
    for path in (page for page in PAGES if only in page):
        pages.take(path)
    for path in (page for page in FILTERED if only in page):
        pages.take(path, "the list")
        pages.take(f"{path}?p={LAST_PAGE}", "its last page")
        for filtered in pages.filters_of(path, pairs=pairs):
            pages.take(filtered)
            if not pairs:
                pages.take(f"{filtered}&p={LAST_PAGE}")
    for path in wanted:
        for what, text in SEARCHES.items():
            pages.take(f"{path}{'&' if '?' in path else '?'}{urlencode({'q': text})}", what)
    for path in (page for page in SEARCHES_WITH_FILTERS if only in page):
        pages.take(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--codes", type=int, default=5_000_000)
    parser.add_argument("--limit", type=int, default=300, help="milliseconds that no answer should take")
    parser.add_argument("--pairs", action="store_true", help="also each two filters together")
    parser.add_argument("--only", default="", help="only the addresses that have this in them")
    asked = parser.parse_args()
    call_command("migrate", verbosity=0)
    fill(asked.people, asked.codes)
    print(f"{connection.vendor}, {Participant.objects.count():,} participants\n")
    print("   clock     busy queries")
    pages = Pages()
    take_all(pages, only=asked.only, pairs=asked.pairs)
    slow = sorted((one for one in pages.answers if one.busy > asked.limit), key=lambda one: -one.busy)
    print(f"\n{len(pages.answers)} answers, {len(slow)} took more than {asked.limit} ms of the processors")
    for one in slow:
        print(one)


if __name__ == "__main__":
    main()
