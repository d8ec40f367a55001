from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from advocate.lib.db import load_rows
from team.models import ApiKey, AuditEntry, User


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a member of the team, an API key or the product itself."""

    label: str
    user_id: int | None = None

    @classmethod
    def of(cls, user: User) -> Actor:
        """Return the actor that a logged-in member is."""
        return cls(label=user.email, user_id=user.pk)

    @classmethod
    def of_key(cls, key: ApiKey) -> Actor:
        """Return the actor that an API key is; it has no member behind it."""
        return cls(label=f"API key {key.name} ({key.account_sid})")


SYSTEM = Actor(label="system")
RECORDED = ("at", "user", "actor", "action", "object_type", "object_id", "object_label", "changes")


@dataclass(frozen=True, slots=True)
class Change:
    """What one field was and is, as values that JSON can hold."""

    before: Any
    after: Any


def record(
    *, by: Actor, action: str, target: Model, at: datetime, changes: Mapping[str, Change] | None = None
) -> AuditEntry:
    """
    Write who did what to ``target``, in the caller's transaction.

    ``action`` is a stable code such as ``reward.cancelled``, translated where it is shown.
    """
    return AuditEntry.objects.create(
        at=at,
        user_id=by.user_id,
        actor=by.label,
        action=action,
        object_type=target._meta.label_lower,
        object_id=str(target.pk),
        object_label=str(target)[:255],
        changes={name: [change.before, change.after] for name, change in (changes or {}).items()},
    )


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done to one of many objects of a kind; ``label`` is what the object is called."""

    action: str
    object_id: int
    label: str
    changes: Mapping[str, Change]


def record_many(*, by: Actor, model: type[Model], at: datetime, deeds: Iterable[Deed]) -> int:
    """Write what was done to many objects of a kind, in their order and the caller's transaction; return how many."""
    rows = (
        (
            at,
            by.user_id,
            by.label,
            deed.action,
            model._meta.label_lower,
            str(deed.object_id),
            deed.label[:255],
            {name: [change.before, change.after] for name, change in deed.changes.items()},
        )
        for deed in deeds
    )
    return load_rows(AuditEntry, RECORDED, rows)


@dataclass(frozen=True, slots=True)
class ReadableChange:
    """One field of an entry as people read it."""

    field: str
    before: str
    after: str


# What entries name that no model has as a field, so that it is collected.
FIELDS_OF_NO_MODEL = (gettext_noop("Blocked"), gettext_noop("Count"))
LANGUAGE_FIELDS = frozenset({"language", "default_language"})
_action_names: dict[str, str | Promise] = {}
_own_labels: set[tuple[str, str]] = set()


def name_action(action: str, name: str | Promise) -> None:
    """Say what a code such as ``reward.cancelled`` reads like, as in “Reward cancelled”; for ``AppConfig.ready``."""
    _action_names[action] = name


def action_name(action: str) -> str:
    """Return what a code reads like; one that no app named is made readable as it is."""
    return str(_action_names.get(action) or capfirst(action.replace(".", " ").replace("_", " ")))


def action_names() -> list[tuple[str, str]]:
    """Return the named codes with what they read like, in its order."""
    return sorted(((code, str(name)) for code, name in _action_names.items()), key=lambda pair: pair[1])


def name_label(object_type: str, label: str) -> None:
    """Say that objects of a type are called so by us, marked with ``gettext_noop``, until somebody renames them."""
    _own_labels.add((object_type, label))


def readable_label(entry: AuditEntry) -> str:
    """Return what the object was called; a name of ours is in the reader's language."""
    is_ours = (entry.object_type, entry.object_label) in _own_labels
    return _(entry.object_label) if is_ours else entry.object_label


def readable_changes(entry: AuditEntry) -> list[ReadableChange]:
    """Return what an entry changed, with the fields and choices named as on the pages."""
    return [
        ReadableChange(
            field=_field_name(entry.object_type, name),
            before=_readable(entry.object_type, name, before),
            after=_readable(entry.object_type, name, after),
        )
        for name, (before, after) in entry.changes.items()
    ]


def _field_of(object_type: str, name: str) -> Any:
    try:
        return apps.get_model(object_type)._meta.get_field(name)
    except (LookupError, ValueError, FieldDoesNotExist):
        return None  # a model or field of an older version; its entries stay


def _field_name(object_type: str, name: str) -> str:
    field = _field_of(object_type, name)
    if field is None:
        return _(capfirst(name.replace("_", " ")))
    return capfirst(str(field.verbose_name))


def _readable(object_type: str, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if value is None or value == "":
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if not isinstance(value, str | int):
        return json.dumps(value, ensure_ascii=False)
    if name in LANGUAGE_FIELDS:
        return dict(settings.LANGUAGES).get(str(value), str(value))
    choices = getattr(_field_of(object_type, name), "flatchoices", None) or []
    return str(dict(choices).get(value, value))
