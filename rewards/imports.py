from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from advocate.lib.money import AmountError
from jobs.types import ImportType, UndoForm
from programs.models import Participant, Referral, ReferralCode
from rewards.balance_import.applying import prepare_chunk, redeem_chunk
from rewards.balance_import.errors import REFUSALS
from rewards.balance_import.matching import FIELDS, balance_matcher
from rewards.balance_import.preview import BALANCE_CHANGED, format_totals, preview_of
from rewards.balance_import.reading import OPTIONAL, REQUIRED, balance_reader
from rewards.balance_import.repeats import refuse_repeats
from rewards.balance_import.row_page import row_context
from rewards.models import Reward, RewardEntry, StagedRedemption, StagedReversal, StagedUser
from rewards.resources import BalanceUndoResource, BalanceUpdateResource, UserImportResource
from rewards.undo.errors import AlreadyReversed
from rewards.undo.outcome import NOT_AVAILABLE_AGAIN, RESULT_COLUMNS, free_content, result_rows, reversed_rows
from rewards.undo.outcome import preview_of as preview_of_undo
from rewards.undo.reversing import prepare_reversing, reverse_chunk
from rewards.undo.staging import stage_reversals
from rewards.user_import import applying as users
from rewards.user_import import columns as user_columns
from rewards.user_import import page as users_page
from rewards.user_import import preview as users_preview
from rewards.user_import.errors import REFUSALS as USER_REFUSALS
from rewards.user_import.form import SegmentsForm
from rewards.user_import.matching import user_matcher
from rewards.user_import.reading import FIELDS as USER_FIELDS
from rewards.user_import.reading import user_reader
from rewards.user_import.repeats import refuse_repeats as refuse_repeated_users

# Fewer and larger chunks are quicker, but on SQLite everybody else who writes waits while one is written.
CHUNK_ROWS: Final = 15_000
SQLITE_CHUNK_ROWS: Final = 8_000

UNDO_BALANCES: Final = ImportType(
    slug="undo-balances",
    label=_("Undoing of an import of balances"),
    description=_("Give back what an import redeemed."),
    view_permission="rewards.view_reward",
    permission="rewards.undo_import",
    resource=BalanceUndoResource,
    form=UndoForm,
    staged=StagedReversal,
    looks_in=(Participant, Reward, RewardEntry),
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
    looks_in=(Participant, Reward),
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

IMPORT_USERS: Final = ImportType(
    slug="users",
    label=_("Users"),
    description=_(
        "Add participants, or change what you know of them: one row for each, with accountId and id. A blank cell "
        "leaves things as they are. New ones join every live program."
    ),
    view_permission="programs.view_participant",
    permission="programs.add_participant",
    resource=UserImportResource,
    form=SegmentsForm,
    staged=StagedUser,
    looks_in=(Participant, ReferralCode, Referral),
    fields=USER_FIELDS,
    required=user_columns.REQUIRED,
    optional=user_columns.OPTIONAL,
    patterns=user_columns.PATTERNS,
    brings=Participant,
    reader=user_reader,
    completer=user_matcher,
    long_checks=(refuse_repeated_users,),
    preview=users_preview.preview_of,
    apply_chunk=users.register_chunk,
    chunk_rows=2_000,
    # On SQLite everybody else who writes waits for a chunk.
    sqlite_chunk_rows=500,
    refusals=USER_REFUSALS,
    warnings={
        users_preview.UNKNOWN_CODES: _(
            "Codes that nobody has, at least not before the row that names them: %(count)s (%(codes)s). They refer "
            "nobody. If the file brings their advocates, sort those to the top."
        ),
        users_preview.ADVOCATES: _("New friends would come through: %(advocates)s."),
        users_preview.IGNORED: _(
            "Columns that this import does not know, so that nothing is read from them: %(columns)s."
        ),
    },
    format_totals=users_preview.format_totals,
    shown=(
        ("account_id", _("account ID")),
        ("user_id", _("user ID")),
        ("shown_name", _("name")),
        ("shown_effect", _("participant")),
    ),
    searched=("account_id", "user_id"),
    template="rewards/imports/users.html",
    context=users_page.users_context,
    shows_rows=True,
    order=20,
)

LEDGER_TYPES: Final = (UPDATE_BALANCES.slug, UNDO_BALANCES.slug)
IMPORTS: Final = (UPDATE_BALANCES, UNDO_BALANCES, IMPORT_USERS)
