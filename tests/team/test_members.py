from __future__ import annotations

from datetime import timedelta

import pytest

from outbox.models import Email
from team.audit import Actor
from team.models import AuditEntry, Role, User
from team.operations import (
    AlreadyOnTeam,
    ChangedMeanwhile,
    LastFullAccess,
    NotInvited,
    OwnAccess,
    change_role,
    create_admin,
    deactivate_member,
    invite_member,
    reactivate_member,
    resend_invitation,
)

pytestmark = pytest.mark.django_db


def test_inviting_adds_a_member_who_cannot_log_in_yet_and_mails_one_link(owner, at):
    member = invite_member(email=" New@Example.com", role=Role.SUPPORT, by=Actor.of(owner), at=at)

    assert (member.email, member.status, member.has_usable_password()) == (
        "new@example.com",
        User.Status.INVITED,
        False,
    )
    mail = Email.objects.get()
    assert mail.to == "new@example.com"
    assert "/invitation/" in mail.text
    assert "Support" in mail.text
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.user, entry.changes["role"]) == ("member.invited", owner, [None, "support"])


@pytest.mark.parametrize("email", ["colleague@example.com", "COLLEAGUE@example.com"])
def test_an_address_on_the_team_is_not_invited_again(owner, colleague, at, email):
    with pytest.raises(AlreadyOnTeam):
        invite_member(email=email, role=Role.VIEWER, by=Actor.of(owner), at=at)

    assert User.objects.count() == 2
    assert not Email.objects.exists()
    assert not AuditEntry.objects.exists()


def test_sending_the_invitation_again_mails_another_link(owner, at):
    member = invite_member(email="new@example.com", role=Role.SUPPORT, by=Actor.of(owner), at=at)

    resend_invitation(member=member, by=Actor.of(owner), at=at + timedelta(hours=1))

    first, second = Email.objects.order_by("pk")
    assert first.text != second.text


def test_who_has_joined_gets_no_second_invitation(owner, colleague, at):
    with pytest.raises(NotInvited):
        resend_invitation(member=colleague, by=Actor.of(owner), at=at)

    assert not Email.objects.exists()


def test_a_role_is_changed_and_recorded_with_before_and_after(owner, colleague, at):
    change_role(member=colleague, role=Role.PROGRAM_MANAGER, by=Actor.of(owner), at=at)

    colleague.refresh_from_db()
    assert colleague.role == Role.PROGRAM_MANAGER
    assert AuditEntry.objects.get().changes == {"role": ["support", "program_manager"]}


def test_the_same_role_again_records_nothing(owner, colleague, at):
    change_role(member=colleague, role=Role.SUPPORT, by=Actor.of(owner), at=at)

    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("act", [deactivate_member, reactivate_member])
def test_nobody_decides_about_themselves(owner, at, act):
    User.objects.create_user("second@example.com", "x", role=Role.FULL_ACCESS)

    with pytest.raises(OwnAccess):
        act(member=owner, by=Actor.of(owner), at=at)
    with pytest.raises(OwnAccess):
        change_role(member=owner, role=Role.VIEWER, by=Actor.of(owner), at=at)

    owner.refresh_from_db()
    assert (owner.role, owner.is_active) == (Role.FULL_ACCESS, True)


def test_the_last_member_with_full_access_stays(owner, colleague, at):
    invite_member(email="invited@example.com", role=Role.FULL_ACCESS, by=Actor.of(owner), at=at)
    User.objects.create_user("gone@example.com", "x", role=Role.FULL_ACCESS, is_active=False)

    with pytest.raises(LastFullAccess):
        change_role(member=owner, role=Role.VIEWER, by=Actor.of(colleague), at=at)
    with pytest.raises(LastFullAccess):
        deactivate_member(member=owner, by=Actor.of(colleague), at=at)

    owner.refresh_from_db()
    assert (owner.role, owner.is_active) == (Role.FULL_ACCESS, True)


def test_a_decision_about_a_role_that_changed_meanwhile_is_refused(owner, colleague, at):
    stale = User.objects.get(pk=colleague.pk)
    change_role(member=colleague, role=Role.VIEWER, by=Actor.of(owner), at=at)

    with pytest.raises(ChangedMeanwhile):
        change_role(member=stale, role=Role.PROGRAM_MANAGER, by=Actor.of(owner), at=at)

    colleague.refresh_from_db()
    assert colleague.role == Role.VIEWER


def test_a_deactivated_member_may_do_nothing_and_old_sessions_stay_dead_after_reactivation(
    client, owner, colleague, at
):
    client.force_login(colleague)

    deactivate_member(member=colleague, by=Actor.of(owner), at=at)
    while_out = client.get("/admin/").status_code
    allowed = colleague.has_perm("team.view_user")
    reactivate_member(member=colleague, by=Actor.of(owner), at=at)

    assert (while_out, allowed) == (302, False)
    assert client.get("/admin/").status_code == 302
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "member.deactivated",
        "member.reactivated",
    ]


def test_deactivating_twice_is_recorded_once(owner, colleague, at):
    for _ in range(2):
        deactivate_member(member=colleague, by=Actor.of(owner), at=at)

    assert AuditEntry.objects.count() == 1


def test_an_admin_is_created_with_full_access_and_a_password(at):
    member = create_admin(email="admin@example.com", password="right horse staple", at=at)

    assert member.role == Role.FULL_ACCESS
    assert member.check_password("right horse staple")
    assert AuditEntry.objects.get().actor == "system"
