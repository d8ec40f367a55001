from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from jobs.types import OptionsForm
from programs.sent_values import SEGMENT_FORM


class SegmentsForm(OptionsForm):
    """A segment that all users of a file come into, and one that they leave."""

    add_segment = forms.CharField(
        label=_("Segment to add"), max_length=100, required=False, help_text=_("All users of the file come into it.")
    )
    remove_segment = forms.CharField(
        label=_("Segment to remove"), max_length=100, required=False, help_text=_("All users of the file leave it.")
    )

    def clean_add_segment(self) -> str:
        """Refuse what is no segment."""
        return self._segment("add_segment")

    def clean_remove_segment(self) -> str:
        """Refuse what is no segment."""
        return self._segment("remove_segment")

    def clean(self) -> dict[str, Any]:
        """Refuse the same segment in both fields."""
        cleaned = super().clean() or {}
        if cleaned.get("add_segment") and cleaned.get("add_segment") == cleaned.get("remove_segment"):
            self.add_error("remove_segment", _("This is the segment to add."))
        return cleaned

    def params(self) -> dict[str, Any]:
        """Return the segments given."""
        return {name: segment for name, segment in self.cleaned_data.items() if segment}

    def _segment(self, name: str) -> str:
        segment = str(self.cleaned_data[name])
        if segment and (segment.startswith("~") or not re.match(SEGMENT_FORM, segment)):
            raise ValidationError(_("A segment has no comma, and does not begin with a tilde."))
        return segment
