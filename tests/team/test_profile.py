from __future__ import annotations

from dataclasses import asdict

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from outbox.models import Email
from team.audit import Actor
from team.models import AuditEntry, Company, User
from team.operations import CompanyDetails, change_company
from team.queries import company

pytestmark = pytest.mark.django_db

PROFILE = {"name": "Olga P.", "language": "zh-hans", "time_zone": "Asia/Shanghai"}
DETAILS = CompanyDetails(
    name="Acme", account_email="team@acme.example", tenant_alias="acme", time_zone="Asia/Tokyo", default_language="en"
)


def test_members_change_their_own_profile_and_it_is_recorded(client, owner):
    client.force_login(owner)

    client.post(reverse("own_profile"), PROFILE)

    owner.refresh_from_db()
    assert (owner.name, owner.language, owner.time_zone) == ("Olga P.", "zh-hans", "Asia/Shanghai")
    assert AuditEntry.objects.get().changes["name"] == ["Olga", "Olga P."]


def test_a_profile_form_changes_neither_role_nor_address(client, colleague):
    client.force_login(colleague)

    client.post(reverse("own_profile"), {**PROFILE, "role": "full_access", "email": "x@example.com", "is_active": ""})

    colleague.refresh_from_db()
    assert (colleague.role, colleague.email, colleague.is_active) == ("support", "colleague@example.com", True)


def test_unknown_zones_and_languages_are_refused(client, owner):
    client.force_login(owner)

    answer = client.post(reverse("own_profile"), {**PROFILE, "time_zone": "Mars/Base", "language": "tlh"})

    assert set(answer.context["form"].errors) == {"time_zone", "language"}
    assert not AuditEntry.objects.exists()


def test_the_page_for_the_own_password_looks_like_the_others(client, owner):
    client.force_login(owner)

    page = client.get(reverse("own_password")).content.decode()

    assert ("You stay logged in here" in page, "for security’s sake" in page) == (True, False)


def test_changing_the_own_password_keeps_this_session_ends_others_and_tells_by_mail(client, owner):
    elsewhere = Client()
    elsewhere.force_login(owner)
    client.force_login(owner)
    new = "correct battery 42"

    client.post(
        reverse("own_password"),
        {"old_password": "right horse staple", "new_password1": new, "new_password2": new},
    )

    assert client.get("/admin/").status_code == 200
    assert elsewhere.get("/admin/").status_code == 302
    assert Email.objects.get().to == owner.email
    assert AuditEntry.objects.get().changes == {}


def test_pages_speak_the_members_language_and_leak_it_to_nobody_else(client, owner):
    User.objects.filter(pk=owner.pk).update(language="zh-hans", time_zone="Asia/Shanghai")
    client.force_login(owner)
    zone = timezone.get_current_timezone_name()

    answer = client.get("/admin/", headers={"accept-language": "en"})

    assert answer["Content-Language"] == "zh-hans"
    assert 'lang="zh-hans"' in answer.content.decode()
    assert timezone.get_current_timezone_name() == zone
    assert Client().get("/admin/login/", headers={"accept-language": "en"})["Content-Language"] == "en"


def test_without_a_language_of_their_own_the_cookie_and_then_the_browser_decide(client, owner):
    client.force_login(owner)

    assert client.get("/admin/", headers={"accept-language": "zh-CN"})["Content-Language"] == "zh-hans"
    client.cookies["django_language"] = "en"
    assert client.get("/admin/", headers={"accept-language": "zh-CN"})["Content-Language"] == "en"


def test_switching_the_language_on_a_page_is_kept_in_the_profile(client, owner):
    client.force_login(owner)

    client.post(reverse("set_language"), {"language": "zh-hans", "next": "/admin/"})

    owner.refresh_from_db()
    assert owner.language == "zh-hans"
    assert client.get(reverse("set_language")).status_code == 405


def test_switching_the_language_leads_to_no_other_site(client):
    answer = client.post(reverse("set_language"), {"language": "en", "next": "//evil.example/"})

    assert answer["Location"] == "/"


def test_times_are_shown_in_the_members_zone_else_the_companys(client, owner, at):
    change_company(details=DETAILS, by=Actor.of(owner), at=at)
    User.objects.filter(pk=owner.pk).update(last_login=at)
    client.force_login(owner)
    User.objects.filter(pk=owner.pk).update(joined_at=at)
    page = reverse("admin:team_user_change", args=[owner.pk])

    in_tokyo = client.get(page).content.decode()
    User.objects.filter(pk=owner.pk).update(time_zone="America/New_York")
    in_new_york = client.get(page).content.decode()

    assert "14 Mar 2026, 21:00" in in_tokyo
    assert "14 Mar 2026, 08:00" in in_new_york


def test_the_company_is_one_row_and_its_changes_are_recorded(owner, at):
    change_company(details=DETAILS, by=Actor.of(owner), at=at)
    change_company(details=DETAILS, by=Actor.of(owner), at=at)

    assert Company.objects.count() == 1
    assert company().name == "Acme"
    assert AuditEntry.objects.get().changes["tenant_alias"] == ["default", "acme"]


@pytest.mark.usefixtures("owner")
def test_a_second_company_is_refused_by_the_database():
    with pytest.raises(IntegrityError), transaction.atomic():
        Company.objects.create(id=2)


def test_general_settings_are_saved_by_the_page(client, owner):
    client.force_login(owner)

    client.post(reverse("admin:team_company_change"), asdict(DETAILS))

    assert (company().name, company().time_zone) == ("Acme", "Asia/Tokyo")
