from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, Generic, TypeVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from advocate.lib.tabular import ENCODINGS
from jobs.models import Job
from jobs.operations import ImportChoices
from jobs.types import ExportType, ImportType, JobType, OptionsForm

MEGABYTE = 2**20
ACCEPTED = ".csv,.tsv,.txt,.xlsx,.xlsm,.ods"
Kind = TypeVar("Kind", bound=JobType)


class StartForm(forms.Form, Generic[Kind]):
    """
    What every start of a report or import asks: which type, and that type's own options.

    ``form_token`` makes a form that is sent twice one job.
    """

    form_token = forms.CharField(widget=forms.HiddenInput, max_length=64)
    type = forms.ChoiceField(widget=forms.RadioSelect)

    def __init__(self, data: Any = None, files: Any = None, *, kinds: Sequence[Kind], chosen: str = "") -> None:
        first = kinds[0].slug if len(kinds) == 1 else ""
        initial = {"form_token": secrets.token_urlsafe(24), "type": chosen or first}
        super().__init__(data, files, initial=initial)
        self.kinds = {kind.slug: kind for kind in kinds}
        chooser: Any = self.fields["type"]
        chooser.choices = [(kind.slug, kind.label) for kind in kinds]
        chooser.widget.hints = {kind.slug: kind.description for kind in kinds}
        self.options = {kind.slug: self._options(kind) for kind in kinds if kind.form is not None}

    def is_valid(self) -> bool:
        """Say whether this form and the options of the chosen type are filled in right."""
        if not super().is_valid():
            return False
        options = self.options.get(self.cleaned_data["type"])
        return options is None or options.is_valid()

    @property
    def kind(self) -> Kind:
        """Return the type that was chosen."""
        return self.kinds[self.cleaned_data["type"]]

    def params(self) -> dict[str, Any]:
        """Return the chosen type's options as JSON can hold them."""
        options = self.options.get(self.cleaned_data["type"])
        return options.params() if options is not None else {}

    def _options(self, kind: Kind) -> OptionsForm:
        make = kind.form or OptionsForm
        chosen = self.is_bound and self.data.get("type") == kind.slug
        return make(self.data if chosen else None, prefix=kind.slug)


class ReportForm(StartForm[ExportType]):
    """Create Report."""

    name = forms.CharField(
        label=_("Report name"),
        max_length=200,
        required=False,
        help_text=_("So that you find it again. Empty: the report type and today's date."),
    )
    format = forms.ChoiceField(
        label=_("Format"), choices=Job.Format.choices, initial=Job.Format.CSV, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["type"].label = _("Report type")
        format_field: Any = self.fields["format"]
        format_field.widget.hints = {
            Job.Format.CSV: _("Opens in every spreadsheet program; best for other software."),
            Job.Format.XLSX: _("Ids stay text, amounts are numbers, the header stays in view."),
        }


class ImportForm(StartForm[ImportType]):
    """Import a file."""

    file = forms.FileField(
        label=_("Select File"),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        error_messages={"required": _("Choose a file."), "empty": _("This file is empty. Choose another one.")},
    )
    without_preview = forms.BooleanField(
        label=_("Start without preview"),
        required=False,
        help_text=_("The rows are applied as soon as they are checked. Otherwise you see first what would change."),
    )
    all_or_nothing = forms.BooleanField(
        label=_("All or nothing"),
        required=False,
        help_text=_("If a single row is refused, none is applied. Counts when starting without preview."),
    )
    encoding = forms.ChoiceField(label=_("Encoding"), required=False, choices=[("", _("Found automatically"))])
    separator = forms.ChoiceField(
        label=_("Separator"),
        required=False,
        choices=[("", _("Found automatically")), (",", _("Comma")), (";", _("Semicolon")), ("\t", _("Tab"))],
    )
    sheet = forms.CharField(
        label=_("Sheet"), required=False, max_length=100, help_text=_("The name of an Excel file's sheet.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["type"].label = _("Import Type")
        self.fields["file"].help_text = _("CSV, TSV or Excel (.xlsx), up to %(limit)s MB.") % {
            "limit": settings.IMPORT_MAX_BYTES // MEGABYTE
        }
        self.fields["without_preview"].initial = settings.IMPORT_WITHOUT_PREVIEW
        encoding: Any = self.fields["encoding"]
        encoding.choices = [*encoding.choices, *((name, name) for name in ENCODINGS)]

    def clean_separator(self) -> str:
        """Keep a tab, which stripping would take away."""
        return str(self.data.get(self.add_prefix("separator"), ""))

    def choices(self) -> ImportChoices:
        """Return how the file is to be imported."""
        reading = {name: self.cleaned_data[name] for name in ("encoding", "separator", "sheet")}
        return ImportChoices(
            without_preview=self.cleaned_data["without_preview"],
            all_or_nothing=self.cleaned_data["all_or_nothing"],
            reading={name: value for name, value in reading.items() if value},
        )

    @property
    def file_name(self) -> str:
        """Return the file's name as its owner calls it, without folders."""
        return PurePath(str(self.cleaned_data["file"].name)).name


class ConfirmForm(forms.Form):
    """How a checked import is confirmed."""

    all_or_nothing = forms.BooleanField(required=False)
    again = forms.BooleanField(required=False)
