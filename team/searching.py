"""Changes by what a person types: how the name of what was changed begins, its ID, or who did it."""

from __future__ import annotations

from typing import Any, Final

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from advocate.lib.found import MOST_FOUND, Found, first_of
from advocate.lib.prefixes import ascii_lower, following
from team.models import AuditEntry

# Up to so many changes of objects whose names begin so, fetching and sorting them is quicker than to try the newest.
FEW_NAMED: Final = 20_000
MOST_VALUES: Final = 1_000


def search_changes(text: str, *, among: QuerySet[AuditEntry]) -> Found[AuditEntry]:
    """Return the changes, of those given, of an object of this ID, or whose name or doer begins with the text."""
    sought = text.replace("\x00", "").strip()
    if not sought:
        return Found(among)
    low = sought.lower()
    doers = [actor for actor in _values_of("actor") if actor.lower().startswith(low)]
    parts = (
        *(among.filter(actor=actor) for actor in doers),
        *(among.filter(object_type=kind, object_id=sought) for kind in _values_of("object_type")),
    )
    found = {row for part in parts for row in _newest(part)}
    found |= set(_named(among, ascii_lower(sought)))
    newest = [pk for _at, pk in sorted(found, reverse=True)]
    return first_of(newest, among=among, most=MOST_FOUND)


def _named(among: QuerySet[AuditEntry], low: str) -> list[tuple[Any, int]]:
    """Return the newest changes of what has a name that begins so."""
    entries = AuditEntry.objects.alias(low=Lower("object_label"))
    named = Q(low__gte=low, low__lt=following(low))
    few = list(entries.filter(named).values_list("pk", flat=True)[: FEW_NAMED + 1])
    if len(few) > FEW_NAMED:
        return _newest(among.alias(low=Lower("object_label")).filter(named))
    return _newest(among.filter(pk__in=few)) if few else []


def _newest(changes: QuerySet[AuditEntry]) -> list[tuple[Any, int]]:
    return list(changes.order_by("-at", "-pk").values_list("at", "pk")[: MOST_FOUND + 1])


def _values_of(column: str) -> list[str]:
    """Return the values that there are of a column, which are few; the index that begins with it leads to each next."""
    sql = f"""
        WITH RECURSIVE found(value) AS (
            SELECT MIN({column}) FROM team_auditentry
            UNION ALL
            SELECT (SELECT MIN({column}) FROM team_auditentry WHERE {column} > value) FROM found WHERE value IS NOT NULL
        )
        SELECT value FROM found WHERE value IS NOT NULL LIMIT {MOST_VALUES}
    """
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [value for (value,) in cursor.fetchall()]
