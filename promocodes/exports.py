"""The report of promo codes: where each is, whose, and which friend used it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django import forms
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from advocate.lib import db
from jobs.report_query import Instant, ReportQuery, Text, Whole
from jobs.types import ExportType, OptionsForm
from programs.models import Program
from promocodes.models import CodeBatch
from promocodes.queries.listing import STATES
from promocodes.resources import CodeReportResource

# A code that can be used once has one use; of a multi-use code the report tells how many there were.
SOURCE: Final = """promocodes_promocode AS code
JOIN promocodes_codepool AS pool ON pool.id = code.pool_id
JOIN programs_program AS program ON program.id = pool.program_id
LEFT JOIN promocodes_codebatch AS batch ON batch.id = code.batch_id
LEFT JOIN programs_participant AS advocate ON advocate.id = code.participant_id
LEFT JOIN promocodes_codeuse AS code_use ON code_use.code_id = code.id AND NOT code.is_multi_use
LEFT JOIN programs_referral AS referral ON referral.id = code_use.referral_id
LEFT JOIN programs_participant AS friend ON friend.id = COALESCE(code_use.friend_id, referral.referred_id)
WHERE code.state <> 9 {only}
ORDER BY code.id"""

STATE_NAMES: Final = {state.name.lower(): state for state in STATES}


class CodesForm(OptionsForm):
    """Which promo codes a report lists; nothing chosen means all."""

    program = forms.ModelChoiceField(
        label=_("Program"),
        queryset=Program.objects.filter(code_pool__isnull=False).order_by("name", "pk"),
        to_field_name="key",
        required=False,
        empty_label=_("All programs"),
    )
    batch = forms.ModelChoiceField(
        label=_("Batch"),
        queryset=CodeBatch.objects.select_related("pool__program").order_by("-created_at", "-pk"),
        required=False,
        empty_label=_("All batches"),
    )
    states = forms.MultipleChoiceField(
        label=_("Status"),
        choices=[(state.name.lower(), state.label) for state in STATES],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose none for all."),
    )

    def params(self) -> dict[str, Any]:
        """Return the program by its ID, the batch by its number and the states by their names."""
        program, batch = self.cleaned_data["program"], self.cleaned_data["batch"]
        return {
            "program": program.key if program else "",
            "batch": batch.pk if batch else None,
            "states": self.cleaned_data["states"],
        }


def promo_codes(params: Mapping[str, Any]) -> ReportQuery:
    """Return the query of the codes asked for, in the order of the report's columns."""
    only, values = _only(params)
    return ReportQuery(
        columns={
            "code": Text("code.code"),
            "program_id": Text("program.key"),
            "program_name": Text("program.name"),
            "kind": Text("CASE WHEN code.is_multi_use THEN 'MULTI_USE' ELSE 'ONE_TIME' END"),
            "state": Text(_state_name()),
            "advocate_user_id": Text("COALESCE(advocate.user_id, '')"),
            "advocate_account_id": Text("COALESCE(advocate.account_id, '')"),
            "advocate_email": Text("COALESCE(advocate.email, '')"),
            "assigned_at": Instant("code.assigned_at"),
            "copied_at": Instant("code.copied_at"),
            "used_at": Instant("code.used_at"),
            "uses": Whole("code.use_count"),
            "friend_user_id": Text("COALESCE(friend.user_id, '')"),
            "friend_account_id": Text("COALESCE(friend.account_id, '')"),
            "batch": Text("COALESCE(batch.name, '')"),
            "date_added": Instant("batch.created_at"),
            "withdrawn_at": Instant("code.withdrawn_at"),
            "expires_at": Instant("code.expires_at"),
        },
        source=SOURCE.format(only=only),
        params=values,
    )


def _state_name() -> str:
    cases = " ".join(f"WHEN {state.value} THEN '{state.name}'" for state in STATES)
    return f"CASE code.state {cases} END"


def _only(params: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Return the SQL, and its parameters, that keeps the codes asked for."""
    conditions, values = [], []
    if params.get("program"):
        conditions.append("AND program.key = %s")
        values.append(params["program"])
    if params.get("batch"):
        conditions.append("AND batch.id = %s AND code.id BETWEEN batch.first_id AND batch.last_id")
        values.append(params["batch"])
    states = [STATE_NAMES[name].value for name in params.get("states", []) if name in STATE_NAMES]
    if states:
        conditions.append(f"AND code.state IN ({', '.join(['%s'] * len(states))})")
        values += states
    return " ".join(conditions), values


def _rows(params: Mapping[str, Any], _at: datetime) -> Iterable[Any]:
    return promo_codes(params).rows()


def _csv(params: Mapping[str, Any], _at: datetime) -> db.Select:
    return promo_codes(params).csv()


def _estimate(params: Mapping[str, Any]) -> int | None:
    """Return how many codes came in the batches asked for; which are in what state is not known sooner."""
    if params.get("states"):
        return None
    batches = CodeBatch.objects.all()
    if params.get("program"):
        batches = batches.filter(pool__program__key=params["program"])
    if params.get("batch"):
        batches = batches.filter(pk=params["batch"])
    return batches.aggregate(codes=Sum("code_count"))["codes"] or None


PROMO_CODES = ExportType(
    slug="promo-codes",
    label=_("Promo codes"),
    description=_("Every promo code: where it is, whose, whether it was copied and used, and by which friend."),
    view_permission="promocodes.view_promocode",
    resource=CodeReportResource,
    form=CodesForm,
    rows=_rows,
    csv=_csv,
    estimate=_estimate,
    order=60,
)
