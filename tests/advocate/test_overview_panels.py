from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from advocate.lib import capped, clock, figures
from jobs.models import Job
from programs.models import Participant, Referral
from team.models import Role, User
from tests.factories import make_participant, make_program, make_reward
from tests.query_counts import counted_queries

pytestmark = pytest.mark.django_db


def overview(client, role=Role.FULL_ACCESS) -> str:
    client.force_login(User.objects.create_user(f"{role}@example.com", role=role, name="Ann"))
    client.get(reverse("admin:index"))  # what a first visit alone costs
    with counted_queries(f"overview, {role}"):
        page: str = client.get(reverse("admin:index")).content.decode()
    return page


def figure(page: str, label: str) -> str:
    found = re.search(rf"<dt>(?:<a[^>]*>)?{label}(?:</a>)?</dt><dd>([^<]*)</dd>", page)
    assert found, label
    return found[1]


def make_job(**fields) -> Job:
    at = clock.now()
    defaults = {"kind": "export", "type": "available-balances", "phase": "writing", "requested_by": "ann@example.com"}
    times = {"created_at": at, "expires_at": at + timedelta(days=30)}
    return Job.objects.create(**{**defaults, **times, **fields})


def test_overview_counts_who_joined_and_was_referred_in_the_last_30_days(client):
    at = clock.now()
    old, new = make_participant(created_at=at - timedelta(days=31)), make_participant(created_at=at)
    started = at - timedelta(days=2)
    Referral.objects.create(program=make_program(), referrer=old, referred=new, date_started=started)
    Referral.objects.create(program=make_program(), referrer=old, referred=new, date_started=started, date_converted=at)

    page = overview(client)

    assert figure(page, "New participants") == "1"
    assert (figure(page, "Referrals started"), figure(page, "Of these converted")) == ("2", "1")
    assert figure(page, "Conversion rate") == "50.0%"


def test_overview_counts_rewards_given_waiting_and_about_to_expire(client):
    at = clock.now()
    make_reward(date_created=at - timedelta(days=31))
    make_reward(date_created=at, date_given=at, date_expires=at + timedelta(days=29))
    make_reward(date_created=at - timedelta(days=40), date_expires=at + timedelta(days=31))
    make_reward(date_created=at - timedelta(days=40), status="PENDING")

    page = overview(client)

    assert figure(page, "Created in the last 30 days") == "1"
    assert figure(page, "Pending") == "1"
    assert figure(page, "Expire in the next 30 days") == "1"


def test_what_waits_for_confirmation_stands_first(client):
    at = clock.now()
    before = at - timedelta(days=2)
    make_job(kind="import", type="update-balances", name="Paid in March", status="waiting", created_at=before)
    for number in range(7):
        make_job(name=f"Report {number}", status="done", finished_at=at, created_at=at + timedelta(seconds=number))

    page = overview(client)

    names = re.findall(r">(Paid in March|Report \d)</a>", page)
    assert names == ["Paid in March", "Report 6", "Report 5", "Report 4", "Report 3", "Report 2"]


def test_only_who_may_read_the_email_log_sees_how_mail_is_doing(client):
    assert "Kept here" not in overview(client, Role.VIEWER)
    assert figure(overview(client, Role.FULL_ACCESS), "Kept here") == "0"


def test_a_large_number_is_not_counted_to_its_end(monkeypatch):
    monkeypatch.setattr(capped, "COUNT_LIMIT", 2)
    for _ in range(3):
        make_participant()

    assert figures.counted(Participant.objects.all()) == "2+"
