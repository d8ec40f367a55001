from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from advocate.lib.money import AmountError, parse_amount
from rewards.balance_import.reading import read_amount

DIGITS = st.text("0123456789", max_size=14)
NUMBERS = st.builds("{}{}{}".format, DIGITS, st.sampled_from(["", ".", ","]), DIGITS)
ANY = st.text(st.sampled_from("0123456789.,+-eE _ ０５٥①xN\u00a0\n"), max_size=12)


def outcome(read, text: str, exponent: int, *, decimal_comma: bool) -> object:
    try:
        found = read(text, exponent=exponent, decimal_comma=decimal_comma)
    except AmountError as error:
        return type(error), error.params
    return found if isinstance(found, int) else found.minor


@given(text=NUMBERS | ANY | st.text(max_size=8), exponent=st.integers(0, 4), decimal_comma=st.booleans())
def test_the_short_way_reads_exactly_what_the_long_way_does(text, exponent, decimal_comma):
    short = outcome(read_amount, text, exponent, decimal_comma=decimal_comma)

    assert short == outcome(parse_amount, text, exponent, decimal_comma=decimal_comma)


@given(whole=st.integers(0, 10**12 - 1), fraction=st.integers(0, 9999), exponent=st.integers(0, 4))
def test_an_amount_is_worth_its_digits(whole, fraction, exponent):
    text = f"{whole}.{fraction:04}"
    expected = int(f"{whole}{fraction:04}") // 10 ** (4 - exponent)

    if expected or not (whole or fraction):
        assert read_amount(text, exponent, decimal_comma=False) == expected
