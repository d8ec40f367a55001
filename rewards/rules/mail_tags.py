"""The places in a rule's e-mail that each reader's own words take: a strict list, checked when the rule is saved."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TAGS: Final[Mapping[str, str | Promise]] = {
    "reader_name": _("who gets the e-mail"),
    "advocate_name": _("the advocate's first name"),
    "friend_name": _("the friend's first name"),
    "reward": _("what they get, such as $10.00 or 15%"),
    "program": _("the program's name"),
    "available_from": _("from when it can be used"),
    "expires": _("until when it can be used"),
}
_TAG = re.compile(r"\{\{ *([a-z_]+) *\}\}")
_LEFTOVER = re.compile(r"\{+[^{}]{0,30}\}*|[^{}]{0,30}\}+")


def broken_tag(text: str) -> str:
    """Return the first thing in the text that looks like a tag and is none, or nothing."""
    for match in _TAG.finditer(text):
        if match[1] not in TAGS:
            return match[0]
    leftover = _LEFTOVER.search(_TAG.sub("", text))
    return leftover[0].strip() if leftover else ""


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return the text with its tags replaced, once: a tag in somebody's name stays what it is."""
    return _TAG.sub(lambda match: values[match[1]], text)
