"""What a demo company has once, however many participants: its team, programs, units and catalog."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from programs.models import Program
from programs.operations import ProgramDetails, create_program, launch_program, pause_program
from rewards.models import CatalogReward, RewardType, RewardUnit
from rewards.operations import CatalogDefinition, UnitDefinition, add_catalog_reward, add_unit
from rewards.periods import Period
from team.audit import Actor
from team.models import Role, User

SHOP: Final = "https://shop.example"

UNITS: Final = (
    UnitDefinition(key="CASH/USD", kind="CASH", name="US dollars", currency="USD", exponent=2),
    UnitDefinition(key="CREDIT/CAD", kind="CREDIT", name="Store credit", currency="CAD", exponent=2),
    UnitDefinition(key="CENTS", kind="CUSTOM", name="Cents"),
    UnitDefinition(key="POINT", kind="POINTS", name="Points"),
    UnitDefinition(key="CREDIT/JPY", kind="CREDIT", name="ストアクレジット", currency="JPY", exponent=0),
    UnitDefinition(key="CASH/KWD", kind="CASH", name="دينار كويتي", currency="KWD", exponent=3),
)


@dataclass(frozen=True, slots=True)
class Offer:
    """A catalog reward by the key of its unit, because units get their ids when they are made."""

    key: str
    name: str
    amount: int
    unit: str = ""
    type: str = RewardType.CREDIT
    months_valid: int | None = None
    days_pending: int | None = None
    is_active: bool = True


OFFERS: Final = (
    Offer("usd-10", "$10 for a friend", 1000, "CASH/USD", months_valid=12),
    Offer("usd-25-after-return", "$25 after the return period", 2500, "CASH/USD", days_pending=30),
    Offer("cad-15", "Store credit of $15", 1500, "CREDIT/CAD", months_valid=6),
    Offer("cents-250", "250 cents", 250, "CENTS", months_valid=3),
    Offer("points-500", "500 points", 500, "POINT", months_valid=24),
    Offer("jpy-1000", "1,000円クレジット", 1000, "CREDIT/JPY", months_valid=6),
    Offer("kwd-2-500", "٢٫٥٠٠ د.ك", 2500, "CASH/KWD"),
    Offer("ten-percent", "10% off the next order", 10, type=RewardType.PCT_DISCOUNT, months_valid=3),
    Offer("coffee", "Coffee voucher", 20, type=RewardType.FUELTANK, months_valid=2),
    Offer("gift-card-50", "Gift card of $50", 5000, "CASH/USD", type=RewardType.INTEGRATION),
    Offer("welcome-2024", "Welcome bonus (no longer given)", 300, "POINT", is_active=False),
)

TEAM: Final = (
    ("maya.chen@example.com", "Maya Chen", Role.FULL_ACCESS, "en", "America/Toronto"),
    ("tomas.alvarez@example.com", "Tomás Álvarez", Role.PROGRAM_MANAGER, "en", "America/Mexico_City"),
    ("li.na@example.com", "李娜", Role.PROGRAM_MANAGER, "zh-hans", "Asia/Shanghai"),
    ("priya.nair@example.com", "Priya Nair", Role.SUPPORT, "en", "Asia/Kolkata"),
    ("jonas.weber@example.com", "Jonas Weber", Role.VIEWER, "en", "Europe/Berlin"),
)


@dataclass(frozen=True, slots=True)
class Setting:
    """The demo company's people and things; ``programs`` are those in which people refer, the main one first."""

    team: list[User]
    programs: list[Program]
    units: dict[str, RewardUnit]
    offers: list[CatalogReward]


def set_up(*, began: datetime, at: datetime) -> Setting:
    """Make what is not there yet, as if it had been made when the company began, and return all of it."""
    team = [_member(*member, began=began) for member in TEAM]
    manager = Actor.of(team[1])
    units = {definition.key: _unit(definition, by=manager, at=began) for definition in UNITS}
    return Setting(
        team=team,
        programs=_programs(by=manager, began=began, at=at),
        units=units,
        offers=[_offer(offer, units, by=manager, at=began) for offer in OFFERS],
    )


def _member(email: str, name: str, role: Role, language: str, time_zone: str, *, began: datetime) -> User:
    """Return a member who cannot log in: nobody knows their password, because there is none."""
    member = User.objects.filter(email=email).first()
    if member is None:
        fields: dict[str, Any] = {"language": language, "time_zone": time_zone, "joined_at": began}
        member = User.objects.create_user(email, name=name, role=role, **fields)
    return member


def _programs(*, by: Actor, began: datetime, at: datetime) -> list[Program]:
    make: Callable[..., Program] = _program
    friends = make("refer-a-friend", "Refer a Friend", by=by, at=began, live=began + timedelta(days=1))
    partners = make("partner-circle", "伙伴推荐计划", by=by, at=began, live=began + timedelta(days=3))
    paused_at = at - timedelta(days=45)
    make("winter-special", "Winter special", by=by, at=began, live=began + timedelta(days=9), paused=paused_at)
    make("vip-club", "VIP club", by=by, at=at - timedelta(days=6))
    return [friends, partners]


def _program(
    key: str, name: str, *, by: Actor, at: datetime, live: datetime | None = None, paused: datetime | None = None
) -> Program:
    existing = Program.objects.filter(key=key).first()
    if existing is not None:
        return existing
    details = ProgramDetails(name=name, main_url=f"{SHOP}/{key}", cookie_days=30)
    program = create_program(key=key, details=details, by=by, at=at)
    if live:
        launch_program(program=program, by=by, at=live)
    if paused:
        pause_program(program=program, by=by, at=paused)
    return program


def _unit(definition: UnitDefinition, *, by: Actor, at: datetime) -> RewardUnit:
    existing = RewardUnit.objects.filter(key=definition.key).first()
    return existing or add_unit(definition=definition, by=by, at=at)


def _offer(offer: Offer, units: dict[str, RewardUnit], *, by: Actor, at: datetime) -> CatalogReward:
    existing = CatalogReward.objects.filter(key=offer.key).first()
    definition = CatalogDefinition(
        key=offer.key,
        name=offer.name,
        amount=offer.amount,
        type=offer.type,
        unit=units[offer.unit] if offer.unit else None,
        validity_count=offer.months_valid,
        validity_period=Period.MONTHS,
        pending_count=offer.days_pending,
        is_active=offer.is_active,
    )
    return existing or add_catalog_reward(definition=definition, by=by, at=at)
