from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from advocate.lib.tabular import Cell
from jobs.types import ExportType, OptionsForm
from programs.models import Participant
from programs.resources import ParticipantResource

FETCHED_AT_ONCE = 2_000
FIELDS = (
    "account_id",
    "user_id",
    "first_name",
    "last_name",
    "email",
    "locale",
    "country_code",
    "referable",
    "date_blocked",
    "segments",
    "created_at",
)


class ParticipantsForm(OptionsForm):
    """Whom the participants report lists."""

    added_from = forms.DateField(
        label=_("Added from"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    added_to = forms.DateField(
        label=_("Added up to"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a span of time that ends before it begins."""
        cleaned = super().clean() or {}
        start, end = cleaned.get("added_from"), cleaned.get("added_to")
        if start and end and end < start:
            self.add_error("added_to", _("This is before the first day."))
        return cleaned

    def params(self) -> dict[str, Any]:
        """Return the days as ISO dates; blank ones are left out."""
        return {name: day.isoformat() for name, day in self.cleaned_data.items() if day}


def participant_rows(params: Mapping[str, Any], _at: datetime) -> Iterator[Sequence[Cell]]:
    """Yield the participants who were added within the days asked for, the first ones first."""
    found = Participant.objects.order_by("id")
    if start := params.get("added_from"):
        found = found.filter(created_at__gte=_midnight(start))
    if end := params.get("added_to"):
        found = found.filter(created_at__lt=_midnight(end) + timedelta(days=1))
    for row in found.values_list(*FIELDS).iterator(chunk_size=FETCHED_AT_ONCE):
        *texts, referable, blocked, segments, created = row
        yield (*texts, str(referable).lower(), _milliseconds(blocked), ",".join(segments), _milliseconds(created))


def _midnight(day: str) -> datetime:
    return timezone.make_aware(datetime.combine(date.fromisoformat(day), time.min))


def _milliseconds(instant: datetime | None) -> int | None:
    return None if instant is None else int(instant.timestamp() * 1000)


PARTICIPANTS = ExportType(
    slug="participants",
    label=_("Participants"),
    description=_("Everyone in your programs with their ids, names, e-mails and segments."),
    view_permission="programs.view_participant",
    resource=ParticipantResource,
    form=ParticipantsForm,
    rows=participant_rows,
    order=40,
)
