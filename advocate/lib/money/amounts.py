from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

from babel import Locale

from advocate.lib.money.errors import (
    AmountError,
    BothMarks,
    CurrencySign,
    DecimalComma,
    DigitGroups,
    ExponentNotation,
    ForeignDigits,
    NegativeAmount,
    NotFinite,
    OtherNumeralSystem,
    TooLarge,
    TooLong,
    TooSmall,
)

LARGEST = 2**63 - 1
LONGEST_TEXT = 100
EXACT_DIGITS = 17
SPREADSHEET_DIGITS = 15
SHOWN_IN_ERROR = 40

_PLAIN = re.compile(r"\+?(\d*)(?:\.(\d*))?", re.ASCII)
_NAMED_NUMBERS = {"nan", "inf", "infinity", "snan"}
_FULL_WIDTH = {0xFF10 + digit: ord("0") + digit for digit in range(10)} | {0xFF0E: ord("."), 0xFF0C: ord(",")}
_SPACES = "".join(char for char in map(chr, range(0x3001)) if char.isspace()) + "\ufeff\u200b\u2060"
_MINUS = "-\u2212\ufe63\uff0d\u2012\u2013\u2014"
_NEGATIVE_ZERO = re.compile(r"-0*(?:0|\.0)0*(?:\.0*)?", re.ASCII)
_CURRENCY_CODE = re.compile(r"[A-Za-z]{3}\s*[\d.,]+|[\d.,]+\s*[A-Za-z]{3}", re.ASCII)
_OTHER_BASE = re.compile(r"0[xXoObB][0-9a-fA-F_]+")
_EXPONENT = re.compile(r"\+?[\d.,]+[eEdD][+-]?\d+", re.ASCII)
_GROUPS = re.compile(r"\+?\d[\d_'’\s]*[_'’\s][\d_'’\s.,]*|\+?\d+(?:,\d+){2,}|\+?\d+(?:\.\d+){2,}", re.ASCII)
# Unicode's rules want a space there ("KWD 0.500" beside "$0.50"), which the patterns leave to the program.
_LETTER_BESIDE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
_EXACT = Context(prec=40)
_ROUNDING = Context(prec=SPREADSHEET_DIGITS, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class ParsedAmount:
    """
    An amount that was read, in the unit's smallest fraction; 0 if there is nothing to do.

    ``truncated`` tells that digits below the smallest fraction were dropped.
    """

    minor: int
    truncated: bool = False

    def __bool__(self) -> bool:
        return self.minor != 0


NOTHING = ParsedAmount(0)


def parse_amount(text: str, *, exponent: int, decimal_comma: bool = False) -> ParsedAmount:
    """
    Read an amount from a file, whatever the language of the person: a decimal point, no other signs.

    Blank and zero are nothing to do. Digits below the unit's smallest fraction are cut off; where a fraction has more
    than 17 significant digits, that is a spreadsheet's noise, and the number is rounded to 15 first.
    ``decimal_comma`` is for files whose columns no comma separates.

    :raises AmountError: its subclass names what is wrong
    """
    bare = text.strip(_SPACES)
    if not bare:
        return NOTHING
    if len(bare) > LONGEST_TEXT:
        raise TooLong(value=_shown(bare), limit=LONGEST_TEXT)
    plain = bare if bare.isascii() else bare.translate(_FULL_WIDTH)
    if decimal_comma and plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    match = _PLAIN.fullmatch(plain)
    if match is None or not (match[1] or match[2]):
        if _NEGATIVE_ZERO.fullmatch(plain):
            return NOTHING
        raise _refusal(plain)(value=_shown(bare))
    return _truncated(bare, match[1], match[2] or "", exponent)


def format_amount(minor: int, exponent: int) -> str:
    """Write an amount for a file: plain digits and a decimal point, ``10.55``."""
    if exponent == 0:
        return str(minor)
    digits = str(abs(minor)).rjust(exponent + 1, "0")
    return f"{'-' if minor < 0 else ''}{digits[:-exponent]}.{digits[-exponent:]}"


def format_money(minor: int, *, currency: str | None, exponent: int, locale: str) -> str:
    """
    Write an amount for a person the way their locale does, with the currency's sign if there is a currency.

    ``locale`` is a language code as Django (``zh-hans``) or Babel (``zh_Hans``) writes it.
    """
    amount = Decimal(minor).scaleb(-exponent, _EXACT)
    language = Locale.parse(locale, sep="-" if "-" in locale else "_")
    pattern = copy(language.currency_formats["standard"] if currency else language.decimal_formats[None])
    pattern.frac_prec = (exponent, exponent)
    text = str(pattern.apply(amount, language, currency=currency, currency_digits=False))
    return _LETTER_BESIDE_DIGIT.sub("\u00a0", text) if currency else text


def _truncated(bare: str, whole: str, fraction: str, exponent: int) -> ParsedAmount:
    whole, fraction = whole.lstrip("0"), fraction.rstrip("0")
    if len(fraction) > exponent:
        whole, fraction = _without_noise(whole, fraction, exponent)
    minor = int((whole + fraction[:exponent].ljust(exponent, "0")) or "0")
    if minor > LARGEST:
        raise TooLarge(value=_shown(bare))
    truncated = len(fraction) > exponent
    if truncated and not minor:
        raise TooSmall(value=_shown(bare), smallest=format_amount(1, exponent))
    return ParsedAmount(minor, truncated)


def _without_noise(whole: str, fraction: str, exponent: int) -> tuple[str, str]:
    """Round to 15 significant digits what has over 17, unless a digit that counts would be lost."""
    significant = len((whole + fraction).lstrip("0"))
    if significant <= EXACT_DIGITS or len(whole) + exponent > SPREADSHEET_DIGITS:
        return whole, fraction
    rounded = f"{_ROUNDING.create_decimal(f'{whole}.{fraction}'):f}"
    whole, _, fraction = rounded.partition(".")
    return whole.lstrip("0"), fraction.rstrip("0")


def _refusal(plain: str) -> type[AmountError]:
    """Name what is wrong with text that is no plain number."""
    for is_wrong, error in _REFUSALS:
        if is_wrong(plain):
            return error
    return AmountError


def _has_foreign_digit(plain: str) -> bool:
    return any(char.isnumeric() and not char.isascii() for char in plain)


def _has_currency(plain: str) -> bool:
    return any(unicodedata.category(char) == "Sc" for char in plain) or bool(_CURRENCY_CODE.fullmatch(plain))


# The order decides what is said about an amount that is wrong in more than one way.
_REFUSALS: tuple[tuple[Callable[[str], object], type[AmountError]], ...] = (
    (lambda plain: plain.lstrip("+-").lower() in _NAMED_NUMBERS, NotFinite),
    (lambda plain: plain[0] in _MINUS or (plain[0] == "(" and plain[-1] == ")"), NegativeAmount),
    (_has_foreign_digit, ForeignDigits),
    (_has_currency, CurrencySign),
    (_OTHER_BASE.fullmatch, OtherNumeralSystem),
    (_EXPONENT.fullmatch, ExponentNotation),
    (lambda plain: "," in plain and "." in plain, BothMarks),
    (_GROUPS.fullmatch, DigitGroups),
    (lambda plain: "," in plain, DecimalComma),
)


def _shown(text: str) -> str:
    return text if len(text) <= SHOWN_IN_ERROR else text[:SHOWN_IN_ERROR] + "…"
