"""The components that templates use; docs/theme.md shows each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import Any

from django import template
from django.conf import settings
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.forms import BaseForm, BoundField, CheckboxInput
from django.forms.widgets import CheckboxSelectMultiple, RadioSelect
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from advocate.lib.admin import cells
from advocate.lib.admin.parts import Kind, Text
from advocate.lib.capped import CappedCount
from advocate.lib.charts import LineChart
from advocate.lib.east_asian import gap_after

register = template.Library()

register.filter("instant", cells.instant)
register.filter("ago", cells.ago)
register.filter("moment", cells.moment)
register.filter("number", cells.number)
register.filter("gap_after", gap_after)


@register.filter
def day(value: date | datetime | None) -> SafeString:
    """Show a date, or an instant's date for the viewer."""
    return cells.day(value)


@register.filter
def mono(value: object) -> SafeString:
    """Show an id or a code in monospace."""
    return cells.mono(value)


@register.simple_tag
def badge(label: Text, kind: Kind = "neutral") -> SafeString:
    """Show a status as a coloured badge."""
    return cells.badge(label, kind)


@register.simple_tag
def icon(name: str, label: Text = "") -> SafeString:
    """Draw an icon of the sprite: for the eye only, or with a name for everyone."""
    use = format_html('<use href="{}#{}"></use>', static("advocate/icons.svg"), name)
    if not label:
        return format_html('<svg class="icon" aria-hidden="true" focusable="false">{}</svg>', use)
    return format_html('<svg class="icon" role="img" aria-label="{}" focusable="false">{}</svg>', label, use)


@register.inclusion_tag("components/copy.html")
def copy(text: object, shown: object = "") -> dict[str, Any]:
    """Show an id or a code, or what stands for it, with a button that copies it."""
    return {"text": text, "shown": shown or text}


