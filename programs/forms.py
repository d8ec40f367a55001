from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.validators import RegexValidator, validate_email
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from programs.models import CODE_FORM, COOKIE_DAYS_MAX, PROGRAM_KEY, Participant, Program
from programs.operations import ParticipantProfile, ProgramDetails

LOCALE = r"^[a-zA-Z]{2,3}(_[a-zA-Z0-9]{2,8}){0,2}\Z"
COUNTRY = r"^[A-Z]{2}\Z"
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class LocaleField(forms.CharField):
    """A locale such as ``zh_CN``, which people also write ``zh-CN``."""

    default_validators = [RegexValidator(LOCALE, _("Write a language, or a language and a country: en or zh_CN."))]

    def to_python(self, value: Any) -> str:
        """Return the spelling that is kept."""
        return str(super().to_python(value)).replace("-", "_")


class CountryField(forms.CharField):
    """A country's two letters, in any case."""

    default_validators = [RegexValidator(COUNTRY, _("Write the two letters of the country, such as DE or CN."))]

    def to_python(self, value: Any) -> str:
        """Return the spelling that is kept."""
        return str(super().to_python(value)).upper()


def code_field(**options: Any) -> forms.CharField:
    """Return a field for a referral code; no browser shortens what is typed into it to another code."""
    form = RegexValidator(CODE_FORM, _("Use up to 64 letters A to Z, digits, hyphens and underscores."))
    widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label=_("Code"), widget=widget, validators=[form], **options)


def program_label(program: Program) -> str:
    """Return a program's name, with its status unless people can use it."""
    is_live = program.status == Program.Status.LIVE
    return program.name if is_live else f"{program.name} ({program.get_status_display()})"


class SeenForm(forms.Form):
    """A form that remembers the state it was filled in from, so that it overwrites nobody's change unseen."""

    seen = forms.CharField(widget=forms.HiddenInput)

    def seen_at(self) -> datetime:
        """Return when the object had been changed last as the person saw it; long ago if that cannot be told."""
        try:
            seen = datetime.fromisoformat(self.cleaned_data["seen"])
        except ValueError:
            return LONG_AGO
        return seen if seen.tzinfo else LONG_AGO


