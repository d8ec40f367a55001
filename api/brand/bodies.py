"""Bodies as impact.com's clients send them: a form or a flat JSON object, whose values are texts either way."""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn
from urllib.parse import parse_qsl

from django.http import HttpRequest
from ninja.parser import Parser

from api.bodies import BadJson

FORM: Final = "application/x-www-form-urlencoded"
MOST_FIELDS: Final = 1000


class FlatParser(Parser):
    """
    Read a form or a flat JSON object into texts; what is empty is as if it were not there.

    Numbers stay as they were written: read as binary fractions, 4.35 would be less.
    """

    def parse_body(self, request: HttpRequest) -> Any:
        """
        Return the fields by their names.

        :raises BadJson: if the body cannot be read, or names a field twice
        """
        try:
            text = request.body.decode("utf-8")
            pairs = _form(text) if request.content_type == FORM else _json(text)
        except (ValueError, RecursionError) as error:
            raise BadJson from error
        fields: dict[str, str] = {}
        for name, value in pairs:
            if name in fields:
                raise BadJson(name)
            fields[name] = _checked(value).strip()
        return {name: value for name, value in fields.items() if value}


def _form(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)


def _json(text: str) -> list[tuple[str, str]]:
    pairs = json.loads(text, parse_float=str, parse_int=str, parse_constant=_refuse, object_pairs_hook=_Pairs)
    if not isinstance(pairs, _Pairs) or len(pairs) > MOST_FIELDS:
        raise BadJson("object")
    return [(name, _text(value)) for name, value in pairs]


class _Pairs(list[tuple[str, Any]]):
    """The members of a JSON object in their order, with those that are there twice."""


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value
    raise BadJson("nested")


def _checked(text: str) -> str:
    """Return the text if every database stores it."""
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise BadJson("text")
    return text


def _refuse(constant: str) -> NoReturn:
    raise BadJson(constant)
