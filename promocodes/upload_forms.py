"""The forms of the pages that bring codes in and take many out at once."""

from __future__ import annotations

import secrets
from pathlib import PurePath
from typing import Any, Final

from django import forms
from django.core.files.base import ContentFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from promocodes.forms import BatchForm, GenerateForm, WithdrawForm

ACCEPTED: Final = ".csv,.tsv,.txt,.xlsx,.xlsm,.ods"
MOST_PASTED: Final = 2_000_000  # below what Django lets a form without files be


class StartOnce(forms.Form):
    """What makes a form that is sent twice one job, and whether the job waits for a confirmation."""

    form_token = forms.CharField(widget=forms.HiddenInput, max_length=64)
    without_preview = forms.BooleanField(
        label=_("Start without preview"),
        required=False,
        help_text=_(
            "The good codes come into stock as soon as they are checked. Otherwise you see first which they are."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["form_token"].initial = secrets.token_urlsafe(24)


class HeaderForm(forms.Form):
    """What the first row of a list of codes is."""

    header = forms.ChoiceField(
        label=_("First row"),
        required=False,
        choices=[("", _("Found automatically")), ("yes", _("The name of the column")), ("no", _("A code"))],
        help_text=_("The preview says what it was taken for."),
    )


class CodeFile(forms.Form):
    """A file of codes."""

    file = forms.FileField(
        label=_("Select File"),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        error_messages={"required": _("Choose a file."), "empty": _("This file is empty. Choose another one.")},
        help_text=_("CSV, Excel (.xlsx), OpenDocument (.ods), TSV or plain text; up to 5,000,000 codes."),
    )

    @property
    def file_name(self) -> str:
        """Return the file's name as its owner calls it, without folders."""
        return PurePath(str(self.cleaned_data["file"].name)).name


class UploadForm(StartOnce, HeaderForm, BatchForm, CodeFile):
    """Upload codes by a file."""


class PasteForm(StartOnce, HeaderForm, BatchForm):
    """Upload codes that are pasted."""

    codes = forms.CharField(
        label=_("Codes"),
        max_length=MOST_PASTED,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false", "autocapitalize": "off", "class": "mono"}),
        error_messages={"required": _("Paste the codes, one in each line.")},
        help_text=_("One in each line, as copied from a column of a spreadsheet. For more than 100,000 take a file."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["batch"].help_text = _("By which you find these codes again. Empty: “Pasted codes”.")

    @property
    def file(self) -> ContentFile[bytes]:
        """Return the lines as a file, which the job keeps as any other."""
        return ContentFile(self.cleaned_data["codes"].encode(), name=self.file_name)

    @property
    def file_name(self) -> str:
        """Return what the pasted lines are called."""
        name = gettext("Pasted codes")  # which is not found inside of an f-string
        return f"{name}.txt"


class MakeForm(StartOnce, GenerateForm):
    """Generate codes."""


class WithdrawFileForm(HeaderForm, WithdrawForm, CodeFile):
    """Withdraw the codes of a file."""
