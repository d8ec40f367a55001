"""Answers in the forms that impact.com's clients know: JSON or XML, with refusals of their own shape."""

from __future__ import annotations

import json
from typing import Any, Final
from xml.etree import ElementTree

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from api.errors import ApiError, as_text

PREFIX: Final = "/Advertisers/"
JSON: Final = "application/json"
JSON_SUFFIX: Final = ".json"
XML_ROOT: Final = "ImpactRadiusResponse"


def is_brand_call(request: HttpRequest) -> bool:
    """Say whether the call is one of impact.com's Brand API."""
    return request.path_info.startswith(PREFIX)


def plain_path(request: HttpRequest) -> str:
    """Return the address without the ending by which JSON is asked for."""
    return request.path_info.removesuffix(JSON_SUFFIX) if is_brand_call(request) else request.path_info


def in_brand_form(request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
    """Return an answer of ours as these clients read it."""
    if not isinstance(answer, HttpResponse) or not answer.content:
        return answer
    body = json.loads(answer.content)
    if "apiErrorCode" in body:
        body = _refusal(body)
    if _wants_json(request):
        answer.content = as_text(body).encode()
    else:
        answer.content = _xml(body)
        answer.headers["Content-Type"] = "application/xml; charset=utf-8"
    return answer


def problem(field: str, message: str) -> str:
    """Return one line of a refusal; ``_refusal`` parts it again."""
    return f"{field}: {message}"


def invalid_fields(problems: list[str]) -> ApiError:
    """Return the refusal of a call whose fields are wrong."""
    return ApiError(400, "VALIDATION_FAILED", "; ".join(problems), problems=problems)


def _refusal(body: dict[str, Any]) -> dict[str, Any]:
    """Return a refusal with its problems twice: calls of conversions and all others have had different names."""
    lines = (line.partition(": ") for line in body.get("validationErrors", ()))
    parts = [(field, message) if message else ("", field) for field, _colon, message in lines]
    return {
        "Status": "ERROR",
        "Message": body["message"],
        "Errors": [{"Field": field, "Message": message} for field, message in parts],
        "errors": [{"field": field, "level": "error", "message": message} for field, message in parts],
    }


def _wants_json(request: HttpRequest) -> bool:
    """Say whether JSON is asked for: by the address, or by what is accepted or sent; XML is these clients' default."""
    accepted = request.headers.get("Accept", "")
    if request.path_info.endswith(JSON_SUFFIX) or JSON in accepted:
        return True
    return request.content_type == JSON and "xml" not in accepted


def _xml(body: dict[str, Any]) -> bytes:
    root = ElementTree.Element(XML_ROOT)
    _fill(root, {name: value for name, value in body.items() if name != "errors"})
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _fill(parent: ElementTree.Element, values: dict[str, Any]) -> None:
    for name, value in values.items():
        element = ElementTree.SubElement(parent, name)
        if isinstance(value, list):
            for item in value:
                _fill(ElementTree.SubElement(element, name.removesuffix("s")), item)
        elif value is not None:
            element.text = _printable(str(value))


def _printable(text: str) -> str:
    """Return the text without the control characters that XML has no place for."""
    return "".join(char for char in text if char in "\t\n\r" or (char >= " " and char not in "\ufffe\uffff"))