@register.inclusion_tag("components/progress.html")
def progress(done: int | None, total: int | None, label: Text) -> dict[str, Any]:
    """Show how far something is; without a total, only that it goes on."""
    percent = min(100, (done or 0) * 100 // total) if total else None
    return {"done": cells.number(done or 0), "total": cells.number(total), "label": label, "percent": percent}


@register.inclusion_tag("components/line_chart.html")
def line_chart(chart: LineChart, name: str, title: Text, about: Text, mark_label: Text = "") -> dict[str, Any]:
    """Draw a line over time: for the eye, in words, and as a table; ``name`` is its own on the page."""
    ends = cells.day if chart.is_daily or chart.last - chart.first > timedelta(days=1) else cells.instant
    when = cells.day if chart.is_daily else cells.instant
    return {
        "chart": chart,
        "id": name,
        "title": title,
        "about": about,
        "mark_label": mark_label if chart.mark else "",
        "mark_y": f"{chart.mark_y:g}" if chart.mark else "",  # with a point in every language
        "top": cells.number(chart.top),
        "width": str(chart.width),
        "height": str(chart.height),
        "ends": [ends(_moment(chart, end)) for end in (chart.first, chart.last)],
        "rows": [(when(_moment(chart, row.at)), cells.number(row.value)) for row in chart.rows],
    }


def _moment(chart: LineChart, at: datetime) -> Any:
    """Return an instant, or the day that it stands for, which is the same day for every reader."""
    return at.date() if chart.is_daily else at


@register.inclusion_tag("components/empty.html")
def empty(icon: str, title: Text, text: Text = "", url: str = "", label: Text = "") -> dict[str, Any]:
    """Show that there is nothing, and what to do about it."""
    return {"icon": icon, "title": title, "text": text, "url": url, "label": label}


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step of the way to a page."""

    label: Text
    url: str


@register.inclusion_tag("components/crumbs.html")
def crumbs(*parts: Text) -> dict[str, Any]:
    """Show the way to the page: pairs of a label and a URL name or path; the last label has none."""
    pairs = zip_longest(parts[::2], parts[1::2], fillvalue="")
    return {"crumbs": [Crumb(label, _address(str(target))) for label, target in pairs]}


def _address(target: str) -> str:
    if not target or target.startswith(("/", "?")):
        return target
    return reverse(target)


@register.inclusion_tag("components/tabs.html")
def tabs(items: Sequence[Any], label: Text = "") -> dict[str, Any]:
    """Show links between the parts of a page."""
    return {"items": items, "label": label}


@register.inclusion_tag("components/form_fields.html")
def form_fields(form: BaseForm) -> dict[str, Any]:
    """Show all fields of a plain form."""
    return {"form": form}


@register.inclusion_tag("components/form_field.html")
def form_field(field: BoundField) -> dict[str, Any]:
    """Show one field with its label, help and errors."""
    widget = field.field.widget
    return {
        "field": field,
        "is_checkbox": isinstance(widget, CheckboxInput),
        "is_group": isinstance(widget, (RadioSelect, CheckboxSelectMultiple)),
    }


@dataclass(frozen=True, slots=True)
class RadioCard:
    """A choice as a card."""

    value: str
    label: Text
    hint: Text
    id: str
    checked: bool


@register.inclusion_tag("components/radio_cards.html")
def radio_cards(field: BoundField) -> dict[str, Any]:
    """Show the choices of a radio field as cards, each with the hint that ``widget.hints`` has for its value."""
    hints: dict[str, Text] = getattr(field.field.widget, "hints", {})
    cards = [
        RadioCard(
            value=str(choice.data["value"]),
            label=choice.choice_label,
            hint=hints.get(str(choice.data["value"]), ""),
            id=choice.id_for_label,
            checked=bool(choice.data["selected"]),
        )
        for choice in field
        if str(choice.data["value"])
    ]
    return {"field": field, "cards": cards}


@register.inclusion_tag("components/file_field.html")
def file_field(field: BoundField) -> dict[str, Any]:
    """Show a file input as an area to drop a file on."""
    return {"field": field}


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a longer task."""

    number: int
    label: Text
    state: str


@register.inclusion_tag("components/steps.html")
def steps(current: int, *labels: Text) -> dict[str, Any]:
    """Show how far a person is in a task of several steps, counted from 1."""
    shown = [Step(number, label, _state(number, current)) for number, label in enumerate(labels, start=1)]
    return {"steps": shown, "current": current}


def _state(number: int, current: int) -> str:
    if number == current:
        return "current"
    return "done" if number < current else "ahead"


@register.simple_tag(takes_context=True)
def theme(context: template.Context) -> str:
    """Return the colours that the viewer chose: auto, light or dark."""
    request = context.get("request")
    chosen = request.COOKIES.get("theme", "auto") if isinstance(request, HttpRequest) else "auto"
    return chosen if chosen in {"light", "dark"} else "auto"


@register.simple_tag
def other_languages() -> list[tuple[str, str]]:
    """Return the code and the own name of each language but the current one."""
    return [(code, str(name)) for code, name in settings.LANGUAGES if code != get_language()]


@register.simple_tag(takes_context=True)
def here(context: template.Context) -> str:
    """Return the address of this page, for forms that lead back to it."""
    request = context.get("request")
    return request.get_full_path() if isinstance(request, HttpRequest) and request.method == "GET" else ""


@register.simple_tag
def cells_of(row: Sequence[str], headers: Sequence[dict[str, Any]], cl: ChangeList) -> list[SafeString]:
    """Return a list row's cells with the name of their column, which a phone shows beside the value."""
    return [_labelled(cell, header, cl) for cell, header in zip(row, headers, strict=False)]


def _labelled(cell: str, header: dict[str, Any], cl: ChangeList) -> SafeString:
    name = column_name(header)
    label = "" if name == "action_checkbox" else capfirst(str(header["text"]))
    mark = format_html(' data-label="{}"', label) if label else ""
    numeric = "numeric " if is_numeric(header, cl) else ""
    # Django made the cell, with a class attribute, and escaped what is in it.
    return mark_safe(str(cell).replace(' class="', f'{mark} class="{numeric}', 1))  # noqa: S308


@register.filter
def is_numeric(header: dict[str, Any], cl: ChangeList) -> bool:
    """Say whether a list's column holds numbers, which line up at the right."""
    return column_name(header) in getattr(cl.model_admin, "numeric_columns", ())


@register.filter
def column_name(header: dict[str, Any]) -> str:
    """Return the name of a list's column from the class that Django gave its header."""
    for part in str(header.get("class_attrib", "")).replace('"', " ").split():
        if part.startswith("column-"):
            return part.removeprefix("column-")
    return "action_checkbox" if "action-checkbox-column" in str(header.get("class_attrib", "")) else ""


@register.simple_tag
def page_url(cl: ChangeList, number: int) -> str:
    """Return the address of a page of a list."""
    return cl.get_query_string({PAGE_VAR: number})


@register.simple_tag
def list_range(cl: ChangeList) -> dict[str, str]:
    """Return the first and last row of a list's page, and how many rows there are, as they are written."""
    first = (cl.page_num - 1) * cl.list_per_page + 1
    last = min(cl.page_num * cl.list_per_page, cl.result_count)
    has_more = getattr(cl, "is_capped", False) or getattr(cl, "is_cut", False)
    total = CappedCount(cl.result_count, has_more).text
    return {"first": cells.number(first), "last": cells.number(last), "total": total}


@register.filter
def is_narrowed(cl: ChangeList) -> bool:
    """Say whether a list shows less than everything because of a search or a filter."""
    return bool(cl.query or cl.has_active_filters or cl.get_filters_params())


@register.filter
def plain_label(label: SafeString, field: Any) -> SafeString:
    """Take the colon from a label that Django's admin made, and say where a field may stay empty."""
    ends = str(label).rfind("</label>")
    text = str(label)[:ends].rstrip(":：")
    is_optional = not field.is_readonly and not field.is_checkbox and not field.field.field.required
    note = format_html(' <span class="field__optional">{}</span>', _("optional")) if is_optional else ""
    return mark_safe(f"{text}{note}</label>")  # noqa: S308  (Django's own label, escaped)


@register.filter
def labelled(field: BoundField) -> SafeString:
    """Draw a field of a table of fields, whose label is only the column's heading for the eye."""
    return field.as_widget(attrs={"aria-label": str(field.label)})
