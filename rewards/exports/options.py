from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from advocate.lib import db
from jobs.types import OptionsForm
from programs.models import Program
from rewards.models import RewardUnit


class UnitsForm(OptionsForm):
    """Which units a report is about; none chosen means all."""

    units = forms.ModelMultipleChoiceField(
        label=_("Reward units"),
        queryset=RewardUnit.objects.order_by("key"),
        to_field_name="key",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose none for all units."),
        error_messages={"invalid_choice": _("There is no reward unit “%(value)s”. Choose one from the list.")},
    )

    def params(self) -> dict[str, Any]:
        """Return the units by their ids, which say more in a list of jobs than numbers."""
        return {"units": [unit.key for unit in self.cleaned_data["units"]]}


class ProgramsForm(OptionsForm):
    """Which programs a report is about; none chosen means all."""

    programs = forms.ModelMultipleChoiceField(
        label=_("Programs"),
        queryset=Program.objects.order_by("name", "pk"),
        to_field_name="key",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose none for all programs."),
        error_messages={"invalid_choice": _("There is no program “%(value)s”. Choose one from the list.")},
    )

    def params(self) -> dict[str, Any]:
        """Return the programs by their ids, by which shops know them, too."""
        return {"programs": [program.key for program in self.cleaned_data["programs"]]}


def program_filter(column: str, programs: list[str]) -> tuple[str, list[str]]:
    """Return the SQL, and its parameters, that keeps these programs; no program keeps all."""
    return (f"AND {column} IN ({', '.join(['%s'] * len(programs))})", programs) if programs else ("", [])


def unit_filter(column: str, units: list[str]) -> tuple[str, list[str]]:
    """Return the SQL, and its parameters, that keeps rewards in these units; no unit keeps all."""
    if not units:
        return "", []
    places = ", ".join(["%s"] * len(units))
    return f"AND {column} IN (SELECT id FROM rewards_rewardunit WHERE key IN ({places}))", units


def period_filter(params: Mapping[str, Any], *, created: str, updated: str) -> tuple[str, list[Any]]:
    """
    Return the SQL, and its parameters, that keeps what was made or changed within the options' period.

    ``created`` and ``updated`` are the SQL of the two instants; an end of the period is not in it.
    """
    conditions = {
        "created_since": f"{created} >= %s",
        "created_before": f"{created} < %s",
        "updated_since": f"{updated} >= %s",
        "updated_before": f"{updated} < %s",
        "created_or_updated_since": f"({created} >= %s OR {updated} >= %s)",
        "created_or_updated_before": f"({created} < %s OR {updated} < %s)",
    }
    asked = {name: parse_datetime(str(params[name])) for name in conditions if params.get(name)}
    sql = "".join(f" AND {conditions[name]}" for name in asked)
    instants = [db.instant_param(at) for name, at in asked.items() if at for _ in range(conditions[name].count("%s"))]
    return sql, instants
