"""
Let everything happen to promo codes at once, round after round, and compare what is left with what must be.

    DATABASE_URL=postgres://… PYTHONPATH=. python bench/code_faults.py [--round mixed] [--minutes 10] [--clients 16]

A mixed round lets advocates join, codes arrive, be used (by several events at once), withdrawn and expire, the queue be
served and sets be repaired, all at the same moment on several connections, some of which are cut off in the middle of
their transaction. Then no code may be used twice or be anybody's second one, every set must be full or its advocate in
the queue, and each fall of the stock be mailed once.

In a round ``last-ten`` 64 advocates join at once where ten codes are left: ten get one, 54 wait, and one mail tells
that the stock is empty. In a round ``one-code`` 64 events use one code at once: one does, and its advocate gets
another. With ``--clients 64`` each is on a connection of its own.

The database must be made for this: it is migrated and filled.
Ends by itself after the minutes given; exit status 1 if a round failed.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache, partial
from typing import Any, Final

PEOPLE: Final = 20
EACH: Final = 3
CROWD: Final = 64
FEW: Final = 10
CONNECT_TRIES: Final = 12  # of five seconds each
REFUSALS: Final = {"CodeNotWithdrawable", "StockEmpty"}
CUT_OFF: Final = {"OperationalError", "InterfaceError"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--round", choices=sorted(ROUNDS), default="mixed")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advocate.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from promocodes import wake

    call_command("migrate", verbosity=0)
    wake.wake_worker = lambda *_args: None  # the rounds serve and check by themselves
    deadline = time.monotonic() + options.minutes * 60
    number, failed, seen = 0, 0, Counter[str]()
    while time.monotonic() < deadline:
        number += 1
        wrong = ROUNDS[options.round](random.Random(options.seed * 1_000_003 + number), options.clients, seen)
        if wrong:
            failed += 1
            print(f"round {number}: {'; '.join(wrong)}", flush=True)
        elif number % 100 == 0:
            print(f"round {number}: {dict(seen)}", flush=True)
    print(f"{number} rounds, {failed} failed: {dict(seen)}")
    sys.exit(1 if failed else 0)


def play(rng: random.Random, clients: int, seen: Counter[str]) -> list[str]:
    """Play one round and return what was wrong then."""
    from advocate.lib import clock
    from promocodes.models import PromoCode
    from promocodes.operations import check_stock, expire_codes, fill_set, repair_sets, serve_waiting

    at = clock.now()
    pool, people = new_pool(at, rng)
    for person in people[: PEOPLE // 2]:
        fill_set(pool=pool, participant=person, at=at)
    codes = list(PromoCode.objects.filter(pool=pool, state=PromoCode.State.ASSIGNED))
    PromoCode.objects.filter(pk__in=[code.pk for code in codes if rng.random() < 0.1]).update(expires_at=at)
    calls = calls_of(pool, people, codes, at, rng)
    rng.shuffle(calls)
    results = run_at_once(calls, clients, cuts=rng.random() < 0.5)
    # What the scheduler does each minute and each hour.
    expire_codes(at=at)
    serve_waiting(pool=pool, at=at)
    repair_sets(pool=pool, at=at)
    check_stock(pool=pool, at=at)
    names = Counter(type(one).__name__ if isinstance(one, Exception) else "done" for one in results)
    seen.update(names)
    strange = names.keys() - REFUSALS - CUT_OFF - {"done"}
    return [*(f"{names[name]} x {name}" for name in strange), *judge(pool, people, at)]


def last_ten(rng: random.Random, clients: int, seen: Counter[str]) -> list[str]:
    """Let more advocates join at once than there are codes."""
    from advocate.lib import clock
    from outbox.models import Email
    from promocodes.models import CodeHolder, PromoCode
    from promocodes.operations import check_stock, fill_set

    at = clock.now()
    pool, people = bare_pool(at, rng, people=CROWD, codes=FEW)
    results = run_at_once([partial(fill_set, pool=pool, participant=person, at=at) for person in people], clients)
    run_at_once([partial(check_stock, pool=pool, at=at) for _ in range(4)], 4)
    seen.update(str(getattr(one, "given", type(one).__name__)) for one in results)
    given = PromoCode.objects.filter(pool=pool, state=PromoCode.State.ASSIGNED)
    waiting = CodeHolder.objects.filter(pool=pool, waiting_since__isnull=False)
    checks = {
        "codes given": given.count() != FEW,
        "one person with two codes": given.values("participant").distinct().count() != FEW,
        "advocates who wait": waiting.count() != CROWD - FEW,
        "somebody who waits with a code": waiting.filter(participant__in=given.values("participant")).exists(),
        "mails": Email.objects.filter(to=f"{pool.program.key}@example.com").count() != 1,
        "answers": sum(getattr(one, "given", -CROWD) for one in results) != FEW,
    }
    return [what for what, is_wrong in checks.items() if is_wrong]


def one_code(rng: random.Random, clients: int, seen: Counter[str]) -> list[str]:
    """Let many events use one code at once."""
    from advocate.lib import clock
    from promocodes.models import CodeUse, PromoCode
    from promocodes.operations import fill_set, use_code

    at = clock.now()
    pool, (person,) = bare_pool(at, rng, people=1, codes=FEW)
    fill_set(pool=pool, participant=person, at=at)
    code = PromoCode.objects.get(pool=pool, participant=person)
    results = run_at_once([partial(use_code, code=code.code, key=f"o{n}", at=at) for n in range(CROWD)], clients)
    outcomes = Counter(str(getattr(one, "outcome", type(one).__name__)) for one in results)
    seen.update(outcomes)
    states = Counter(PromoCode.objects.filter(pool=pool).values_list("state", flat=True))
    state = PromoCode.State
    checks = {
        "outcomes": outcomes != {"used_now": 1, "used_by_another": CROWD - 1},
        "uses": CodeUse.objects.filter(code__pool=pool).count() != 1,
        "codes": states != {state.USED: 1, state.ASSIGNED: 1, state.STOCK: FEW - 2},
    }
    return [what for what, is_wrong in checks.items() if is_wrong]


ROUNDS: Final = {"mixed": play, "last-ten": last_ten, "one-code": one_code}


def bare_pool(at: Any, rng: random.Random, *, people: int, codes: int) -> tuple[Any, list[Any]]:
    """Add a program that is on with one code for each advocate, people of whom none has joined, and codes."""
    from programs.models import Participant, Program
    from promocodes.models import CodePool

    key = f"faults-{os.getpid()}-{rng.getrandbits(40):x}"
    program = Program.objects.create(key=key, name=key, status="live")
    mails = [f"{key}@example.com"]
    pool = CodePool.objects.create(program=program, codes_each=1, notify_emails=mails, switched_on_at=at)
    added = [Participant(account_id=key, user_id=f"{n}") for n in range(people)]
    add_codes(pool, codes, key, at)
    return CodePool.objects.get(pk=pool.pk), Participant.objects.bulk_create(added)


def new_pool(at: Any, rng: random.Random) -> tuple[Any, list[Any]]:
    """Add a program that is on, with people and some codes."""
    from programs.models import Participant, Program, ReferralCode
    from promocodes.models import CodePool

    key = f"faults-{os.getpid()}-{rng.getrandbits(40):x}"
    program = Program.objects.create(key=key, name=key, status="live")
    pool = CodePool.objects.create(
        program=program, codes_each=EACH, notify_at=20, notify_emails=[f"{key}@example.com"], switched_on_at=at
    )
    people = [Participant.objects.create(account_id=key, user_id=f"{n}") for n in range(PEOPLE)]
    for number, person in enumerate(people):
        ReferralCode.objects.create(code=f"{key}-ref{number}", program=program, participant=person)
    add_codes(pool, rng.randint(10, 80), key, at)
    return CodePool.objects.get(pk=pool.pk), people


def add_codes(pool: Any, count: int, prefix: str, at: Any) -> None:
    """Put codes into the pool as an upload does."""
    from django.db import transaction

    from promocodes.models import CodeBatch, CodePool, PromoCode

    with transaction.atomic():
        batch = CodeBatch.objects.create(pool=pool, name=prefix, code_count=count, created_at=at)
        codes = [PromoCode(pool=pool, batch=batch, code=f"{prefix}-{n}") for n in range(count)]
        made = PromoCode.objects.bulk_create(codes)
        CodePool.objects.filter(pk=pool.pk, first_id=None).update(first_id=made[0].pk, last_id=made[-1].pk)
        CodePool.objects.filter(pk=pool.pk, last_id__lt=made[-1].pk).update(last_id=made[-1].pk)


def calls_of(pool: Any, people: list[Any], codes: list[Any], at: Any, rng: random.Random) -> list[Callable[[], Any]]:
    """Return what is to happen at once."""
    from promocodes import operations
    from promocodes.operations import CodeOrigin
    from team.audit import SYSTEM

    new = f"{pool.program.key}-n"
    return [
        *(partial(operations.fill_set, pool=pool, participant=person, at=at) for person in people),
        *(partial(operations.use_code, code=one.code, key=f"o{n}", at=at) for one in codes for n in range(2)),
        *(
            partial(operations.withdraw_code, code=one, reason="leaked", by=SYSTEM, at=at)
            for one in codes
            if rng.random() < 0.3
        ),
        *(partial(operations.serve_waiting, pool=pool, at=at) for _ in range(4)),
        *(partial(add_codes, pool, rng.randint(1, 20), f"{new}{n}", at) for n in range(3)),
        *(
            partial(operations.give_code, pool=pool, participant=people[0], origin=CodeOrigin.POOL, by=SYSTEM, at=at)
            for _ in range(2)
        ),
        partial(operations.expire_codes, at=at),
        partial(operations.repair_sets, pool=pool, at=at),
        *(partial(operations.check_stock, pool=pool, at=at + timedelta(seconds=n)) for n in range(4)),
    ]


def run_at_once(calls: list[Callable[[], Any]], clients: int, *, cuts: bool = False) -> list[Any]:
    """Make the calls from several connections; with ``cuts`` the server ends some of these in the middle."""
    from advocate.lib import db

    start = threading.Barrier(clients)
    running = [crowd(clients).submit(client, start, calls[number::clients]) for number in range(clients)]
    while not all(one.done() for one in running):
        time.sleep(0.01)
        if cuts and db.is_postgres():
            time.sleep(0.04)
            cut_some_off()
    return [result for one in running for result in one.result()]


@cache
def crowd(clients: int) -> ThreadPoolExecutor:
    """Return threads that keep their connections from round to round, as opening 64 takes longer than a round."""
    return ThreadPoolExecutor(clients)


def client(start: threading.Barrier, calls: list[Callable[[], Any]]) -> list[Any]:
    """Make these calls one after another, from the moment on at which all others are ready, too."""
    from django.db import connection

    connect()
    start.wait()
    results: list[Any] = []
    for one in calls:
        try:
            results.append(one())
        except Exception as error:  # noqa: BLE001  # it is counted by its name
            results.append(error)
            connection.close()
            connect()  # it may have been cut off
    return results


def connect() -> None:
    """Open this thread's connection, however long a busy machine takes for so many at once."""
    from django.db import OperationalError, connection

    for _try in range(CONNECT_TRIES):
        try:
            connection.ensure_connection()
        except OperationalError:
            continue
        return


