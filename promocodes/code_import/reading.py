"""Read a row of a file of codes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from advocate.lib.tabular import SingleColumn, TableRow, code_cell, unescape_formula
from jobs.staging import RowRefused, Source
from promocodes.code_import.errors import BlankCode, InvalidCode

CODE: Final = "code"
COLUMN: Final = SingleColumn(
    CODE,
    (
        "codes",
        "promo code",
        "promo codes",
        "promotion code",
        "promotion codes",
        "promotional code",
        "coupon",
        "coupons",
        "coupon code",
        "coupon codes",
        "voucher",
        "vouchers",
        "voucher code",
        "voucher codes",
        "discount code",
        "discount codes",
        "referral promo code",
        "代码",
        "编码",
        "促销码",
        "促销代码",
        "优惠码",
        "优惠代码",
        "优惠券",
        "优惠券码",
        "优惠券代码",
        "折扣码",
        "兑换码",
        "推荐促销码",
    ),
)
LONGEST: Final = 64
_FORM = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_UNSEEN: Final = "\ufeff\u200b\u200c\u200d\u2060"


def code_reader(source: Source) -> Callable[[TableRow], tuple[str]]:
    """Return the function that reads one row into its code."""
    position = source.columns[CODE]
    is_code = _FORM.fullmatch

    def read(row: TableRow) -> tuple[str]:
        text = row.cells[position]
        if not row.kinds and is_code(text):
            return (text,)
        return (_tidied(code_cell(row, position, column=CODE), is_guarded=bool(source.detected.separator)),)

    return read


def _tidied(cell: str, *, is_guarded: bool) -> str:
    """
    Return a cell's code without what nobody sees around it.

    :raises RowRefused: if it is no code
    """
    text = cell.strip().strip(_UNSEEN).strip()
    text = unescape_formula(text) if is_guarded else text
    if _FORM.fullmatch(text):
        return text
    refusal = InvalidCode if text else BlankCode
    raise RowRefused(refusal(column=CODE, found=cell), ("",))
