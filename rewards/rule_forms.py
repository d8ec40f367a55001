from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from advocate.lib.money import AmountError, format_amount, parse_amount
from programs.forms import SeenForm
from rewards.amounts import amount_text
from rewards.currencies import currency_choices
from rewards.forms import read_amount
from rewards.models import CatalogReward, RewardRule, RewardType, RewardUnit, RuleMail, Side
from rewards.operations import digits_of
from rewards.periods import Period
from rewards.rules import MailText, RuleDefinition
from rewards.rules.definitions import mail_field, texts_of
from rewards.rules.drafts import first_texts

Audience, Gives, Trigger = RewardRule.Audience, RewardRule.Gives, RewardRule.Trigger
PERCENT_DIGITS = 2  # an order's share is kept in hundredths of a percent
LONGEST_TEXT = RuleMail._meta.get_field("text").max_length
PARTS = ("subject", "text")
WRITE_BOTH = _("Write this part of the e-mail, too.")
HEADINGS: dict[tuple[str, str], Promise] = {
    (Side.ADVOCATE, "en"): _("To the advocate, in English"),
    (Side.ADVOCATE, "zh-hans"): _("To the advocate, in Chinese"),
    (Side.FRIEND, "en"): _("To the friend, in English"),
    (Side.FRIEND, "zh-hans"): _("To the friend, in Chinese"),
}


@dataclass(frozen=True, slots=True)
class MailPart:
    """The fields of one e-mail on the form; ``shown_with`` are the audiences that it is for."""

    name: str
    heading: str | Promise
    shown_with: str
    subject: BoundField
    text: BoundField


# The fields that belong to what is given; each is required where it is shown.
NEEDED = {
    "amount": {Gives.AMOUNT},
    "share": {Gives.SHARE},
    "discount": {Gives.DISCOUNT},
    "unit": {Gives.AMOUNT, Gives.SHARE},
    "catalog_reward": {Gives.CATALOG},
}


def text_input(**options: Any) -> forms.CharField:
    """Return a field for a number, as text, so that it means the same whatever the browser's language."""
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return forms.CharField(max_length=30, widget=widget, **options)


def count_field(**options: Any) -> forms.IntegerField:
    """Return a field for a length of time."""
    return forms.IntegerField(min_value=1, max_value=1200, required=False, **options)


