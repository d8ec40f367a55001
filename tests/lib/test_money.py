from __future__ import annotations

from decimal import ROUND_DOWN, Context, Decimal
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advocate.lib.money import AmountError, ParsedAmount, format_amount, format_money, parse_amount

EXPONENTS = st.sampled_from([0, 2, 3])


@pytest.mark.parametrize("text", ["", "  ", "\xa0", "0", "0.00", "000", ".0", "-0", "-0.00", "０", "\u3000 0 "])
def test_blank_and_zero_are_nothing_to_do(text):
    assert parse_amount(text, exponent=2) == ParsedAmount(0)


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("0.29", 29),
        ("4.35", 435),
        ("10.55", 1055),
        ("10.5", 1050),
        ("5", 500),
        (".5", 50),
        ("5.", 500),
        ("+5", 500),
        ("007.10", 710),
        ("１０．５５", 1055),
        ("\xa010.55\u3000", 1055),
        ("92233720368547758.07", 2**63 - 1),
    ],
)
def test_a_plain_number_is_read_exactly(text, minor):
    assert parse_amount(text, exponent=2) == ParsedAmount(minor)


def test_fractions_below_the_smallest_are_cut_off():
    assert parse_amount("10.556", exponent=2) == ParsedAmount(1055, truncated=True)
    assert parse_amount("10.999", exponent=0) == ParsedAmount(10, truncated=True)
    assert parse_amount("10.5560", exponent=3) == ParsedAmount(10556)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("-1", "amount_negative"),
        ("−5", "amount_negative"),
        ("(5.00)", "amount_negative"),
        ("NaN", "amount_not_finite"),
        ("-Infinity", "amount_not_finite"),
        ("inf", "amount_not_finite"),
        ("1_000", "amount_digit_groups"),
        ("1 000", "amount_digit_groups"),
        ("1'000", "amount_digit_groups"),
        ("1,000,000", "amount_digit_groups"),
        ("1.2.3", "amount_digit_groups"),
        ("1e3", "amount_exponent"),
        ("1.5E+17", "amount_exponent"),
        ("0x10", "amount_other_base"),
        ("$5", "amount_currency_sign"),
        ("5 €", "amount_currency_sign"),
        ("USD 5", "amount_currency_sign"),
        ("1,000", "amount_comma"),
        ("1.000,50", "amount_both_marks"),
        ("1,000.50", "amount_both_marks"),
        ("٣", "amount_foreign_digits"),
        ("१०", "amount_foreign_digits"),
        ("²", "amount_foreign_digits"),
        ("ten", "amount_not_a_number"),
        (".", "amount_not_a_number"),
        ("0.001", "amount_too_small"),
        ("92233720368547758.08", "amount_too_large"),
        ("9" * 5000, "amount_too_long"),
    ],
)
def test_whatever_is_no_positive_number_is_refused_by_name(text, code):
    with pytest.raises(AmountError) as refusal:
        parse_amount(text, exponent=2)

    assert refusal.value.code == code
    assert text[:40] in str(refusal.value)


def test_a_decimal_comma_is_read_only_where_allowed():
    assert parse_amount("10,55", exponent=2, decimal_comma=True) == ParsedAmount(1055)
    assert parse_amount("10.55", exponent=2, decimal_comma=True) == ParsedAmount(1055)
    for both in ("1.000,50", "1,000.50"):
        with pytest.raises(AmountError) as refusal:
            parse_amount(both, exponent=2, decimal_comma=True)
        assert refusal.value.code == "amount_both_marks"


@pytest.mark.parametrize(
    ("text", "minor"),
    [("0.289999999999999980015", 29), ("4.34999999999999964473", 435), ("10.5500000000000007105427357601", 1055)],
)
def test_a_spreadsheets_noise_is_rounded_away(text, minor):
    assert parse_amount(text, exponent=2).minor == minor


def test_rounding_noise_never_changes_a_digit_that_counts():
    assert parse_amount("1234567890123456.789", exponent=2) == ParsedAmount(123456789012345678, truncated=True)
    assert parse_amount("123456789012345678", exponent=0) == ParsedAmount(123456789012345678)


@pytest.mark.parametrize(
    "text", ["9" * 100_000, "1_" * 50_000, "1," * 49, "1 " * 50 + "x", "0" * 99 + "e", "5" + " " * 90]
)
def test_hostile_text_is_answered_at_once(text):
    start = perf_counter()

    with pytest.raises(AmountError):
        parse_amount(text + "!", exponent=2)

    assert perf_counter() - start < 0.05


def parsed_or_refused(text: str, **how) -> ParsedAmount | AmountError:
    try:
        return parse_amount(text, **how)
    except AmountError as refusal:
        return refusal


@given(st.decimals(min_value=0, max_value=10**12, places=6, allow_nan=False), EXPONENTS)
def test_amounts_agree_with_decimals(value, exponent):
    read = value if len(value.as_tuple().digits) <= 17 else Context(prec=15).create_decimal(value)
    expected = int(read.scaleb(exponent).to_integral_value(ROUND_DOWN))

    amount = parsed_or_refused(f"{value:f}", exponent=exponent)

    if value and not expected:
        assert isinstance(amount, AmountError)
        assert amount.code == "amount_too_small"
    else:
        assert amount == ParsedAmount(expected, truncated=read != read.quantize(Decimal(1).scaleb(-exponent)))


@given(st.text(max_size=120), EXPONENTS, st.booleans())
def test_any_text_is_an_amount_or_a_refusal(text, exponent, decimal_comma):
    amount = parsed_or_refused(text, exponent=exponent, decimal_comma=decimal_comma)

    if isinstance(amount, AmountError):
        assert str(amount)
    else:
        assert 0 <= amount.minor < 2**63


@given(st.integers(min_value=0, max_value=2**63 - 1), EXPONENTS)
def test_a_formatted_amount_is_read_back_unchanged(minor, exponent):
    assert parse_amount(format_amount(minor, exponent), exponent=exponent) == ParsedAmount(minor)


def test_amounts_in_files_are_plain():
    assert format_amount(1055, 2) == "10.55"
    assert format_amount(5, 2) == "0.05"
    assert format_amount(-5, 3) == "-0.005"
    assert format_amount(123456, 0) == "123456"
    assert Decimal(format_amount(2**63 - 1, 2)) == Decimal("92233720368547758.07")


@pytest.mark.parametrize(
    ("minor", "currency", "exponent", "locale", "shown"),
    [
        (123456750, "USD", 2, "en", "$1,234,567.50"),
        (123456750, "USD", 2, "de", "1.234.567,50\xa0$"),
        (123456750, "USD", 2, "zh-hans", "US$1,234,567.50"),
        (1234567, "KWD", 3, "en", "KWD\xa01,234.567"),
        (-5, "KWD", 3, "zh-hans", "-KWD\xa00.005"),
        (-1234, "JPY", 0, "en", "-¥1,234"),
        (1234567, None, 2, "en", "12,345.67"),
        (2**63 - 1, None, 0, "en", "9,223,372,036,854,775,807"),
    ],
)
def test_people_see_amounts_the_way_their_locale_writes_them(minor, currency, exponent, locale, shown):
    assert format_money(minor, currency=currency, exponent=exponent, locale=locale) == shown
