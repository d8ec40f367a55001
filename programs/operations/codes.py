from __future__ import annotations

from datetime import datetime
from random import Random

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError
from advocate.lib.prefixes import ascii_lower
from programs.models import Participant, Program, ReferralCode, ShareLink
from programs.operations.checks import check_values
from programs.operations.joining import SECURE, insert_code, join_program, primary_code
from programs.operations.share_links import make_share_link
from team import audit
from team.audit import Actor, Change


class CodeDisabled(DomainError):
    """A code that does not work cannot be the one that people share."""

    code = "code_disabled"
    message = _("The code %(disabled)s is disabled. Enable it first.")


class CodeChangedMeanwhile(DomainError):
    """Somebody made another code primary, or disabled this one, after it was read."""

    code = "code_changed"
    message = _("Somebody else changed the code %(changed)s in the meantime. Look at it again before you change it.")


class PrimaryCodeNeeded(DomainError):
    """An advocate always has one code that works."""

    code = "primary_code_needed"
    message = _("%(needed)s is the primary code. Make another code primary first.")


@transaction.atomic
def add_referral_code(
    *,
    participant: Participant,
    program: Program,
    code: str = "",
    is_primary: bool = False,
    by: Actor,
    at: datetime,
    rng: Random = SECURE,
) -> ReferralCode:
    """
    Give a participant one more code of a program, ``code`` or one made from their name, and return it.

    It is secondary unless ``is_primary`` is said; who has none yet joins with it.

    :raises InvalidValue: if ``code`` cannot be one
    :raises CodeTaken: if ``code`` is taken
    """
    _lock(participant.pk)
    if primary_code(participant=participant, program=program) is None:
        joined = join_program(participant=participant, program=program, code=code, by=by, at=at, rng=rng)
        if not code or ascii_lower(joined.code) == ascii_lower(code):
            return joined
    added = insert_code(participant=participant, program=program, is_primary=False, typed=code, at=at, rng=rng)
    changes = {"program": Change(None, program.name), "code": Change(None, added.code)}
    audit.record(by=by, action="code.added", target=participant, at=at, changes=changes)
    if is_primary:
        make_primary(code=added, by=by, at=at, rng=rng)
    return added


@transaction.atomic
def edit_referral_code(
    *,
    code: ReferralCode,
    to: str,
    keeps_old: bool,
    keeps_links: bool,
    by: Actor,
    at: datetime,
    rng: Random = SECURE,
) -> ReferralCode:
    """
    Put another code in a code's place and return it.

    The old one goes on working as a secondary code if ``keeps_old``, and is disabled otherwise; nobody else ever gets
    it. Its share links carry the new code if ``keeps_links``; otherwise they stay with the old one, retired, and the
    new code gets a link of its own.

    :raises InvalidValue: if ``to`` cannot be a code
    :raises CodeTaken: if ``to`` is taken
    :raises CodeChangedMeanwhile: if it is no longer primary or working as it was read
    :raises CodeDisabled: if it is disabled
    """
    _lock(code.participant_id)
    old = ReferralCode.objects.select_related("participant", "program").get(pk=code.pk)
    if (old.code, old.is_primary, old.disabled_at) != (code.code, code.is_primary, code.disabled_at):
        raise CodeChangedMeanwhile(changed=code.code)
    if old.disabled_at:
        raise CodeDisabled(disabled=old.code)
    if to == old.code:
        return old
    if ascii_lower(to) == ascii_lower(old.code):
        new = _respelled(old, to)
    else:
        new = _replaced(old, to, keeps_old=keeps_old, at=at, rng=rng)
        _hand_over_links(old, new, keeps_links=keeps_links, at=at, rng=rng)
    changes = {"program": Change(None, old.program.name), "code": Change(code.code, to)}
    if new.pk != old.pk:
        changes["old_code_works"] = Change(None, keeps_old)
    audit.record(by=by, action="code.edited", target=old.participant, at=at, changes=changes)
    return new


