from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from team.operations import reencrypt_api_keys
from team.secrets import SecretLost


class Command(BaseCommand):
    """Finish a change of SECRET_KEY: afterwards the earlier one can leave SECRET_KEY_FALLBACKS."""

    help = "Encrypt the secrets of all API keys with the present SECRET_KEY."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Encrypt them again."""
        try:
            count = reencrypt_api_keys()
        except SecretLost as error:
            raise CommandError("A secret cannot be read. Put the earlier key into SECRET_KEY_FALLBACKS.") from error
        self.stdout.write(f"{count} API keys")
