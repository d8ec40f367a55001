from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from api.bodies import Body, Reply
from api.instants import LATEST
from api.schemas.users import Code, Id

Whole = Annotated[int, Field(ge=1, le=2**53 - 1)]
Instant = Annotated[int, Field(ge=0, le=LATEST, description="Milliseconds since 1970.")]
UnitKey = Annotated[str, StringConstraints(min_length=1, max_length=64)]
NEEDED = {
    "CREDIT": ("unit", "assigned_credit"),
    "PCT_DISCOUNT": ("discount_percent",),
    "FUELTANK": ("fuel_tank_code", "fuel_tank_type", "amount"),
}
ALLOWED = {**NEEDED, "CREDIT": ("unit", "assigned_credit", "currency"), "FUELTANK": (*NEEDED["FUELTANK"], "unit")}
OF_TYPES = {name for names in ALLOWED.values() for name in names}


class RewardBody(Body):
    """A reward to give: a credit, a percentage or a code."""

    type: Literal["CREDIT", "PCT_DISCOUNT", "FUELTANK"]
    unit: UnitKey | None = None
    assigned_credit: Whole | None = None
    discount_percent: Annotated[int, Field(ge=1, le=100)] | None = None
    fuel_tank_code: Code | None = None
    fuel_tank_type: Literal["PCT_DISCOUNT", "CREDIT"] | None = None
    amount: Whole | None = None
    name: Annotated[str, StringConstraints(max_length=200)] | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    date_expires: Instant | None = None
    date_scheduled_for: Instant | None = None
    cancellable: Literal[True] | None = Field(None, description="Every reward can be cancelled until it is redeemed.")

    @model_validator(mode="after")
    def _check_type(self) -> RewardBody:
        """Ask for what the type needs, and refuse what it has no place for."""
        if missing := [name for name in NEEDED[self.type] if getattr(self, name) is None]:
            raise ValueError(f"{_shown(missing[0])} is needed for {self.type}")
        others = OF_TYPES - set(ALLOWED[self.type])
        if strange := sorted(name for name in others if getattr(self, name) is not None):
            raise ValueError(f"{_shown(strange[0])} does not go with {self.type}")
        if self.type == "FUELTANK" and (self.unit is None) != (self.fuel_tank_type == "PCT_DISCOUNT"):
            raise ValueError("a code for a credit needs a unit, one for a percentage has none")
        return self


def _shown(name: str) -> str:
    return str(RewardBody.model_fields[name].alias)


class RedeemBody(Body):
    """What is to be redeemed of one reward."""

    amount: Whole
    unit: UnitKey


class DebitBody(Body):
    """What is to be taken from an account's balance, or from one user's where it is named."""

    account_id: Id
    user_id: Id | None = None
    unit: UnitKey
    amount: Whole


class Redeemed(Reply):
    """What was redeemed and what is left."""

    credit_redeemed: int
    credit_available: int
    unit: str


class Redemption(Reply):
    """One redemption that was not reversed."""

    id: str
    date_redeemed: int
    quantity_redeemed: int


class RewardOut(Reply):
    """A reward; fields of other types are null."""

    id: str
    type: str
    unique_id: str | None
    status: str
    date_created: int
    date_given: int | None
    date_expires: int | None
    date_cancelled: int | None
    date_scheduled_for: int | None
    date_redeemed: int | None
    account_id: str
    user_id: str
    cancellable: bool
    reward_source: str
    program_id: str | None
    program_reward_key: str | None
    global_reward_key: str | None
    referral_id: str | None
    unit: str
    name: str | None
    currency: str | None
    assigned_credit: int | None
    redeemed_credit: int | None
    redemptions: list[Redemption] | None
    discount_percent: int | None
    fuel_tank_code: str | None
    fueltank_type: str | None
    amount: int | None
    description: str | None
    value_in_cents: int | None
    integration_id: str | None
    reward_details: dict[str, Any] | None


class CreditBalance(Reply):
    """What there is of one unit; assigned less redeemed can be drawn."""

    type: Literal["CREDIT", "INTEGRATION"]
    unit: str
    count: int
    total_pending_credit: int
    total_assigned_credit: int
    total_redeemed_credit: int
    total_expired_credit: int
    total_cancelled_credit: int


class DiscountBalance(Reply):
    """The percentages that are valid, and where they come from."""

    type: Literal["PCT_DISCOUNT"]
    unit: str
    total_discount_percent: int
    referred_discount_percent: int
    referrer_discount_percent: int


class CodeBalance(Reply):
    """How many codes are valid."""

    type: Literal["FUELTANK"]
    unit: str
    total_fuel_tank_codes: int
