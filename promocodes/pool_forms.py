from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, validate_email
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from promocodes.addresses import each_once
from promocodes.forms import NOT_A_NUMBER
from promocodes.models import CODE_FORM, CODES_EACH_DEFAULT, CODES_EACH_MAX, CodePool
from promocodes.operations.name_patterns import BadNamePattern, NamePattern
from promocodes.operations.pools import MOST_EMAILS, KindIsFixed, PoolSettings

Kind = CodePool.Kind
NOTIFY_AT_DEFAULT: Final = 100
LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BETWEEN_ADDRESSES = re.compile(r"[\s,;，；、]+")


class KindCards(forms.RadioSelect):
    """The two kinds, each with what speaks for it."""

    hints = {
        Kind.ONE_TIME.value: gettext_lazy(
            "Recommended. Each code works once and gives each advocate several, so one that ends up on a coupon site "
            "is worth one discount. A used code is replaced by the next one in stock."
        ),
        Kind.MULTI_USE.value: gettext_lazy(
            "Each advocate has one code that any number of friends can use. Such codes are often shared on coupon "
            "sites, where people who were never referred find them."
        ),
    }


class AddressesField(forms.CharField):
    """Several e-mail addresses, one a line or with commas between."""

    widget = forms.Textarea

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]  # a list is what the field stands for
        """Return the addresses, each once and in the order written."""
        found = [part for part in _BETWEEN_ADDRESSES.split(str(value or "")) if part]
        return each_once(found)

    def validate(self, value: list[str]) -> None:
        """Refuse all that is no address, each by its name, and more than can be meant."""
        if len(value) > MOST_EMAILS:
            raise ValidationError(_("Name up to %(limit)s addresses.") % {"limit": MOST_EMAILS})
        wrong = [address for address in value if not _is_address(address)]
        if wrong:
            raise ValidationError([_("“%(address)s” is not an e-mail address.") % {"address": one} for one in wrong])

    def run_validators(self, value: Any) -> None:
        """Validate no more: the validators of a text field are for texts."""

    def prepare_value(self, value: Any) -> Any:
        """Show one address a line."""
        return "\n".join(value) if isinstance(value, list) else value