class ParticipantProfileForm(forms.Form):
    """What the team can change about a participant."""

    first_name = forms.CharField(label=_("First name"), max_length=255, required=False)
    last_name = forms.CharField(label=_("Last name"), max_length=255, required=False)
    email = forms.CharField(
        label=_("E-mail"), max_length=255, required=False, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    locale = LocaleField(
        label=_("Locale"),
        max_length=20,
        required=False,
        help_text=_("The language of the e-mails to them, such as en or zh_CN."),
    )
    country_code = CountryField(
        label=_("Country"),
        required=False,
        help_text=_("Two letters, such as DE or CN."),
    )
    referable = forms.BooleanField(
        label=_("Referable"),
        required=False,
        initial=True,
        help_text=_("Whether an advocate can be credited for referring them."),
    )

    def clean_email(self) -> str:
        """Refuse a new address that is none; one that came with an import stays until it is changed."""
        email: str = self.cleaned_data["email"]
        if email and email != self.initial.get("email"):
            validate_email(email)
        return email

    def profile(self, *, of: Participant | None = None) -> ParticipantProfile:
        """Return the profile as the form says, the rest as ``of`` has it."""
        kept = ParticipantProfile() if of is None else ParticipantProfile.of(of)
        names = [name for name in self.cleaned_data if name in kept.values()]
        return ParticipantProfile(**kept.values() | {name: self.cleaned_data[name] for name in names})


class AddParticipantForm(ParticipantProfileForm):
    """A new participant: the ids are given once and never change."""

    user_id = forms.CharField(
        label=_("User ID"),
        max_length=255,
        help_text=_("Your own ID for this person, exactly as your shop sends it. It cannot be changed later."),
    )
    account_id = forms.CharField(
        label=_("Account ID"),
        max_length=255,
        required=False,
        help_text=_("For people who share an account. Empty: the same as the user ID."),
    )

    programs = forms.ModelMultipleChoiceField(
        label=_("Programs"),
        queryset=Program.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("They join these at once, with a code made from their name and a share link."),
    )

    field_order = [
        "first_name",
        "last_name",
        "email",
        "user_id",
        "account_id",
        "programs",
        "locale",
        "country_code",
        "referable",
    ]

    def __init__(self, *args: Any, programs: QuerySet[Program], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["programs"]
        field.label_from_instance = program_label
        field.queryset = programs
        field.initial = programs.filter(status=Program.Status.LIVE)

    def clean(self) -> dict[str, Any] | None:
        """Give who has no account their own."""
        cleaned = super().clean() or self.cleaned_data
        cleaned["account_id"] = cleaned.get("account_id") or cleaned.get("user_id", "")
        return cleaned


class EditParticipantForm(SeenForm, ParticipantProfileForm):
    """A participant's profile with their segments."""

    segments = forms.CharField(
        label=_("Segments"),
        required=False,
        help_text=_("Separated by commas, such as vip, newsletter."),
    )

    field_order = ["seen", "first_name", "last_name", "email", "locale", "country_code", "segments", "referable"]

    @classmethod
    def initial_of(cls, participant: Participant) -> dict[str, Any]:
        """Return what the form shows at first."""
        values = ParticipantProfile.of(participant).values()
        return values | {"segments": ", ".join(participant.segments), "seen": participant.updated_at.isoformat()}

    def clean_segments(self) -> list[str]:
        """Return the segments, each once and in the order written."""
        parts = (part.strip() for part in self.cleaned_data["segments"].replace("，", ",").split(","))
        return list(dict.fromkeys(part for part in parts if part))


class ReasonForm(forms.Form):
    """Why something is done to a participant."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Give a reason.")},
    )


class OptionalReasonForm(ReasonForm):
    """Why something is undone, if there is anything to say."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class EditCodeForm(forms.Form):
    """What becomes of a code and its links when another takes its place."""

    code = code_field(help_text=_("Up to 64 letters, digits, hyphens and underscores."))
    keeps_old = forms.BooleanField(
        required=False,
        initial=True,
        help_text=_("It then works as a secondary code. Otherwise it is disabled, and nobody else can get it."),
    )
    keeps_links = forms.BooleanField(
        label=_("Keep using existing share links"),
        required=False,
        initial=True,
        help_text=_("They then carry the new code. Otherwise there is a new link, and the existing ones are retired."),
    )

    def __init__(self, *args: Any, code: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["code"].initial = code
        self.fields["keeps_old"].label = _("Keep %(code)s as a working referral code") % {"code": code}


class AddCodeForm(forms.Form):
    """A code for a participant; how it comes about says the ``CodeSource`` whose form this is."""

    program = forms.ModelChoiceField(label=_("Program"), queryset=Program.objects.none(), empty_label=None)

    def __init__(self, *args: Any, programs: QuerySet[Program], **options: Any) -> None:
        super().__init__(*args, **options)
        program: Any = self.fields["program"]
        program.label_from_instance = program_label
        program.queryset = programs


class JoinForm(AddCodeForm):
    """Which program a participant joins, and with which code: one typed or made from the name."""

    code = code_field(
        required=False,
        help_text=_("Up to 64 letters, digits, hyphens and underscores. Empty: made from their name."),
    )


class ReferralCodeForm(JoinForm):
    """One more referral code."""

    is_primary = forms.BooleanField(
        label=_("Make it the primary code"),
        required=False,
        help_text=_(
            "The primary code is the one that they see and share. The one they have now goes on working as a secondary "
            "code. The first code in a program is always primary."
        ),
    )

    field_order = ["code", "program", "is_primary"]


class ProgramDetailsForm(forms.Form):
    """What the team can change about a program."""

    name = forms.CharField(label=_("Name"), max_length=200)
    main_url = forms.URLField(
        label=_("Main URL"),
        max_length=2000,
        required=False,
        assume_scheme="https",
        help_text=_("Your landing page: where a share link takes a friend. Needed before the program goes live."),
    )
    fallback_url = forms.URLField(
        label=_("Fallback URL"),
        max_length=2000,
        required=False,
        assume_scheme="https",
        help_text=_("Where a link goes while the program is not live. Empty: the main URL."),
    )
    cookie_days = forms.IntegerField(
        label=_("Cookie expiry (days)"),
        min_value=1,
        max_value=COOKIE_DAYS_MAX,
        required=False,
        help_text=_("How long a friend's browser remembers who referred them. Empty: until the browser forgets."),
    )

    def details(self) -> ProgramDetails:
        """Return the details as the form says."""
        return ProgramDetails(**{name: self.cleaned_data[name] for name in ProgramDetailsForm.base_fields})


class AddProgramForm(ProgramDetailsForm):
    """A new program: its key is given once and never changes."""

    key = forms.CharField(
        label=_("Program ID"),
        max_length=64,
        validators=[RegexValidator(PROGRAM_KEY, _("Use only the letters A to Z, digits and hyphens."))],
        help_text=_(
            "Shops and imports name the program by it. Letters, digits and hyphens; it cannot be changed later."
        ),
    )

    field_order = ["name", "key"]


class EditProgramForm(SeenForm, ProgramDetailsForm):
    """A program's details."""

    @classmethod
    def initial_of(cls, program: Program) -> dict[str, Any]:
        """Return what the form shows at first."""
        values = {name: getattr(program, name) for name in ProgramDetailsForm.base_fields}
        return values | {"seen": program.updated_at.isoformat()}
