"""The sidebar as the product's admins know it; an entry shows when its page exists and the person may see it."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the sidebar; ``parts`` are other lists that belong to it."""

    label: str | Promise
    url_name: str
    permission: str
    icon: str
    purpose: str | Promise = ""
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A group of pages in the sidebar."""

    label: str | Promise
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as one page shows it."""

    label: str | Promise
    url: str
    icon: str
    current: bool
    purpose: str | Promise = ""


@dataclass(frozen=True, slots=True)
class LinkGroup:
    """A section as one page shows it."""

    label: str | Promise
    links: tuple[Link, ...]


MENU: tuple[Section, ...] = (
    Section("", (Entry(_("Overview"), "admin:index", "", "overview"),)),
    Section(
        _("Engage"),
        (
            Entry(
                _("Program Rules"),
                "admin:programs_program_changelist",
                "programs.view_program",
                "rules",
                _("Who earns what, for which referral."),
            ),
            Entry(
                _("Content"),
                "admin:widget_display_changelist",
                "widget.view_display",
                "content",
                _("What participants see: widgets and microsites."),
            ),
            Entry(
                _("Participants"),
                "admin:programs_participant_changelist",
                "programs.view_participant",
                "participants",
                _("Everyone who shares, was referred, or holds a reward."),
            ),
        ),
    ),
    Section(
        _("Rewards"),
        (
            Entry(
                _("Catalog"),
                "admin:rewards_catalogreward_changelist",
                "rewards.view_catalogreward",
                "catalog",
                _("The rewards that your programs hand out."),
            ),
            Entry(_("Reward Units"), "admin:rewards_rewardunit_changelist", "rewards.view_rewardunit", "units"),
            Entry(
                _("Code Manager"),
                "admin:promocodes_codepool_changelist",
                "promocodes.view_codepool",
                "codes",
                _("Pools of single-use promo codes and how many are left."),
                parts=(
                    "admin:promocodes_codeholder_changelist",
                    "admin:promocodes_promocode_changelist",
                    "admin:promocodes_codebatch_changelist",
                ),
            ),
            Entry(_("Feed"), "admin:rewards_reward_changelist", "rewards.view_reward", "feed"),
        ),
    ),
    Section(
        _("Reporting"),
        (
            Entry(
                _("Referral Feed"),
                "admin:programs_referral_changelist",
                "programs.view_referral",
                "referrals",
                _("Every friend who came through an advocate, and what it gave."),
            ),
            Entry(
                _("Conversions"),
                "admin:programs_conversion_changelist",
                "programs.view_conversion",
                "check",
                _("The orders that your shop reported, and for whom each counts."),
            ),
            Entry(
                _("Imports & Exports"),
                "admin:jobs_job_changelist",
                "jobs.view_job",
                "jobs",
                _("Run reports, and load balances and codes from a spreadsheet."),
            ),
        ),
    ),
    Section(
        _("Settings"),
        (
            Entry(_("General"), "admin:team_company_change", "team.change_company", "settings"),
            Entry(_("Team"), "admin:team_user_changelist", "team.view_user", "team"),
            Entry(_("API keys"), "admin:team_apikey_changelist", "team.view_apikey", "keys"),
            Entry(_("Email log"), "admin:outbox_email_changelist", "outbox.view_email", "mail"),
            Entry(_("Changes"), "admin:team_auditentry_changelist", "team.view_auditentry", "clock"),
        ),
    ),
)


def menu_for(request: HttpRequest) -> list[LinkGroup]:
    """Return the sections and pages that the request's user may see, with the current one marked."""
    groups = []
    for section in MENU:
        links = tuple(link for entry in section.entries if (link := _link(entry, request)))
        if links:
            groups.append(LinkGroup(label=section.label, links=links))
    return groups


def _link(entry: Entry, request: HttpRequest) -> Link | None:
    user: AbstractBaseUser | AnonymousUser = request.user
    if entry.permission and not user.has_perm(entry.permission):  # type: ignore[union-attr]
        return None
    try:
        url = reverse(entry.url_name)
    except NoReverseMatch:
        return None
    is_home = entry.url_name == "admin:index"
    current = request.path == url if is_home else request.path.startswith((url, *map(reverse, entry.parts)))
    return Link(label=entry.label, url=url, icon=entry.icon, current=current, purpose=entry.purpose)


def pages_named(words: str, request: HttpRequest) -> list[Link]:
    """Return the pages of the menu whose name or purpose holds the words."""
    if not words:
        return []
    wanted = words.casefold()
    links = (link for group in menu_for(request) for link in group.links)
    return [link for link in links if wanted in f"{link.label} {link.purpose}".casefold()]


def first_steps(request: HttpRequest) -> list[Link]:
    """Return the pages that say what they are for, as a way into an empty back office."""
    return [link for group in menu_for(request) for link in group.links if link.purpose]