class PoolForm(forms.Form):
    """The settings of a program's promo codes; of codes that are on, the kind is not asked for."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of promo codes"),
        choices=[
            (Kind.ONE_TIME.value, gettext_lazy("One-time use (recommended)")),
            (Kind.MULTI_USE.value, Kind.MULTI_USE.label),
        ],
        widget=KindCards,
    )
    codes_each = forms.IntegerField(
        label=gettext_lazy("Codes for each advocate"),
        min_value=1,
        max_value=CODES_EACH_MAX,
        error_messages=dict.fromkeys(
            NOT_A_NUMBER,
            gettext_lazy("Say how many codes each advocate gets, from 1 to 100."),
        ),
        help_text=gettext_lazy(
            "1 to 100 unused codes that each advocate has at any time, to give to different friends."
        ),
    )
    name_pattern = forms.CharField(
        label=gettext_lazy("Codes from names"),
        max_length=100,
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono", "placeholder": "{FIRST}{LAST}{NN}"}
        ),
        help_text=gettext_lazy(
            "Each advocate gets a code made from their name: {FIRST} and {LAST} are the names, {F} and {L} their first "
            "letters, {NN} two digits, {XXX} three random characters. Your shop must know these codes: take them from "
            "the report of promo codes. Empty: each advocate gets a code that you upload."
        ),
    )
    notify_at = forms.IntegerField(
        label=gettext_lazy("Notify me when the stock reaches"),
        min_value=0,
        max_value=100_000_000,
        required=False,
        error_messages=dict.fromkeys(
            NOT_A_NUMBER,
            gettext_lazy("Give a number of codes from 0 to 100,000,000, or leave this field empty."),
        ),
        help_text=gettext_lazy(
            "One e-mail goes out when so many codes are left, and one when none is. Empty: only when none is."
        ),
    )
    notify_emails = AddressesField(
        label=gettext_lazy("E-mails to notify"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    fallback = forms.CharField(
        label=gettext_lazy("Fallback code"),
        required=False,
        validators=[
            RegexValidator(CODE_FORM, gettext_lazy("Use up to 64 letters A to Z, digits, hyphens and underscores."))
        ],
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "A multi-use code that your shop knows. Advocates are shown it while the stock is empty; it names nobody, "
            "so whoever uses it is referred by nobody."
        ),
    )

    def __init__(self, data: QueryDict | None, *, pool: CodePool | None, told: str) -> None:
        super().__init__(data, initial=_initial(pool))
        self.pool = pool
        if pool is not None and pool.is_on:
            del self.fields["kind"]
            del self.fields["codes_each" if pool.kind == Kind.MULTI_USE else "name_pattern"]
        # The page shows help as HTML, and an address may hold anything between quotes.
        self.fields["notify_emails"].help_text = format_html(
            "{}",
            _("One a line, or with commas between. Empty: the e-mails go to %(address)s.") % {"address": told},
        )

    def clean(self) -> dict[str, Any] | None:
        """Ask for a number of codes only where it counts: of multi-use codes the field is not shown."""
        if self.chosen_kind() == Kind.MULTI_USE:
            self.errors.pop("codes_each", None)
            self._check_name_pattern()
        if self.pool is not None and self.pool.is_on and self.data.get("kind", self.pool.kind) != self.pool.kind:
            self.add_error(None, str(KindIsFixed(name=self.pool.program.name)))
        return super().clean()

    def _check_name_pattern(self) -> None:
        pattern = self.cleaned_data.get("name_pattern")
        try:
            if pattern:
                NamePattern.of(pattern)
        except BadNamePattern as error:
            self.add_error("name_pattern", str(error))

    def chosen_kind(self) -> str:
        """Return the kind chosen, or the one that is fixed."""
        chosen = self.cleaned_data.get("kind") if self.is_bound else ""
        return str(chosen or (Kind.ONE_TIME if self.pool is None else self.pool.kind))

    def settings(self) -> PoolSettings:
        """Return what the form says."""
        return PoolSettings(
            kind=self.chosen_kind(),
            codes_each=self.cleaned_data.get("codes_each") or 1,
            notify_at=self.cleaned_data["notify_at"],
            notify_emails=tuple(self.cleaned_data["notify_emails"]),
            fallback=self.cleaned_data["fallback"],
            name_pattern=self.cleaned_data.get("name_pattern", ""),
        )

    def seen_at(self) -> datetime | None:
        """Return when the settings had been changed last as the person saw them; None if there were none yet."""
        text = self.cleaned_data.get("seen", "")
        if not text:
            return None
        try:
            seen = datetime.fromisoformat(text)
        except ValueError:
            return LONG_AGO
        return seen if seen.tzinfo else LONG_AGO

    def pattern_now(self) -> str:
        """Return the pattern by which codes would be made from names, empty where they come from the stock."""
        kind = self["kind"].value() if "kind" in self.fields else self.chosen_kind()
        shown = self["name_pattern"].value() if "name_pattern" in self.fields else ""
        return str(shown or "").strip() if kind == Kind.MULTI_USE else ""

    def codes_each_now(self) -> int:
        """Return how many codes each advocate would get, for the numbers beside the form; 0 where none is said."""
        kind = self["kind"].value() if "kind" in self.fields else self.chosen_kind()
        if kind == Kind.MULTI_USE or "codes_each" not in self.fields:
            return 1
        try:
            return int(self.fields["codes_each"].clean(self["codes_each"].value()))
        except ValidationError:
            return 0


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _initial(pool: CodePool | None) -> dict[str, Any]:
    if pool is None:
        return {"kind": Kind.ONE_TIME.value, "codes_each": CODES_EACH_DEFAULT, "notify_at": NOTIFY_AT_DEFAULT}
    return {
        "seen": pool.updated_at.isoformat(),
        "kind": pool.kind,
        "codes_each": pool.codes_each if pool.kind == Kind.ONE_TIME else CODES_EACH_DEFAULT,
        "notify_at": NOTIFY_AT_DEFAULT if _is_as_made(pool) else pool.notify_at,
        "notify_emails": list(pool.notify_emails),
        "name_pattern": pool.name_pattern,
        "fallback": pool.fallback.code if pool.fallback else "",
    }


def _is_as_made(pool: CodePool) -> bool:
    """Say whether nobody has set anything, as when an upload came first."""
    is_plain = (pool.kind, pool.codes_each) == (Kind.ONE_TIME, CODES_EACH_DEFAULT)
    return is_plain and not (pool.is_on or pool.notify_at or pool.notify_emails or pool.fallback)
