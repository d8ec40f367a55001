from __future__ import annotations

from datetime import datetime

from django.db import transaction

from programs.models import Program
from widget.defaults import MICROSITE_KEY, WIDGET_KEY, first_components
from widget.models import FIRST_NAMES, Display, DisplayVersion
from widget.queries import shows_promo_codes

Kind = Display.Kind


@transaction.atomic
def make_displays(*, program: Program, at: datetime) -> None:
    """
    Give a program its widget, which shows at once, and its microsite, which is a draft; what is there stays.

    Who does the same at this moment comes to the same.
    """
    rows = (_display(program, Kind.WIDGET, "", at), _display(program, Kind.MICROSITE, _free_slug(program), at))
    Display.objects.bulk_create(rows, ignore_conflicts=True)
    new = Display.objects.filter(program=program).exclude(versions__is_draft=True)
    promo_codes = shows_promo_codes(program.pk)
    versions = [version for display in new for version in _versions(display, promo_codes, at)]
    DisplayVersion.objects.bulk_create(versions, ignore_conflicts=True)


def _display(program: Program, kind: str, slug: str, at: datetime) -> Display:
    key = WIDGET_KEY if kind == Kind.WIDGET else MICROSITE_KEY
    return Display(program=program, kind=kind, key=key, name=FIRST_NAMES[kind], slug=slug, created_at=at, updated_at=at)


def _versions(display: Display, promo_codes: bool, at: datetime) -> list[DisplayVersion]:
    """Return the first draft and, of a widget, the same as its first published version."""
    components = first_components(promo_codes=promo_codes)
    draft = DisplayVersion(display=display, is_draft=True, components=components, updated_at=at)
    if display.is_microsite:
        return [draft]
    first = DisplayVersion(
        display=display, number=1, is_current=True, components=components, published_at=at, updated_at=at
    )
    return [draft, first]


def _free_slug(program: Program) -> str:
    """Return the program's key as an address, or where another program's microsite has it, with a number."""
    slug = program.key.lower()
    taken = Display.objects.filter(slug=slug).exclude(program=program, key=MICROSITE_KEY).exists()
    return f"{slug[:50]}-{program.pk}" if taken else slug
