from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any, Final, NamedTuple

from programs.models import Referral
from rewards.demo.names import PEOPLE, Name
from rewards.demo.plan import Plan

# Without I, L, O and U, which people misread.
DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SLUG_LETTERS: Final = "23456789abcdefghjkmnpqrstvwxyz"
SECONDARY_EVERY: Final = 9
SEGMENTS: Final[tuple[list[str], ...]] = ([], [], ["vip"], ["newsletter"], ["newsletter", "beta"], [], ["wholesale"])
BLOCK_REASONS: Final = ("Referred themselves", "Chargeback", "Asked for it", "Same card as two other accounts")
SOURCES: Final = (
    Referral.Source.LINK,
    Referral.Source.LINK,
    Referral.Source.CODE,
    Referral.Source.PROMO_CODE,
    Referral.Source.PROMO_CODE,
    Referral.Source.MANUAL,
    Referral.Source.IMPORT,
)


class ParticipantRow(NamedTuple):
    """A participant as the table has it."""

    id: int
    account_id: str
    user_id: str
    first_name: str
    last_name: str
    email: str
    locale: str
    country_code: str
    referable: bool
    date_blocked: datetime | None
    block_reason: str
    image_url: str
    segments: list[str]
    custom_fields: dict[str, Any]
    referral_source: str
    first_seen_ip: str | None
    last_seen_ip: str | None
    created_at: datetime
    updated_at: datetime


class CodeRow(NamedTuple):
    """A referral code as the table has it."""

    id: int
    code: str
    program_id: int
    participant_id: int
    is_primary: bool
    disabled_at: datetime | None
    created_at: datetime


class LinkRow(NamedTuple):
    """A share link as the table has it."""

    id: int
    slug: str
    code_id: int
    clicks: int
    clicked_at: datetime | None
    retired_at: datetime | None
    created_at: datetime


class ReferralRow(NamedTuple):
    """A referral as the table has it."""

    id: int
    program_id: int
    referrer_id: int
    referred_id: int
    source: str
    code_used: str
    date_started: datetime
    date_converted: datetime | None
    updated_at: datetime


class Ids(NamedTuple):
    """How a company names a participant."""

    account_id: str
    user_id: str


def participants(plan: Plan) -> Iterator[ParticipantRow]:
    """Yield the participants, the earliest first."""
    rng = Random(f"{plan.seed} participants")  # noqa: S311 (nothing secret)
    for number in range(plan.participants):
        yield _participant(plan, number, rng)


def codes(plan: Plan, programs: list[int]) -> Iterator[CodeRow]:
    """Yield each participant's code in the first program, now and then one in the second, and a secondary one."""
    code_id = plan.first_code
    for number in range(plan.participants):
        person, joined = plan.first_participant + number, plan.joined_at(number)
        for turn, program_id in enumerate(programs[: 1 + (number % 2)]):
            yield CodeRow(code_id, code_of(plan, number, turn), program_id, person, True, None, joined)
            code_id += 1
        if number % SECONDARY_EVERY == SECONDARY_EVERY // 2:
            earlier = f"{first_name(plan, number).spelled[:10].upper()}_{person}"
            disabled = late(joined, plan.at, 0.5) if person % 2 else None
            yield CodeRow(code_id, earlier, programs[0], person, False, disabled, joined)
            code_id += 1


def share_link(plan: Plan, code: CodeRow) -> LinkRow:
    """Return a code's link; that of a secondary one is from when it was primary."""
    link_id = plan.first_link + code.id - plan.first_code
    drawn = plan.share("click", link_id)
    clicks = int(drawn**4 * 400)  # most are clicked a few times, some are everywhere
    return LinkRow(
        id=link_id,
        slug=_slug(plan, link_id),
        code_id=code.id,
        clicks=clicks,
        clicked_at=late(code.created_at, plan.at, 0.5 + drawn / 2) if clicks else None,
        retired_at=None if code.is_primary else code.disabled_at or late(code.created_at, plan.at, 0.6),
        created_at=code.created_at,
    )


def referrals(plan: Plan, programs: list[int], *, has_promo_codes: bool) -> Iterator[ReferralRow]:
    """Yield who came through whom; the n-th who came by a one-time code used the n-th of them."""
    one_time = count()
    for number in range(plan.referrals):
        friend, advocate = plan.friend(number), plan.advocate(number)
        started, converted = plan.joined_at(friend), plan.converted_at(number)
        turn = advocate % 2 and number % 2
        source = SOURCES[plan.mixed("code", number) % len(SOURCES)]
        code_used = code_of(plan, advocate, turn) if source in {Referral.Source.LINK, Referral.Source.CODE} else ""
        if has_promo_codes and source == Referral.Source.PROMO_CODE:
            code_used = name_code(plan, advocate) if turn else one_time_code(plan, next(one_time))
        yield ReferralRow(
            id=plan.first_referral + number,
            program_id=programs[turn],
            referrer_id=plan.first_participant + advocate,
            referred_id=plan.first_participant + friend,
            source=source.value,
            code_used=code_used,
            date_started=started,
            date_converted=converted,
            updated_at=converted or started,
        )


