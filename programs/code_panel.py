"""A participant's referral codes and share links, as their page shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from advocate.lib.admin import Action, Badge, number
from programs.addresses import share_url
from programs.models import Participant, Program, ReferralCode, ShareLink
from programs.pages import page_of
from programs.queries import codes_of


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A share link as the page shows it."""

    url: str
    shown: SafeString
    clicks: int
    clicks_text: SafeString | str
    is_retired: bool


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A code with its links and what can be done with it."""

    code: ReferralCode
    status: Badge
    links: tuple[LinkLine, ...]
    actions: tuple[Action, ...]


def codes(request: HttpRequest, participant: Participant) -> Mapping[str, Any]:
    """Return a page of the participant's referral codes."""
    page = page_of(request, "codes", codes_of(participant))
    can_change = request.user.has_perm("programs.change_referralcode")
    return {
        "page": page,
        "lines": [_line(code, participant, can_change=can_change) for code in page.rows],
        "can_add": request.user.has_perm("programs.add_referralcode"),
    }


def _line(code: ReferralCode, owner: Participant, *, can_change: bool) -> CodeLine:
    return CodeLine(
        code=code,
        status=_status(code, owner),
        links=tuple(_link(link) for link in code.share_links.all()),
        actions=tuple(_actions(code)) if can_change else (),
    )


def _link(link: ShareLink) -> LinkLine:
    url = share_url(link.slug)
    return LinkLine(url, _shown(url, link.slug), link.clicks, number(link.clicks), bool(link.retired_at))


def _shown(url: str, slug: str) -> SafeString:
    """Return an address as people read it: it begins with the host, and breaks only before what is its own."""
    stem = url.partition("://")[2].removesuffix(slug)
    return format_html("{}<wbr>{}", stem, slug)


def _status(code: ReferralCode, owner: Participant) -> Badge:
    if code.disabled_at:
        return Badge(_("Disabled"))
    if owner.is_blocked:
        return Badge(_("Blocked"), "danger")
    if code.program.status != Program.Status.LIVE:
        return Badge(_("Program not live"), "warning")
    return Badge(_("Works"), "success")


def _actions(code: ReferralCode) -> list[Action]:
    edit = Action(_("Edit"), reverse("admin:programs_code_edit", args=[code.pk]))
    primary = Action(_("Make primary"), reverse("admin:programs_code_make-primary", args=[code.pk]))
    disable = Action(_("Disable"), reverse("admin:programs_code_disable", args=[code.pk]))
    enable = Action(_("Enable"), reverse("admin:programs_code_enable", args=[code.pk]))
    if code.disabled_at:
        return [enable]
    return [edit] if code.is_primary else [edit, primary, disable]
