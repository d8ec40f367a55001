from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    _CharField = models.CharField[str, str]
else:
    _CharField = models.CharField


class ExactCharField(_CharField):
    """
    Text that the database compares and sorts by its code points, on both engines.

    A company's ids and codes are such: ``abc`` and ``ABC`` differ, no language's rules apply, an index serves prefixes
    too, and ``Lower`` touches ASCII letters only.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        """Name the engine's own collation of bytes."""
        collation = "C" if connection.vendor == "postgresql" else "BINARY"
        return {**super().db_parameters(connection), "collation": collation}
