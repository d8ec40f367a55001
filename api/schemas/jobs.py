from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from api.bodies import Body, Reply
from api.schemas.rewards import Instant
from api.schemas.users import ProgramKey

Text = Annotated[str, StringConstraints(max_length=200)]
When = Instant | Annotated[str, StringConstraints(max_length=40)]


class ExportFields(Body):
    """Which groups of columns a report has."""

    include_user_stats_fields: bool | None = None
    include_user_fields: bool | None = None
    include_referral_fields: bool | None = None


class ExportParams(Body):
    """What a report is about; instants are milliseconds since 1970 or ISO 8601."""

    created_since: When | None = None
    created_before: When | None = None
    updated_since: When | None = None
    updated_before: When | None = None
    created_or_updated_since: When | None = None
    created_or_updated_before: When | None = None
    program_id: ProgramKey | None = Field(None, description="For REFERRAL and USER_REFERRAL: one program's alone.")
    at: When | None = Field(None, description="For REWARD: amounts and statuses as they were at this moment.")
    fields: ExportFields | None = None


class ExportBody(Body):
    """A report to make."""

    type: Literal["USER", "USER_REFERRAL", "REFERRAL", "USER_REWARD_BALANCE", "REWARD_BALANCE", "REWARD"]
    format: Literal["CSV", "XLSX"] = "CSV"
    name: Text = ""
    requester: Text | None = None
    params: ExportParams | None = None


class Progress(Reply):
    """Where a report or import stands."""

    id: str
    name: str
    type: str
    requester: str
    status: Literal["PENDING", "COMPLETED", "ABORTED", "EXPIRED"]
    date_created: int
    date_completed: int | None
    date_expires: int | None
    mailto_email: str | None


class ExportOut(Progress):
    """A report."""

    format: str
    params: dict[str, Any]


class Exports(Reply):
    """A page of reports."""

    count: int
    total_count: int
    data: list[ExportOut]


class Uploaded(Reply):
    """What an uploaded file is called when an import is started with it."""

    file_ref: str


class ImportBody(Body):
    """An import to start with an uploaded file."""

    type: Literal["MUTATION/REDEEMABLE_REWARD_BALANCE", "MUTATION/USER"]
    file_ref: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    all_or_nothing: bool = Field(False, description="If a single row is refused, none is applied.")
    again: bool = Field(False, description="Import it although a file of the same content was imported before.")


class ImportOut(Progress):
    """An import; while `waiting` a person must confirm it, because the same content was imported before."""

    waiting: bool
    message: str | None
    stats: dict[str, int]
