"""An import of balances as its page shows it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from advocate.lib import clock
from jobs.models import Job
from jobs.operations import create_undo, discard_import
from outbox.models import Email
from rewards.balance_import.row_page import planned_draws
from rewards.imports import UPDATE_BALANCES
from rewards.models import RewardEntry, StagedRedemption
from rewards.operations import reverse_redemption
from team.audit import Actor
from team.models import Role, User
from tests.conftest import NOON
from tests.factories import make_reward
from tests.rewards.balance_import.files import ANN, HEADER, applied, checked, confirmed, line, run, upload

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(days=4000)


@pytest.fixture
def member(client) -> User:
    user = User.objects.create_user("mia@example.com", "a long password", role=Role.SUPPORT)
    client.force_login(user)
    return user


@pytest.fixture
def log_in_manager(client) -> None:
    client.force_login(User.objects.create_user("mo@example.com", "a long password", role=Role.PROGRAM_MANAGER))


def page(client, job: Job, query: str = "") -> str:
    return client.get(reverse("admin:jobs_job_detail", args=[job.public_id]) + query).content.decode()


def test_the_preview_shows_totals_with_the_units_digits(client, member, reward_of_30):
    job = checked(line(reward_of_30, "10.5"), "nobody,nobody,CASH/USD,1")

    shown = page(client, job)

    assert "<dt>CASH/USD</dt><dd>10.50</dd>" in shown
    assert "Nobody has the account ID “nobody” and the user ID “nobody”." in shown


def test_an_undo_is_offered_until_another_waits_or_has_taken_all_back(client, log_in_manager, reward_of_30):
    job = applied(line(reward_of_30, "5"))
    undo_link = f'href="{reverse("admin:jobs_job_undo", args=[job.public_id])}"'
    assert undo_link in page(client, job)

    undoing = run(create_undo(job=job, import_type=UPDATE_BALANCES, reason="Paid twice", by=ANN, at=clock.now()))
    assert undo_link not in page(client, job)

    discard_import(job=undoing, by=ANN, at=clock.now())
    assert undo_link in page(client, job)


@pytest.mark.parametrize(("is_postgres", "is_said"), [(True, False), (False, True)])
def test_where_all_or_nothing_stops_others_the_preview_says_so(
    client, member, reward_of_30, monkeypatch, is_postgres, is_said
):
    job = checked(line(reward_of_30, "10.5"))
    monkeypatch.setattr("jobs.admin.pages.db.is_postgres", lambda: is_postgres)

    assert ("nobody else can save anything" in page(client, job)) == is_said


def test_choosing_a_row_keeps_the_filter_and_the_page(client, member, reward_of_30):
    job = checked(line(reward_of_30, "10.5"), "nobody,nobody,CASH/USD,1")

    assert 'href="?rows=good&amp;q=1&amp;page=1&amp;row=2#row"' not in page(client, job, "?rows=good&q=1")
    assert 'href="?rows=good&amp;q=&amp;page=1&amp;row=2#row"' in page(client, job, "?rows=good")


def test_for_a_chosen_row_the_preview_shows_which_rewards_would_be_drawn(client, member, reward_of_30):
    make_reward(participant=reward_of_30.participant, amount=500, date_expires=LATER, name="Soon over")
    job = checked(line(reward_of_30, "6.00"))
    row = StagedRedemption.objects.get(job=job)

    shown = page(client, job, "?row=2")

    assert [(draw.reward.name, draw.amount, draw.left) for draw in planned_draws(row, at=NOON)] == [
        ("Soon over", "$5.00", "$0.00"),
        ("", "$1.00", "$29.00"),
    ]
    assert shown.index("$5.00") < shown.index("$29.00")
    assert not RewardEntry.objects.exists()


def test_afterwards_it_shows_which_rewards_were_drawn_and_what_was_reversed(client, member, reward_of_30):
    job = applied(line(reward_of_30, "6.00"))
    reverse_redemption(entry=RewardEntry.objects.get(), by=ANN, at=NOON)

    shown = page(client, job, "?row=2")

    assert "$6.00 was redeemed from these rewards:" in shown
    assert "Reversed" in shown


@pytest.mark.parametrize("asked", ["3", "x", "9" * 30, "-1", "²", ""])
def test_a_row_that_is_not_there_shows_nothing_of_it(client, member, reward_of_30, asked):
    job = checked(line(reward_of_30, "6.00"))

    assert 'id="row"' not in page(client, job, f"?row={asked}")


def test_balances_that_changed_since_the_report_are_listed(client, member, reward_of_30):
    job = checked(f"{line(reward_of_30, 5)},35.00", header=f"{HEADER},availableValue")

    shown = page(client, job)

    assert "Rows whose balance is not what the report said: 1." in shown
    assert "$35.00" in shown
    assert "$30.00" in shown


@pytest.mark.parametrize("words", ["user-of", "account-of", "ann@"])
def test_rows_are_found_by_ids_and_email(client, member, reward_of_30, words):
    person = reward_of_30.participant
    person.user_id, person.account_id, person.email = "user-of-30", "account-of-30", "ann@example.com"
    person.save()
    job = checked(f"{line(reward_of_30, 5)},ann@example.com", f"{line(make_reward(), 5)},", header=f"{HEADER},email")

    shown = page(client, job, f"?rows=all&q={words}")

    assert shown.count("user-of-30") == 1
    assert "1–1 of 1" in shown


def test_the_page_asks_no_more_of_the_database_for_more_rows(client, member, django_assert_max_num_queries):
    job = applied(*(line(make_reward(), 5) for _ in range(30)))

    with django_assert_max_num_queries(16):
        page(client, job)


def test_one_mail_tells_counts_and_totals(member, reward_of_30):
    content = f"{HEADER}\n{line(reward_of_30, '1050.00')}\n{line(make_reward(amount=200_000), '1050.5')}\n"
    job = confirmed(run(upload(content, by=Actor.of(member))))

    mail = Email.objects.get()
    assert (mail.to, job.status) == ("mia@example.com", "done")
    assert "1,050.50" in mail.text
    assert job.public_id in mail.text
