from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.template import Context, Engine
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError

SUBJECT_LENGTH = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_BLANK_LINES = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+\n")


class UnusableAddress(DomainError):
    """No mail can go to this address."""

    code = "unusable_address"
    message = _("“%(address)s” is not an e-mail address that mail can be sent to.")


@dataclass(frozen=True, slots=True)
class Message:
    """A mail ready to send, in its reader's language; ``name`` is the kind of mail, as its templates are called."""

    to: str
    subject: str
    text: str
    html: str
    language: str
    name: str = ""


def render_email(
    *, name: str, to: str, language: str = "", time_zone: str = "", context: Mapping[str, Any] | None = None
) -> Message:
    """
    Return the mail ``name`` in its reader's language and time zone, those of the deployment where they are blank.

    The parts are ``templates/emails/<name>-subject.txt``, ``<name>.txt`` and ``<name>.html``. Besides ``context``
    they are given ``base_url`` (without a slash at its end), ``language`` and ``subject``. Only HTML is escaped.

    :raises UnusableAddress: if ``to`` is no e-mail address
    """
    _refuse_unusable(to)
    language = language or settings.LANGUAGE_CODE
    zone = ZoneInfo(time_zone or settings.TIME_ZONE)
    values = {"base_url": settings.BASE_URL, "language": language, **(context or {})}
    with translation.override(language), timezone.override(zone):
        values["subject"] = subject = _one_line(_render(f"{name}-subject.txt", values, escape=False))
        text = _render(f"{name}.txt", values, escape=False)
        html = _render(f"{name}.html", values, escape=True)
    return Message(
        to=to,
        subject=subject,
        text=_BLANK_LINES.sub("\n\n", text).strip() + "\n",
        html=html.strip() + "\n",
        language=language,
        name=name,
    )


def absolute_url(path: str) -> str:
    """Return the address of a page of ours as a mail must give it: with scheme and host."""
    return f"{settings.BASE_URL}{path}"


def _refuse_unusable(address: str) -> None:
    try:
        EmailValidator()(address)
    except ValidationError:
        raise UnusableAddress(address=address) from None


def _render(template: str, values: Mapping[str, Any], *, escape: bool) -> str:
    rendered = Engine.get_default().get_template(f"emails/{template}").render(Context(dict(values), autoescape=escape))
    return str(rendered).replace("\x00", "")


def _one_line(subject: str) -> str:
    """Return the subject without line breaks or control characters: a name in it must not start a header."""
    line = " ".join(_CONTROL.sub(" ", subject).split())
    return line if len(line) <= SUBJECT_LENGTH else f"{line[: SUBJECT_LENGTH - 1]}…"
