from __future__ import annotations

import logging
import re

import pytest
from django.test import Client
from django.urls import reverse

from advocate.lib import clock
from outbox.models import Email
from team.models import PasswordResetRequest, Role, User
from team.operations import answer_password_resets

pytestmark = pytest.mark.django_db

RIGHT, WRONG, NEW = "right horse staple", "wrong horse staple", "new horse staple"


def test_passwords_tokens_and_session_keys_reach_no_log(caplog, settings, monkeypatch):
    monkeypatch.setattr("celery.current_app.send_task", lambda *_args, **_options: None)
    caplog.set_level(logging.DEBUG)
    boss = User.objects.create_user("boss@example.com", RIGHT, role=Role.FULL_ACCESS)
    client = Client()
    login = reverse("admin:login")

    client.post(login, {"username": boss.email, "password": WRONG, "next": "/admin/"})
    client.post(login, {"username": boss.email, "password": RIGHT, "next": "/admin/"})
    key = client.cookies["sessionid"].value
    client.post(reverse("admin:team_user_add"), {"email": "new@example.com", "role": "viewer", "name": "New"})
    client.post(reverse("admin_password_reset"), {"email": boss.email})
    answer_password_resets(at=clock.now())
    assert not PasswordResetRequest.objects.exists()
    links = [
        link
        for mail in Email.objects.all()
        for link in re.findall(r"http://\S+?(/(?:invitation|password)/\S+)", mail.text)
    ]
    for link in links:
        page = Client()
        chosen = page.get(link, follow=True)
        form = {"name": "New", "new_password1": NEW, "new_password2": NEW}
        page.post(chosen.redirect_chain[-1][0], form)

    assert len(links) == 2
    assert User.objects.get(email="new@example.com").check_password(NEW)
    said = caplog.text
    assert "login.refused" in said
    tokens = tuple(link.rstrip("/").rpartition("/")[2] for link in links)
    secrets = {"password": (RIGHT, WRONG, NEW), "session": (key,), "token": tokens, "key": (settings.SECRET_KEY,)}
    assert [name for name, values in secrets.items() for value in values if value in said] == []
