from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from advocate.lib import clock
from jobs.types import OptionsForm
from programs.models import Program


class ProgramField(forms.ModelChoiceField):  # type: ignore[type-arg]  # no subscript at run time
    """A program by its ID."""

    def __init__(self, **options: Any) -> None:
        programs = Program.objects.order_by("name", "pk")
        super().__init__(queryset=programs, to_field_name="key", label=_("Program"), **options)


class BatchForm(OptionsForm):
    """Into which pool codes come, and what is said of them."""

    program = ProgramField()
    batch = forms.CharField(
        label=_("Batch name"),
        max_length=150,
        required=False,
        help_text=_("By which you find these codes again. Empty: the name of the file."),
    )
    expires_on = forms.DateField(
        label=_("Last day of the codes"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("After it they are no longer given out and count no more. Empty: they do not expire."),
    )

    def clean_expires_on(self) -> Any:
        """Refuse a day that is over."""
        day = self.cleaned_data["expires_on"]
        if day is not None and day < clock.now().date():
            raise forms.ValidationError(_("This day is over."))
        return day

    def params(self) -> dict[str, Any]:
        """Return the program by its ID and the day as text."""
        chosen = self.cleaned_data
        day = chosen["expires_on"]
        return {**chosen, "program": chosen["program"].key, "expires_on": day.isoformat() if day else ""}
