"""Refusals of the API, each with the codes that shops' clients know."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse


class ApiError(Exception):
    """A refusal in the API's own form."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        rs: str | None = None,
        problems: Sequence[str] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.rs = rs
        self.problems = list(problems)
        self.retry_after = retry_after

    def body(self) -> dict[str, Any]:
        """Return the error as clients read it."""
        body: dict[str, Any] = {
            "message": self.message,
            "statusCode": self.status,
            "apiErrorCode": self.code,
            "rsCode": self.rs,
        }
        if self.problems:
            body["validationErrors"] = self.problems
        return body

    def answer(self) -> HttpResponse:
        """Return the error as an answer."""
        answer = reply(self.body(), status=self.status)
        if self.status == 401:
            answer["WWW-Authenticate"] = 'Basic realm="API", charset="UTF-8"'
        if self.retry_after is not None:
            answer["Retry-After"] = str(self.retry_after)
        return answer


def reply(body: Any, *, status: int = 200) -> HttpResponse:
    """Return an answer whose body is compact JSON."""
    return text_reply(as_text(body), status=status)


def text_reply(text: str, *, status: int) -> HttpResponse:
    """Return an answer whose body is JSON already."""
    return HttpResponse(text, status=status, content_type="application/json")


def as_text(body: Any) -> str:
    """Return a body as compact JSON; what is not finite was refused on its way in."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def tenant_not_found() -> ApiError:
    """Return the refusal of an address with a tenant that is not this one."""
    return ApiError(404, "TENANT_NOT_FOUND", "Missing or invalid tenant alias.", rs="RS045")


def unauthorized(message: str = "Missing or invalid credentials.", rs: str = "RS045") -> ApiError:
    """Return the refusal of a caller who has shown nothing, or nothing that is good."""
    return ApiError(401, "UNAUTHORIZED", message, rs=rs)


def bad_token(message: str) -> ApiError:
    """Return the refusal of a user's token, with what is wrong with it."""
    return ApiError(401, "UNAUTHORIZED", message, rs="RS032")


def classic_only(message: str) -> ApiError:
    """Return the refusal of what only programs of a former kind have."""
    return ApiError(403, "API_REQUEST_NOT_SUPPORTED", message, rs="RS051")


def not_for_accounts() -> ApiError:
    """Return the refusal of calls about accounts with subscriptions."""
    return classic_only("There are no accounts with subscriptions here. Send and ask for users.")


def forbidden(message: str) -> ApiError:
    """Return the refusal of what this caller may not do."""
    return ApiError(403, "FORBIDDEN", message)


def not_found(message: str = "There is no such address.", *, rs: str | None = None) -> ApiError:
    """Return that there is no such thing."""
    return ApiError(404, "NOT_FOUND", message, rs=rs)


def user_not_found() -> ApiError:
    """Return that there is no such user."""
    return not_found("There is no such user.", rs="RS042")


def account_not_found() -> ApiError:
    """Return that there is no such account."""
    return not_found("There is no such account.", rs="RS041")


def code_not_found() -> ApiError:
    """Return that there is no such code."""
    return ApiError(404, "REFERRAL_CODE_NOT_FOUND", "There is no such code.", rs="RS034")


def bad_request(message: str, *, code: str = "BAD_REQUEST", rs: str | None = None) -> ApiError:
    """Return the refusal of a call that makes no sense."""
    return ApiError(400, code, message, rs=rs)


def invalid(problems: Sequence[str], *, rs: str | None = None) -> ApiError:
    """Return the refusal of a body, with all that is wrong with it."""
    return ApiError(400, "VALIDATION_FAILED", "; ".join(problems), rs=rs, problems=problems)


def conflict(code: str, message: str) -> ApiError:
    """Return the refusal of what does not go with what there is."""
    return ApiError(409, code, message)


def too_many(wait: int) -> ApiError:
    """Return the refusal of one call too many, with the seconds to wait."""
    return ApiError(429, "TOO_MANY_REQUESTS", "Too many calls. Try again later.", rs="RS033", retry_after=wait)
