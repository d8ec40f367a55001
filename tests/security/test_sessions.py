from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from advocate.lib import clock
from outbox.models import Email
from team.audit import SYSTEM
from team.models import Role, User
from team.operations import change_own_password, change_role, deactivate_member, reactivate_member

pytestmark = pytest.mark.django_db

FOR_FULL_ACCESS = "/admin/team/auditentry/"


@pytest.fixture
def ada():
    User.objects.create_user("other@example.com", "right horse staple", role=Role.FULL_ACCESS)
    return User.objects.create_user("ada@example.com", "right horse staple", role=Role.FULL_ACCESS)


@pytest.fixture
def open_session(client, ada):
    client.force_login(ada)
    assert client.get(FOR_FULL_ACCESS).status_code == 200
    return client


def test_a_lower_role_counts_from_the_next_request_of_an_open_session(open_session, ada):
    change_role(member=ada, role=Role.VIEWER, by=SYSTEM, at=clock.now())

    assert open_session.get(FOR_FULL_ACCESS).status_code == 403
    assert (
        open_session.post("/admin/team/user/add/", {"email": "x@example.com", "role": "full_access"}).status_code == 403
    )
    assert not User.objects.filter(email="x@example.com").exists()


def test_a_session_from_before_a_deactivation_stays_dead_afterwards(open_session, ada):
    deactivate_member(member=ada, by=SYSTEM, at=clock.now())
    assert open_session.get("/admin/").status_code == 302

    reactivate_member(member=ada, by=SYSTEM, at=clock.now())

    assert open_session.get("/admin/").status_code == 302


def test_a_new_password_ends_the_sessions_of_other_browsers(open_session, ada):
    change_own_password(member=ada, password="another horse staple", at=clock.now())

    assert open_session.get("/admin/").status_code == 302


@pytest.mark.parametrize("https", [True, False])
def test_cookies_are_kept_from_scripts_other_sites_and_plain_http(settings, ada, https):
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = https
    client = Client()
    client.get("/admin/login/")
    client.post("/admin/login/", {"username": ada.email, "password": "right horse staple", "next": "/admin/"})

    session, token = client.cookies["sessionid"], client.cookies["csrftoken"]

    assert (session["httponly"], session["samesite"], bool(session["secure"])) == (True, "Lax", https)
    assert (token["samesite"], bool(token["secure"])) == ("Lax", https)


def test_pages_behind_the_login_are_kept_by_no_cache_and_framed_by_nobody(open_session, ada):
    pages = ["/admin/", "/admin/jobs/job/", "/admin/profile/", reverse("own_password"), "/admin/search/?q=ada"]

    for page in pages:
        headers = open_session.get(page).headers
        assert "no-store" in headers["Cache-Control"], page
        assert "private" in headers["Cache-Control"], page
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        policy = headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


@pytest.mark.parametrize("page", ["/password/MQ/made-up/", "/invitation/MQ/made-up/", "/password/forgotten/"])
def test_pages_behind_a_mailed_link_are_kept_by_no_cache_and_pass_no_address_on(client, db, page):
    answer = client.get(page)

    assert answer["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer.headers.get("Cache-Control", "") or "forgotten" in page


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:80@127.0.0.1"])
def test_another_host_than_ours_is_refused(client, db, settings, host):
    settings.ALLOWED_HOSTS = ["127.0.0.1", "testserver"]

    assert client.get("/admin/login/", headers={"host": host}).status_code == 400


def test_links_in_mails_are_ours_whatever_host_the_request_named(client, settings, ada):
    settings.ALLOWED_HOSTS = ["*"]
    settings.BASE_URL = "https://advocate.example.com"
    client.force_login(ada)

    client.post(
        "/admin/team/user/add/",
        {"email": "new@example.com", "role": "viewer", "name": "New"},
        headers={"host": "evil.example", "x-forwarded-host": "evil.example"},
    )

    mail = Email.objects.get(to="new@example.com")
    assert "https://advocate.example.com/invitation/" in mail.text
    assert "evil.example" not in mail.text + mail.html
