"""
Measure upserts, look-ups of codes and reports of orders over HTTP under granian, against bare views with the same
statements, and how many orders one worker looks at in a second.

``DATABASE_URL=postgres://… python bench/api.py --participants 10000`` fills the database that the address names, which
should be a scratch one, starts both servers in turn, and prints the rates, the latencies at 32 clients, the ratios, and
the web server's processor time for each call. On a machine that others use, the ratio of processor times is the one to
go by.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import http.client
import json
import os
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SERVERS = {"api": "advocate.wsgi:application", "bare": "bench.bare_api:application"}
CLIENTS = 32
BATCH = 20_000
WORKED_OFF = 500


def fill(participants: int) -> tuple[str, str]:
    """Make participants with a code each, up to so many, and return the account SID and the secret of a key."""
    import django

    django.setup()
    from django.core.management import call_command

    from advocate.lib.clock import now
    from advocate.lib.db import analyze, batches, load_rows
    from programs.models import Participant, Program, ReferralCode
    from team.audit import SYSTEM
    from team.operations import create_api_key

    call_command("migrate", verbosity=0)
    at = now()
    program, _new = Program.objects.get_or_create(key="bench", defaults={"name": "Bench", "status": "live"})
    fields: tuple[str, ...]
    fields = ("account_id", "user_id", "first_name", "last_name", "email", "locale", "country_code", "referable")
    fields += ("block_reason", "image_url", "segments", "custom_fields", "referral_source", "created_at", "updated_at")
    first = Participant.objects.count()
    rows: Iterator[Any] = (
        (f"u{n}", f"u{n}", "Ada", "Byron", f"u{n}@example.com", "", "", True, "", "", [], {}, "", at, at)
        for n in range(first, participants)
    )
    for batch in batches(rows, BATCH):
        load_rows(Participant, fields, batch)
    ids = Participant.objects.filter(referral_codes__isnull=True).values_list("pk", "user_id").iterator()
    codes = ((f"B{user_id}", program.pk, pk, True, at) for pk, user_id in ids)
    for some in batches(codes, BATCH):
        load_rows(ReferralCode, ("code", "program", "participant", "is_primary", "created_at"), some)
    for model in (Participant, ReferralCode):
        analyze(model)
    made = create_api_key(name="Bench", scope="write", by=SYSTEM, at=at)
    return made.key.account_sid, made.secret


def work_off(orders: int) -> float:
    """Look at so many of the orders reported, as a worker does, and return how many that were in a second."""
    from advocate.lib.clock import now
    from programs.models import Conversion
    from rewards.attribution.conversions import work_off_conversion

    waiting = list(Conversion.objects.filter(status="queued").values_list("pk", flat=True)[:orders])
    began = time.monotonic()
    for conversion_id in waiting:
        work_off_conversion(conversion_id=conversion_id, at=now())
    return len(waiting) / (time.monotonic() - began)


def serve(target: str, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "granian", target, "--interface", "wsgi", "--http", "1", "--no-ws"]
    command += ["--port", str(port), "--workers", "2", "--blocking-threads", "4", "--log-level", "warning"]
    command += ["--workers-kill-timeout", "3"]
    process = subprocess.Popen(command, cwd=ROOT)
    for _ in range(300):
        time.sleep(0.2)
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/")
            connection.getresponse().read()
            return process
        except OSError:
            continue
    process.kill()
    raise SystemExit(f"{target} did not start")


def busy_seconds(pid: int) -> float:
    """Return the processor time that a process and its children have had."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if pid in {int(stat.parent.name), int(fields[1])}:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def hammer(
    server: subprocess.Popen[bytes],
    port: int,
    secret: str,
    ask: Callable[[int], tuple[str, str, str]],
    seconds: float,
) -> dict[str, Any]:
    """Call for so long with all clients at once, and return the rate and the latencies in milliseconds."""
    authorization = "Basic " + base64.b64encode(f":{secret}".encode()).decode()
    headers = {"Authorization": authorization, "Content-Type": "application/json"}
    numbers = count()
    busy = busy_seconds(server.pid)
    end = time.monotonic() + seconds

    def client(_number: int) -> list[float]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        took = []
        while (began := time.monotonic()) < end:
            method, address, body = ask(next(numbers))
            connection.request(method, address, body or None, headers)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                raise SystemExit(f"{address}: {answer.status} {text[:200]!r}")
            took.append((time.monotonic() - began) * 1000)
        connection.close()
        return took

    with ThreadPoolExecutor(CLIENTS) as pool:
        latencies = sorted(one for took in pool.map(client, range(CLIENTS)) for one in took)
    return {
        "per_second": round(len(latencies) / seconds),
        "median_ms": round(statistics.median(latencies), 1),
        "p99_ms": round(latencies[int(len(latencies) * 0.99)], 1),
        "busy_ms": round((busy_seconds(server.pid) - busy) * 1000 / len(latencies), 2),
    }


