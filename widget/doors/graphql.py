from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from api.bodies import BadJson, StrictParser
from api.errors import bad_request, reply
from widget.doors.callers import WHOEVER, let_in
from widget.graphql.answering import answer
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
    call = Call(request, caller)
    return reply(answer(query, variables or {}, operation_name=name or None, call=call))


def _sent(request: HttpRequest) -> dict[str, Any]:
    try:
        sent = StrictParser().parse_body(request)
    except BadJson as error:
        raise bad_request("The body is no JSON.", code="INVALID_JSON_REQUEST") from error
    if not isinstance(sent, dict):
        raise bad_request("Send {query, variables}.", code="INVALID_JSON_REQUEST")
    return sent
