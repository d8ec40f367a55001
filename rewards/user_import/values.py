"""What a cell of a file of users means. Each function takes the cell's text and its column's name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.dateparse import parse_datetime
from django.utils.timezone import make_aware

from advocate.lib.errors import DomainError
from programs import sent_values as sent
from programs.models import CODE_FORM
from rewards.user_import.errors import (
    ForbiddenCharacter,
    InvalidCountry,
    InvalidEmail,
    InvalidInstant,
    InvalidLocale,
    InvalidReferable,
    InvalidReferralCode,
    InvalidSegment,
    InvalidUrl,
    TextTooLong,
    TooManySegments,
)

WORDS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = 253_402_300_799_999  # milliseconds to the end of the year 9999
_MILLISECONDS: Final = re.compile(r"\d{1,15}", re.ASCII)
_is_url = URLValidator()

Parser = Callable[[str, str], Any]


def text_of(text: str, column: str) -> str:
    """
    Return a text that a name may be.

    :raises TextTooLong: if it is too long
    :raises ForbiddenCharacter: if it holds what no database keeps
    """
    return _kept(text, column, sent.LONGEST_NAME)


def field_text(text: str, column: str) -> str:
    """
    Return a text that a field of a company's own may be.

    :raises TextTooLong: if it is too long
    :raises ForbiddenCharacter: if it holds what no database keeps
    """
    return _kept(text, column, sent.LONGEST_FIELD)


def url_of(text: str, column: str) -> str:
    """
    Return a web address.

    :raises InvalidUrl: if it is none
    """
    kept = _kept(text, column, sent.LONGEST_URL)
    try:
        _is_url(kept)
    except ValidationError:
        raise InvalidUrl(column=column, found=text) from None
    return kept


def referable_of(text: str, column: str) -> bool:
    """
    Return what a word says.

    :raises InvalidReferable: if it is neither yes nor no
    """
    try:
        return WORDS[text.lower()]
    except KeyError:
        raise InvalidReferable(column=column, found=text) from None


def instant_of(text: str, column: str, *, at: datetime) -> datetime:
    """
    Return an instant up to ``at``: Unix milliseconds, as the reports have them, or ISO 8601.

    :raises InvalidInstant: if it is none
    """
    try:
        found = _instant(text)
    except (ValueError, OverflowError):
        found = None
    if found is None or not EPOCH <= found <= at:
        raise InvalidInstant(column=column, found=text)
    return found


def segments_of(text: str, column: str) -> tuple[list[str], list[str]]:
    """
    Return the segments to add and those to remove.

    :raises InvalidSegment: if one is none
    :raises TooManySegments: if there are too many
    """
    names = list(dict.fromkeys(filter(None, (name.strip() for name in text.split(",")))))
    if len(names) > sent.MOST_SEGMENTS:
        raise TooManySegments(column=column, found=text, most=sent.MOST_SEGMENTS)
    for name in names:
        if not _SEGMENT.match(name) or "\x00" in name:
            raise InvalidSegment(column=column, found=name)
    removed = [name[1:] for name in names if name.startswith("~")]
    return [name for name in names if not name.startswith("~") and name not in removed], removed


def code_of(text: str, column: str) -> str:
    """
    Return a referral code.

    :raises InvalidReferralCode: if it cannot be one
    """
    if not _CODE.match(text):
        raise InvalidReferralCode(column=column, found=text)
    return text


def _instant(text: str) -> datetime | None:
    if _MILLISECONDS.fullmatch(text):
        milliseconds = int(text)
        return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds <= LATEST else None
    found = parse_datetime(text)
    return make_aware(found) if found is not None and found.tzinfo is None else found


def _kept(text: str, column: str, most: int) -> str:
    if len(text) > most:
        raise TextTooLong(column=column, found=text, most=most)
    if "\x00" in text:
        raise ForbiddenCharacter(column=column, found=text)
    return text


def _matching(form: re.Pattern[str], refusal: type[DomainError]) -> Parser:
    def parse(text: str, column: str) -> str:
        if not form.match(text) or "\x00" in text:
            raise refusal(column=column, found=text)
        return _kept(text, column, sent.LONGEST_NAME)

    return parse


_SEGMENT: Final = re.compile(sent.SEGMENT_FORM)
_CODE: Final = re.compile(CODE_FORM)
PARSERS: Final[Mapping[str, Parser]] = {
    "firstName": text_of,
    "lastName": text_of,
    "email": _matching(re.compile(sent.EMAIL_FORM), InvalidEmail),
    "locale": _matching(re.compile(sent.LOCALE_FORM), InvalidLocale),
    "countryCode": _matching(re.compile(sent.COUNTRY_FORM), InvalidCountry),
    "imageUrl": url_of,
    "referable": referable_of,
}