def show(found: dict[tuple[str, str], list[dict[str, Any]]]) -> None:
    """Print what was measured of each call."""
    for name in dict.fromkeys(name for name, _server in found):
        best = {server: statistics.median(one["per_second"] for one in found[name, server]) for server in SERVERS}
        tails = [round(one["p99_ms"] / one["median_ms"], 1) for one in found[name, "api"]]
        busy = {server: statistics.median(one["busy_ms"] for one in found[name, server]) for server in SERVERS}
        print(
            f"{name}: {best['api']} of {best['bare']} per second = {best['api'] / best['bare']:.2f}; p99/median {tails}"
        )
        print(f"  processor time {busy['api']} of {busy['bare']} ms = {busy['bare'] / busy['api']:.2f}")
        for server in SERVERS:
            print(f"  {server}: {found[name, server]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--participants", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--port", type=int, default=8380)
    chosen = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advocate.settings")
    sys.path.insert(0, str(ROOT))
    account_sid, secret = fill(chosen.participants)
    total = chosen.participants
    run, orders = secrets.token_hex(4), count()

    def changing(number: int) -> tuple[str, str, str]:
        user = f"u{number * 7919 % total}"
        body = json.dumps({"id": user, "accountId": user, "firstName": f"Ada{number % 1000}"})
        return "PUT", f"/api/v1/default/open/account/{user}/user/{user}", body

    def repeating(number: int) -> tuple[str, str, str]:
        body = json.dumps({"id": "u1", "accountId": "u1", "firstName": "Ada"})
        return "PUT", "/api/v1/default/open/account/u1/user/u1", body

    def looking(number: int) -> tuple[str, str, str]:
        return "GET", f"/api/v1/default/open/code/Bu{number * 7919 % total}", ""

    def reporting(number: int) -> tuple[str, str, str]:
        order = {"CampaignId": "bench", "EventTypeId": "1", "EventDate": "NOW", "OrderId": f"{run}-{next(orders)}"}
        whose = {"CustomerId": f"u{number * 7919 % total}", "OrderPromoCode": f"Bu{number * 104729 % total}"}
        body = json.dumps({**order, **whose, "Amount": "49.90", "CurrencyCode": "USD"})
        return "POST", f"/Advertisers/{account_sid}/Conversions", body

    calls = {"upsert that changes": changing, "upsert again": repeating, "code": looking, "order": reporting}
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for turn in range(chosen.rounds):
        for place, (server, target) in enumerate(SERVERS.items()):
            port = chosen.port + place + 2 * (turn % 4)
            process = serve(target, port)
            try:
                for name, ask in calls.items():
                    hammer(process, port, secret, ask, 3)
                    found.setdefault((name, server), []).append(hammer(process, port, secret, ask, chosen.seconds))
            finally:
                process.terminate()
                process.wait(30)
    show(found)
    print(f"orders looked at by one worker: {work_off(WORKED_OFF):.0f} per second")


if __name__ == "__main__":
    main()
