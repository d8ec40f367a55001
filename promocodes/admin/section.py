"""What the pages of Code Manager have in common: they show and lead on, and what changes codes has pages of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from advocate.lib.admin import Action, ThemedModelAdmin
from advocate.lib.panels import TabLink

M = TypeVar("M", bound=Model)
MANAGER: Final = _("Code Manager")
PARTS: Final[tuple[tuple[str, str | Promise], ...]] = (
    ("codepool", _("Programs")),
    ("codeholder", _("Advocates")),
    ("promocode", _("All codes")),
    ("codebatch", _("Batches")),
)


def part_url(model_name: str) -> str:
    """Return the address of one of Code Manager's lists."""
    return reverse(f"admin:promocodes_{model_name}_changelist")


def parts(current: str) -> list[TabLink]:
    """Return the lists of Code Manager as tabs."""
    return [TabLink(name, label, part_url(name), current=name == current) for name, label in PARTS]


class ManagerPart(ThemedModelAdmin[M]):
    """A list of Code Manager and the pages of what it lists; its models have no form."""

    page_title = MANAGER
    change_list_template = "promocodes/list.html"
    detail_only = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: codes come by uploads and generators, and to advocates by what gives them."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Refuse: codes and pools change by what is done with them."""
        return False

    def list_actions(self, request: HttpRequest) -> Sequence[Action]:
        """Offer nothing, unless the list says more."""
        return ()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list below the tabs."""
        return super().changelist_view(request, {"parts": parts(str(self.opts.model_name)), **(extra_context or {})})
