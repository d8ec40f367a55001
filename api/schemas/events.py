from __future__ import annotations

from typing import Annotated

from pydantic import Field, JsonValue, StringConstraints

from api.bodies import Body, Reply
from api.schemas.rewards import Instant
from api.schemas.users import WHOLE_NUMBERS, Id

Text = Annotated[str, StringConstraints(max_length=1500)]
Number = Annotated[int, Field(ge=-WHOLE_NUMBERS, le=WHOLE_NUMBERS)] | Annotated[float, Field(ge=-1e15, le=1e15)]
Scalar = Text | bool | Number | None
Name = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Flat = dict[Name, Scalar]
Value = Scalar | Flat | Annotated[list[Scalar | Flat], Field(max_length=1000)]


class EventBody(Body):
    """Something that happened; the key `purchase` or `refund` is about an order."""

    key: Name
    id: Annotated[str, StringConstraints(max_length=255)] = ""
    fields: Annotated[dict[Name, Value], Field(max_length=100)] = Field(default_factory=dict)
    date_triggered: Instant | None = None


class EventsBody(Body):
    """What a user did."""

    user_id: Id
    account_id: Id
    idempotency_key: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{8,64}$")] | None = None
    events: Annotated[list[EventBody], Field(min_length=1, max_length=100)]


class EventOut(Reply):
    """An event as it was stored."""

    id: str
    key: str
    fields: dict[str, JsonValue]
    date_triggered: int
    date_received: int
    date_processed: int


class EventsOut(Reply):
    """The events that were stored."""

    user_id: str
    account_id: str
    events: list[EventOut]
