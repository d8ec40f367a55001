from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from api.access import Caller
from api.bodies import BadJson, StrictParser
from api.errors import bad_request, reply
from api.idempotency import KEY_HEADER, Answer, new_request_id, once
from widget.doors.callers import WHOEVER, let_in
from widget.graphql.answering import Failed, NotAQuery, Query, answer, read
from widget.graphql.areas import Call


@csrf_exempt  # no cookie speaks for a caller here
@require_POST
def graphql_view(request: HttpRequest, tenant_alias: str) -> HttpResponse:
    """Answer a query; what is refused of it stands in the answer, as GraphQL has it."""
    caller = let_in(request, WHOEVER)
    sent = _sent(request)
    query, variables, name = sent.get("query"), sent.get("variables"), sent.get("operationName")
    if not isinstance(query, str) or not isinstance(variables, dict | None) or not isinstance(name, str | None):
        raise bad_request("Send {query, variables}.", code="INVALID_JSON_REQUEST")
    try:
        asked = read(query, variables or {}, operation_name=name or None)
        return _answered(request, caller, asked)
    except (NotAQuery, Failed) as error:
        return reply(error.answer)


def _answered(request: HttpRequest, caller: Caller, asked: Query) -> HttpResponse:
    """
    Return the answer; with an ``Idempotency-Key``, a mutation is done once, all of it or, if we fail, nothing.

    :raises Failed: if something went wrong on our side, which is not kept
    :raises ApiError: if the key came before with another request
    """
    if asked.changes_something and caller.key is not None and KEY_HEADER in request.headers:
        request.auth = caller  # type: ignore[attr-defined]  # where the API's calls have it
        return once(request, lambda call: Answer(answer(asked, Call(request, caller, call.request_id))))
    request_id = new_request_id()
    answered = reply(answer(asked, Call(request, caller, request_id)))
    answered.headers["X-Request-Id"] = request_id
    return answered


def _sent(request: HttpRequest) -> dict[str, Any]:
    try:
        sent = StrictParser().parse_body(request)
    except BadJson as error:
        raise bad_request("The body is no JSON.", code="INVALID_JSON_REQUEST") from error
    if not isinstance(sent, dict):
        raise bad_request("Send {query, variables}.", code="INVALID_JSON_REQUEST")
    return sent
