from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from advocate.lib.fields import ExactCharField
from jobs.models import StagedRow, staged_link


class StagedCode(StagedRow):
    """
    A code that is to come into a pool: a row of an upload, or what the generator made.

    Uploads are large, so the row has no id of its own and no index but the one that every use of it needs.
    """

    pk = models.CompositePrimaryKey("job_id", "row_no")
    text = ExactCharField(_("code"), max_length=64, default="")

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta(StagedRow.Meta):
        default_permissions = ()
        verbose_name = _("row")
        verbose_name_plural = _("rows")
        constraints: ClassVar[list[models.BaseConstraint]] = []


class StagedWithdrawal(StagedRow):
    """A code that is to be withdrawn: a row of a file, or one of a batch."""

    pk = models.CompositePrimaryKey("job_id", "row_no")
    text = ExactCharField(_("code"), max_length=64, default="")
    promo_code = staged_link("promocodes.PromoCode", _("code"))

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta(StagedRow.Meta):
        default_permissions = ()
        verbose_name = _("row to withdraw")
        verbose_name_plural = _("rows to withdraw")
        constraints: ClassVar[list[models.BaseConstraint]] = []


class StagedSet(StagedRow):
    """An advocate whose set is to be filled when promo codes are switched on, or sets grow."""

    pk = models.CompositePrimaryKey("job_id", "row_no")
    participant = staged_link("programs.Participant", _("advocate"), is_needed=True)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta(StagedRow.Meta):
        default_permissions = ()
        verbose_name = _("set of codes")
        verbose_name_plural = _("sets of codes")
        constraints: ClassVar[list[models.BaseConstraint]] = []
