from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from advocate.lib.fields import ExactCharField


class Role(models.TextChoices):
    """What a member of the team may do; ``team.roles`` says which permissions each has."""

    FULL_ACCESS = "full_access", _("Full access")
    PROGRAM_MANAGER = "program_manager", _("Program manager")
    SUPPORT = "support", _("Support")
    VIEWER = "viewer", _("Viewer")


class UserManager(BaseUserManager["User"]):
    """Find and make users by their e-mail address."""

    def get_by_natural_key(self, username: str | None) -> User:
        """Return the user with this e-mail address, whatever its case."""
        return self.get(email=(username or "").strip().lower())

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make a member of the team; without a password they cannot log in until they set one."""
        user = self.model(email=self.normalize_email(email).strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make a member with Full access, for ``manage.py createsuperuser``."""
        return self.create_user(email, password, **{**fields, "role": Role.FULL_ACCESS})


class User(AbstractBaseUser):
    """
    A member of the company's team, who logs in by e-mail and may do what their role allows.

    There are no superusers, groups or permissions of single members: the role is the whole answer. Members are
    deactivated, never deleted, because the audit list names them.
    """

    class Status(models.TextChoices):
        INVITED = "invited", _("Invited")
        ACTIVE = "active", _("Active")
        DEACTIVATED = "deactivated", _("Deactivated")

    email = models.EmailField(
        _("e-mail"), max_length=254, unique=True, error_messages={"unique": _("This address is on the team already.")}
    )
    name = models.CharField(_("name"), max_length=150, blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices, default=Role.VIEWER)
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    invited_at = models.DateTimeField(_("invited"), null=True, blank=True)
    joined_at = models.DateTimeField(_("joined"), null=True, blank=True, default=timezone.now)
    sessions_ended_at = models.DateTimeField(_("sessions ended"), null=True, blank=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("team member")
        verbose_name_plural = _("team")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="team_user_email_any_case"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="team_user_role_known"),
            models.CheckConstraint(
                condition=models.Q(joined_at__isnull=False) | models.Q(invited_at__isnull=False),
                name="team_user_joined_or_invited",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        """Say whether the back office is open to them: it is to every active member."""
        return self.is_active

    @property
    def status(self) -> User.Status:
        """Return where they stand: invited and not here yet, active, or deactivated."""
        if not self.is_active:
            return self.Status.DEACTIVATED
        return self.Status.ACTIVE if self.joined_at else self.Status.INVITED

    def get_session_auth_hash(self) -> str:
        """Return what a session must carry to be worth anything: a new password or ending all sessions changes it."""
        return self._session_digest(settings.SECRET_KEY)

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """Yield the same under each older secret key that is still accepted."""
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._session_digest(secret)

    def _session_digest(self, secret: str | bytes) -> str:
        state = f"{self.password}|{self.sessions_ended_at.isoformat() if self.sessions_ended_at else ''}"
        return salted_hmac("team.session", state, secret=secret, algorithm="sha256").hexdigest()

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Say whether their role allows ``perm``, such as ``rewards.redeem_reward``."""
        return any(backend.has_perm(self, perm, obj) for backend in auth.get_backends())

    def has_perms(self, perm_list: Iterable[str], obj: models.Model | None = None) -> bool:
        """Say whether their role allows all of these."""
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        """Say whether their role allows anything in the app."""
        return any(
            backend.has_module_perms(self, app_label)
            for backend in auth.get_backends()
            if hasattr(backend, "has_module_perms")
        )


class Company(models.Model):
    """The one company that this deployment serves."""

    ONLY_ID = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY_ID, editable=False)
    name = models.CharField(_("company name"), max_length=150, blank=True)
    account_email = models.EmailField(_("account e-mail"), max_length=254, blank=True)
    tenant_alias = models.CharField(_("tenant alias"), max_length=64, default="default")
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    default_language = models.CharField(_("default language"), max_length=10, blank=True)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("company")
        default_permissions = ("view", "change")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="team_company_only_one")]

    def __str__(self) -> str:
        return self.name or str(_("Company"))


class ApiKey(models.Model):
    """
    What a shop's server shows to use the API; ``account_sid`` names it in public, the secret proves it.

    The secret is found by its digest. Where a user's token must be verified the secret itself is needed: for that it
    is kept encrypted (``team.secrets``). A revoked key stays, because the audit list names it.
    """

    class Scope(models.TextChoices):
        READ = "read", _("Read")
        WRITE = "write", _("Write")
        MONEY = "money", _("Money")

    name = models.CharField(_("name"), max_length=100)
    scope = models.CharField(_("scope"), max_length=10, choices=Scope.choices, default=Scope.READ)
    account_sid = models.CharField(_("account SID"), max_length=32, unique=True, editable=False)
    secret_digest = models.CharField(max_length=64, unique=True, editable=False)
    secret_encrypted = models.TextField(editable=False)
    form_token = models.CharField(max_length=64, null=True, unique=True, editable=False)  # noqa: DJ001  others have none
    created_by = models.CharField(_("created by"), max_length=254)
    created_at = models.DateTimeField(_("created"))
    last_used_at = models.DateTimeField(_("last used"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-created_at", "-id"]
        default_permissions = ("view", "add", "change")
        constraints = [
            models.CheckConstraint(condition=models.Q(scope__in=["read", "write", "money"]), name="team_apikey_scope"),
            models.CheckConstraint(condition=~models.Q(name=""), name="team_apikey_named"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_revoked(self) -> bool:
        """Say whether it opens nothing any more."""
        return self.revoked_at is not None

    def allows(self, scope: str) -> bool:
        """Say whether it may do what ``scope`` names: each scope includes the ones before it."""
        order = self.Scope.values
        return order.index(self.scope) >= order.index(scope)


class AuditEntry(models.Model):
    """
    Who changed what, when, and what it was before and after; written in the change's own transaction.

    The database refuses to change or delete an entry.
    """

    at = models.DateTimeField(_("when"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("member"), null=True, blank=True, on_delete=models.PROTECT
    )
    actor = models.CharField(_("who"), max_length=254)
    action = models.CharField(_("what"), max_length=60)
    object_type = models.CharField(max_length=60, blank=True)
    object_id = models.CharField(max_length=60, blank=True)
    object_label = ExactCharField(_("object"), max_length=255, blank=True)
    changes = models.JSONField(_("before and after"), default=dict)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["-at", "-id"], name="team_audit_recent"),
            models.Index(fields=["object_type", "object_id", "-at"], name="team_audit_object"),
            models.Index(fields=["action", "-at"], name="team_audit_action"),
            # What a person searches for.
            models.Index(Lower("object_label"), name="team_audit_label"),
            models.Index(fields=["actor", "-at", "-id"], name="team_audit_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_label}".strip()


class Throttle(models.Model):
    """
    The tries that count against one account or address at the moment.

    ``tries`` holds the seconds since 1970 of each; ``key`` never holds what a person typed, only its digest.
    """

    key = models.CharField(max_length=100, primary_key=True)
    tries = models.JSONField(default=list)
    last_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()


class PasswordResetRequest(models.Model):
    """
    Somebody asked for a link to set a new password for an address; a worker answers it.

    The row is written for unknown addresses, too, so that the page takes as long for both.
    """

    email = models.EmailField(max_length=254)
    language = models.CharField(max_length=10)
    requested_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
