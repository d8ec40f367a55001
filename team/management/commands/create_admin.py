from __future__ import annotations

import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from advocate.lib.clock import now
from advocate.lib.errors import DomainError
from team.operations import create_admin


class Command(BaseCommand):
    """Add a member with Full access: for the first start, and for a company that has locked itself out."""

    help = "Add a member with Full access and print their password."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address, and a password where a random one is not wanted."""
        parser.add_argument("email")
        parser.add_argument("--password", default="", help="made at random if it is not given")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Add them."""
        password = options["password"] or secrets.token_urlsafe(12)
        try:
            validate_email(options["email"])
            member = create_admin(email=options["email"], password=password, at=now())
        except ValidationError as error:
            raise CommandError(f"{options['email']!r} is not an e-mail address.") from error
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"E-mail    {member.email}\nPassword  {password}")
