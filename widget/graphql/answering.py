from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from graphql import (
    DocumentNode,
    GraphQLError,
    OperationType,
    StringValueNode,
    Visitor,
    execute_sync,
    get_operation_ast,
    parse,
    validate,
    visit,
)

from advocate.lib.errors import DomainError
from api.bodies import BadJson, refuse_unstorable
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


class NotAQuery(Exception):
    """What was sent is no query of this schema; ``answer`` says why."""

    def __init__(self, *errors: GraphQLError) -> None:
        super().__init__(*errors)
        self.answer = {"errors": [_formatted(error) for error in errors], "data": None}


class Failed(Exception):
    """Something went wrong on our side; ``answer`` has what went well, too."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__()
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was read and checked, with its variables."""

    document: DocumentNode
    variables: Mapping[str, Any]
    operation_name: str | None = None

    @property
    def changes_something(self) -> bool:
        """Say whether it is a mutation."""
        asked = get_operation_ast(self.document, self.operation_name)
        return asked is not None and asked.operation == OperationType.MUTATION


def read(query: str, variables: Mapping[str, Any], *, operation_name: str | None) -> Query:
    """
    Read and check a query.

    :raises NotAQuery: if it is none
    :raises ApiError: if it asks for too much
    """
    try:
        document = _checked(query) if len(query) <= LONGEST_REMEMBERED else _check(query)
    except GraphQLError as error:
        raise NotAQuery(error) from error
    if isinstance(document, tuple):
        raise NotAQuery(*document)
    refuse_too_much(document, variables)
    return Query(document, variables, operation_name)


def answer(query: Query, call: Call) -> dict[str, Any]:
    """
    Return the answer to a query, whose errors stand in it.

    :raises Failed: if one of them is ours
    """
    result = execute_sync(
        schema(),
        query.document,
        context_value=call,
        variable_values=dict(query.variables),
        operation_name=query.operation_name,
    )
    found: dict[str, Any] = {"data": result.data}
    if result.errors:
        found = {"errors": [_formatted(error) for error in result.errors], **found}
        if any(_is_ours(error) for error in result.errors):
            raise Failed(found)
    return found


def _check(query: str) -> DocumentNode | tuple[GraphQLError, ...]:
    document = parse(query, max_tokens=MOST_TOKENS)
    visit(document, _NoUnstorableText())
    return tuple(validate(schema(), document, max_errors=5)) or document


class _NoUnstorableText(Visitor):
    """Refuses texts that no database stores, as the API refuses them in bodies."""

    def enter_string_value(self, node: StringValueNode, *_context: Any) -> None:
        try:
            refuse_unstorable(node.value)
        except BadJson as error:
            raise GraphQLError("A text holds what cannot be stored.", node) from error


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


def _is_ours(error: GraphQLError) -> bool:
    return not isinstance(error.original_error, ApiError | DomainError | GraphQLError | None)


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
