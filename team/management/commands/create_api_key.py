from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from advocate.lib.clock import now
from team.audit import SYSTEM
from team.models import ApiKey
from team.operations import create_api_key
from team.queries import company


class Command(BaseCommand):
    """Make an API key where nobody is at the page for it: in scripts and on the first start."""

    help = "Make an API key and print tenant alias, account SID and secret; the secret is not shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the name and what the key may do."""
        parser.add_argument("name")
        parser.add_argument("--scope", choices=ApiKey.Scope.values, default=ApiKey.Scope.READ.value)
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Make it."""
        name = options["name"].strip()
        if not 0 < len(name) <= ApiKey._meta.get_field("name").max_length:  # type: ignore[operator]
            raise CommandError("Give the key a name of up to 100 characters.")
        made = create_api_key(name=name, scope=options["scope"], by=SYSTEM, at=now())
        told = {
            "tenantAlias": company().tenant_alias,
            "accountSid": made.key.account_sid,
            "secret": made.secret,
            "name": made.key.name,
            "scope": made.key.scope,
        }
        if options["json"]:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        lines = [("Tenant alias", "tenantAlias"), ("Account SID", "accountSid"), ("Secret", "secret")]
        self.stdout.write("\n".join(f"{label:<14}{told[field]}" for label, field in lines))
