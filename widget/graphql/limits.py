"""How much one query may ask for: a document is weighed before anything of it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

from api.errors import ApiError

DEEPEST: Final = 15
# A page of a vendor's table asks for 20 referrals of some 30 fields; ten such tables may go in one batch.
COSTLIEST: Final = 10_000
MOST_FIELDS_AT_THE_TOP: Final = 30
USUAL_PAGE: Final = 20
PAGED: Final = frozenset(
    {"referrals", "rewards", "referralCodeList", "instantAccessRewards", "users", "shareLinkCodes"}
)
# Lists of rows that are read with their owner, of which hardly any has more than one, whatever limit is named.
SHORT: Final = frozenset(
    {"childNodes", "rewardRedemptionTransactions", "exchangedRewards", "visibleRewardExchangeItems"}
)
# What a referral gave one side is mostly one reward, however many are on a page of rewards.
OF_ONE: Final = frozenset({"referrals", "referredByReferral"})


def refuse_too_much(document: DocumentNode, variables: Mapping[str, Any]) -> None:
    """
    Refuse a document that goes too deep or asks for too much.

    :raises ApiError: if it does
    """
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            weigher = _Weigher(fragments, {**_defaults(operation), **variables})
            weigher.weigh(operation.selection_set)


def _defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    given = {node.variable.name.value: node.default_value for node in operation.variable_definitions or ()}
    return {name: int(value.value) for name, value in given.items() if isinstance(value, IntValueNode)}


class _Weigher:
    """Adds up what fields cost; each row of a list costs its fields again."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any]) -> None:
        self.fragments = fragments
        self.variables = variables
        self.cost = 0

    def weigh(self, selected: SelectionSetNode) -> None:
        """Refuse an operation whose selection is too much."""
        if self._count_at_the_top(selected) > MOST_FIELDS_AT_THE_TOP:
            raise _too_much(f"A query has at most {MOST_FIELDS_AT_THE_TOP} fields at the top.")
        self._add(selected, depth=1, rows=1, of="")

    def _count_at_the_top(self, selected: SelectionSetNode) -> int:
        return sum(isinstance(node, FieldNode) for node in selected.selections)

    def _add(self, selected: SelectionSetNode, *, depth: int, rows: int, of: str) -> None:
        if depth > DEEPEST:
            raise _too_much(f"A query goes at most {DEEPEST} levels deep.")
        for node in selected.selections:
            if isinstance(node, FieldNode):
                self._add_field(node, depth, rows, of)
            elif isinstance(node, InlineFragmentNode):
                self._add(node.selection_set, depth=depth, rows=rows, of=of)
            elif isinstance(node, FragmentSpreadNode):
                self._add(self.fragments[node.name.value].selection_set, depth=depth, rows=rows, of=of)

    def _add_field(self, node: FieldNode, depth: int, rows: int, of: str) -> None:
        self.cost += rows
        if self.cost > COSTLIEST:
            raise _too_much("A query may not ask for so much at once.")
        if node.selection_set:
            name = node.name.value
            inner = 1 if name == "rewards" and of in OF_ONE else self._rows_of(node)
            self._add(node.selection_set, depth=depth + 1, rows=rows * inner, of=name if name in PAGED | OF_ONE else of)

    def _rows_of(self, node: FieldNode) -> int:
        if node.name.value in SHORT:
            return 1
        limit = next((argument.value for argument in node.arguments or () if argument.name.value == "limit"), None)
        if isinstance(limit, IntValueNode):
            return max(int(limit.value), 1)
        if isinstance(limit, VariableNode):
            value = self.variables.get(limit.name.value, USUAL_PAGE)
            return max(value, 1) if isinstance(value, int) else USUAL_PAGE
        return USUAL_PAGE if node.name.value in PAGED else 1


def _too_much(message: str) -> ApiError:
    return ApiError(400, "QUERY_TOO_LARGE", message)
