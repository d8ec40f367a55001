"""Which texts are codes already. Apps above that have codes of their own add themselves."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection

from django.db import connection

from advocate.lib import db

Finder = Callable[[Collection[str]], set[str]]


def codes_in(table: str, texts: Collection[str]) -> set[str]:
    """Return those of these texts in small letters that a table has as ``code``, whatever the case there."""
    statement = f"""
        SELECT v0 FROM {db.listed("text")} AS asked
        JOIN {table} AS known ON lower(known.code) = v0 {db.exact_collation()}
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps([[text] for text in texts])])
        return {row[0] for row in cursor.fetchall()}


def _referral_codes(texts: Collection[str]) -> set[str]:
    return codes_in("programs_referralcode", texts)


_finders: list[Finder] = [_referral_codes]


def register_codes(finder: Finder) -> None:
    """Have ``finder`` say which texts are codes, too; to be called from ``AppConfig.ready``."""
    if finder not in _finders:
        _finders.append(finder)


def taken_codes(texts: Collection[str]) -> set[str]:
    """Return those of these texts, in small letters, that nobody can have as a new code."""
    taken: set[str] = set()
    if texts:
        for find in _finders:
            taken |= find(texts)
    return taken
