"""What the text inside workbook markup means: entities, escaped characters, column letters, numbers and dates."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from functools import lru_cache

EPOCH_1900 = datetime(1899, 12, 30)  # noqa: DTZ001  # a spreadsheet's dates have no time zone
EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001
LAST_COLUMN = 16_384
LAST_EXACT_DIGITS = 15
FALSE_LEAP_DAY = 60
BUILT_IN_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})

_ENTITY = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}))?;?")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NOT_IN_DATE_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_DATE_LETTERS = re.compile(r"[dmyhs]", re.IGNORECASE)


def unescape_entities(text: str) -> str:
    """
    Replace the entities of XML.

    :raises ValueError: for any other ampersand
    """
    return _ENTITY.sub(_entity, text)


def _entity(match: re.Match[str]) -> str:
    name, decimal, hexadecimal = match.groups()
    if not match[0].endswith(";") or match[0] == "&;":
        raise ValueError(match[0])
    if name:
        return _NAMED[name]
    number = int(decimal) if decimal else int(hexadecimal, 16)
    if number < 32 and number not in {9, 10, 13}:
        raise ValueError(match[0])
    if 0xD800 <= number <= 0xDFFF or number in {0xFFFE, 0xFFFF}:
        raise ValueError(match[0])
    return chr(number)


def unescape_characters(text: str) -> str:
    """Replace ``_x000D_`` and alike, the way in which workbooks write characters that XML cannot hold."""
    return _ESCAPED.sub(_escaped, text) if "_x" in text else text


def _escaped(match: re.Match[str]) -> str:
    number = int(match[1], 16)
    return match[0] if number == 0 or 0xD800 <= number <= 0xDFFF else chr(number)


def escape_characters(text: str) -> str:
    """Protect text that looks like ``_x000D_`` from being taken for such a character."""
    return _ESCAPED.sub(lambda match: "_x005F" + match[0], text) if "_x" in text else text


class ColumnIndex(dict[str, int]):
    """Zero-based positions of column letters, computed once each; beyond the last column a ValueError."""

    def __missing__(self, letters: str) -> int:
        position = 0
        for letter in letters[:4]:
            if not "A" <= letter <= "Z":
                raise ValueError(letters)
            position = position * 26 + ord(letter) - 64
        if not 0 < position <= LAST_COLUMN:
            raise ValueError(letters)
        self[letters] = position - 1
        return position - 1


@lru_cache(maxsize=4096)  # reports repeat their amounts, above all 0
def plain_number(text: str) -> str:
    """
    Return a number cell's value in its shortest exact form, without an exponent.

    Workbooks write binary fractions with up to 17 digits (0.28999999999999998); the shortest form (0.29) is what the
    spreadsheet showed.

    :raises ValueError: if it is no finite number
    """
    if text.isdecimal() and text.isascii() and len(text) <= LAST_EXACT_DIGITS and text[0] != "0":
        return text
    if len(text) > 400 or "_" in text:
        raise ValueError(text)
    return plain_float(float(text))


def plain_float(value: float) -> str:
    """Write a binary fraction in its shortest exact form without an exponent."""
    shortest = repr(value)
    if "e" in shortest:
        return _without_exponent(shortest)
    if "n" in shortest:
        raise ValueError(shortest)
    shortest = shortest.removesuffix(".0")
    return "0" if shortest == "-0" else shortest


def _without_exponent(shortest: str) -> str:
    mantissa, _, exponent = shortest.partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    digits, point = whole + fraction, len(whole) + int(exponent)
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}".rstrip("0")
    return sign + digits.ljust(point, "0")


def is_date_format(code: str) -> bool:
    """Tell whether a number format shows a date or a time."""
    bare = _NOT_IN_DATE_CODE.sub("", code[:255])
    return "general" not in bare.lower() and bool(_DATE_LETTERS.search(bare))


def date_text(serial: str, *, epoch: datetime) -> str:
    """
    Write a date cell as ISO 8601: a date, a date with time, or a time alone.

    :raises ValueError, OverflowError: if the number is no date
    """
    days = float(serial)
    if 0 <= days < 1:
        return _to_the_second(EPOCH_1904, days).time().isoformat()
    if epoch is EPOCH_1900 and days < FALSE_LEAP_DAY:
        days += 1
    moment = _to_the_second(epoch, days)
    return moment.date().isoformat() if moment.time() == time.min else moment.isoformat()


def _to_the_second(start: datetime, days: float) -> datetime:
    return start + timedelta(seconds=round(days * 86_400))
