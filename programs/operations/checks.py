from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError
from team.audit import Change


class InvalidValue(DomainError):
    """A value that its field cannot hold; ``params["field"]`` is the field's name."""

    code = "invalid_value"
    message = _("%(label)s: %(reason)s")


def check_values(instance: Model, *, names: Collection[str]) -> None:
    """
    Refuse what the named fields cannot hold, before the database does so in its own words.

    :raises InvalidValue: names the first such field and the reason
    """
    for field in (field for field in instance._meta.concrete_fields if field.name in names):
        value = getattr(instance, field.attname)
        if _has_nul(value):
            reason = gettext("It contains a NUL character. Remove it and try again.")
            raise InvalidValue(field=field.name, label=field.verbose_name, reason=reason)
        try:
            field.clean(value, instance)
        except ValidationError as error:
            raise InvalidValue(field=field.name, label=field.verbose_name, reason=error.messages[0]) from error


def _has_nul(value: object) -> bool:
    """Say whether a text holds the one character that PostgreSQL cannot store, however deep in a JSON value."""
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, Mapping):
        return any(_has_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list | tuple) and any(_has_nul(part) for part in value)


def set_values(instance: Model, values: Mapping[str, Any]) -> dict[str, Change]:
    """Give the instance new values and return those that differ, as the audit list shows them."""
    changes = {}
    for name, after in values.items():
        before = getattr(instance, name)
        if before != after:
            changes[name] = Change(before, after)
            setattr(instance, name, after)
    return changes
