"""The bodies and answers of impact.com's Brand API, whose names begin with capitals."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_pascal

Text = Annotated[str, StringConstraints(max_length=255)]
Number = Annotated[str, StringConstraints(max_length=40)]
LONGEST_VALUE: Final = 2000
EVENTS: Final = ("ActionTrackerId", "EventTypeId", "EventTypeCode")
CUSTOMERS: Final = (
    "OrderPromoCode",
    "PromoCode",
    "CustomerId",
    "CustomerEmail",
    "CustomProfileId",
    "ClickId",
    "MediaId",
    "MediaPartnerId",
    "UniqueUrl",
    "CallerId",
    "GoogAId",
    "AndroidId",
    "AppleIfa",
    "AppleIfv",
)


class FlatBody(BaseModel):
    """Fields by their names, those that nobody looks at included; numbers come as texts, too."""

    model_config = ConfigDict(alias_generator=to_pascal, extra="allow", frozen=True)

    @property
    def sent(self) -> dict[str, str]:
        """Return every field as it was sent."""
        return {**self.model_dump(by_alias=True, exclude_none=True), **(self.model_extra or {})}

    @model_validator(mode="after")
    def _refuse_long_values(self) -> FlatBody:
        """Keep to what is stored as it was sent."""
        for name, value in (self.model_extra or {}).items():
            if len(name) > 100 or len(value) > LONGEST_VALUE:
                raise ValueError(f"{name[:100]} is longer than {LONGEST_VALUE} characters")
        return self


class ConversionBody(FlatBody):
    """
    An order.

    One of `ActionTrackerId`, `EventTypeId` and `EventTypeCode` is needed, and one field that says whose order it is:
    `OrderPromoCode`, `CustomerId`, `CustomerEmail`, or another that impact.com takes and that leads nowhere here.
    Items are `ItemSubTotal1`, or `ItemPrice1` and `ItemQuantity1`, and so on; they make the amount where there is no
    `Amount` and no `OrderSubTotalPostDiscount`. All other fields are kept as they were sent.
    """

    campaign_id: Text = Field(description="The program's ID.")
    action_tracker_id: Text | None = None
    event_type_id: Text | None = None
    event_type_code: Text | None = None
    event_date: Annotated[str, StringConstraints(max_length=40)] = Field(
        description="ISO 8601 with its offset from UTC, or `NOW`."
    )
    order_id: Text = Field(description="One order counts once. `IR_AN_64_TS` has an ID made.")
    order_promo_code: Text | None = Field(None, description="The code used at checkout.")
    promo_code: Text | None = Field(None, description="The same by another name.")
    customer_id: Text | None = Field(None, description="The user ID of the friend.")
    customer_email: Text | None = Field(
        None, description="The friend's address, or the SHA-1 or SHA-256 of it, trimmed and in lower case."
    )
    currency_code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{3}$")] | None = Field(
        None, description="Needed where there is an amount."
    )
    amount: Number | None = Field(None, description="In the currency itself: 10.55.")
    order_sub_total_post_discount: Number | None = None
    order_discount: Number | None = Field(None, description="Taken off the sum of the items.")
    note: Text | None = None


class ReversalBody(FlatBody):
    """An order that was returned: its `ActionId`, or its `OrderId` with the `ActionTrackerId` that came with it."""

    action_id: Text | None = None
    order_id: Text | None = None
    action_tracker_id: Text | None = None
    disposition_code: Annotated[str, StringConstraints(max_length=60)] = Field(description="Why, such as `REJECTED`.")


class PascalReply(BaseModel):
    """What a caller gets; for the document, as answers are written directly."""

    model_config = ConfigDict(alias_generator=to_pascal)


class QueuedOut(PascalReply):
    """Where to ask what became of a call."""

    status: Literal["QUEUED"]
    queued_uri: str


class SubmissionOut(PascalReply):
    """What became of a call; the action is there once it is complete."""

    batch_id: str
    account_id: str
    submission_date: str
    campaign_id: str
    action_tracker_id: str
    media_partner_id: None
    event_code: str
    order_id: str | None
    payload: str
    type: Literal["Conversion", "Reversal"]
    status: Literal["Queued", "Complete"]
    completion_date: str | None
    error_type: str | None
    error_reason: str | None
    action_id: str | None
    action_uri: str | None
    uri: str


class ActionOut(PascalReply):
    """A conversion; `Attribution` says by which advocate's doing, or why by nobody's."""

    id: str
    campaign_id: str
    campaign_name: str
    state: Literal["PENDING", "APPROVED", "REVERSED"]
    order_id: str
    event_date: str
    creation_date: str
    amount: str | None
    currency: str | None
    promo_code: str | None
    customer_id: str | None
    attribution: str
    advocate_id: str | None
    referral_date: str | None
    reversal_date: str | None
    reversal_reason: str | None
    uri: str


class FieldProblem(PascalReply):
    """What is wrong with one field."""

    field: str
    message: str


class BrandProblem(PascalReply):
    """A refusal."""

    status: Literal["ERROR"]
    message: str
    errors: list[FieldProblem]
