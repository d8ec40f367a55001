from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator

from api.bodies import Body, Reply
from api.schemas.share_links import Links
from programs.sent_values import COUNTRY_FORM, EMAIL_FORM, FIELD_NAME, LOCALE_FORM, PROGRAM_ID, SEGMENT_FORM

Id = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Name = Annotated[str, StringConstraints(max_length=255)]
Email = Annotated[str, StringConstraints(max_length=255, pattern=EMAIL_FORM)]
Locale = Annotated[str, StringConstraints(pattern=LOCALE_FORM)]
Country = Annotated[str, StringConstraints(pattern=COUNTRY_FORM)]
Segment = Annotated[str, StringConstraints(pattern=SEGMENT_FORM)]
FieldName = Annotated[str, StringConstraints(pattern=rf"^{FIELD_NAME}$")]
FieldValue = Annotated[str, StringConstraints(max_length=2000)] | bool | int | float | None
ProgramKey = Annotated[str, StringConstraints(pattern=rf"^{PROGRAM_ID}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
SentText = Annotated[str, StringConstraints(max_length=255)]
WHOLE_NUMBERS = 2**53
IGNORED = "Taken, because clients send it, and ignored."


class ReferredBy(Body):
    """The code that a user came with, as older clients send it."""

    code: SentText | None = None
    is_converted: bool | None = Field(None, description=IGNORED)


class UserBody(Body):
    """A user to register; what is left out stays as it is."""

    id: Id
    account_id: Id
    first_name: Name | None = None
    last_name: Name | None = None
    email: Email | None = None
    referable: bool | None = None
    locale: Locale | None = None
    country_code: Country | None = None
    image_url: Annotated[str, StringConstraints(max_length=2000)] | None = None
    referral_codes: Annotated[dict[ProgramKey, Code], Field(max_length=100)] | None = Field(
        None, description="A code that the user should have in a program; who has one there keeps it."
    )
    segments: Annotated[list[Segment], Field(max_length=100)] | None = Field(
        None, description="Segments to add; with a tilde before it, one to remove."
    )
    custom_fields: Annotated[dict[FieldName, FieldValue], Field(max_length=100)] | None = Field(
        None, description="Fields of your own; null removes one."
    )
    referred_by_codes: Annotated[list[SentText], Field(max_length=20)] | None = Field(
        None, description="Codes that the user came with, the one that counts first; they count before `cookies`."
    )
    cookies: Annotated[str, StringConstraints(max_length=20_000)] | None = Field(
        None, description="The `_saasquatch` cookie of the user's browser."
    )
    referred_by: ReferredBy | None = Field(None, description="Counts like one more of `referredByCodes`.")
    referral_code: SentText | None = Field(None, description=f"{IGNORED} It names no program: send `referralCodes`.")
    share_links: Annotated[dict[ProgramKey, str], Field(max_length=100)] | None = Field(None, description=IGNORED)
    payment_provider_id: SentText | None = Field(None, description=IGNORED)
    date_us_tax_form_submitted: int | None = Field(None, description=IGNORED)

    @model_validator(mode="after")
    def _refuse_great_numbers(self) -> UserBody:
        """Keep to the numbers that every reader of JSON takes for the same."""
        values = (self.custom_fields or {}).values()
        if any(isinstance(value, int | float) and abs(value) > WHOLE_NUMBERS for value in values):
            raise ValueError("a number in customFields is greater than 2^53")
        return self


class NoBody(Body):
    """Nothing, or an empty object."""


class OpenUser(Reply):
    """A user as the open calls give them."""

    id: str
    account_id: str
    first_name: str
    last_name: str
    email: str
    image_url: str
    cookie_id: str | None
    locale: str | None
    country_code: str | None
    referable: bool
    first_seen_ip: str | None = Field(alias="firstSeenIP")
    last_seen_ip: str | None = Field(alias="lastSeenIP")
    date_created: int
    referral_codes: dict[str, str]
    program_share_links: dict[str, Links]
    custom_fields: dict[str, Any]
    segments: list[str]
    referred_by_codes: list[str]


class User(Reply):
    """A user as lists give them."""

    id: str
    account_id: str
    first_name: str
    last_name: str
    last_initial: str
    email: str
    email_hash: str | None
    image_url: str
    referral_code: str | None
    locale: str | None
    country_code: str | None
    referable: bool
    segments: list[str]
    custom_fields: dict[str, Any]
    first_seen_ip: str | None = Field(alias="firstSeenIP")
    last_seen_ip: str | None = Field(alias="lastSeenIP")
    referral_source: str | None
    date_created: int
    date_blocked: int | None


class Users(Reply):
    """A page of users."""

    count: int
    total_count: int
    users: list[User]


class UserByCode(Reply):
    """What anybody may know of the advocate whose code it is."""

    id: str
    account_id: str
    first_name: str
    last_initial: str
    referral_code: str
    image_url: str


class Problem(Reply):
    """A refusal."""

    message: str
    status_code: int
    api_error_code: str
    rs_code: str | None
    validation_errors: list[str] | None = None