def code_of(plan: Plan, number: int, turn: int) -> str:
    """Return a participant's referral code in one program: their name and six characters that are nobody else's."""
    serial = (plan.first_participant + number) * 2 + turn
    scattered = (serial * 0x2545F491 + plan.seed) % 2**30  # an odd factor scatters without ever meeting
    tail = "".join(DIGITS[scattered >> shift & 31] for shift in range(25, -1, -5))
    return f"{first_name(plan, number).spelled[:10].upper()}-{tail}"


def one_time_code(plan: Plan, place: int) -> str:
    """Return the n-th one-time code: ten characters that look random and are no other's."""
    # An odd factor scatters without ever meeting; fifty bits are ten characters.
    scattered = ((plan.first_promo + place) * 0x2545F4914F6CD + plan.seed) % 2**50
    return "".join(DIGITS[scattered >> shift & 31] for shift in range(45, -1, -5))


def name_code(plan: Plan, number: int) -> str:
    """Return the multi-use code of a participant, made from their name."""
    return f"{first_name(plan, number).spelled[:10].upper()}{plan.first_participant + number}"


def _slug(plan: Plan, link_id: int) -> str:
    """Return ten characters that look random and are no other link's."""
    scattered = (link_id * 0x9E3779B97F4A7 + plan.seed) % 2**49  # an odd factor scatters without ever meeting
    characters = []
    for _ in range(10):
        scattered, place = divmod(scattered, len(SLUG_LETTERS))
        characters.append(SLUG_LETTERS[place])
    return "".join(characters)


def _participant(plan: Plan, number: int, rng: Random) -> ParticipantRow:
    people = PEOPLE[number % len(PEOPLE)]
    first, last = first_name(plan, number), rng.choice(people.last)
    serial = plan.first_participant + number
    email = f"{first.spelled}.{last.spelled}{serial}@example.com" if rng.random() < 0.94 else ""
    ids = _ids(serial, email)
    joined, blocked = plan.joined_at(number), plan.blocked_at(number)
    has_last_name = rng.random() < 0.96
    address = f"203.0.113.{rng.randrange(1, 255)}"  # a block of addresses that is kept for documentation
    return ParticipantRow(
        id=serial,
        account_id=ids.account_id,
        user_id=ids.user_id,
        first_name=first.written,
        last_name=last.written if has_last_name else "",
        email=email,
        locale=people.locale,
        country_code=people.country,
        referable=rng.random() < 0.97,
        date_blocked=blocked,
        block_reason=rng.choice(BLOCK_REASONS) if blocked else "",
        image_url="",
        segments=rng.choice(SEGMENTS),
        custom_fields={"plan": rng.choice(("free", "pro", "team"))} if rng.random() < 0.3 else {},
        referral_source=rng.choice(("", "", "instagram", "newsletter", "checkout")),
        first_seen_ip=address,
        last_seen_ip=address,
        created_at=joined,
        updated_at=blocked or joined + (plan.at - joined) * rng.random() * 0.1,
    )


def first_name(plan: Plan, number: int) -> Name:
    """Return a participant's first name."""
    first = PEOPLE[number % len(PEOPLE)].first
    return first[plan.mixed("code", number) % len(first)]


def _ids(serial: int, email: str) -> Ids:
    """Return ids as companies really have them: those that spreadsheets spoil among them."""
    shapes = (
        Ids(f"{serial:05d}", f"{serial:05d}"),
        Ids(email or f"guest-{serial}@example.com", email or f"guest-{serial}@example.com"),
        Ids(f"+44{serial + 10}", f"+44{serial + 10}"),
        Ids(f"{123_456_789_012_345_000 + serial}", f"{123_456_789_012_345_000 + serial}"),
        Ids(f"客户-{serial}", f"用户{serial}"),
        Ids(f"acme-{serial // 70}", f"user-{serial}"),
        Ids(f"gid://shop/Customer/{serial}", f"{serial}E{serial % 7 + 1}"),
    )
    return shapes[serial % len(shapes)]


def late(start: datetime, end: datetime, part: float) -> datetime:
    """Return an instant between two, on the whole second."""
    return start + timedelta(seconds=int((end - start).total_seconds() * part))
