from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class RewardUnit(models.Model):
    """What rewards are counted in; amounts are integers in its smallest fraction, of which 10**exponent make one."""

    key = models.CharField(_("unit"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=100)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    exponent = models.PositiveSmallIntegerField(_("digits"), default=0)

    class Meta:
        verbose_name = _("reward unit")
        verbose_name_plural = _("reward units")

    def __str__(self) -> str:
        return self.key
