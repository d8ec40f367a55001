"""
Measure upserts and look-ups of codes over HTTP under granian, against bare views with the same statements.

``DATABASE_URL=postgres://… python bench/api.py --participants 10000`` fills the database that the address names, which
should be a scratch one, starts both servers in turn, and prints the rates, the latencies at 32 clients, and the ratio.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import os
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


def fill(participants: int) -> str:
    """Make participants with a code each, up to so many, and return the secret of a key."""
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
    return create_api_key(name="Bench", scope="write", by=SYSTEM, at=at).secret


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


def hammer(port: int, secret: str, ask: Callable[[int], tuple[str, str, str]], seconds: float) -> dict[str, Any]:
    """Call for so long with all clients at once, and return the rate and the latencies in milliseconds."""
    authorization = "Basic " + base64.b64encode(f":{secret}".encode()).decode()
    headers = {"Authorization": authorization, "Content-Type": "application/json"}
    numbers = count()
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
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--participants", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--port", type=int, default=8380)
    chosen = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advocate.settings")
    sys.path.insert(0, str(ROOT))
    secret = fill(chosen.participants)
    total = chosen.participants

    def changing(number: int) -> tuple[str, str, str]:
        user = f"u{number * 7919 % total}"
        body = json.dumps({"id": user, "accountId": user, "firstName": f"Ada{number % 1000}"})
        return "PUT", f"/api/v1/default/open/account/{user}/user/{user}", body

    def repeating(number: int) -> tuple[str, str, str]:
        body = json.dumps({"id": "u1", "accountId": "u1", "firstName": "Ada"})
        return "PUT", "/api/v1/default/open/account/u1/user/u1", body

    def looking(number: int) -> tuple[str, str, str]:
        return "GET", f"/api/v1/default/open/code/Bu{number * 7919 % total}", ""

    calls = {"upsert that changes": changing, "upsert again": repeating, "code": looking}
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for turn in range(chosen.rounds):
        for place, (server, target) in enumerate(SERVERS.items()):
            port = chosen.port + place + 2 * (turn % 4)
            process = serve(target, port)
            try:
                for name, ask in calls.items():
                    hammer(port, secret, ask, 1)
                    found.setdefault((name, server), []).append(hammer(port, secret, ask, chosen.seconds))
            finally:
                process.terminate()
                process.wait(30)
    for name in calls:
        best = {server: statistics.median(one["per_second"] for one in found[name, server]) for server in SERVERS}
        tails = [round(one["p99_ms"] / one["median_ms"], 1) for one in found[name, "api"]]
        print(
            f"{name}: {best['api']} of {best['bare']} per second = {best['api'] / best['bare']:.2f}; p99/median {tails}"
        )
        for server in SERVERS:
            print(f"  {server}: {found[name, server]}")


if __name__ == "__main__":
    main()
