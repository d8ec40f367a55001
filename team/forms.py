from __future__ import annotations

import secrets
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from advocate.lib.client_address import client_address
from advocate.lib.clock import now
from team import operations
from team.audit import Actor
from team.models import ApiKey, Company, Role, User
from team.throttle import TooManyTries


class LoginForm(AdminAuthenticationForm):
    """Ask for e-mail and password."""

    locked = False
    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": _("E-mail or password is wrong. Capital and small letters differ in passwords."),
    }

    def clean(self) -> dict[str, Any]:
        """Check the password; who has tried too often reads how long to wait."""
        try:
            return super().clean()
        except TooManyTries as refusal:
            self.locked = True
            raise ValidationError(str(refusal), code=refusal.code) from refusal


class ResetRequestForm(forms.Form):
    """Ask for the address that a link to choose a new password goes to."""

    email = forms.EmailField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True})
    )

    def save(self, *, request: HttpRequest, **_options: Any) -> None:
        """Note the request, whoever's address it is."""
        operations.request_password_reset(
            email=self.cleaned_data["email"],
            language=translation.get_language() or settings.LANGUAGE_CODE,
            address=client_address(request),
            at=now(),
        )


class LinkPasswordForm(SetPasswordForm):  # type: ignore[type-arg]  # not subscriptable when it runs
    """Choose a password under a mailed link."""

    user: User
    token = ""


class NewPasswordForm(LinkPasswordForm):
    """Choose a new password, having forgotten the old one."""

    def save(self, commit: bool = True) -> User:
        """Set it; the link is used up."""
        operations.reset_password(
            member=self.user, token=self.token, password=self.cleaned_data["new_password1"], at=now()
        )
        return self.user


class AcceptInvitationForm(LinkPasswordForm):
    """Choose a name and a password under an invitation."""

    name = forms.CharField(
        label=_("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True})
    )
    field_order = ("name", "new_password1", "new_password2")

    def save(self, commit: bool = True) -> User:
        """Let the member in; the link is used up."""
        return operations.accept_invitation(
            member=self.user,
            token=self.token,
            name=self.cleaned_data["name"],
            password=self.cleaned_data["new_password1"],
            at=now(),
        )


class OwnPasswordForm(PasswordChangeForm):
    """Change one's own password, knowing the old one."""

    user: User

    def save(self, commit: bool = True) -> User:
        """Set it; every other session ends."""
        operations.change_own_password(member=self.user, password=self.cleaned_data["new_password1"], at=now())
        return self.user


class InviteForm(forms.Form):
    """Invite somebody to the team."""

    email = forms.EmailField(label=_("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autofocus": True}))
    name = forms.CharField(label=_("Name"), max_length=150, required=False, help_text=_("They can change it."))
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.VIEWER, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].widget.hints = ROLE_HINTS

    def save(self, *, by: Actor) -> User:
        """
        Invite them.

        :raises DomainError: if they are on the team already
        """
        email, name, role = (self.cleaned_data[field] for field in ("email", "name", "role"))
        return operations.invite_member(email=email, name=name, role=Role(role), by=by, at=now())


SCOPE_HINTS = {
    ApiKey.Scope.READ: _("Look up users, codes, referrals, rewards and balances; create reports."),
    ApiKey.Scope.WRITE: _("Also register, change, block and delete users, and send events."),
    ApiKey.Scope.MONEY: _("Also give, redeem and cancel rewards, and import balances."),
}


class ApiKeyForm(forms.Form):
    """Create an API key; ``form_token`` makes a form that is sent twice one key."""

    form_token = forms.CharField(widget=forms.HiddenInput, max_length=64)
    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("The program that will use it, such as “Web shop”. The list of changes names it."),
        widget=forms.TextInput(attrs={"autofocus": True}),
    )
    scope = forms.ChoiceField(
        label=_("What it may do"),
        choices=ApiKey.Scope.choices,
        initial=ApiKey.Scope.READ,
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"form_token": secrets.token_urlsafe(24)})
        self.fields["scope"].widget.hints = SCOPE_HINTS

    def save(self, *, by: Actor) -> operations.NewApiKey:
        """
        Create it.

        :raises ApiKeyMadeAlready: if the form came before
        """
        fields = ("name", "scope", "form_token")
        return operations.create_api_key(**{field: self.cleaned_data[field] for field in fields}, by=by, at=now())


class RoleForm(forms.Form):
    """Give a member another role."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """What members say about themselves."""

    instance: User

    class Meta:
        model = User
        fields = ("name", "language", "time_zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"] = _language_field(_("Language"), blank=_("As the browser says"))
        self.fields["time_zone"] = _time_zone_field(blank=_("As the company's"))

    def save(self, commit: bool = True) -> User:
        """Change the profile."""
        details = operations.ProfileDetails(**{name: self.cleaned_data[name] for name in self.Meta.fields})
        operations.change_own_profile(member=self.instance, details=details, at=now())
        return self.instance


class CompanyForm(forms.ModelForm):  # type: ignore[type-arg]
    """Settings → General."""

    class Meta:
        model = Company
        fields = ("name", "account_email", "tenant_alias", "time_zone", "default_language")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account_email"].help_text = _("Where notices go that are meant for nobody in particular.")
        self.fields["tenant_alias"].help_text = _("The name that shops use for this company when they call the API.")
        self.fields["tenant_alias"].validators.append(
            RegexValidator(r"^[A-Za-z0-9_-]+$", _("Use letters a to z, digits, “-” and “_” only."))
        )
        self.fields["time_zone"] = _time_zone_field(blank=_("As the server is set: %(zone)s") % _server_zone())
        self.fields["default_language"] = _language_field(_("Default language"), blank=_("As the server is set"))

    def save_changes(self, *, by: Actor) -> None:
        """Change the company."""
        details = operations.CompanyDetails(**{name: self.cleaned_data[name] for name in self.Meta.fields})
        operations.change_company(details=details, by=by, at=now())


ROLE_HINTS = {
    Role.FULL_ACCESS: _("Everything, including the team, general settings and API keys."),
    Role.PROGRAM_MANAGER: _("Programs, rewards, codes, imports and participants; not the team or settings."),
    Role.SUPPORT: _("Help participants: change their details and rewards, run reports and imports."),
    Role.VIEWER: _("See programs, participants and reports, and download what others have run."),
}


def _server_zone() -> dict[str, str]:
    return {"zone": settings.TIME_ZONE}


def _language_field(label: Any, *, blank: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", blank), *settings.LANGUAGES])


def _time_zone_field(*, blank: Any) -> forms.ChoiceField:
    zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
    choices = [("", blank), ("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in zones)]
    return forms.ChoiceField(label=_("Time zone"), required=False, choices=choices)
