from __future__ import annotations

import secrets as randomness
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError
from team import secrets
from team.audit import Actor, Change, record
from team.models import ApiKey

USE_NOTED_EVERY = timedelta(minutes=1)


class ApiKeyMadeAlready(DomainError):
    """The same form came twice; the secret was in the answer to the first."""

    code = "api_key_made_already"
    message = _("“%(name)s” was created a moment ago. Its secret is not shown again: revoke it if you did not copy it.")


class ApiKeyRevoked(DomainError):
    """The key opens nothing any more."""

    code = "api_key_revoked"
    message = _("“%(name)s” was revoked before.")


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key with its secret, which nobody is told again."""

    key: ApiKey
    secret: str


@transaction.atomic
def create_api_key(*, name: str, scope: str, by: Actor, at: datetime, form_token: str | None = None) -> NewApiKey:
    """
    Make an API key; the same form sent twice makes one.

    :raises ApiKeyMadeAlready: if the form came before
    """
    secret = f"ak_{randomness.token_urlsafe(32)}"
    key = ApiKey(
        name=name.strip(),
        scope=ApiKey.Scope(scope),
        account_sid=f"AD{randomness.token_hex(12)}",
        secret_digest=secrets.digest(secret),
        secret_encrypted=secrets.encrypt(secret),
        form_token=form_token or None,
        created_by=by.label,
        created_at=at,
    )
    try:
        with transaction.atomic():
            key.save(force_insert=True)
    except IntegrityError as error:
        if form_token and (earlier := ApiKey.objects.filter(form_token=form_token).first()):
            raise ApiKeyMadeAlready(name=earlier.name) from error
        raise
    changes = {"name": Change(None, key.name), "scope": Change(None, key.scope)}
    record(by=by, action="api_key.created", target=key, at=at, changes=changes)
    return NewApiKey(key=key, secret=secret)


@transaction.atomic
def revoke_api_key(*, key: ApiKey, by: Actor, at: datetime) -> None:
    """
    Make a key worthless at once, and for good.

    :raises ApiKeyRevoked: if it was revoked before
    """
    if not ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=at):
        raise ApiKeyRevoked(name=key.name)
    key.refresh_from_db()
    changes = {"revoked_at": Change(None, at.isoformat(timespec="seconds"))}
    record(by=by, action="api_key.revoked", target=key, at=at, changes=changes)


def note_key_use(*, key: ApiKey, at: datetime) -> bool:
    """Note that a key was used and return whether it was written: once a minute, however busy the shop is."""
    since = at - USE_NOTED_EVERY
    if key.last_used_at is not None and key.last_used_at > since:
        return False
    due = Q(last_used_at__isnull=True) | Q(last_used_at__lte=since)
    return bool(ApiKey.objects.filter(due, pk=key.pk).update(last_used_at=at))


@transaction.atomic
def reencrypt_api_keys() -> int:
    """
    Encrypt every secret that can be read with the present key, and return how many that were.

    :raises SecretLost: if one cannot be read; nothing is changed then
    """
    keys = list(ApiKey.objects.select_for_update().filter(revoked_at__isnull=True).order_by("pk"))
    for key in keys:
        key.secret_encrypted = secrets.reencrypt(key.secret_encrypted)
    ApiKey.objects.bulk_update(keys, ["secret_encrypted"], batch_size=500)
    return len(keys)
