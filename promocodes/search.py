from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from advocate.lib.search import SearchHit, SearchSource, Seeker, register_search
from promocodes.queries.searching import codes_beginning_with


def find_promo_codes(words: str, limit: int, _seeker: Seeker) -> list[SearchHit]:
    """Return the promo codes that begin with what was typed, each with where it is."""
    found = codes_beginning_with(words).select_related("pool__program", "participant")[:limit]
    return [
        SearchHit(
            title=code.code,
            subtitle=" · ".join(
                str(part) for part in (code.get_state_display(), code.participant, code.pool) if part is not None
            ),
            url=reverse("admin:promocodes_promocode_change", args=[code.pk]),
        )
        for code in found
    ]


def register() -> None:
    """Let the search from any page find promo codes."""
    register_search(SearchSource("promo-codes", _("Promo codes"), "promocodes.view_promocode", find_promo_codes, 35))
