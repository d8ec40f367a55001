from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from jobs.types import ImportType
from promocodes.code_import.adding import add_chunk
from promocodes.code_import.errors import REFUSALS
from promocodes.code_import.known import refuse_known, refuse_repeated
from promocodes.code_import.preview import NO_HEADER, format_totals, preview_of
from promocodes.code_import.reading import COLUMN, code_reader
from promocodes.forms import BatchForm
from promocodes.models import StagedCode
from promocodes.resources import PromoCodeResource

MOST_CODES: Final = 5_000_000
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
    fields=("text",),
    column=COLUMN,
    reader=code_reader,
    long_checks=(refuse_repeated, refuse_known),
    preview=preview_of,
    apply_chunk=add_chunk,
    chunk_rows=100_000,
    # On SQLite everybody else who writes waits for a chunk, about 0.2 s.
    sqlite_chunk_rows=10_000,
    max_rows=MOST_CODES,
    max_bytes=LARGEST_FILE,
    refusals=REFUSALS,
    warnings={
        NO_HEADER: _(
            "The file has no header that is known, so its first row is taken as a code, too: “%(first)s”. If that is "
            "the name of the column, discard this and upload it again as a file with a header."
        )
    },
    format_totals=format_totals,
    shown=(("text", _("code")),),
    searched=("text",),
    order=30,
)

IMPORTS: Final = (UPLOAD_CODES,)
