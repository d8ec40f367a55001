from __future__ import annotations

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from widget.languages import Language, language_of


class SignInForm(forms.Form):
    """The address that a code goes to."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


class CodeForm(forms.Form):
    """The code that was mailed."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}),
    )

    def clean_code(self) -> str:
        """Return the digits, as people write them in groups."""
        return str(self.cleaned_data["code"]).replace(" ", "").replace("-", "")


class JoinForm(SignInForm):
    """Who wants to become an advocate."""

    first_name = forms.CharField(
        label=_("First name"), max_length=255, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    last_name = forms.CharField(
        label=_("Last name"),
        max_length=255,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    consent = forms.BooleanField()

    field_order = ("first_name", "last_name", "email", "consent")

    def __init__(self, data: object, *, consent: str) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a request's POST, or nothing
        self.fields["consent"].label = consent
        if language_of(get_language()) == Language.CHINESE:  # whose family names come first
            self.order_fields(("last_name", "first_name", "email", "consent"))
