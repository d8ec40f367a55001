"""Undoing a whole import: each row gives back what it took, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse

from advocate.lib import clock
from jobs import importing
from jobs.errors import JobCancelled, NothingToUndo, ReasonMissing, SameContent
from jobs.models import Job
from jobs.operations import create_undo
from jobs.runner import run_job
from outbox.models import Email
from rewards.imports import UPDATE_BALANCES
from rewards.models import Reward, RewardEntry, StagedReversal
from rewards.operations import cancel_reward, redeem_reward, reverse_redemption
from rewards.undo.reversing import prepare_reversing
from team.audit import Actor
from team.models import Role, User
from tests.conftest import NOON
from tests.factories import make_participant, make_reward, make_unit
from tests.rewards.balance_import.files import ANN, applied, checked, confirmed, counts, line, run

pytestmark = pytest.mark.django_db


def undo(job: Job, reason: str = "Paid twice", **options) -> Job:
    """Return the undo of an import, checked and waiting for its confirmation."""
    queued = create_undo(job=job, import_type=UPDATE_BALANCES, reason=reason, by=ANN, at=clock.now(), **options)
    return run(queued)


def states(*rewards: Reward) -> list[tuple[int, str]]:
    for reward in rewards:
        reward.refresh_from_db()
    return [(reward.redeemed, reward.status) for reward in rewards]


def test_undoing_gives_back_what_was_redeemed(reward_of_30):
    person = reward_of_30.participant
    other = make_reward(participant=person, amount=500)
    job = applied(line(reward_of_30, "31.00"))
    assert states(reward_of_30, other) == [(3000, "REDEEMED"), (100, "AVAILABLE")]

    undoing = confirmed(undo(job))

    assert (undoing.status, counts(undoing), undoing.totals) == ("done", (1, 1, 0, 0), {"CASH/USD": 3100})
    assert states(reward_of_30, other) == [(0, "AVAILABLE"), (0, "AVAILABLE")]
    reversals = RewardEntry.objects.filter(kind="REVERSAL").order_by("reverses_id")
    assert [(one.amount, one.reverses.amount, one.job, one.row_number, one.note) for one in reversals] == [
        (3000, 3000, undoing, 2, "Paid twice"),
        (100, 100, undoing, 2, "Paid twice"),
    ]


def test_nothing_is_given_back_before_it_is_confirmed(reward_of_30):
    job = applied(line(reward_of_30, "5"))

    undoing = undo(job)

    assert (undoing.status, undoing.totals, undoing.name) == ("waiting", {"CASH/USD": 500}, "Undo of paid.csv")
    assert states(reward_of_30) == [(500, "AVAILABLE")]
    assert not RewardEntry.objects.filter(kind="REVERSAL").exists()


def test_only_what_that_import_redeemed_is_given_back(reward_of_30, at):
    job = applied(line(reward_of_30, "5"))
    applied(line(reward_of_30, "6"))
    redeem_reward(reward=reward_of_30, amount=700, key="k", by=ANN, at=at)

    confirmed(undo(job))

    assert states(reward_of_30) == [(1300, "AVAILABLE")]


def test_a_reward_whose_date_has_passed_comes_back_expired(reward_of_30):
    job = applied(line(reward_of_30, "30"))
    Reward.objects.filter(pk=reward_of_30.pk).update(date_expires=NOON + timedelta(hours=1))

    undoing = undo(job)

    assert [(one["code"], one["params"]) for one in undoing.warnings] == [("not_available_again", {"count": 1})]
    confirmed(undoing)
    assert states(reward_of_30) == [(0, "EXPIRED")]


def test_a_cancelled_or_expired_reward_stays_so_with_less_redeemed(at):
    cancelled, expired = make_reward(), make_reward()
    job = applied(line(cancelled, "5"), line(expired, "6"))
    cancel_reward(reward=cancelled, reason="", by=ANN, at=at)
    Reward.objects.filter(pk=expired.pk).update(status="EXPIRED", date_expires=NOON)

    confirmed(undo(job))

    assert states(cancelled, expired) == [(0, "CANCELLED"), (0, "EXPIRED")]


def test_a_row_that_was_reversed_already_is_refused_and_the_others_go_through(reward_of_30, at):
    other = make_reward()
    job = applied(line(reward_of_30, "5"), line(other, "6"))
    reverse_redemption(entry=RewardEntry.objects.get(row_number=2), by=ANN, at=at)

    undoing = confirmed(undo(job))

    assert (counts(undoing), undoing.totals) == ((2, 1, 0, 1), {"CASH/USD": 600})
    assert StagedReversal.objects.get(state="refused").code == "already_reversed"
    assert states(reward_of_30, other) == [(0, "AVAILABLE"), (0, "AVAILABLE")]


def test_a_row_that_was_reversed_in_part_gives_back_the_rest(reward_of_30, at):
    other = make_reward(participant=reward_of_30.participant, amount=500)
    job = applied(line(reward_of_30, "31.00"))
    reverse_redemption(entry=RewardEntry.objects.get(amount=100), by=ANN, at=at)

    undoing = confirmed(undo(job))

    assert (counts(undoing), undoing.totals) == ((1, 1, 0, 0), {"CASH/USD": 3000})
    assert states(reward_of_30, other) == [(0, "AVAILABLE"), (0, "AVAILABLE")]


def test_a_row_that_is_reversed_between_preview_and_confirmation_is_refused(reward_of_30, at):
    job = applied(line(reward_of_30, "5"))
    undoing = undo(job)
    reverse_redemption(entry=RewardEntry.objects.get(), by=ANN, at=at)

    confirmed(undoing)

    assert (undoing.status, counts(undoing), undoing.totals) == ("done", (1, 0, 0, 1), {})
    assert (states(reward_of_30), RewardEntry.objects.count()) == ([(0, "AVAILABLE")], 2)


def test_a_row_that_is_reversed_between_preparing_and_reversing_is_refused(reward_of_30, at):
    other = make_reward()
    undoing = undo(applied(line(reward_of_30, "5"), line(other, "6")))

    reverse_rows = prepare_reversing(undoing, 0, 9, at)
    reverse_redemption(entry=RewardEntry.objects.get(row_number=2), by=ANN, at=at)
    with transaction.atomic():
        done = reverse_rows(at)

    assert (done.done, done.refused, done.totals) == (1, 1, {"CASH/USD": 600})
    assert RewardEntry.objects.filter(kind="REVERSAL").count() == 2
    assert states(reward_of_30, other) == [(0, "AVAILABLE"), (0, "AVAILABLE")]


def test_undoing_twice_reverses_once(reward_of_30):
    job = applied(line(reward_of_30, "5"))
    first, second = undo(job), undo(job)

    confirmed(first)
    confirmed(second)

    assert (counts(first), counts(second)) == ((1, 1, 0, 0), (1, 0, 0, 1))
    assert states(reward_of_30) == [(0, "AVAILABLE")]


def test_after_a_complete_undo_the_same_file_may_be_imported_again(reward_of_30):
    job = applied(line(reward_of_30, "5"))

    confirmed(undo(job))

    again = checked(line(reward_of_30, "5"))
    assert again.warnings == []
    assert confirmed(again).status == "done"
    assert states(reward_of_30) == [(500, "AVAILABLE")]


def test_after_an_undo_content_that_was_imported_again_is_still_known(reward_of_30):
    first = applied(line(reward_of_30, "5"))
    second = confirmed(checked(line(reward_of_30, "5")), again=True)

    confirmed(undo(first))

    third = checked(line(reward_of_30, "5"))
    assert [one["code"] for one in third.warnings] == ["same_content"]
    with pytest.raises(SameContent):
        confirmed(third)
    confirmed(undo(second))
    assert confirmed(third).status == "done"
    assert states(reward_of_30) == [(500, "AVAILABLE")]


def test_of_two_previews_of_the_same_content_one_confirmed_again_stops_the_other(reward_of_30):
    first, second = checked(line(reward_of_30, "5")), checked(line(reward_of_30, "5"))

    confirmed(first, again=True)

    with pytest.raises(SameContent):
        confirmed(second)
    assert states(reward_of_30) == [(500, "AVAILABLE")]
    assert confirmed(second, again=True).status == "done"
    assert states(reward_of_30) == [(1000, "AVAILABLE")]


def test_after_half_an_undo_the_same_file_is_still_known(monkeypatch):
    rewards = [make_reward() for _ in range(2)]
    job = applied(*(line(reward, "5") for reward in rewards))
    undoing = undo(job)

    def cancelled(hold):
        raise JobCancelled

    with monkeypatch.context() as patch:
        patch.setattr("jobs.hold.Hold.check", cancelled)
        confirmed(undoing)

    assert (undoing.status, counts(undoing)) == ("cancelled", (2, 0, 0, 2))
    job.refresh_from_db()
    assert job.content_key is not None


def test_an_import_that_changed_nothing_cannot_be_undone(reward_of_30):
    waiting = checked(line(reward_of_30, "5"))
    empty = applied(line(reward_of_30, "0"))

    for job in (waiting, empty):
        with pytest.raises(NothingToUndo):
            undo(job)

    assert not Job.objects.filter(undoes__isnull=False).exists()


def test_a_reason_is_needed(reward_of_30):
    job = applied(line(reward_of_30, "5"))

    with pytest.raises(ReasonMissing):
        undo(job, reason=" ")

    assert not Job.objects.filter(undoes__isnull=False).exists()


def test_the_results_file_tells_what_became_of_each_row(reward_of_30):
    person = make_participant(account_id="=1", user_id="u")
    points = make_reward(participant=person, unit=make_unit("POINT"), amount=50)
    undoing = confirmed(undo(applied(line(reward_of_30, "5"), line(points, "7"))))

    assert undoing.errors_file == ""
    assert undoing.result_file.endswith(".xlsx")
    assert default_storage.size(undoing.result_file) > 0


class KilledError(BaseException):
    """What a kill -9 looks like from inside: no handler runs."""


def test_an_undo_whose_worker_dies_goes_on_and_reverses_each_row_once(monkeypatch):
    rewards = [make_reward() for _ in range(3)]
    undoing = undo(applied(*(line(reward, "5") for reward in rewards)))
    monkeypatch.setattr(type(UPDATE_BALANCES), "chunk_rows", 1, raising=False)
    plain = importing._commit_applied

    def dies(*args):
        plain(*args)
        if args[1] == 3:
            raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(importing, "_chunks", lambda first, last, _size: [(n, n) for n in range(first, last + 1)])
        patch.setattr(importing, "_commit_applied", dies)
        with pytest.raises(KilledError):
            confirmed(undoing)
        Job.objects.filter(pk=undoing.pk).update(lease_until=NOON)
        patch.setattr(importing, "_commit_applied", plain)
        run_job(undoing.pk)

    undoing.refresh_from_db()
    assert (undoing.status, counts(undoing), undoing.totals) == ("done", (3, 3, 0, 0), {"CASH/USD": 1500})
    assert states(*rewards) == [(0, "AVAILABLE")] * 3
    assert RewardEntry.objects.filter(kind="REVERSAL").count() == 3


@pytest.fixture
def member(client) -> User:
    user = User.objects.create_user("mia@example.com", "a long password", role=Role.FULL_ACCESS)
    client.force_login(user)
    return user


def test_an_import_is_undone_from_its_page(client, member, reward_of_30):
    job = applied(line(reward_of_30, "5"))
    address = reverse("admin:jobs_job_undo", args=[job.public_id])
    assert address in client.get(reverse("admin:jobs_job_detail", args=[job.public_id])).content.decode()

    answer = client.post(address, {"reason": "Paid twice"})

    undoing = Job.objects.get(undoes=job)
    assert answer["Location"] == reverse("admin:jobs_job_detail", args=[undoing.public_id])
    page = client.get(answer["Location"]).content.decode()
    assert "Paid twice" in page
    assert job.name in page


def test_an_import_that_is_undone_wholly_does_not_offer_it_again(client, member, reward_of_30, at):
    other = make_reward()
    whole, part = applied(line(reward_of_30, "5")), applied(line(reward_of_30, "6"), line(other, "7"))
    reverse_redemption(entry=RewardEntry.objects.get(reward=other), by=ANN, at=at)
    for job in (whole, part):
        confirmed(undo(job))

    pages = [
        client.get(reverse("admin:jobs_job_detail", args=[job.public_id])).content.decode() for job in (whole, part)
    ]

    offers = [reverse("admin:jobs_job_undo", args=[job.public_id]) for job in (whole, part)]
    assert [address in page for address, page in zip(offers, pages, strict=True)] == [False, True]


def test_undoing_needs_a_permission_of_its_own(client, member, reward_of_30):
    job = applied(line(reward_of_30, "5"))
    address = reverse("admin:jobs_job_undo", args=[job.public_id])
    User.objects.filter(pk=member.pk).update(role=Role.SUPPORT)

    assert address not in client.get(reverse("admin:jobs_job_detail", args=[job.public_id])).content.decode()
    assert client.post(address, {"reason": "x"}).status_code == 403
    assert not Job.objects.filter(undoes=job).exists()


def test_reversed_rows_are_told_from_others_on_the_imports_page(client, member, reward_of_30, at):
    others = [make_reward(), make_reward(participant=reward_of_30.participant, amount=500)]
    job = applied(line(reward_of_30, "31.00"), line(others[0], "1"))
    reverse_redemption(entry=RewardEntry.objects.get(row_number=2, amount=100), by=ANN, at=at)
    address = reverse("admin:jobs_job_detail", args=[job.public_id])

    assert client.get(address).content.decode().count("Partly reversed") == 1
    confirmed(undo(job))
    page = client.get(address).content.decode()
    assert page.count(">Reversed<") == 2
    assert "Undo of paid.csv" in page


def test_an_undo_is_mailed_once_with_its_totals(member, reward_of_30):
    job = applied(line(reward_of_30, "5"))
    undoing = create_undo(job=job, import_type=UPDATE_BALANCES, reason="x", by=Actor.of(member), at=clock.now())

    confirmed(run(undoing))

    mail = Email.objects.get()
    assert mail.to == "mia@example.com"
    assert "5.00" in mail.text
