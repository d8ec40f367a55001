from __future__ import annotations

import pytest
from django.utils import translation

from rewards.amounts import amount_text
from tests.factories import make_unit

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("amount", "key", "fields", "language", "expected"),
    [
        (1055, "CASH/USD", {}, "en", "$10.55"),
        (123456789, "CREDIT/USD", {}, "en", "$1,234,567.89"),
        (1055, "CASH/USD", {}, "zh-hans", "US$10.55"),
        (1200, "CASH/JPY", {}, "en", "¥1,200"),
        (1200, "POINT", {"name": "Points"}, "en", "1,200 Points"),
        (500, "CENTS", {"kind": "CREDIT", "currency": "USD", "name": "Credit"}, "en", "500 CENTS"),
    ],
)
def test_an_amount_reads_as_the_language_writes_it(amount, key, fields, language, expected):
    unit = make_unit(key, **fields)

    with translation.override(language):
        assert amount_text(amount, unit) == expected


def test_an_amount_without_a_unit_is_a_percentage():
    assert amount_text(15, None) == "15%"
