from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from programs.models import Participant
from rewards.models import RewardType
from rewards.queries import Balance, balances_of, unit_of_key
from widget.graphql.areas import Area, Info, call_of
from widget.graphql.pretty import pretty

TYPES: Final = {
    RewardType.CREDIT: "CreditRewardBalance",
    RewardType.PCT_DISCOUNT: "PctDiscountRewardBalance",
    RewardType.FUELTANK: "FueltankRewardBalance",
    RewardType.INTEGRATION: "IntegrationRewardBalance",
}
NOTHING: Final = Balance(RewardType.CREDIT, None, 0, 0, 0, 0, 0, 0)


def _details(
    user: Participant,
    info: Info,
    programId: str | None = None,
    filter: Mapping[str, Any] | None = None,  # noqa: A002  (the schema's name)
    locale: str | None = None,
) -> list[Balance]:
    """Return what the user has of each type and unit; a balance belongs to them, whichever program it came from."""
    wanted = filter or {}
    found = [balance for balance in balances_of(user, at=call_of(info).caller.at) if _is_wanted(balance, wanted)]
    if found or wanted.get("type_eq") != RewardType.CREDIT:
        return found
    unit = unit_of_key(wanted.get("unit_eq") or "")
    return [replace(NOTHING, unit=unit)] if unit else []


def _is_wanted(balance: Balance, wanted: Mapping[str, Any]) -> bool:
    own = {"type_eq": balance.type, "unit_eq": balance.unit.key if balance.unit else "%"}
    return all(wanted.get(name) in {None, value} for name, value in own.items())


def _type_of(balance: Balance, _info: Any, _abstract: Any) -> str:
    return TYPES[RewardType(balance.type)]


def _shown(amount_of: Callable[[Balance], int]) -> Any:
    def resolve(balance: Balance, _info: Any, formatType: str | None = None, locale: str | None = None) -> str:
        return pretty(amount_of(balance), balance.unit, form=formatType, locale=locale)

    return resolve


def _assigned(balance: Balance) -> int:
    return balance.available + balance.redeemed


AMOUNTS: Final[Mapping[str, Callable[[Balance], int]]] = {
    "Assigned": _assigned,
    "Pending": lambda balance: balance.pending,
    "Redeemed": lambda balance: balance.redeemed,
    "Expired": lambda balance: balance.expired,
    "Cancelled": lambda balance: balance.cancelled,
    "Available": lambda balance: balance.available,
}
_FORM: Final = "(formatType: RewardValueFormatType, locale: RSLocale): String"
_CREDITS: Final = " ".join(f"pretty{name}Credit{_FORM} total{name}Credit: Long" for name in AMOUNTS)
_COMMON: Final = "type: RewardType! unit: String! count: Int!"

AREA: Final = Area(
    f"""
    interface RewardBalance {{ {_COMMON} }}
    type CreditRewardBalance implements RewardBalance {{ {_COMMON} prettyAvailableValue{_FORM} {_CREDITS} }}
    type PctDiscountRewardBalance implements RewardBalance {{ {_COMMON} }}
    type FueltankRewardBalance implements RewardBalance {{ {_COMMON} }}
    type IntegrationRewardBalance implements RewardBalance {{ {_COMMON} }}
    input RewardBalanceFilterInput {{ type_eq: RewardType unit_eq: String }}
    extend type User {{
      rewardBalanceDetails(programId: ID, filter: RewardBalanceFilterInput, locale: RSLocale): [RewardBalance!]!
    }}
    """,
    {
        "User.rewardBalanceDetails": _details,
        "RewardBalance.__resolve_type": _type_of,
        **{f"{name}.unit": lambda balance, _info: balance.unit.key if balance.unit else "%" for name in TYPES.values()},
        "CreditRewardBalance.prettyAvailableValue": _shown(AMOUNTS["Available"]),
        **{f"CreditRewardBalance.pretty{name}Credit": _shown(amount) for name, amount in AMOUNTS.items()},
        **{
            f"CreditRewardBalance.total{name}Credit": (lambda balance, _info, _of=amount: _of(balance))
            for name, amount in AMOUNTS.items()
        },
    },
)
