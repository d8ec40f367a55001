"""What a shop's page calls a widget: ``p/<program>/w/<key>``, or nothing for the first live program's own."""

from __future__ import annotations

import re
from typing import Final

from api.errors import ApiError
from programs.models import Program
from widget.defaults import WIDGET_KEY
from widget.models import Display, DisplayVersion

OF_A_PROGRAM: Final = re.compile(r"p/(?P<program>[a-zA-Z0-9-]{1,64})/w/(?P<key>[A-Za-z0-9_-]{1,64})")
OF_ANY: Final = re.compile(r"w/(?P<key>[A-Za-z0-9_-]{1,64})")
# What pages asked for before there were programs: they get the widget that there is.
CLASSIC: Final = frozenset({"", "REFERRER_WIDGET", "CONVERSION_WIDGET"})


def shown_version(widget_type: str) -> DisplayVersion:
    """
    Return what participants see of the widget of this type, with its display and program.

    :raises ApiError: if there is none that is published, of a program that is live
    """
    named = OF_A_PROGRAM.fullmatch(widget_type)
    any_program = OF_ANY.fullmatch(widget_type)
    seen = DisplayVersion.objects.filter(is_current=True, display__archived_at__isnull=True)
    shown = seen.filter(display__program__status=Program.Status.LIVE)
    if named:
        shown = shown.filter(display__program__key=named["program"], display__key=named["key"])
    elif any_program or widget_type in CLASSIC:
        key = any_program["key"] if any_program else WIDGET_KEY
        shown = shown.filter(display__key=key).order_by("display__program_id")
    else:
        shown = shown.none()
    found = shown.select_related("display__program").first()
    if found is None:
        raise ApiError(400, "INVALID_WIDGET_TYPE", f"There is no widget “{widget_type[:150]}” to show.", rs="RS036")
    return found


def type_of(display: Display) -> str:
    """Return what a shop's page calls a widget."""
    return f"p/{display.program.key}/w/{display.key}"
