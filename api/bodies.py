"""Bodies: read strictly, and described once for checking and for the OpenAPI document."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from django.http import HttpRequest
from ninja.parser import Parser
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

DEEPEST = 32


class Body(BaseModel):
    """What a caller sends: known fields only, each of its own type."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True, frozen=True)


class Reply(BaseModel):
    """What a caller gets; for the document, as answers are written directly."""

    model_config = ConfigDict(alias_generator=to_camel)


class BadJson(ValueError):
    """The body is no JSON that can be stored and sent again."""


class StrictParser(Parser):
    """Read JSON without what no database stores: NaN, infinity, NUL and halves of characters."""

    def parse_body(self, request: HttpRequest) -> Any:
        """
        Return the body.

        :raises BadJson: if it is none
        """
        try:
            text = request.body.decode("utf-8")
            body = json.loads(text, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise BadJson from error
        _check(body, DEEPEST)
        return body


def refuse_unstorable(value: Any) -> None:
    """
    Refuse values that no database stores, or that are nested too deep.

    :raises BadJson: if there is one
    """
    _check(value, DEEPEST)


def _refuse(constant: str) -> NoReturn:
    raise BadJson(constant)


def _check(value: Any, depth: int) -> None:
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value if char > "\ud7ff"):
            raise BadJson("text")
    elif isinstance(value, float):
        if value in {float("inf"), float("-inf")}:
            raise BadJson("number")
    elif isinstance(value, dict | list):
        if not depth:
            raise BadJson("depth")
        for part in [*value, *value.values()] if isinstance(value, dict) else value:
            _check(part, depth - 1)