class RuleForm(forms.Form):
    """When a program gives what to whom."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("What people read with the reward, such as Thank you for a new customer."),
    )
    trigger = forms.ChoiceField(
        label=_("When"), choices=Trigger.choices, widget=forms.RadioSelect, initial=Trigger.CONVERSION
    )
    audience = forms.ChoiceField(
        label=_("Who gets it"), choices=Audience.choices, widget=forms.RadioSelect, initial=Audience.ADVOCATE
    )
    gives = forms.ChoiceField(
        label=_("What they get"), choices=Gives.choices, widget=forms.RadioSelect, initial=Gives.AMOUNT
    )
    amount = text_input(label=_("Value"), help_text=_("In the unit, with a decimal point: 10.50."))
    share = text_input(
        label=_("Percentage of the order"),
        help_text=_("Up to 2 decimal places, such as 7.5. Rounded down to the unit's smallest fraction."),
    )
    discount = forms.IntegerField(
        label=_("Percentage off"),
        min_value=1,
        max_value=100,
        help_text=_("A whole number, such as 15."),
        error_messages={"required": _("Enter a percentage from 1 to 100.")},
    )
    unit = forms.ModelChoiceField(
        label=_("Unit"),
        queryset=RewardUnit.objects.all(),
        empty_label=_("Choose a unit"),
        error_messages={"required": _("Choose the unit of this reward.")},
    )
    catalog_reward = forms.ModelChoiceField(
        label=_("Reward"),
        queryset=CatalogReward.objects.none(),
        empty_label=_("Choose a reward"),
        error_messages={"required": _("Choose the reward.")},
        help_text=_("Its own times hold, unless you give others below."),
    )
    minimum_order = text_input(label=_("Smallest order"), required=False, help_text=_("Empty: any order."))
    minimum_currency = forms.ChoiceField(
        label=_("Currency"), required=False, help_text=_("Orders in another currency get nothing.")
    )
    first_only = forms.BooleanField(
        label=_("Only for the friend's first order"),
        required=False,
        help_text=_("The first that fulfils the rule, whether or not the rule was there then."),
    )
    pending_count = count_field(
        label=_("Pending for"), help_text=_("Long enough for orders to be returned. Empty: available at once.")
    )
    pending_period = forms.ChoiceField(label=_("Unit of time"), choices=Period.choices, initial=Period.DAYS)
    validity_count = count_field(
        label=_("Expires after"), help_text=_("Counted from the day it becomes available. Empty: never.")
    )
    validity_period = forms.ChoiceField(label=_("Unit of time"), choices=Period.choices, initial=Period.MONTHS)
    limit_each = forms.IntegerField(
        label=_("Limit for each advocate"),
        min_value=1,
        max_value=1_000_000,
        required=False,
        help_text=_("How many rewards of this rule one advocate gets in all. Empty: as many as they earn."),
    )
    sends_mail = forms.BooleanField(
        label=_("Tell them by e-mail"),
        required=False,
        help_text=_("One e-mail for each reward, in the reader's language."),
    )

    def __init__(self, *args: Any, offered: CatalogReward | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._offer(offered)
        choices = currency_choices(translation.get_language() or "en")
        currency: Any = self.fields["minimum_currency"]
        currency.choices = [("", "–"), *choices]
        unit: Any = self.fields["unit"]
        unit.label_from_instance = lambda unit: f"{unit.key} · {unit.name}"
        for side in Side.values:
            for language in RuleMail.Language.values:
                self._add_mail(side, language)
        if self.is_bound:
            self._require_what_is_chosen()

    def _offer(self, offered: CatalogReward | None) -> None:
        """Offer what rules can give, and what this one gives already."""
        active = CatalogReward.objects.filter(is_active=True).exclude(type=RewardType.FUELTANK)
        found = active | CatalogReward.objects.filter(pk=offered.pk) if offered else active
        field: Any = self.fields["catalog_reward"]
        field.queryset = found.select_related("unit").order_by("name")
        field.label_from_instance = lambda entry: f"{entry.name} · {amount_text(entry.amount, entry.unit)}"
        gives: Any = self.fields["gives"].widget
        gives.hints = {
            Gives.AMOUNT: _("The same for everybody, such as 10.00 US dollars or 500 points."),
            Gives.SHARE: _("More for larger orders, in a unit of the order's currency."),
            Gives.DISCOUNT: _("A discount that your shop takes off, such as 15%."),
            Gives.CATALOG: _("Something that you described in the catalog."),
        }

    def _add_mail(self, side: str, language: str) -> None:
        """Add the fields of one e-mail: English is what everybody reads who reads nothing else."""
        name, is_needed = mail_field(side, language), language == RuleMail.Language.ENGLISH
        both: dict[str, Any] = {"required": is_needed, "error_messages": {"required": WRITE_BOTH}}
        line, area = forms.TextInput(attrs={"lang": language}), forms.Textarea(attrs={"lang": language, "rows": 6})
        self.fields[f"{name}_subject"] = forms.CharField(label=_("Subject"), max_length=200, widget=line, **both)
        self.fields[f"{name}_text"] = forms.CharField(label=_("Text"), max_length=LONGEST_TEXT, widget=area, **both)

    def _require_what_is_chosen(self) -> None:
        """Ask only for what belongs to the choices made; before, all that can be shown says whether it is optional."""
        for name, kinds in NEEDED.items():
            self.fields[name].required = self.data.get("gives") in kinds
        sides = self._sides(self.data) if self.data.get("sends_mail") else ()
        for side in Side.values:
            for part in PARTS:
                name = f"{mail_field(side, RuleMail.Language.ENGLISH)}_{part}"
                self.fields[name].required = side in sides

    def mail_parts(self) -> Iterator[MailPart]:
        """Yield the fields of the e-mails, those to the advocate first."""
        for (side, language), heading in HEADINGS.items():
            name = mail_field(side, language)
            shown_with = f"{side}|{Audience.BOTH}"
            yield MailPart(name, heading, shown_with, self[f"{name}_subject"], self[f"{name}_text"])

    def clean(self) -> dict[str, Any]:
        """Read what belongs to the choices made, and forget the rest."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        gives = cleaned.get("gives")
        is_order = cleaned.get("trigger") == Trigger.CONVERSION
        if gives not in {Gives.AMOUNT, Gives.SHARE}:
            cleaned["unit"] = None
        self._read_values(cleaned)
        if gives != Gives.CATALOG:
            cleaned["catalog_reward"] = None
        if gives == Gives.SHARE and not is_order:
            self.add_error("gives", _("There is no order when a friend signs up. Choose another reward."))
        self._read_minimum(cleaned, is_order=is_order)
        if cleaned.get("audience") == Audience.FRIEND:
            cleaned["limit_each"] = None
        self._check_mails(cleaned)
        return cleaned

    def _read_values(self, cleaned: dict[str, Any]) -> None:
        """Replace the texts of numbers by what they mean."""
        gives, unit = cleaned.get("gives"), cleaned.get("unit")
        value, share = cleaned.get("amount"), cleaned.get("share")
        cleaned["amount"] = cleaned["order_share"] = None
        if gives == Gives.AMOUNT and unit is not None and value:
            cleaned["amount"] = self._number("amount", value, unit.exponent)
        elif gives == Gives.SHARE and share:
            cleaned["order_share"] = self._share(share)
        elif gives == Gives.DISCOUNT:
            cleaned["amount"] = cleaned.get("discount")

    def _share(self, text: str) -> int | None:
        wrong = _("Enter a percentage of more than 0 and at most 100, with up to 2 decimal places.")
        try:
            parsed = parse_amount(text.strip().removesuffix("%"), exponent=PERCENT_DIGITS)
        except AmountError as error:
            self.add_error("share", str(error))
            return None
        if parsed.truncated or not 1 <= parsed.minor <= 100 * 10**PERCENT_DIGITS:
            self.add_error("share", wrong)
            return None
        return parsed.minor

    def _number(self, name: str, text: str, exponent: int) -> int | None:
        try:
            return read_amount(text, exponent=exponent)
        except ValidationError as error:
            self.add_error(name, error)
            return None

    def _read_minimum(self, cleaned: dict[str, Any], *, is_order: bool) -> None:
        text, unit = cleaned.get("minimum_order", ""), cleaned.get("unit")
        currency = cleaned.get("minimum_currency") or (unit.currency if unit else "")
        cleaned |= {"minimum_order": None, "minimum_currency": "", "minimum_exponent": 0}
        if not is_order:
            cleaned["first_only"] = False
        if not is_order or not text:
            return
        if not currency:
            self.add_error("minimum_currency", _("Choose the currency of the smallest order."))
            return
        digits = digits_of(currency)
        number = self._number("minimum_order", text, digits)
        if number is not None:
            cleaned |= {"minimum_order": number, "minimum_currency": currency, "minimum_exponent": digits}

    def _check_mails(self, cleaned: dict[str, Any]) -> None:
        """Ask for the half of a Chinese e-mail that is missing."""
        for side in self._sides(cleaned) if cleaned.get("sends_mail") else ():
            name = mail_field(side, RuleMail.Language.CHINESE)
            written = {part: cleaned.get(f"{name}_{part}", "") for part in PARTS}
            for part, content in written.items():
                if not content and any(written.values()):
                    self.add_error(f"{name}_{part}", WRITE_BOTH)

    def _sides(self, cleaned: Mapping[str, Any]) -> tuple[str, ...]:
        audience = cleaned.get("audience", "")
        return tuple(Side.values) if audience == Audience.BOTH else (audience,) if audience else ()

    def definition(self) -> RuleDefinition:
        """Return the rule as the form says."""
        names = RuleDefinition.__dataclass_fields__.keys() - {"mails"}
        values = {name: self.cleaned_data[name] for name in names}
        return RuleDefinition(**values, mails=self._texts())

    def _texts(self) -> tuple[MailText, ...]:
        found = (
            MailText(side, language, *(self.cleaned_data[f"{mail_field(side, language)}_{part}"] for part in PARTS))
            for side in self._sides(self.cleaned_data)
            for language in RuleMail.Language.values
        )
        return tuple(text for text in found if text.subject and text.text)


