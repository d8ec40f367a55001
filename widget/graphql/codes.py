from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from django.db.models import Model, Q, QuerySet

from api.errors import code_not_found
from api.instants import milliseconds
from programs.models import Participant, ReferralCode
from programs.queries import referral_code
from promocodes.models import PromoCode
from promocodes.operations import mark_copied
from promocodes.queries.searching import promo_code
from widget.graphql.areas import Area, Info, attribute, call_of, envelope, page_bounds

State = PromoCode.State
Filter = Mapping[str, Any]
CodeT = TypeVar("CodeT", bound=Model)


def _referral_code_list(
    user: Participant,
    info: Info,
    limit: int,
    offset: int,
    filter: Filter | None = None,  # noqa: A002  (the schema's name)
) -> dict[str, Any]:
    """List the codes that name the user, then the promo codes they were given, as one list."""
    bounds, wanted = page_bounds(limit, offset), filter or {}
    named, given = _referral_codes(user, wanted), _promo_codes(user, wanted, info)
    own = named.count()
    rows: list[Any] = list(named[bounds])
    start = max(bounds.start - own, 0)
    rows += given[start : start + limit - len(rows)] if len(rows) < limit else []
    return envelope(rows, own + given.count())


def _referral_codes(user: Participant, wanted: Filter) -> QuerySet[ReferralCode]:
    codes = ReferralCode.objects.filter(participant=user, disabled_at__isnull=True).select_related("program")
    if wanted.get("fuelTank_eq") is True or wanted.get("dateUsed_exists") is True:
        return codes.none()
    return _of_program(codes, "program__key", wanted).order_by("-is_primary", "-created_at", "-pk")


def _promo_codes(user: Participant, wanted: Filter, info: Info) -> QuerySet[PromoCode]:
    at = call_of(info).caller.at
    works = Q(state=State.ASSIGNED) & (Q(expires_at__isnull=True) | Q(expires_at__gt=at))
    codes = PromoCode.objects.filter(participant=user).select_related("pool__program")
    if wanted.get("fuelTank_eq") is False:
        return codes.none()
    is_used = Q(used_at__isnull=False)
    which = {True: is_used, False: works & ~is_used}.get(wanted.get("dateUsed_exists"), works | is_used)  # type: ignore[arg-type]
    return _of_program(codes.filter(which), "pool__program__key", wanted).order_by("state", "assigned_at", "pk")


def _of_program(codes: QuerySet[CodeT], name: str, wanted: Filter) -> QuerySet[CodeT]:
    return codes.filter(**{name: wanted["programId_eq"]}) if wanted.get("programId_eq") is not None else codes


def _mark_copied(_root: Any, info: Info, referralCode: str) -> dict[str, Any]:
    """Note that a user has copied a code of theirs; one that is somebody else's is as if there were none."""
    call = call_of(info)
    user = call.needed_participant()
    code = promo_code(referralCode)
    if code is not None and code.participant_id == user.pk:
        mark_copied(code=code, participant=user, at=call.caller.at)
        code.refresh_from_db(fields=["copied_at"])
        return {"referralCode": code}
    named = referral_code(referralCode)
    if named is None or named.participant_id != user.pk:
        raise code_not_found()
    return {"referralCode": named}


def _date_of(name: str) -> Any:
    return lambda code, _info: milliseconds(getattr(code, name, None))


def _program_of(code: PromoCode | ReferralCode, _info: Info) -> str | None:
    if isinstance(code, ReferralCode):
        return code.program.key
    return code.pool.program.key if code.pool else None


AREA: Final = Area(
    """
    input ReferralCodeFilterInput { programId_eq: ID dateUsed_exists: Boolean fuelTank_eq: Boolean }
    type ReferralCode {
      code: String! programId: ID dateCreated: RSDate dateUsed: RSDate dateCopied: RSDate singleUse: Boolean!
      isPrimary: Boolean!
    }
    type ReferralCodeList { data: [ReferralCode!]! count: Int! totalCount: Int! }
    type MarkReferralCodeCopiedResult { referralCode: ReferralCode }
    extend type User {
      referralCodeList(limit: Int! = 20, offset: Int! = 0, filter: ReferralCodeFilterInput): ReferralCodeList!
    }
    extend type Mutation { markReferralCodeCopied(referralCode: String!): MarkReferralCodeCopiedResult }
    """,
    {
        "User.referralCodeList": _referral_code_list,
        "Mutation.markReferralCodeCopied": _mark_copied,
        "ReferralCode.code": attribute("code"),
        "ReferralCode.programId": _program_of,
        "ReferralCode.dateCreated": lambda code, _info: milliseconds(
            code.created_at if isinstance(code, ReferralCode) else code.assigned_at
        ),
        "ReferralCode.dateUsed": _date_of("used_at"),
        "ReferralCode.dateCopied": _date_of("copied_at"),
        "ReferralCode.singleUse": lambda code, _info: isinstance(code, PromoCode) and not code.is_multi_use,
        "ReferralCode.isPrimary": lambda code, _info: isinstance(code, ReferralCode) and code.is_primary,
    },
)
