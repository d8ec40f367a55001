from __future__ import annotations

from django import forms


class ReportTypes(forms.RadioSelect):
    """Choices as cards, each with a sentence."""

    hints = {"balances": "One row for each participant and unit.", "history": "Every reward that was ever given."}


class GalleryForm(forms.Form):
    """A field of every kind."""

    name = forms.CharField(help_text="Only your team sees it.")
    type = forms.ChoiceField(
        choices=[("balances", "Available balances"), ("history", "Reward history")],
        widget=ReportTypes,
        initial="balances",
    )
    format = forms.ChoiceField(choices=[("csv", "CSV"), ("xlsx", "Excel")])
    note = forms.CharField(widget=forms.Textarea, required=False)
    units = forms.MultipleChoiceField(
        choices=[("CASH/USD", "CASH/USD"), ("POINT", "POINT")], widget=forms.CheckboxSelectMultiple, required=False
    )
    all_or_nothing = forms.BooleanField(required=False, label="Import nothing if a row is refused")
    file = forms.FileField(help_text="CSV, TSV or XLSX, up to 100 MB.")