class EditRuleForm(SeenForm, RuleForm):
    """A rule as it holds from now on."""

    @classmethod
    def initial_of(cls, rule: RewardRule) -> dict[str, Any]:
        """Return what the form shows at first; a side without a text is offered one to begin with."""
        names = RuleForm.base_fields.keys() - {"amount", "share", "discount", "minimum_order"}
        values = {name: getattr(rule, name) for name in names}
        written = texts_of(rule.mails.all())
        sides = {text.side for text in written}
        texts = (*written, *(text for text in first_texts() if text.side not in sides))
        return values | _numbers_of(rule) | texts_initial(texts) | {"seen": rule.updated_at.isoformat()}


class SwitchRuleForm(forms.Form):
    """Whether a rule is to be on."""

    on = forms.BooleanField(required=False, widget=forms.HiddenInput)


def texts_initial(texts: tuple[MailText, ...]) -> dict[str, str]:
    """Return what the fields of e-mails show at first."""
    return {f"{text.field}_{part}": getattr(text, part) for text in texts for part in PARTS}


def _numbers_of(rule: RewardRule) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if rule.gives == Gives.AMOUNT and rule.unit is not None:
        shown["amount"] = format_amount(rule.amount or 0, rule.unit.exponent)
    if rule.gives == Gives.DISCOUNT:
        shown["discount"] = rule.amount
    if rule.order_share is not None:
        shown["share"] = format_amount(rule.order_share, PERCENT_DIGITS).rstrip("0").rstrip(".")
    if rule.minimum_order is not None:
        shown["minimum_order"] = format_amount(rule.minimum_order, rule.minimum_exponent)
    return shown
