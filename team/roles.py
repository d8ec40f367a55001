"""Which role may do what: every app grants its own permissions, so that this room knows none of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from team.models import Role, User

EVERYONE = frozenset(Role)
SUPPORT_AND_ABOVE = frozenset({Role.SUPPORT, Role.PROGRAM_MANAGER, Role.FULL_ACCESS})
MANAGERS_AND_ABOVE = frozenset({Role.PROGRAM_MANAGER, Role.FULL_ACCESS})
FULL_ACCESS_ONLY = frozenset({Role.FULL_ACCESS})

_grants: dict[str, frozenset[Role]] = {}


def grant(roles: Iterable[Role], *permissions: str) -> None:
    """Let ``roles`` do what ``permissions`` (such as ``rewards.redeem_reward``) name; for ``AppConfig.ready``."""
    for permission in permissions:
        _grants[permission] = frozenset(roles)


def permissions_of(role: str) -> frozenset[str]:
    """Return the permissions that a role has."""
    return frozenset(permission for permission, roles in _grants.items() if role in roles)


class RoleBackend:
    """Answer Django's permission questions from a member's role; only what was granted is allowed, whoever asks."""

    def authenticate(self, *_args: Any, **_kwargs: Any) -> None:
        """Log nobody in: that is another backend's work."""

    def get_all_permissions(self, user_obj: Any, obj: object = None) -> set[str]:
        """Return what the member may do."""
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return set()
        return set(permissions_of(user_obj.role))

    def has_perm(self, user_obj: Any, perm: str, obj: object = None) -> bool:
        """Say whether the member's role has the permission."""
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        return user_obj.role in _grants.get(perm, frozenset())

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Say whether the member may do anything in the app."""
        return any(permission.startswith(f"{app_label}.") for permission in self.get_all_permissions(user_obj))
