from __future__ import annotations

import time
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from advocate.lib.clock import now
from advocate.lib.errors import DomainError
from rewards.demo import Plan, load_demo


class Command(BaseCommand):
    """Load demo data."""

    help = (
        "Load believable demo data: a team, programs, units, a catalog, participants, codes, referrals, rewards and "
        "their redemptions. The same seed and instant make the same data in an empty database."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--seed", type=int, default=1, help="another seed, other data (default: 1)")
        parser.add_argument("--participants", type=_count, default=60, help="how many (default: 60)")
        parser.add_argument("--rewards", type=_count, default=250, help="how many (default: 250)")
        parser.add_argument("--at", type=_instant, help="the instant that the dates end at, such as 2026-03-14T12:00")
        parser.add_argument("--add", action="store_true", help="also where there are participants already")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load it and say what was made."""
        plan = Plan(
            participants=options["participants"],
            rewards=options["rewards"],
            seed=options["seed"],
            at=(options["at"] or now()).replace(microsecond=0),
        )
        if plan.rewards and not plan.participants:
            raise CommandError("Rewards need somebody to hold them: ask for at least 1 participant.")
        began = time.monotonic()
        try:
            loaded = load_demo(plan=plan, add=options["add"])
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["verbosity"] >= 1:
            for name, count in asdict(loaded).items():
                self.stdout.write(f"{count:>12,}  {name.replace('_', ' ')}")
            self.stdout.write(f"Loaded in {time.monotonic() - began:.1f} s.")


def _count(text: str) -> int:
    count = int(text)
    if not 0 <= count <= 100_000_000:
        raise ValueError
    return count


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
