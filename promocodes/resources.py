from __future__ import annotations

from jobs.resources import SetResource, TableField


class PromoCodeResource(SetResource):
    """The file of an upload of codes: one column."""

    code = TableField("code", width=24)
