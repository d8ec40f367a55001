from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from graphql import DocumentNode, GraphQLError, execute_sync, parse, validate

from advocate.lib.errors import DomainError
from api.errors import ApiError
from api.refusals import refusal_of
from widget.graphql.areas import Call
from widget.graphql.limits import refuse_too_much
from widget.graphql.schema import schema

MOST_TOKENS: Final = 5_000
REMEMBERED: Final = 200
LONGEST_REMEMBERED: Final = 20_000
CLASSIFICATION: Final = "DataFetchingException"

logger = logging.getLogger(__name__)


def answer(query: str, variables: Mapping[str, Any], *, operation_name: str | None, call: Call) -> dict[str, Any]:
    """
    Return the answer to a query, whose errors stand in it.

    :raises ApiError: if it asks for too much
    """
    try:
        document = _checked(query) if len(query) <= LONGEST_REMEMBERED else _check(query)
    except GraphQLError as error:
        return {"errors": [_formatted(error)], "data": None}
    if isinstance(document, tuple):
        return {"errors": [_formatted(error) for error in document], "data": None}
    refuse_too_much(document, variables)
    result = execute_sync(
        schema(), document, context_value=call, variable_values=dict(variables), operation_name=operation_name
    )
    found: dict[str, Any] = {"data": result.data}
    if result.errors:
        found = {"errors": [_formatted(error) for error in result.errors], **found}
    return found


def _check(query: str) -> DocumentNode | tuple[GraphQLError, ...]:
    document = parse(query, max_tokens=MOST_TOKENS)
    return tuple(validate(schema(), document, max_errors=5)) or document


# The same few queries come from every widget; reading one costs more than answering it.
_checked = lru_cache(maxsize=REMEMBERED)(_check)


def _formatted(error: GraphQLError) -> dict[str, Any]:
    """Return an error as clients read it, with the API's own codes beside it."""
    refused = _refusal(error)
    problem: dict[str, Any] = {"message": refused.message}
    if error.locations:
        problem["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        problem["path"] = list(error.path)
    problem["extensions"] = {"apiError": refused.body(), "classification": CLASSIFICATION}
    return problem


def _refusal(error: GraphQLError) -> ApiError:
    cause = error.original_error
    if isinstance(cause, ApiError):
        return cause
    if isinstance(cause, DomainError):
        return refusal_of(cause)
    if cause is None or isinstance(cause, GraphQLError):
        return ApiError(400, "INVALID_QUERY", error.message)
    logger.error("graphql.failed path=%s", error.path, exc_info=cause)
    return ApiError(500, "INTERNAL_ERROR", "Something went wrong on our side. It is in the log.")
