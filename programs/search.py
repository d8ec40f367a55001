from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advocate.lib.search import SearchHit, SearchSource, Seeker, register_search
from programs.queries import codes_beginning_with, search_participants, search_programs

# What a list says that holds only those of the people found, or of what is theirs, who are the newest.
MORE_OWNERS = gettext_lazy(
    "More than %(number)s participants match, and only the newest are looked for here: type more to find others."
)
MORE_PEOPLE = gettext_lazy("More than %(number)s participants match. These are the newest: type more to find others.")


def find_participants(words: str, limit: int, _seeker: Seeker) -> list[SearchHit]:
    """Return the newest participants whom each word finds."""
    found = search_participants(words, most=limit).rows.order_by("-created_at", "-pk")[:limit]
    return [
        SearchHit(
            title=str(participant),
            subtitle=" · ".join(dict.fromkeys(filter(None, (participant.email, participant.user_id)))),
            url=_page_of(participant.pk),
        )
        for participant in found
    ]


def find_programs(words: str, limit: int, _seeker: Seeker) -> list[SearchHit]:
    """Return the programs whose name or ID holds each word."""
    found = search_programs(words).order_by("name", "pk")[:limit]
    return [
        SearchHit(
            title=program.name,
            subtitle=f"{program.key} · {program.get_status_display()}",
            url=reverse("admin:programs_program_change", args=[program.pk]),
        )
        for program in found
    ]


def find_codes(words: str, limit: int, _seeker: Seeker) -> list[SearchHit]:
    """Return the referral codes that begin with what was typed; each leads to its participant."""
    return [
        SearchHit(
            title=code.code,
            subtitle=_("%(name)s in %(program)s") % {"name": code.participant, "program": code.program},
            url=f"{_page_of(code.participant_id)}?tab=codes",
        )
        for code in codes_beginning_with(words)[:limit]
    ]


def _page_of(participant_id: int) -> str:
    return reverse("admin:programs_participant_change", args=[participant_id])


def register() -> None:
    """Let the search from any page find participants, programs and referral codes."""
    sources = (
        SearchSource("participants", gettext_lazy("Participants"), "programs.view_participant", find_participants, 10),
        SearchSource("programs", gettext_lazy("Programs"), "programs.view_program", find_programs, 20),
        SearchSource("codes", gettext_lazy("Referral codes"), "programs.view_referralcode", find_codes, 30),
    )
    for source in sources:
        register_search(source)
