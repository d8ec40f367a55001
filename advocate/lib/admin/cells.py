"""Values as the pages show them: the same in a list's cell, a fact and a template."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.utils import formats, timesince, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from advocate.lib.admin.parts import Kind, Text


def badge(label: Text, kind: Kind = "neutral") -> SafeString:
    """Return a status as a coloured badge."""
    return format_html('<span class="badge badge--{}">{}</span>', kind, label)


def mono(text: object) -> SafeString:
    """Return an id or a code in monospace, each character as it is."""
    return format_html('<code class="mono">{}</code>', text) if text not in {None, ""} else dash()


def dash() -> SafeString:
    """Return what stands for nothing."""
    return format_html('<span class="dash" title="{}">–</span>', _("None"))


def number(value: int | None) -> SafeString | str:
    """Return a whole number with the reader's separators."""
    return dash() if value is None else formats.number_format(value, use_l10n=True, force_grouping=True)


def person(name: Text, detail: Text = "") -> SafeString:
    """Return a name with a quieter second line, such as the e-mail address."""
    if not detail:
        return format_html('<span class="person">{}</span>', name)
    return format_html('<span class="person">{}<span class="person__detail">{}</span></span>', name, detail)


def instant(value: datetime | None) -> SafeString:
    """Return an instant in the viewer's time zone, with the exact one in UTC as its title."""
    if value is None:
        return dash()
    text = formats.date_format(timezone.localtime(value), "DATETIME_FORMAT")
    return _time(value, text)


def day(value: date | datetime | None) -> SafeString:
    """Return a date; that of an instant is the viewer's."""
    if value is None:
        return dash()
    shown = timezone.localtime(value) if isinstance(value, datetime) else value
    text = formats.date_format(shown, "DATE_FORMAT")
    if isinstance(value, datetime):
        return _time(value, text)
    return format_html('<time class="nowrap" datetime="{}">{}</time>', value.isoformat(), text)


def moment(value: datetime | None) -> SafeString:
    """Return the time of day of an instant in the viewer's time zone, with its date where that is not today."""
    if value is None:
        return dash()
    local = timezone.localtime(value)
    is_today = local.date() == timezone.localdate()
    return _time(value, formats.date_format(local, "TIME_FORMAT" if is_today else "DATETIME_FORMAT"))


def ago(value: datetime | None) -> SafeString:
    """Return how long ago an instant was, in its greatest unit."""
    if value is None:
        return dash()
    if (timezone.now() - value).total_seconds() < 60:
        return _time(value, _("just now"))
    return _time(value, _("%(time)s ago") % {"time": timesince.timesince(value, depth=1)})


def _time(value: datetime, text: str) -> SafeString:
    exact = value.astimezone(UTC)
    return format_html(
        '<time class="nowrap" datetime="{}" title="{} UTC">{}</time>',
        exact.isoformat(timespec="seconds"),
        f"{exact:%Y-%m-%d %H:%M:%S}",
        text,
    )
