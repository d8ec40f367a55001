from __future__ import annotations

import pytest
from django.contrib.auth import authenticate
from django.test import Client, RequestFactory
from django.urls import reverse

from advocate.lib.client_address import client_address
from team.models import Role, User

pytestmark = pytest.mark.django_db

LOGIN_PAGE = "/admin/login/"


@pytest.fixture
def ada():
    return User.objects.create_user("ada@example.com", "right horse staple", name="Ada", role=Role.VIEWER)


def log_in(client, password, *, email="ada@example.com", **extra):
    return client.post(LOGIN_PAGE, {"username": email, "password": password, "next": "/admin/"}, **extra)


def test_a_member_logs_in_by_email_whatever_its_case(client, ada):
    answer = log_in(client, "right horse staple", email="ADA@example.com")

    assert answer.status_code == 302
    assert client.get("/admin/").status_code == 200


def test_after_ten_wrong_tries_the_right_password_is_refused_and_the_page_says_how_long(client, ada):
    for _ in range(10):
        assert "Too many wrong tries" not in log_in(client, "wrong").content.decode()

    answer = log_in(client, "right horse staple")

    assert answer.status_code == 429
    assert "Try again in 5 minutes." in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_nine_wrong_tries_are_forgotten_after_a_right_one(client, ada):
    for _round in range(2):
        for _ in range(9):
            log_in(client, "wrong", REMOTE_ADDR=f"192.0.2.{_round}")
        assert log_in(client, "right horse staple", REMOTE_ADDR=f"192.0.2.{_round}").status_code == 302


def test_unknown_addresses_are_locked_like_known_ones(client, ada):
    texts = []
    for email in ("ada@example.com", "nobody@example.com"):
        answers = [log_in(client, "wrong", email=email, REMOTE_ADDR=f"198.51.100.{len(email)}") for _ in range(11)]
        texts.append([answer.context["form"].non_field_errors() for answer in answers])

    assert texts[0] == texts[1]


def test_a_deactivated_member_cannot_log_in_and_reads_what_everyone_reads(client, ada):
    wrong = log_in(client, "wrong").context["form"].non_field_errors()
    User.objects.update(is_active=False)

    answer = log_in(client, "right horse staple")

    assert answer.context["form"].non_field_errors() == wrong


def test_the_sessions_of_a_deactivated_member_end_at_once(client, ada):
    client.force_login(ada)
    User.objects.update(is_active=False)

    assert client.get("/admin/").status_code == 302


def test_an_invited_member_without_a_password_cannot_log_in(client):
    User.objects.create_user("new@example.com")

    for password in ("", "!", "None"):
        assert authenticate(RequestFactory().get("/"), username="new@example.com", password=password) is None


def test_logging_in_changes_the_session_key_and_logging_out_ends_it(client, ada):
    client.get(LOGIN_PAGE)
    client.session["before"] = "1"
    session = client.session
    session["planted"] = "x"
    session.save()
    client.cookies["sessionid"] = planted = session.session_key

    log_in(client, "right horse staple")
    after = client.cookies["sessionid"].value
    client.post(reverse("admin:logout"))

    assert after != planted
    stolen = Client()
    stolen.cookies["sessionid"] = after
    assert stolen.get("/admin/").status_code == 302


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https:evil.example", "https://evil.example/", "\\\\evil.example", "javascript:alert(1)"],
)
def test_logging_in_leads_to_no_other_site(client, ada, target):
    answer = client.post(LOGIN_PAGE, {"username": ada.email, "password": "right horse staple", "next": target})

    assert answer.status_code == 302
    assert answer["Location"] == reverse("admin:index")


@pytest.mark.parametrize(
    ("proxies", "header", "expected"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "not an address", "192.0.2.1"),
        (1, "", "192.0.2.1"),
    ],
)
def test_only_our_own_proxies_are_believed_about_the_callers_address(settings, proxies, header, expected):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=header)

    assert client_address(request) == expected
