from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from advocate.lib.east_asian import full_name
from advocate.lib.fields import ExactCharField
from advocate.lib.money import format_amount
from jobs.models import StagedRow, staged_link


class StagedRedemption(StagedRow):
    """
    A row of an import of balances: what is to be redeemed from whose balance in which unit.

    ``amount`` is in the unit's smallest fraction. ``said_available`` and ``said_redeemed`` are what the report said
    that the file comes from; ``available`` is what there was when the row was read, set where that was something else.
    """

    account_id = ExactCharField(_("account ID"), max_length=255, default="")
    user_id = ExactCharField(_("user ID"), max_length=255, default="")
    email = models.CharField(_("e-mail"), max_length=255, default="")
    unit = staged_link("rewards.RewardUnit", _("unit"))
    amount = models.BigIntegerField(_("value"), default=0)
    participant = staged_link("programs.Participant", _("participant"))
    said_available = models.BigIntegerField(null=True, default=None)
    said_redeemed = models.BigIntegerField(null=True, default=None)
    available = models.BigIntegerField(null=True, default=None)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta(StagedRow.Meta):
        default_permissions = ()
        verbose_name = _("row")
        verbose_name_plural = _("rows")

    @property
    def shown_amount(self) -> str:
        """Return what is to be redeemed, with its unit; nothing where nothing is."""
        if self.unit is None or not self.amount:
            return ""
        return f"{format_amount(self.amount, self.unit.exponent)} {self.unit.key}"


class StagedReversal(StagedRow):
    """
    A row of an import that is to be undone, under its own number, with what is left to give back of it.

    ``amount`` is in the unit's smallest fraction.
    """

    account_id = ExactCharField(_("account ID"), max_length=255)
    user_id = ExactCharField(_("user ID"), max_length=255)
    participant = staged_link("programs.Participant", _("participant"), is_needed=True)
    unit = staged_link("rewards.RewardUnit", _("unit"), is_needed=True)
    amount = models.BigIntegerField(_("value"))

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta(StagedRow.Meta):
        default_permissions = ()
        verbose_name = _("row to undo")
        verbose_name_plural = _("rows to undo")
        permissions = [("undo_import", "Can undo imports")]

    @property
    def shown_amount(self) -> str:
        """Return what is to be given back, with its unit."""
        return f"{format_amount(self.amount, self.unit.exponent)} {self.unit.key}"


class StagedUser(StagedRow):
    """
    A row of an import of users; what the file leaves out, or leaves blank, is null and stays as it is.

    ``participant`` is who it is about, null if they are new.
    """

    pk = models.CompositePrimaryKey("job_id", "row_no")
    account_id = ExactCharField(_("account ID"), max_length=255, default="")
    user_id = ExactCharField(_("user ID"), max_length=255, default="")
    values = models.JSONField(null=True, default=None)
    add_segments = models.JSONField(null=True, default=None)
    remove_segments = models.JSONField(null=True, default=None)
    custom_fields = models.JSONField(null=True, default=None)
    custom_texts = models.JSONField(null=True, default=None)
    codes = models.JSONField(null=True, default=None)
    referred_by = models.JSONField(null=True, default=None)
    date_created = models.DateTimeField(null=True, default=None)
    participant = staged_link("programs.Participant", _("participant"))

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta(StagedRow.Meta):
        default_permissions = ()
        verbose_name = _("row")
        verbose_name_plural = _("rows")
        constraints: ClassVar[list[models.BaseConstraint]] = []

    @property
    def shown_name(self) -> str:
        """Return the name that the row gives, if any."""
        values = self.values or {}
        return full_name(first=values.get("first_name") or "", last=values.get("last_name") or "")

    @property
    def shown_effect(self) -> str:
        """Say whether the row is about somebody new; nothing of a refused row, which adds nobody."""
        if self.participant_id:
            return gettext("Known")
        return "" if self.state == self.State.REFUSED else gettext("New")
