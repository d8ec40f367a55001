from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from django.db.models import Model, Q, QuerySet

from api.access import need_key
from api.errors import code_not_found, invalid, not_found
from api.instants import milliseconds
from api.views.users import found_user
from programs.models import Participant, Program, ReferralCode
from programs.operations import add_referral_code
from programs.queries import program_of_key, referral_code
from promocodes.models import PromoCode
from promocodes.operations import mark_copied
from promocodes.queries.searching import promo_code
from team.models import ApiKey
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


def _program(code: PromoCode | ReferralCode, _info: Info) -> Program | None:
    if isinstance(code, ReferralCode):
        return code.program
    return code.pool.program if code.pool else None


def _program_of(code: PromoCode | ReferralCode, info: Info) -> str | None:
    program = _program(code, info)
    return program.key if program else None


def _is_primary(code: PromoCode | ReferralCode, _info: Info) -> bool:
    return isinstance(code, ReferralCode) and code.is_primary


def _add(_root: Any, info: Info, addReferralCodeInput: Mapping[str, Any]) -> dict[str, Any]:
    """Give a user one more referral code of a program: a shop's server may, a user may not."""
    caller, sent = call_of(info).caller, addReferralCodeInput
    need_key(caller, ApiKey.Scope.WRITE)
    program = program_of_key(sent["programId"])
    if program is None:
        raise not_found("There is no such program.")
    if not sent["referralCode"]:
        raise invalid(["referralCode: a code has at least one character"], rs="RS034")
    added = add_referral_code(
        participant=found_user(sent["accountId"], sent["userId"]),
        program=program,
        code=sent["referralCode"],
        is_primary=bool(sent.get("makeReferralCodePrimaryForProgram")),
        by=caller.actor,
        at=caller.at,
    )
    return {"referralCode": added}


AREA: Final = Area(
    """
    input ReferralCodeFilterInput { programId_eq: ID dateUsed_exists: Boolean fuelTank_eq: Boolean }
    type ReferralCode {
      code: String! programId: ID dateCreated: RSDate dateUsed: RSDate dateCopied: RSDate singleUse: Boolean!
      isPrimary: Boolean! isPrimaryForProgram: Boolean! program: ProgramSummary user: User
    }
    type ReferralCodeList { data: [ReferralCode!]! count: Int! totalCount: Int! }
    type MarkReferralCodeCopiedResult { referralCode: ReferralCode }
    extend type User {
      referralCodeList(limit: Int! = 20, offset: Int! = 0, filter: ReferralCodeFilterInput): ReferralCodeList!
    }
    input AddReferralCodeInput {
      referralCode: String! programId: ID! userId: String! accountId: String!
      makeReferralCodePrimaryForProgram: Boolean
    }
    type AddReferralCodeResult { referralCode: ReferralCode! }
    extend type Mutation {
      markReferralCodeCopied(referralCode: String!): MarkReferralCodeCopiedResult
      addReferralCode(addReferralCodeInput: AddReferralCodeInput!): AddReferralCodeResult
    }
    """,
    {
        "User.referralCodeList": _referral_code_list,
        "Mutation.markReferralCodeCopied": _mark_copied,
        "Mutation.addReferralCode": _add,
        "ReferralCode.code": attribute("code"),
        "ReferralCode.programId": _program_of,
        "ReferralCode.dateCreated": lambda code, _info: milliseconds(
            code.created_at if isinstance(code, ReferralCode) else code.assigned_at
        ),
        "ReferralCode.dateUsed": _date_of("used_at"),
        "ReferralCode.dateCopied": _date_of("copied_at"),
        "ReferralCode.singleUse": lambda code, _info: isinstance(code, PromoCode) and not code.is_multi_use,
        "ReferralCode.isPrimary": _is_primary,
        "ReferralCode.isPrimaryForProgram": _is_primary,
        "ReferralCode.program": _program,
        "ReferralCode.user": attribute("participant"),
    },
)
