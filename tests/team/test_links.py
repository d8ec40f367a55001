from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from advocate.lib.clock import now
from outbox.models import Email
from team import links
from team.audit import Actor
from team.models import AuditEntry, PasswordResetRequest, Role, User
from team.operations import (
    LinkNotValid,
    accept_invitation,
    answer_password_resets,
    deactivate_member,
    invite_member,
    request_password_reset,
    resend_invitation,
    reset_password,
)

pytestmark = pytest.mark.django_db
PASSWORD = "correct battery 42"


@pytest.fixture
def invited(owner):
    return invite_member(email="new@example.com", role=Role.SUPPORT, by=Actor.of(owner), at=now())


def link_in_mail():
    return re.findall(r"http://[^/]+(/\S+)", Email.objects.latest("pk").text)[0]


def ask_for_reset(at, email="owner@example.com", address="192.0.2.1"):
    request_password_reset(email=email, language="en", address=address, at=at)


def test_an_invited_person_chooses_name_and_password_and_is_in(client, invited):
    page = client.get(link_in_mail(), follow=True)
    form_url = page.redirect_chain[-1][0]

    answer = client.post(form_url, {"name": "Nadia", "new_password1": PASSWORD, "new_password2": PASSWORD})

    assert answer["Location"] == reverse("admin:index")
    assert client.get("/admin/").status_code == 200
    invited.refresh_from_db()
    assert (invited.name, invited.status) == ("Nadia", User.Status.ACTIVE)
    assert AuditEntry.objects.latest("pk").action == "member.joined"


def test_an_accepted_invitation_is_no_link_any_more(client, invited):
    link = link_in_mail()
    token = link.rstrip("/").rpartition("/")[2]
    accept_invitation(member=invited, token=token, name="N", password=PASSWORD, at=now())

    assert client.get(link).context["validlink"] is False
    with pytest.raises(LinkNotValid):
        accept_invitation(member=invited, token=token, name="Mallory", password="other battery 42", at=now())
    invited.refresh_from_db()
    assert invited.name == "N"


def test_an_invitation_runs_out_after_seven_days(invited, at):
    invited.invited_at = at
    token = links.INVITATION.make_token(invited, at)

    assert links.INVITATION.check_token(invited, token, at + timedelta(days=7))
    assert not links.INVITATION.check_token(invited, token, at + timedelta(days=7, seconds=1))


def test_sending_again_voids_the_older_link_and_deactivating_voids_all(invited, owner, at):
    token = links.INVITATION.make_token(invited, at)
    resend_invitation(member=invited, by=Actor.of(owner), at=at)

    assert not links.INVITATION.check_token(invited, token, at)
    token = links.INVITATION.make_token(invited, at)
    deactivate_member(member=invited, by=Actor.of(owner), at=at)
    assert not links.INVITATION.check_token(invited, token, at)


@pytest.mark.parametrize("token", ["", "-", "abc", "zzzz-", "!!!-00", "1-" + "0" * 32, None])
def test_made_up_tokens_are_no_links(owner, token, at):
    assert not links.PASSWORD_RESET.check_token(owner, token, at)


@pytest.mark.parametrize("route", ["password_reset_confirm", "accept_invitation"])
@pytest.mark.parametrize("whose", ["MQ", "OTk5OTk5", "bm9ib2R5", "-", "4pyT"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_names_nobody_is_said_to_be_no_good(client, db, route, whose, method):
    answer = getattr(client, method)(reverse(route, args=[whose, "c0ffee-0123456789abcdef"]))

    assert (answer.status_code, answer.context["validlink"]) == (200, False)


def test_a_token_of_one_member_or_purpose_is_none_of_another(owner, colleague, at):
    token = links.PASSWORD_RESET.make_token(owner, at)

    assert links.PASSWORD_RESET.check_token(owner, token, at)
    assert not links.PASSWORD_RESET.check_token(colleague, token, at)
    assert not links.INVITATION.check_token(owner, token, at)


def test_a_token_from_the_future_is_refused(owner, at):
    token = links.PASSWORD_RESET.make_token(owner, at + timedelta(hours=1))

    assert not links.PASSWORD_RESET.check_token(owner, token, at)


def test_asking_for_a_reset_mails_one_link_that_works_once(client, owner):
    client.post(reverse("admin_password_reset"), {"email": "Owner@Example.com"})
    answer_password_resets(at=now())
    link = link_in_mail()
    form_url = client.get(link, follow=True).redirect_chain[-1][0]

    answer = client.post(form_url, {"new_password1": PASSWORD, "new_password2": PASSWORD})

    assert answer["Location"] == reverse("password_reset_complete")
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)
    assert client.get(link).context["validlink"] is False
    assert Email.objects.filter(to=owner.email).count() == 2  # the link, and the notice that it was used
    assert AuditEntry.objects.latest("pk").action == "member.password_reset"


def test_a_reset_ends_every_session(client, owner, at):
    client.force_login(owner)
    token = links.PASSWORD_RESET.make_token(owner, at)

    reset_password(member=owner, token=token, password=PASSWORD, at=at)

    assert client.get("/admin/").status_code == 302


def test_two_uses_of_one_link_at_the_same_moment_set_one_password(owner, at):
    token = links.PASSWORD_RESET.make_token(owner, at)
    twin = User.objects.get(pk=owner.pk)
    reset_password(member=owner, token=token, password=PASSWORD, at=at)

    with pytest.raises(LinkNotValid):
        reset_password(member=twin, token=token, password="other battery 42", at=at)

    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)


def test_known_unknown_invited_and_deactivated_addresses_get_one_answer(client, owner, invited):
    User.objects.create_user("gone@example.com", "x", is_active=False)
    Email.objects.all().delete()
    bodies = set()
    for number, email in enumerate(("owner", "nobody", "new", "gone")):
        answer = client.post(
            reverse("admin_password_reset"), {"email": f"{email}@example.com"}, REMOTE_ADDR=f"192.0.2.{number}"
        )
        bodies.add((answer.status_code, answer["Location"], answer.content))

    answered = answer_password_resets(at=now())

    assert len(bodies) == 1
    assert answered == 4
    assert list(Email.objects.values_list("to", flat=True)) == ["owner@example.com"]
    assert not PasswordResetRequest.objects.exists()


def test_asking_makes_the_same_queries_for_known_and_unknown_addresses(owner, at, django_assert_num_queries):
    for email in ("owner@example.com", "nobody@example.com"):
        with django_assert_num_queries(9):
            ask_for_reset(at, email=email)


def test_too_many_requests_are_dropped_in_silence(owner, at):
    for number in range(6):
        ask_for_reset(at, address=f"192.0.2.{number}")

    assert PasswordResetRequest.objects.count() == 5


def test_a_request_is_answered_once(owner, at):
    ask_for_reset(at)

    for _ in range(2):
        answer_password_resets(at=at)

    assert Email.objects.count() == 1


def test_neither_passwords_nor_tokens_get_into_the_log(client, owner, invited, caplog):
    caplog.set_level("DEBUG")
    link = link_in_mail()
    token = link.rstrip("/").rpartition("/")[2]

    form_url = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(form_url, {"name": "Nadia", "new_password1": PASSWORD, "new_password2": PASSWORD})
    client.post(reverse("admin:logout"))
    client.post(reverse("admin:login"), {"username": owner.email, "password": "a wrong secret"})
    client.post(reverse("admin_password_reset"), {"email": owner.email})
    answer_password_resets(at=now())

    logged = caplog.text
    for secret in (PASSWORD, token, "a wrong secret", link_in_mail()):
        assert secret not in logged