def cut_some_off() -> None:
    """Have the server end some of the connections that are at work."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle' AND random() < 0.1
        """)


def judge(pool: Any, people: list[Any], at: Any) -> list[str]:
    """Return what is not as it must be."""
    from django.db.models import Count, F

    from outbox.models import Email
    from promocodes.models import CodeHolder, CodePool, CodeUse, PromoCode

    state = PromoCode.State
    codes = PromoCode.objects.filter(pool=pool)
    uses = CodeUse.objects.filter(code__pool=pool)
    in_sets = codes.filter(state=state.ASSIGNED, is_extra=False).order_by()
    held = dict(in_sets.values("participant").annotate(n=Count("pk")).values_list("participant", "n"))
    holders = CodeHolder.objects.filter(pool=pool)
    waiting = set(holders.filter(waiting_since__isnull=False).values_list("participant", flat=True))
    short = {person.pk for person in people if held.get(person.pk, 0) < EACH}
    stock = codes.filter(state=state.STOCK).count()
    mails = Email.objects.filter(to=f"{pool.program.key}@example.com")
    level = CodePool.objects.get(pk=pool.pk).stock_level
    checks = {
        "codes used twice": uses.values("code").annotate(n=Count("pk")).filter(n__gt=1).exists(),
        "uses without a used code": uses.exclude(code__state=state.USED).exists(),
        "used codes without their use": codes.filter(state=state.USED).count() != uses.count(),
        "sets too large": any(count > EACH for count in held.values()),
        "somebody forgotten": bool(short - waiting),
        "somebody waits for nothing": bool(waiting - short),
        "codes in stock while somebody waits": bool(stock and short),
        "codes past their date not marked": codes.filter(state=state.ASSIGNED, expires_at__lte=at).exists(),
        "a batch that is not whole": pool.batches.annotate(n=Count("codes")).exclude(n=F("code_count")).exists(),
        "the level": level != ("empty" if not stock else "low" if stock <= pool.notify_at else "enough"),
        "mails": mails.values("name", "created_at").annotate(n=Count("pk")).filter(n__gt=1).exists(),
    }
    return [what for what, is_wrong in checks.items() if is_wrong]


if __name__ == "__main__":
    main()
