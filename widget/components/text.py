from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from widget.components.base import Component, Text


class PlainText(Component):
    """Paragraphs in an admin's own words."""

    key = "text"
    label = _("Text")
    about = _("A heading and paragraphs in your own words, such as terms.")
    texts = (
        Text("title", _("Heading"), "", ""),
        Text(
            "body",
            _("Text"),
            "",
            "",
            is_long=True,
            hint=_("Write what your participants should know."),
        ),
    )
