from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.urls import resolve
from django.utils import translation

from api.brand.answers import in_brand_form, is_brand_call, plain_path
from api.brand.bodies import FORM
from api.errors import ApiError, bad_request, not_found
from api.origins import may_read
from api.tls import refuse_plain_http

PREFIXES: Final = ("/api/v1/", "/a/")  # the second is where shops' scripts look for what is no API
METHODS: Final = "GET, POST, PUT, DELETE, OPTIONS"
HEADERS: Final = "content-type, accept, authorization, idempotency-key, x-saasquatch-user-token, x-saasquatch-referrer"
A_DAY: Final = "86400"
UPLOADS: Final = "/export/upload"
FORM_AROUND: Final = 65_536  # what a form with a file has besides the file

logger = logging.getLogger(__name__)


class ApiMiddleware:
    """
    Answer everything below ``/api/v1/``, ``/a/`` and ``/Advertisers/`` by itself, in English.

    No cookie speaks for a caller there, so that sessions, CSRF tokens and the reader's language, which the middleware
    further in is about, have no place; nor has a redirect to an address with a slash.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the API's calls and pass everything else on."""
        is_brand = is_brand_call(request)
        if not is_brand and not request.path_info.startswith(PREFIXES):
            return self.get_response(request)
        with translation.override("en"):
            answer = _preflight() if request.method == "OPTIONS" else _answered(request)
        if is_brand:
            answer = in_brand_form(request, answer)
        _allow_origin(request, answer)
        answer.headers.setdefault("Cache-Control", "no-store")
        return answer


def _answered(request: HttpRequest) -> HttpResponseBase:
    try:
        _check(request)
        match = resolve(plain_path(request))
        request.resolver_match = match
        return _in_form(request, match.func(request, *match.args, **match.kwargs))
    except ApiError as error:
        refusal = error
    except Http404:
        refusal = not_found()
    except RequestDataTooBig:
        refusal = _too_big(settings.API_MAX_BODY_BYTES)
    except (MultiPartParserError, SuspiciousOperation):
        refusal = bad_request("The request cannot be read.")
    except Exception:
        logger.exception("api.failed method=%s path=%s", request.method, request.path_info)
        refusal = ApiError(500, "INTERNAL_ERROR", "Something went wrong on our side. It is in the log.")
    return refusal.answer()


def _in_form(request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
    """Give the refusal of a method, which comes from further in, the form of all others."""
    if answer.status_code != 405:
        return answer
    refused = ApiError(405, "METHOD_NOT_ALLOWED", f"{request.method} is not possible here.").answer()
    refused.headers["Allow"] = answer.headers.get("Allow", "")
    return refused


def _check(request: HttpRequest) -> None:
    """Refuse what no view needs to look at."""
    request.get_host()
    refuse_plain_http(request)
    query = request.META.get("QUERY_STRING", "")
    if "\x00" in request.path_info or "\x00" in query or "%00" in query:
        raise bad_request("The address holds a NUL character.")
    is_upload = request.path_info.endswith(UPLOADS)
    limit = settings.IMPORT_MAX_BYTES + FORM_AROUND if is_upload else settings.API_MAX_BODY_BYTES
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > limit:
        raise _too_big(limit)
    if is_upload:
        return
    _check_content_type(request, has_body=length != "0")


def _check_content_type(request: HttpRequest, *, has_body: bool) -> None:
    if not has_body or request.method not in {"POST", "PUT", "DELETE"} or request.content_type == "application/json":
        return
    if is_brand_call(request):
        if request.content_type == FORM:
            return
        message = f"Send the body as a form or as JSON, with the header Content-Type: {FORM} or application/json."
    elif request.method == "DELETE":
        return
    else:
        message = "Send the body as JSON, with the header Content-Type: application/json."
    raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", message, rs="RS046")


def _too_big(limit: int) -> ApiError:
    return ApiError(413, "BODY_TOO_LARGE", f"A body has at most {limit} bytes here.")


def _preflight() -> HttpResponse:
    answer = HttpResponse(status=204)
    answer.headers["Access-Control-Allow-Methods"] = METHODS
    answer.headers["Access-Control-Allow-Headers"] = HEADERS
    answer.headers["Access-Control-Max-Age"] = A_DAY
    return answer


def _allow_origin(request: HttpRequest, answer: HttpResponseBase) -> None:
    """Let scripts of the sites that show widgets read the answer; no cookie ever speaks for their visitors."""
    origin = request.headers.get("Origin")
    answer.headers["Vary"] = "Origin"
    if origin and may_read(origin):
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Allow-Credentials"] = "true"
        answer.headers["Access-Control-Expose-Headers"] = "X-Request-Id, Retry-After"
