from __future__ import annotations

from functools import cache

from babel.core import get_global
from babel.numbers import get_currency_name, get_currency_precision


@cache
def current_currencies() -> tuple[str, ...]:
    """Return the codes of the currencies that some country uses today, and CLF, in which Chile counts."""
    in_use = {"CLF"}
    for currencies in get_global("territory_currencies").values():
        in_use.update(code for code, _start, end, is_tender in currencies if end is None and is_tender)
    return tuple(sorted(in_use))


def digits_of_currency(code: str) -> int | None:
    """Return how many digits a currency has after the point; ``None`` where it is none of today's."""
    return get_currency_precision(code) if code in current_currencies() else None


def currency_choices(language: str) -> list[tuple[str, str]]:
    """Return the currencies with their names in a language, as a select lists them."""
    locale = "zh_Hans" if language.startswith("zh") else language.partition("-")[0]
    return [(code, f"{code} · {get_currency_name(code, locale=locale)}") for code in current_currencies()]
