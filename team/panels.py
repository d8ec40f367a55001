"""What this room shows on pages: a member's access, what they changed, and any object's history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from advocate.lib.panels import Panel, register_panel
from team.forms import RoleForm
from team.history import line_of
from team.models import User
from team.queries import changes_by, history_of

MEMBER_PAGE = "member"
KEY_PAGE = "api_key"


def history_panel(*, page: str, tab: str = "", permission: str, order: int = 900) -> Panel:
    """
    Return a panel with the latest changes of a page's object.

    An app registers it for its own pages: ``register_panel(history_panel(page="reward", permission=…))``.
    """
    return Panel(
        page=page,
        tab=tab,
        key="history",
        template="team/panels/history.html",
        context=_history_context,
        permission=permission,
        order=order,
        wide=True,
    )


def register_panels() -> None:
    """Put the pages of a member and of an API key together; called once at the start."""
    register_panel(
        Panel(
            page=MEMBER_PAGE,
            key="access",
            template="team/panels/access.html",
            context=_access_context,
            permission="team.change_user",
            order=10,
        )
    )
    register_panel(history_panel(page=MEMBER_PAGE, permission="team.view_auditentry", order=20))
    register_panel(
        Panel(
            page=MEMBER_PAGE,
            key="changes",
            template="team/panels/changes.html",
            context=_changes_context,
            permission="team.view_auditentry",
            order=30,
            wide=True,
        )
    )
    register_panel(
        Panel(
            page=KEY_PAGE,
            key="access",
            template="team/api_keys/access.html",
            context=lambda _request, key: {"key": key},
            permission="team.change_apikey",
            order=10,
        )
    )
    register_panel(history_panel(page=KEY_PAGE, permission="team.view_auditentry", order=20))


def _history_context(request: HttpRequest, target: Any) -> Mapping[str, Any]:
    entries = history_of(object_type=target._meta.label_lower, object_id=str(target.pk))
    return {"lines": [line_of(entry) for entry in entries]}


def _changes_context(request: HttpRequest, member: User) -> Mapping[str, Any]:
    return {"lines": [line_of(entry) for entry in changes_by(member=member)]}


def _access_context(request: HttpRequest, member: User) -> Mapping[str, Any]:
    return {
        "member": member,
        "own": request.user.pk == member.pk,
        "invited": member.status == User.Status.INVITED,
        "form": RoleForm(initial={"role": member.role}),
    }
