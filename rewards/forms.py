from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from advocate.lib.money import AmountError, format_amount, parse_amount
from programs.forms import SeenForm
from programs.models import Program
from rewards.amounts import amount_text
from rewards.currencies import currency_choices
from rewards.models import LARGEST_AMOUNT, MAX_EXPONENT, CatalogReward, Reward, RewardType, RewardUnit
from rewards.operations import CatalogDefinition, Notes, Terms, UnitDefinition, digits_of, terms_of
from rewards.periods import Period

MONEY_KINDS = frozenset({RewardUnit.Kind.CREDIT, RewardUnit.Kind.CASH})


def read_amount(text: str, *, exponent: int) -> int:
    """
    Return an amount typed in a form, in the unit's smallest fraction; unlike a file's, it is never cut off.

    :raises ValidationError: if it is no such amount
    """
    try:
        parsed = parse_amount(text, exponent=exponent)
    except AmountError as error:
        raise ValidationError(str(error)) from error
    if parsed.truncated:
        message = _("This unit has %(digits)s decimal places. Enter no more digits after the point.")
        raise ValidationError(message, params={"digits": exponent})
    if not 1 <= parsed.minor <= LARGEST_AMOUNT:
        raise ValidationError(_("Enter an amount of more than zero."))
    return parsed.minor


def amount_field(**options: Any) -> forms.CharField:
    """Return a field for an amount: text, so that it means the same whatever the browser's language."""
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return forms.CharField(label=_("Value"), max_length=30, widget=widget, **options)


class LocalDateTime(forms.DateTimeInput):
    """The browser's own picker of a date and time."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class UnitForm(forms.Form):
    """What a reward unit is."""

    kind = forms.ChoiceField(label=_("Kind"), choices=RewardUnit.Kind.choices, widget=forms.RadioSelect)
    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("What people read, such as US dollars, Points or Free months.")
    )
    currency = forms.ChoiceField(label=_("Currency"), required=False, help_text=_("For Credit and Cash only."))
    key = forms.CharField(
        label=_("Unit ID"),
        max_length=64,
        required=False,
        help_text=_("What files and the API call it, such as CASH/USD or POINT. Empty for Credit and Cash: made up."),
    )
    exponent = forms.IntegerField(
        label=_("Decimal places"),
        min_value=0,
        max_value=MAX_EXPONENT,
        required=False,
        help_text=_("2 counts cents, 0 counts whole units only. Empty: as many as the currency has, or none."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = currency_choices(translation.get_language() or "en")
        currency: Any = self.fields["currency"]
        currency.choices = [("", "–"), *choices]
        kind: Any = self.fields["kind"].widget
        kind.hints = {
            "CREDIT": _("Off the next bill, in one currency."),
            "CASH": _("Paid out, in one currency."),
            "MONTHS": _("Free time of a subscription."),
            "POINTS": _("Collected and swapped for something."),
            "CUSTOM": _("Anything else that can be counted, such as T-shirts."),
        }

    def clean(self) -> dict[str, Any]:
        """Fill in what follows from the kind and currency."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        kind, currency = cleaned.get("kind", ""), cleaned.get("currency", "")
        is_money = kind in MONEY_KINDS
        if is_money and not currency:
            self.add_error("currency", _("Choose the currency of this unit."))
        if kind and not is_money:
            cleaned["currency"] = currency = ""
        if not cleaned.get("key"):
            self._make_up_key(cleaned, f"{kind}/{currency}" if is_money and currency else "")
        if cleaned.get("exponent") is None:
            cleaned["exponent"] = digits_of(currency) if currency else 0
        return cleaned

    def _make_up_key(self, cleaned: dict[str, Any], key: str) -> None:
        cleaned["key"] = key
        if not key and "currency" not in self.errors:
            self.add_error("key", _("Give this unit an ID, such as POINT."))

    def definition(self) -> UnitDefinition:
        """Return the unit as the form says."""
        return UnitDefinition(**{name: self.cleaned_data[name] for name in UnitForm.base_fields})


class EditUnitForm(SeenForm, UnitForm):
    """A unit in which nothing counts yet."""

    @classmethod
    def initial_of(cls, unit: RewardUnit) -> dict[str, Any]:
        """Return what the form shows at first."""
        values = {name: getattr(unit, name) for name in UnitForm.base_fields}
        return values | {"seen": unit.updated_at.isoformat()}


