"""What the refusals of the domain and of ninja are on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeVar

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import ValidationError as PydanticError

from advocate.lib.errors import DomainError
from api.access import tenant_alias_of
from api.bodies import BadJson, Body, refuse_unstorable
from api.errors import ApiError, bad_request, invalid, not_found, tenant_not_found, unauthorized
from programs.operations import AccountFull, DoNotTrack, EventsSentBefore, InvalidValue, ParticipantExists
from rewards.operations.errors import KeyReused, TooLittleLeft
from team.queries import company

BodyT = TypeVar("BodyT", bound=Body)


@dataclass(frozen=True, slots=True)
class OnTheWire:
    """The status and the codes of a refusal."""

    status: int = 400
    code: str = ""
    rs: str | None = None


KNOWN: Final[dict[type[DomainError], OnTheWire]] = {
    AccountFull: OnTheWire(rs="RS013"),
    DoNotTrack: OnTheWire(rs="RS050"),
    EventsSentBefore: OnTheWire(409, "IDEMPOTENCY_KEY_REUSED"),
    KeyReused: OnTheWire(409, "IDEMPOTENCY_KEY_REUSED"),
    TooLittleLeft: OnTheWire(code="INSUFFICIENT_REDEEMABLE_CREDIT"),
    ParticipantExists: OnTheWire(rs="RS048"),
}
RS_OF_FIELD: Final = {
    "email": "RS023",
    "first_name": "RS024",
    "locale": "RS039",
    "user_id": "RS043",
    "account_id": "RS044",
    "referral_codes": "RS034",
}


def refusal_of(error: DomainError) -> ApiError:
    """Return a refusal of the domain as the API's."""
    wire = KNOWN.get(type(error), OnTheWire())
    if isinstance(error, InvalidValue):
        return invalid([str(error)], rs=RS_OF_FIELD.get(str(error.params.get("field"))))
    return ApiError(wire.status, wire.code or error.code.upper(), str(error), rs=wire.rs)


def handle_refusals(api: NinjaAPI, *, has_tenants: bool = True) -> None:
    """Have all refusals answered in the API's form; ``has_tenants`` where addresses name one."""
    without = _without_credentials if has_tenants else _unauthorized
    api.exception_handler(ApiError)(lambda _request, error: error.answer())
    api.exception_handler(DomainError)(lambda _request, error: refusal_of(error).answer())
    api.exception_handler(AuthenticationError)(without)
    api.exception_handler(ValidationError)(_wrong_values)
    api.exception_handler(HttpError)(_unreadable)
    api.exception_handler(Http404)(lambda _request, _error: not_found().answer())
    api.exception_handler(Exception)(_unexpected)


def _without_credentials(request: HttpRequest, _error: Any) -> HttpResponse:
    """Answer for the tenant first: a wrong address should not send anybody looking for a wrong key."""
    known = company().tenant_alias == tenant_alias_of(request)
    return (unauthorized() if known else tenant_not_found()).answer()


def _unauthorized(_request: HttpRequest, _error: Any) -> HttpResponse:
    return unauthorized().answer()


def body_of(kind: type[BodyT], sent: object) -> BodyT:
    """
    Return what was sent within another body as one of its own.

    :raises ApiError: if it is none
    """
    try:
        refuse_unstorable(sent)
        return kind.model_validate(sent)
    except BadJson as error:
        raise _unreadable_body() from error
    except PydanticError as error:
        raise _refused_values([{**problem, "loc": ("body", *problem["loc"])} for problem in error.errors()]) from error


def _wrong_values(_request: HttpRequest, error: Any) -> HttpResponse:
    return _refused_values(error.errors).answer()


def _refused_values(problems: list[dict[str, Any]]) -> ApiError:
    refused = invalid([_sentence(problem) for problem in problems], rs=_rs(problems))
    if any(problem["type"] == "extra_forbidden" for problem in problems):
        refused.code = "INVALID_JSON_REQUEST"
    return refused


def _sentence(problem: dict[str, Any]) -> str:
    where = ".".join(str(part) for part in problem["loc"][1:] if part != "body")
    return f"{where or problem['loc'][0]}: {problem['msg']}"


def _rs(problems: list[dict[str, Any]]) -> str | None:
    named = {"email": "RS023", "firstName": "RS024", "locale": "RS039", "engagementMedium": "RS037"}
    return next((named[part] for problem in problems for part in problem["loc"] if part in named), None)


def _unreadable(_request: HttpRequest, _error: Any) -> HttpResponse:
    return _unreadable_body().answer()


def _unreadable_body() -> ApiError:
    return bad_request("The body is no JSON.", code="INVALID_JSON_REQUEST")


def _unexpected(_request: HttpRequest, error: Exception) -> HttpResponse:
    """Leave what nobody expected to the middleware, which logs it."""
    raise error
