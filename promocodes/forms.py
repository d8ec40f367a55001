from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from advocate.lib import clock
from advocate.lib.errors import DomainError
from jobs.types import OptionsForm
from programs.forms import AddCodeForm
from programs.models import Program
from promocodes.code_import.errors import BadPattern
from promocodes.code_import.patterns import (
    ALPHABET_LABELS,
    ALPHABETS,
    CLEAR,
    MOST_CODES,
    RANDOM,
    CodePattern,
    check_pattern,
)
from promocodes.models import CODE_FORM, CodeBatch, CodePool
from promocodes.operations import CodeOrigin

NOT_A_NUMBER: Final = ("required", "invalid", "min_value", "max_value")


class ProgramField(forms.ModelChoiceField):  # type: ignore[type-arg]  # no subscript at run time
    """A program by its ID."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            queryset=Program.objects.order_by("name", "pk"),
            to_field_name="key",
            label=_("Program"),
            empty_label=_("Choose a program…"),
            error_messages={"required": _("Choose a program.")},
            **options,
        )


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
        return {
            "program": chosen["program"].key,
            "batch": chosen["batch"],
            "expires_on": day.isoformat() if day else "",
        }


class GenerateForm(BatchForm):
    """How many codes are made, and how they look."""

    count = forms.IntegerField(
        label=_("How many"),
        min_value=1,
        max_value=MOST_CODES,
        initial=1_000,
        error_messages=dict.fromkeys(NOT_A_NUMBER, _("Say how many codes to generate, from 1 to 5,000,000.")),
    )
    begin_with = forms.CharField(
        label=_("Begin with"),
        max_length=40,
        required=False,
        help_text=_("The same for all, such as SPRING-. May be empty."),
    )
    length = forms.IntegerField(
        label=_("Random characters"),
        min_value=1,
        max_value=60,
        initial=10,
        error_messages=dict.fromkeys(NOT_A_NUMBER, _("Say how many random characters, from 1 to 60.")),
        help_text=_("So many that nobody guesses a code: 10 or more."),
    )
    groups = forms.ChoiceField(
        label=_("Hyphens"),
        required=False,
        choices=[("", _("None")), ("4", _("After every 4 characters")), ("5", _("After every 5 characters"))],
    )
    alphabet = forms.ChoiceField(
        label=_("Characters"), choices=list(ALPHABET_LABELS.items()), initial=CLEAR, required=False
    )
    pattern = forms.CharField(
        label=_("Pattern"),
        max_length=64,
        required=False,
        help_text=_(
            "Instead of beginning, number and hyphens: each # becomes a random character, as in VIP-#####-#####."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["batch"].help_text = _("By which you find these codes again. Empty: their number and the day.")

    def clean(self) -> dict[str, Any]:
        """Refuse codes that could be guessed, or are too few."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        cleaned["pattern"] = cleaned.get("pattern") or _assembled(cleaned)
        cleaned["alphabet"] = cleaned.get("alphabet") or CLEAR
        if not self.errors:
            pool = CodePool.objects.filter(program=cleaned["program"]).first()
            pattern = CodePattern(cleaned["pattern"], ALPHABETS[cleaned["alphabet"]])
            try:
                check_pattern(pattern, count=cleaned["count"], kind=pool.kind if pool else CodePool.Kind.ONE_TIME)
            except DomainError as error:
                self.add_error(self._field_of(error), str(error))
        return cleaned

    def _field_of(self, error: DomainError) -> str:
        """Return the field whose answer a pattern cannot be used for."""
        if self.data.get(self.add_prefix("pattern")):
            return "pattern"
        return "begin_with" if isinstance(error, BadPattern) else "length"

    def params(self) -> dict[str, Any]:
        """Return what the generator needs."""
        chosen = self.cleaned_data
        return {**super().params(), **{name: chosen[name] for name in ("count", "pattern", "alphabet")}}


def _assembled(chosen: Mapping[str, Any]) -> str:
    """Return the pattern that beginning, number of characters and hyphens make."""
    length, group = chosen.get("length") or 0, int(chosen.get("groups") or 0)
    parts = [RANDOM * min(group or length, length - start) for start in range(0, length, group or length or 1)]
    return f"{chosen.get('begin_with', '')}{'-'.join(parts)}"


class WithdrawForm(OptionsForm):
    """Whose codes are withdrawn, and why."""

    program = ProgramField()
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Give a reason.")},
        help_text=_("Your colleagues read it in the program's history."),
    )

    def params(self) -> dict[str, Any]:
        """Return the program by its ID, and the reason."""
        return {"program": self.cleaned_data["program"].key, "reason": self.cleaned_data["reason"]}


class WithdrawBatchForm(WithdrawForm):
    """Which batch is withdrawn, and why."""

    batch = forms.ModelChoiceField(queryset=CodeBatch.objects.all(), label=_("Batch"))


class GiveForm(OptionsForm):
    """Whose advocates get their sets."""

    pool = forms.ModelChoiceField(queryset=CodePool.objects.select_related("program"), label=_("Program"))


class PromoCodeForm(AddCodeForm):
    """A promo code for a participant: from the stock, typed, or made up."""

    origin = forms.ChoiceField(
        label=_("Where it comes from"),
        choices=[
            (CodeOrigin.POOL.value, _("The next one in stock")),
            (CodeOrigin.TYPED.value, _("The code typed below")),
            (CodeOrigin.GENERATED.value, _("A new one that nobody can guess")),
        ],
        initial=CodeOrigin.POOL.value,
        widget=forms.RadioSelect,
        help_text=_("Your shop must know the code, too: one from the stock came from there."),
    )
    code = forms.CharField(
        label=_("Code"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        validators=[RegexValidator(CODE_FORM, _("Use up to 64 letters A to Z, digits, hyphens and underscores."))],
    )

    field_order = ["program", "origin", "code"]

    def clean(self) -> dict[str, Any]:
        """Refuse to type nothing, and to give another code than the one typed."""
        cleaned = super().clean() or {}
        is_typed = cleaned.get("origin") == CodeOrigin.TYPED
        if is_typed and not cleaned.get("code") and "code" not in self.errors:
            self.add_error("code", _("Type the code."))
        if not is_typed and cleaned.get("code"):
            self.add_error("code", _("Choose “The code typed below” to give this code, or leave the field empty."))
        return cleaned
