"""What can be done to be rid of a widget or microsite, or to have it back."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from advocate.lib.admin import Action
from widget.models import Display
from widget.states import state_of


def way_out(display: Display) -> Action | None:
    """Return the button for it; those that came with a program stay."""
    if display.is_archived:
        return Action(_("Bring back"), reverse("admin:widget_display_bring_back", args=[display.pk]), icon="undo")
    if display.is_first:
        return None
    if state_of(display).current is not None:
        return Action(_("Archive"), reverse("admin:widget_display_archive", args=[display.pk]), icon="inbox")
    url = reverse("admin:widget_display_delete_draft", args=[display.pk])
    return Action(_("Delete"), url, danger=True, icon="trash")