class EditUsedUnitForm(SeenForm):
    """All that can be changed of a unit once rewards count in it."""

    name = forms.CharField(label=_("Name"), max_length=100)

    @classmethod
    def initial_of(cls, unit: RewardUnit) -> dict[str, Any]:
        """Return what the form shows at first."""
        return {"name": unit.name, "seen": unit.updated_at.isoformat()}

    def definition(self, unit: RewardUnit) -> UnitDefinition:
        """Return the unit with its new name."""
        return UnitDefinition(
            key=unit.key,
            kind=unit.kind,
            name=self.cleaned_data["name"],
            currency=unit.currency,
            exponent=unit.exponent,
        )


class CatalogForm(forms.Form):
    """What a catalog reward gives."""

    name = forms.CharField(label=_("Name"), max_length=200, help_text=_("What the participant reads, such as $10 off."))
    key = forms.CharField(
        label=_("Reward key"),
        max_length=64,
        help_text=_("What files and the API call it. Letters, digits, dashes and underscores."),
    )
    type = forms.ChoiceField(label=_("Type"), choices=RewardType.choices, widget=forms.RadioSelect, initial="CREDIT")
    unit = forms.ModelChoiceField(
        label=_("Unit"),
        queryset=RewardUnit.objects.all(),
        required=False,
        empty_label="–",
        help_text=_("Not for a discount: its value is a percentage."),
    )
    amount = amount_field(help_text=_("In the unit, with a decimal point: 10.50. For a discount: a percentage."))
    validity_count = forms.IntegerField(
        label=_("Expires after"),
        min_value=1,
        max_value=1200,
        required=False,
        help_text=_("Counted from the day it becomes available. Empty: never."),
    )
    validity_period = forms.ChoiceField(label=_("Unit of time"), choices=Period.choices, initial=Period.MONTHS)
    pending_count = forms.IntegerField(
        label=_("Pending for"),
        min_value=1,
        max_value=1200,
        required=False,
        help_text=_("How long it is promised before it can be used. Empty: available at once."),
    )
    pending_period = forms.ChoiceField(label=_("Unit of time"), choices=Period.choices, initial=Period.DAYS)
    is_active = forms.BooleanField(
        label=_("Active"), required=False, initial=True, help_text=_("Whether it can be given from now on.")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        kind: Any = self.fields["type"].widget
        kind.hints = {
            "CREDIT": _("An amount of a unit, redeemed in part or whole."),
            "PCT_DISCOUNT": _("A percentage off."),
            "FUELTANK": _("A code from a pool, worth a percentage or an amount."),
            "INTEGRATION": _("A gift card of an amount."),
        }

    def clean(self) -> dict[str, Any]:
        """Read the value with the digits of its unit, and refuse what does not fit the type."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        kind, unit = cleaned.get("type"), cleaned.get("unit")
        if kind == RewardType.PCT_DISCOUNT:
            cleaned["unit"] = unit = None
        elif kind in {RewardType.CREDIT, RewardType.INTEGRATION} and unit is None:
            self.add_error("unit", _("Choose the unit of this reward."))
            return cleaned
        read_into(self, unit)
        return cleaned

    def definition(self) -> CatalogDefinition:
        """Return the catalog reward as the form says."""
        return CatalogDefinition(**{name: self.cleaned_data[name] for name in CatalogForm.base_fields})


class EditCatalogForm(SeenForm, CatalogForm):
    """A catalog reward as it is given from now on."""

    @classmethod
    def initial_of(cls, entry: CatalogReward) -> dict[str, Any]:
        """Return what the form shows at first."""
        values = {name: getattr(entry, name) for name in CatalogForm.base_fields}
        amount = format_amount(entry.amount, entry.unit.exponent if entry.unit else 0)
        return values | {"amount": amount, "seen": entry.updated_at.isoformat()}


def read_into(form: forms.Form, unit: RewardUnit | None) -> None:
    """Replace the text in ``amount`` by the number it means in the unit, or in percent, or say what is wrong."""
    if "amount" not in form.cleaned_data:
        return
    try:
        amount = read_amount(form.cleaned_data["amount"], exponent=unit.exponent if unit else 0)
        if unit is None and amount > 100:
            raise ValidationError(_("A percentage is at most 100."))
    except ValidationError as error:
        form.add_error("amount", error)
    else:
        form.cleaned_data["amount"] = amount


class GrantForm(forms.Form):
    """When a reward is given, for what, and what is written beside it."""

    program = forms.ModelChoiceField(
        label=_("Program"),
        queryset=Program.objects.order_by("name"),
        required=False,
        empty_label=_("None"),
        help_text=_("The program that this reward is counted under."),
    )
    scheduled_for = forms.DateTimeField(
        label=_("Available from"), required=False, widget=LocalDateTime, help_text=_("Empty: at once.")
    )
    expires = forms.DateTimeField(label=_("Expires"), required=False, widget=LocalDateTime)
    customer_note = forms.CharField(
        label=_("Customer note"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The participant sees it."),
    )
    internal_note = forms.CharField(
        label=_("Internal note"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Only your team sees it."),
    )

    def notes(self) -> Notes:
        """Return the two notes."""
        return Notes(internal=self.cleaned_data["internal_note"], customer=self.cleaned_data["customer_note"])

    def terms(self, *, at: datetime) -> Terms:
        """Return what is given and when."""
        raise NotImplementedError


class GrantFromCatalogForm(GrantForm):
    """Give a reward that the catalog describes."""

    catalog_reward = forms.ModelChoiceField(
        label=_("Reward"), queryset=CatalogReward.objects.none(), empty_label=_("Choose a reward")
    )

    field_order = ["catalog_reward", "program", "scheduled_for", "expires", "customer_note", "internal_note"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["catalog_reward"]
        field.queryset = CatalogReward.objects.filter(is_active=True).select_related("unit").order_by("name")
        field.label_from_instance = _catalog_label
        self.fields["scheduled_for"].help_text = _("Empty: as the catalog says.")
        self.fields["expires"].help_text = _("Empty: as the catalog says.")

    def terms(self, *, at: datetime) -> Terms:
        """Return what the catalog says, with the dates of the form."""
        cleaned = self.cleaned_data
        return terms_of(
            cleaned["catalog_reward"], at=at, scheduled_for=cleaned["scheduled_for"], expires=cleaned["expires"]
        )


def _catalog_label(entry: CatalogReward) -> str:
    return f"{entry.name} · {amount_text(entry.amount, entry.unit)}"


class GrantByUnitForm(GrantForm):
    """Give an amount of a unit."""

    unit = forms.ModelChoiceField(label=_("Unit"), queryset=RewardUnit.objects.all(), empty_label=_("Choose a unit"))
    amount = amount_field(help_text=_("In the unit, with a decimal point, such as 10.50."))
    name = forms.CharField(label=_("Name"), max_length=200, required=False, help_text=_("What the participant reads."))

    field_order = ["unit", "amount", "name", "program", "scheduled_for", "expires", "customer_note", "internal_note"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        unit: Any = self.fields["unit"]
        unit.label_from_instance = _unit_label
        self.fields["expires"].help_text = _("Empty: never.")

    def clean(self) -> dict[str, Any]:
        """Read the amount with the digits of its unit."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("unit") is not None:
            read_into(self, cleaned["unit"])
        return cleaned

    def terms(self, *, at: datetime) -> Terms:
        """Return the amount and the dates of the form."""
        cleaned = self.cleaned_data
        return Terms(
            amount=cleaned["amount"],
            unit=cleaned["unit"],
            name=cleaned["name"],
            scheduled_for=cleaned["scheduled_for"],
            expires=cleaned["expires"],
        )


def _unit_label(unit: RewardUnit) -> str:
    return f"{unit.key} · {unit.name}"


class RedeemForm(forms.Form):
    """How much of a reward is redeemed by hand: all that is left unless the person says otherwise."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=100)
    amount = amount_field()
    note = forms.CharField(
        label=_("Note"),
        max_length=500,
        required=False,
        help_text=_("Where it was paid or used, such as an invoice number. Only your team sees it."),
    )

    def __init__(self, data: Any = None, *, reward: Reward, auto_id: str = "id_%s") -> None:
        self.reward = reward
        left = format_amount(reward.left, reward.unit.exponent if reward.unit else 0)
        # The key makes a second click on the button the same redemption, not another one.
        super().__init__(data, initial={"key": secrets.token_urlsafe(), "amount": left}, auto_id=auto_id)
        text = _("In %(unit)s, with a decimal point. %(left)s is left.")
        self.fields["amount"].help_text = text % {"unit": reward.unit, "left": amount_text(reward.left, reward.unit)}

    def clean(self) -> dict[str, Any]:
        """Read the amount with the digits of the reward's unit."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        read_into(self, self.reward.unit)
        return cleaned


class ReasonForm(forms.Form):
    """Why something is taken back."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class ReferrerForm(forms.Form):
    """The code by which an advocate is named."""

    code = forms.CharField(
        label=_("Code of the advocate"),
        max_length=255,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("A referral code or a promo code of theirs. It also says in which program."),
    )