def _respelled(old: ReferralCode, to: str) -> ReferralCode:
    """Change nothing but the case of a code, which is the same code."""
    old.code = to
    check_values(old, names={"code"})
    ReferralCode.objects.filter(pk=old.pk).update(code=to)
    return old


def _replaced(old: ReferralCode, to: str, *, keeps_old: bool, at: datetime, rng: Random) -> ReferralCode:
    owner, program = old.participant, old.program
    new = insert_code(participant=owner, program=program, is_primary=False, typed=to, at=at, rng=rng)
    disabled_at = None if keeps_old else at
    ReferralCode.objects.filter(pk=old.pk).update(is_primary=False, disabled_at=disabled_at)
    if old.is_primary:
        ReferralCode.objects.filter(pk=new.pk).update(is_primary=True)
        new.is_primary = True
    return new


def _hand_over_links(old: ReferralCode, new: ReferralCode, *, keeps_links: bool, at: datetime, rng: Random) -> None:
    links = ShareLink.objects.filter(code=old)
    if keeps_links:
        had_link = bool(links.update(code=new))
    else:
        had_link = bool(links.filter(retired_at__isnull=True).update(retired_at=at))
    if had_link or new.is_primary:
        make_share_link(code=new, at=at, rng=rng)


@transaction.atomic
def make_primary(*, code: ReferralCode, by: Actor, at: datetime, rng: Random = SECURE) -> bool:
    """
    Make a secondary code the one that is shown and shared, and return whether this call did it.

    The former primary code goes on working as a secondary one; the new one gets a share link if it has none.

    :raises CodeDisabled: if it is disabled
    """
    _lock(code.participant_id)
    code.refresh_from_db()
    if code.is_primary:
        return False
    held = primary_code(participant=code.participant, program=code.program)
    if held is not None:
        ReferralCode.objects.filter(pk=held.pk).update(is_primary=False)
    # Disabling takes no lock: the condition is what keeps a disabled code from becoming primary.
    if not ReferralCode.objects.filter(pk=code.pk, disabled_at__isnull=True).update(is_primary=True):
        raise CodeDisabled(disabled=code.code)
    code.is_primary = True
    make_share_link(code=code, at=at, rng=rng)
    changes = {
        "program": Change(None, code.program.name),
        "primary_code": Change(held.code if held else None, code.code),
    }
    audit.record(by=by, action="code.made_primary", target=code.participant, at=at, changes=changes)
    return True


@transaction.atomic
def disable_code(*, code: ReferralCode, by: Actor, at: datetime) -> bool:
    """
    Let a secondary code work no more and return whether this call did it; its links lead on, but name nobody.

    :raises PrimaryCodeNeeded: if it is the primary code
    """
    working = ReferralCode.objects.filter(pk=code.pk, is_primary=False, disabled_at__isnull=True)
    is_new = bool(working.update(disabled_at=at))
    code.refresh_from_db()
    if code.is_primary:
        raise PrimaryCodeNeeded(needed=code.code)
    if is_new:
        _record(code, "code.disabled", by=by, at=at)
    return is_new


@transaction.atomic
def enable_code(*, code: ReferralCode, by: Actor, at: datetime) -> bool:
    """Let a disabled code work again and return whether this call did it."""
    is_new = bool(ReferralCode.objects.filter(pk=code.pk, disabled_at__isnull=False).update(disabled_at=None))
    code.refresh_from_db()
    if is_new:
        _record(code, "code.enabled", by=by, at=at)
    return is_new


def _record(code: ReferralCode, action: str, *, by: Actor, at: datetime) -> None:
    changes = {"program": Change(None, code.program.name), "code": Change(None, code.code)}
    audit.record(by=by, action=action, target=code.participant, at=at, changes=changes)


def _lock(participant_id: int) -> None:
    """Wait for whoever is changing the participant's codes, which must agree on one primary code for each program."""
    list(Participant.objects.select_for_update(no_key=True).filter(pk=participant_id).values_list("pk"))
