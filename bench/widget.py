"""
Measure loading a widget (upsert and render) over HTTP under granian, against a plain upsert of the same users.

``DATABASE_URL=postgres://… python bench/widget.py --participants 10000`` fills the database that the address names,
which should be a scratch one, and prints the rates and how much slower a load is; call it again with more participants.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BATCH = 20_000
CODES_EACH = 5


def complete() -> None:
    """Give every participant a share link and a set of promo codes, and the program its widget."""
    from advocate.lib.clock import now
    from advocate.lib.db import analyze, batches, load_rows
    from programs.models import Program, ReferralCode, ShareLink
    from promocodes.models import CodeBatch, CodePool, PromoCode
    from widget.models import DisplayVersion
    from widget.operations import make_displays

    at = now()
    program = Program.objects.get(key="bench")
    lacking = ReferralCode.objects.filter(share_links__isnull=True).values_list("pk", "participant_id").iterator()
    pool, _new = CodePool.objects.get_or_create(program=program, defaults={"switched_on_at": at, "on_widgets": True})
    batch, _new = CodeBatch.objects.get_or_create(pool=pool, name="Bench", source=CodeBatch.Source.MANUAL)
    state = PromoCode.State.ASSIGNED
    fields = ("pool", "batch", "code", "state", "is_multi_use", "is_extra", "participant", "use_count", "assigned_at")
    for some in batches(lacking, BATCH):
        load_rows(ShareLink, ("slug", "code", "clicks", "created_at"), ((f"b{pk}", pk, 0, at) for pk, _owner in some))
        codes = (
            (pool.pk, batch.pk, f"P{owner}-{number}", state, False, False, owner, 0, at)
            for _pk, owner in some
            for number in range(CODES_EACH)
        )
        load_rows(PromoCode, fields, codes)
    for model in (ShareLink, PromoCode):
        analyze(model)
    make_displays(program=program, at=at)
    types = ("hero", "promo_codes", "share_link", "statistics", "rewards", "referrals")
    parts = [{"id": key, "type": key, "texts": {}, "settings": {}} for key in types]
    DisplayVersion.objects.filter(display__program=program, is_current=True).update(components=parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--participants", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--port", type=int, default=8390)
    chosen = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advocate.settings")
    sys.path.insert(0, str(ROOT))
    from bench.api import SERVERS, fill, hammer, serve

    _sid, secret = fill(chosen.participants)
    complete()

    def body(number: int) -> tuple[str, str]:
        user = f"u{number * 7919 % chosen.participants}"
        return f"account/{user}/user/{user}", json.dumps({"id": user, "accountId": user, "firstName": "Ada"})

    def upserting(number: int) -> tuple[str, str, str]:
        address, sent = body(number)
        return "PUT", f"/api/v1/default/open/{address}", sent

    def loading(number: int) -> tuple[str, str, str]:
        address, sent = body(number)
        return "PUT", f"/api/v1/default/widget/{address}/upsert?engagementMedium=EMBED", sent

    found: dict[str, list[dict[str, Any]]] = {"upsert": [], "load": []}
    server = serve(SERVERS["api"], chosen.port)
    try:
        for _round in range(chosen.rounds):
            for name, ask in (("upsert", upserting), ("load", loading)):
                found[name].append(hammer(server, chosen.port, secret, ask, chosen.seconds))
    finally:
        server.terminate()
        server.wait(30)
    rates = {name: statistics.median(one["per_second"] for one in runs) for name, runs in found.items()}
    print(
        f"{chosen.participants} participants: {rates['load']} loads and {rates['upsert']} upserts per second; "
        f"a load takes {rates['upsert'] / rates['load']:.2f} times as long"
    )
    for name, runs in found.items():
        print(f"  {name}: {runs}")


if __name__ == "__main__":
    main()
