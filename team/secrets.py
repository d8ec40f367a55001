"""Secrets that are needed again as they are: encrypted with a key made from SECRET_KEY, so that a dump tells none."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

PURPOSE = b"team.secrets"


class SecretLost(Exception):
    """None of the keys in use opens it: SECRET_KEY was changed and the earlier one is not among the fallbacks."""


def encrypt(secret: str) -> str:
    """Return the secret as it is stored."""
    return _box().encrypt(secret.encode()).decode("ascii")


def decrypt(stored: str) -> str:
    """
    Return a stored secret as it was.

    :raises SecretLost: if no key opens it
    """
    try:
        return _box().decrypt(stored.encode("ascii")).decode()
    except InvalidToken as error:
        raise SecretLost from error


def reencrypt(stored: str) -> str:
    """
    Return a stored secret encrypted with the present key.

    :raises SecretLost: if no key opens it
    """
    return encrypt(decrypt(stored))


def digest(secret: str) -> str:
    """Return what a secret is found by; plain SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _box() -> MultiFernet:
    keys = [str(key).encode() for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.blake2b(key, key=PURPOSE, digest_size=32).digest())) for key in keys]
    )
