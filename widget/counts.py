from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from programs.models import Program


class Counted(models.TextChoices):
    """What is counted of a program's widgets."""

    LOADED = "loaded", _("Shown")
    SHARED = "shared", _("Shared")


class DailyCount(models.Model):
    """
    How often a program's widgets were shown, or something was shared from them by a medium, on a day.

    One row for each, however many participants there are: who they were is nobody's business here.
    """

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="widget_counts", db_index=False)
    day = models.DateField()
    kind = models.CharField(max_length=10, choices=Counted.choices)
    medium = models.CharField(max_length=20)
    count = models.PositiveBigIntegerField(default=1)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["program", "day", "kind", "medium"], name="widget_count_once"),
            models.CheckConstraint(condition=models.Q(kind__in=["loaded", "shared"]), name="widget_count_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.program} {self.day} {self.kind} {self.medium}: {self.count}"
