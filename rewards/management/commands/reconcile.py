from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from rewards.imports import LEDGER_TYPES
from rewards.reconciliation import find_differences


class Command(BaseCommand):
    """Compare counters with the ledger; the exit status is 1 if they differ."""

    help = "Prove that every reward and every import of balances agrees with the ledger's entries."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the form of the answer."""
        parser.add_argument("--json", action="store_true", help="print the differences as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        """List the differences, if there are any."""
        differences = find_differences(types=LEDGER_TYPES)
        if options["json"]:
            self.stdout.write(json.dumps({"differences": [asdict(one) for one in differences]}, indent=2))
        elif not differences:
            self.stdout.write("Every reward and every import agrees with the ledger.")
        else:
            for one in differences:
                self.stdout.write(
                    f"{one.kind} {one.id}: {one.what} is {one.counted}, but its entries add up to {one.entered}"
                )
        if differences:
            sys.exit(1)
