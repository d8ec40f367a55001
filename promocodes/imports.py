from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from jobs.types import ImportType
from jobs.words import PLAIN
from programs.models import Participant, ReferralCode
from promocodes.code_import.adding import add_chunk, announce
from promocodes.code_import.errors import PATTERN_REFUSALS, REFUSALS
from promocodes.code_import.generating import RESULT_COLUMNS, add_generated, generated_rows, stage_generated
from promocodes.code_import.known import refuse_known, refuse_repeated
from promocodes.code_import.patterns import MOST_CODES
from promocodes.code_import.preview import NO_HEADER, format_totals, preview_of
from promocodes.code_import.reading import COLUMN, code_reader
from promocodes.code_import.way_back import upload_page, way_back
from promocodes.forms import BatchForm, GenerateForm, GiveForm, WithdrawBatchForm, WithdrawForm
from promocodes.give_codes.applying import give_chunk, look_after
from promocodes.give_codes.outcome import GIVEN_COLUMNS, format_given, given_rows
from promocodes.give_codes.staging import stage_advocates
from promocodes.models import CodeHolder, PromoCode, StagedCode, StagedSet, StagedWithdrawal
from promocodes.resources import GivenSetResource, PromoCodeResource
from promocodes.withdrawal import applying, matching, staging
from promocodes.withdrawal.errors import REFUSALS as NOT_WITHDRAWN
from promocodes.withdrawal.way_back import withdrawal_page

# A code that comes in or goes out does so or is refused; it never stays unchanged.
COMING: Final = replace(
    PLAIN,
    rows=_("Codes"),
    good=_("New"),
    done=pgettext_lazy("codes", "Added"),
    totals=_("Why rows are refused"),
    total="%(unit)s",
    if_any=("unchanged",),
)
GOING: Final = replace(
    PLAIN, rows=_("Codes"), good=_("To withdraw"), done=pgettext_lazy("codes", "Withdrawn"), if_any=("unchanged",)
)
LARGEST_FILE: Final = 350 * 2**20  # 5,000,000 codes of 64 characters

UPLOAD_CODES: Final = ImportType(
    slug="promo-codes",
    label=_("Upload of promo codes"),
    description=_("Bring codes into a program's stock: one column, one code in each row, with a header or without."),
    view_permission="promocodes.view_promocode",
    permission="promocodes.add_promocode",
    resource=PromoCodeResource,
    form=BatchForm,
    staged=StagedCode,
    looks_in=(PromoCode,),
    fields=("text",),
    column=COLUMN,
    reader=code_reader,
    long_checks=(refuse_repeated, refuse_known),
    preview=preview_of,
    apply_chunk=add_chunk,
    after=announce,
    start_url=upload_page,
    template="promocodes/way_back.html",
    context=way_back,
    chunk_rows=100_000,
    # On SQLite everybody else who writes waits for a chunk, about 0.2 s.
    sqlite_chunk_rows=10_000,
    max_rows=MOST_CODES,
    max_bytes=LARGEST_FILE,
    refusals=REFUSALS,
    warnings={
        NO_HEADER: _(
            "The file has no header that is known, so its first row is taken as a code, too: “%(first)s”. If that is "
            "the name of the column, discard this, upload the file again and say so at “First row”."
        )
    },
    format_totals=format_totals,
    shown=(("text", _("code")),),
    words=COMING,
    searched=("text",),
    order=30,
)

GENERATE_CODES: Final = ImportType(
    slug="generate-codes",
    label=_("Generation of promo codes"),
    description=_("Make codes that nobody guesses for a program's stock."),
    view_permission="promocodes.view_promocode",
    permission="promocodes.add_promocode",
    resource=PromoCodeResource,
    form=GenerateForm,
    staged=StagedCode,
    looks_in=(PromoCode,),
    fields=("text",),
    stager=stage_generated,
    apply_chunk=add_generated,
    after=announce,
    template="promocodes/way_back.html",
    context=way_back,
    chunk_rows=100_000,
    sqlite_chunk_rows=10_000,
    refusals=PATTERN_REFUSALS,
    result_columns=RESULT_COLUMNS,
    result_rows=generated_rows,
    start_url=partial(upload_page, how="generate"),
    shown=(("text", _("code")),),
    words=COMING,
    searched=("text",),
    order=31,
)

WITHDRAW_CODES: Final = ImportType(
    slug="withdraw-codes",
    label=_("Withdrawal of promo codes by file"),
    description=_("Take codes out of a program's stock for good: one column, as in an upload."),
    view_permission="promocodes.view_promocode",
    permission="promocodes.withdraw_code",
    resource=PromoCodeResource,
    form=WithdrawForm,
    staged=StagedWithdrawal,
    looks_in=(PromoCode,),
    fields=("text", "promo_code"),
    column=COLUMN,
    reader=staging.withdrawal_reader,
    long_checks=(matching.refuse_repeated_rows, matching.match_codes),
    apply_chunk=applying.withdraw_chunk,
    after=applying.note_withdrawal,
    chunk_rows=50_000,
    sqlite_chunk_rows=5_000,
    max_rows=MOST_CODES,
    max_bytes=LARGEST_FILE,
    refusals=(*REFUSALS, *NOT_WITHDRAWN),
    start_url=withdrawal_page,
    shown=(("text", _("code")),),
    words=GOING,
    searched=("text",),
    order=32,
)

WITHDRAW_BATCH: Final = ImportType(
    slug="withdraw-batch",
    label=_("Withdrawal of a batch"),
    description=_("Take what is left of a batch out of the stock for good."),
    view_permission="promocodes.view_promocode",
    permission="promocodes.withdraw_code",
    resource=PromoCodeResource,
    form=WithdrawBatchForm,
    staged=StagedWithdrawal,
    looks_in=(PromoCode,),
    fields=("text", "promo_code"),
    stager=staging.stage_batch,
    long_checks=(matching.match_codes,),
    apply_chunk=applying.withdraw_chunk,
    after=applying.note_withdrawal,
    chunk_rows=50_000,
    sqlite_chunk_rows=5_000,
    refusals=NOT_WITHDRAWN,
    start_url=withdrawal_page,
    result_columns=applying.RESULT_COLUMNS,
    result_rows=applying.withdrawn_rows,
    shown=(("text", _("code")),),
    words=GOING,
    searched=("text",),
    order=33,
)

GIVE_CODES: Final = ImportType(
    slug="give-codes",
    label=_("Giving codes to advocates"),
    description=_("Fill the set of every advocate of a program."),
    view_permission="promocodes.view_codepool",
    permission="promocodes.change_codepool",
    resource=GivenSetResource,
    form=GiveForm,
    staged=StagedSet,
    looks_in=(Participant, ReferralCode, CodeHolder, PromoCode),
    fields=(),
    stager=stage_advocates,
    may_be_empty=True,
    apply_chunk=give_chunk,
    # A set holds up to 100 codes.
    chunk_rows=1_000,
    sqlite_chunk_rows=200,
    after=look_after,
    result_columns=GIVEN_COLUMNS,
    result_rows=given_rows,
    format_totals=format_given,
    shown=(("participant", _("advocate")),),
    words=replace(
        PLAIN,
        rows=_("Advocates"),
        refused=_("Not reached"),
        outcome=_("What was given"),
        totals=_("Codes"),
        total="%(unit)s",
        applying=_("Giving the codes"),
        if_any=("unchanged", "refused"),
    ),
    related=("participant",),
    order=40,
)

IMPORTS: Final = (UPLOAD_CODES, GENERATE_CODES, WITHDRAW_CODES, WITHDRAW_BATCH, GIVE_CODES)
