from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from outbox.models import Email
from team import links
from team.audit import SYSTEM, Actor
from team.models import ApiKey, AuditEntry, Company, PasswordResetRequest, Role, User
from team.operations import (
    AlreadyOnTeam,
    ApiKeyMadeAlready,
    ApiKeyRevoked,
    CompanyDetails,
    LastFullAccess,
    LinkNotValid,
    NewApiKey,
    accept_invitation,
    answer_password_resets,
    change_company,
    change_role,
    create_api_key,
    deactivate_member,
    invite_member,
    note_key_use,
    reset_password,
    revoke_api_key,
)
from tests.concurrency.racing import race
from tests.conftest import NOON

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PASSWORD = "correct battery 42"


def full_access(number):
    return User.objects.create_user(f"{number}@example.com", "x", role=Role.FULL_ACCESS)


def kinds(outcomes):
    return sorted(type(outcome).__name__ for outcome in outcomes)


def test_two_who_demote_or_deactivate_each_other_leave_one_with_full_access():
    for number in range(10):
        User.objects.update(role=Role.VIEWER)
        one, other = full_access(f"a{number}"), full_access(f"b{number}")

        outcomes = race(
            [
                partial(change_role, member=other, role=Role.VIEWER, by=Actor.of(one), at=NOON),
                partial(deactivate_member, member=one, by=Actor.of(other), at=NOON),
            ]
        )

        assert kinds(outcomes) == [LastFullAccess.__name__, "NoneType"]
        assert User.objects.filter(role=Role.FULL_ACCESS, is_active=True).count() == 1


def test_sixteen_invitations_of_one_address_make_one_member_and_one_mail():
    calls = [partial(invite_member, email="new@example.com", role=Role.VIEWER, by=SYSTEM, at=NOON)] * 16

    outcomes = race(calls)

    assert kinds(outcomes) == [AlreadyOnTeam.__name__] * 15 + ["User"]
    assert (User.objects.count(), Email.objects.count(), AuditEntry.objects.count()) == (1, 1, 1)


def test_an_invitation_accepted_sixteen_times_at_once_is_accepted_once():
    member = invite_member(email="new@example.com", role=Role.VIEWER, by=SYSTEM, at=NOON)
    token = links.INVITATION.make_token(member, NOON)
    calls = [
        partial(accept_invitation, member=User.objects.get(), token=token, name=f"N{n}", password=PASSWORD, at=NOON)
        for n in range(16)
    ]

    outcomes = race(calls)

    assert kinds(outcomes) == [LinkNotValid.__name__] * 15 + ["User"]
    assert AuditEntry.objects.filter(action="member.joined").count() == 1


def test_a_reset_link_used_sixteen_times_at_once_sets_one_password():
    token = links.PASSWORD_RESET.make_token(full_access(1), NOON)
    calls = [
        partial(reset_password, member=User.objects.get(), token=token, password=f"{PASSWORD}{n}", at=NOON)
        for n in range(16)
    ]

    outcomes = race(calls)

    assert kinds(outcomes) == [LinkNotValid.__name__] * 15 + ["NoneType"]
    assert Email.objects.count() == 1


def test_workers_that_answer_one_request_at_once_send_one_mail():
    member = full_access(1)
    PasswordResetRequest.objects.create(email=member.email, language="en", requested_at=NOON)

    race([partial(answer_password_resets, at=NOON)] * 8)

    assert Email.objects.count() == 1


def test_a_company_changed_by_sixteen_at_once_stays_one_row_with_an_unbroken_history():
    calls = [
        partial(
            change_company,
            details=CompanyDetails(
                name=f"Acme {n}", account_email="", tenant_alias="acme", time_zone="", default_language=""
            ),
            by=SYSTEM,
            at=NOON,
        )
        for n in range(16)
    ]

    assert race(calls) == [None] * 16

    names = [entry.changes["name"] for entry in AuditEntry.objects.order_by("pk")]
    assert Company.objects.count() == 1
    assert [before for before, _ in names] == ["", *(after for _, after in names[:-1])]


def test_the_same_form_from_8_threads_makes_one_api_key(at):
    call = partial(create_api_key, name="Shop", scope="read", by=SYSTEM, at=at, form_token="same")

    outcomes = race([call] * 8)

    assert Counter(type(outcome) for outcome in outcomes) == {NewApiKey: 1, ApiKeyMadeAlready: 7}
    assert ApiKey.objects.count() == 1


def test_a_key_is_revoked_once_by_8_threads_and_its_use_noted_once(at):
    key = create_api_key(name="Shop", scope="read", by=SYSTEM, at=at).key

    noted = race([partial(note_key_use, key=key, at=at)] * 8)
    outcomes = race([partial(revoke_api_key, key=key, by=SYSTEM, at=at)] * 8)

    assert sum(noted) == 1
    assert Counter(type(outcome) for outcome in outcomes) == {type(None): 1, ApiKeyRevoked: 7}
    assert AuditEntry.objects.filter(action="api_key.revoked").count() == 1
