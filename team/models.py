from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


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
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make a member of the team."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make a member who may do everything."""
        return self.create_user(email, password, role=Role.FULL_ACCESS, **{"is_superuser": True, **fields})


class User(AbstractBaseUser, PermissionsMixin):
    """A member of the company's team, who logs in by e-mail."""

    email = models.EmailField(_("e-mail"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role.choices, default=Role.VIEWER)
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("team member")
        verbose_name_plural = _("team")
        constraints = [models.UniqueConstraint(Lower("email"), name="team_user_email_any_case")]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        """Say whether the back office is open to them: it is to every active member."""
        return self.is_active


class AuditEntry(models.Model):
    """Who changed what, when, and what it was before and after; written in the change's own transaction."""

    at = models.DateTimeField(_("when"), db_index=True)
    user = models.ForeignKey(User, verbose_name=_("who"), null=True, blank=True, on_delete=models.PROTECT)
    actor = models.CharField(_("who"), max_length=254)
    action = models.CharField(_("what"), max_length=60)
    object_type = models.CharField(max_length=60, blank=True)
    object_id = models.CharField(max_length=60, blank=True)
    object_label = models.CharField(_("object"), max_length=255, blank=True)
    changes = models.JSONField(_("before and after"), default=dict)

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        indexes = [models.Index(fields=["object_type", "object_id", "-at"], name="team_audit_object")]

    def __str__(self) -> str:
        return f"{self.action} {self.object_label}".strip()
