from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from advocate.lib.money import AmountError
from jobs.types import ImportType, UndoForm
from rewards.balance_import.applying import prepare_chunk, redeem_chunk
from rewards.balance_import.errors import REFUSALS
from rewards.balance_import.matching import FIELDS, balance_matcher
from rewards.balance_import.preview import BALANCE_CHANGED, format_totals, preview_of
from rewards.balance_import.reading import OPTIONAL, REQUIRED, balance_reader
from rewards.balance_import.repeats import refuse_repeats
from rewards.balance_import.row_page import row_context
from rewards.models import StagedRedemption, StagedReversal
from rewards.resources import BalanceUndoResource, BalanceUpdateResource
from rewards.undo.errors import AlreadyReversed
from rewards.undo.outcome import NOT_AVAILABLE_AGAIN, RESULT_COLUMNS, free_content, result_rows, reversed_rows
from rewards.undo.outcome import preview_of as preview_of_undo
from rewards.undo.reversing import prepare_reversing, reverse_chunk
from rewards.undo.staging import stage_reversals

# Fewer and larger chunks are quicker, but on SQLite everybody else who writes waits while one is written.
CHUNK_ROWS: Final = 15_000
SQLITE_CHUNK_ROWS: Final = 6_000

UNDO_BALANCES: Final = ImportType(
    slug="undo-balances",
    label=_("Undoing of an import of balances"),
    description=_("Give back what an import redeemed."),
    view_permission="rewards.view_reward",
    permission="rewards.undo_import",
    resource=BalanceUndoResource,
    form=UndoForm,
    staged=StagedReversal,
    fields=(),
    stager=stage_reversals,
    preview=preview_of_undo,
    apply_chunk=reverse_chunk,
    prepare_chunk=prepare_reversing,
    chunk_rows=CHUNK_ROWS,
    sqlite_chunk_rows=SQLITE_CHUNK_ROWS,
    after=free_content,
    refusals=(AlreadyReversed,),
    warnings={
        NOT_AVAILABLE_AGAIN: _(
            "Rewards that have expired or were cancelled since: %(count)s. What comes back to them cannot be redeemed "
            "again."
        )
    },
    result_columns=RESULT_COLUMNS,
    result_rows=result_rows,
    format_totals=format_totals,
    shown=(
        ("account_id", _("account ID")),
        ("user_id", _("user ID")),
        ("shown_amount", _("to give back")),
    ),
    related=("unit",),
    searched=("account_id", "user_id"),
    order=20,
)

UPDATE_BALANCES: Final = ImportType(
    slug="update-balances",
    label=_("Update User Reward Balances"),
    description=_(
        "Bring back the report “Available reward balances by user” with what you paid written into valueToRedeem: "
        "those amounts are redeemed. Nothing else in the file changes anything."
    ),
    view_permission="rewards.view_reward",
    resource=BalanceUpdateResource,
    staged=StagedRedemption,
    fields=FIELDS,
    required=REQUIRED,
    optional=OPTIONAL,
    reader=balance_reader,
    completer=balance_matcher,
    long_checks=(refuse_repeats,),
    preview=preview_of,
    apply_chunk=redeem_chunk,
    prepare_chunk=prepare_chunk,
    chunk_rows=CHUNK_ROWS,
    sqlite_chunk_rows=SQLITE_CHUNK_ROWS,
    undo=UNDO_BALANCES,
    marks=reversed_rows,
    refusals=(*REFUSALS, AmountError, *AmountError.__subclasses__()),
    warnings={
        BALANCE_CHANGED: _(
            "Rows whose balance is not what the report said: %(count)s. Look at them before you confirm."
        )
    },
    format_totals=format_totals,
    shown=(
        ("account_id", _("account ID")),
        ("user_id", _("user ID")),
        ("shown_amount", _("to redeem")),
    ),
    related=("unit",),
    searched=("account_id", "user_id", "email"),
    template="rewards/imports/update_balances.html",
    context=row_context,
    shows_rows=True,
    order=10,
)

LEDGER_TYPES: Final = (UPDATE_BALANCES.slug, UNDO_BALANCES.slug)
IMPORTS: Final = (UPDATE_BALANCES, UNDO_BALANCES)
