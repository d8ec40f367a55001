from __future__ import annotations

import io
from dataclasses import replace

import pytest
from django.core.files.base import File
from django.urls import reverse

from jobs import types
from jobs.operations import create_import, create_run, discard_import
from promocodes.imports import WITHDRAW_BATCH, WITHDRAW_CODES
from promocodes.models import CodeBatch, PromoCode, StagedWithdrawal
from team.models import AuditEntry, Role
from tests.conftest import NOON
from tests.factories import make_code, make_participant, make_pool, make_program, stock_pool
from tests.promocodes.uploads import ANN, confirmed, counts, run, stock

pytestmark = pytest.mark.django_db


@pytest.fixture
def pool():
    return make_pool(program=make_program(name="Spring"))


def by_file(pool, *codes):
    """Return a withdrawal of these codes that waits for its confirmation."""
    content = "\n".join(codes).encode()
    job = create_import(
        import_type=WITHDRAW_CODES,
        upload=File(io.BytesIO(content)),
        name="old.txt",
        params={"program": pool.program.key, "reason": "Printed wrong"},
        by=ANN,
        at=NOON,
    )
    return run(job)


def by_batch(batch):
    """Return a withdrawal of what is left of a batch that waits for its confirmation."""
    params = {"program": batch.pool.program.key, "batch": batch.pk, "reason": "Printed wrong"}
    return run(create_run(import_type=WITHDRAW_BATCH, name="Withdrawal", params=params, by=ANN, at=NOON))


def refusals(job):
    rows = StagedWithdrawal.objects.filter(job=job, state="refused").order_by("row_no")
    return [(row.row_no, row.code, row.found, (row.params or {}).get("person", "")) for row in rows]


def test_codes_in_stock_are_withdrawn_in_any_case_of_their_letters(pool):
    stock_pool(pool, "AAA", "BBB", "CCC")

    job = by_file(pool, "code", "aaa", "CCC")
    assert (job.status, counts(job)) == ("waiting", (2, 0, 0))
    assert len(stock(pool.program)) == 3
    confirmed(job)

    assert stock(pool.program) == ["BBB"]
    withdrawn = PromoCode.objects.filter(state=PromoCode.State.WITHDRAWN)
    assert [code.withdrawn_at is None for code in withdrawn] == [False, False]


def test_whatever_is_not_in_stock_is_refused_with_whom_it_is(pool):
    ada, li = make_participant(first_name="Ada"), make_participant(first_name="娜", last_name="李")
    stock_pool(pool, "FREE", "GONE")
    PromoCode.objects.filter(code="GONE").update(state=3, withdrawn_at=NOON)
    make_code("GIVEN", pool=pool, participant=ada)
    make_code("USED", pool=pool, participant=li, state=2, used_at=NOON, use_count=1)
    stock_pool(make_pool(program=make_program(name="Autumn")), "OTHER")
    pool.program.referral_codes.create(code="ADAREF", participant=ada)

    job = by_file(pool, "free", "given", "used", "gone", "other", "adaref", "nothing", "FREE", "b d")

    assert counts(job) == (9, 0, 8)
    assert refusals(job) == [
        (2, "given_promo_code", "given", "Ada"),
        (3, "used_promo_code", "used", "李娜"),
        (4, "withdrawn_promo_code", "gone", ""),
        (5, "other_program", "other", ""),
        (6, "referral_code_kept", "adaref", "Ada"),
        (7, "unknown_promo_code", "nothing", ""),
        (8, "repeated_code", "FREE", ""),
        (9, "invalid_code", "b d", ""),
    ]


def test_what_is_left_of_a_batch_is_withdrawn(pool, monkeypatch):
    monkeypatch.setitem(types._imports, "withdraw-batch", replace(WITHDRAW_BATCH, chunk_rows=2, sqlite_chunk_rows=2))
    kept = stock_pool(pool, "KEPT")
    batch = stock_pool(pool, "A", "B", "C", "D", "E")
    PromoCode.objects.filter(code="C").update(state=1, participant=make_participant(first_name="Ada"), assigned_at=NOON)

    job = confirmed(by_batch(batch))

    assert (job.status, counts(job)) == ("done", (5, 4, 1))
    assert stock(pool.program) == [kept.codes.get().code]
    assert refusals(job) == [(3, "given_promo_code", "C", "Ada")]


def test_the_withdrawals_page_names_the_batch(client, log_in, pool):
    log_in(Role.VIEWER)
    batch = stock_pool(pool, "A")
    CodeBatch.objects.filter(pk=batch.pk).update(name="Flyer in May")

    page = client.get(reverse("admin:jobs_job_detail", args=[by_batch(batch).public_id])).content.decode()

    assert "<dt>Program</dt><dd>Spring</dd>" in page
    assert "<dt>Batch</dt><dd>Flyer in May</dd>" in page
    assert "<dt>To withdraw</dt><dd>1</dd>" in page


def test_the_page_of_a_withdrawal_that_was_discarded_leads_to_another(client, log_in, pool):
    log_in(Role.PROGRAM_MANAGER)
    batch = stock_pool(pool, "A", "B")
    jobs = {
        by_batch(batch): reverse("admin:promocodes_withdraw_batch", args=[batch.pk]),
        by_file(pool, "A"): reverse("admin:promocodes_withdraw"),
    }

    for job, url in jobs.items():
        discard_import(job=job, by=ANN, at=NOON)
        assert f'href="{url}"' in client.get(reverse("admin:jobs_job_detail", args=[job.public_id])).content.decode()


def test_a_code_that_somebody_gets_after_the_preview_stays_theirs(pool):
    batch = stock_pool(pool, "A", "B")
    job = by_batch(batch)
    PromoCode.objects.filter(code="B").update(state=1, participant=make_participant(first_name="Ada"), assigned_at=NOON)

    confirmed(job)

    assert PromoCode.objects.get(code="A").state == PromoCode.State.WITHDRAWN
    assert PromoCode.objects.get(code="B").state == PromoCode.State.ASSIGNED
    assert refusals(job) == [(2, "given_promo_code", "B", "Ada")]


def test_the_withdrawal_is_recorded_with_its_reason(pool):
    confirmed(by_batch(stock_pool(pool, "A", "B")))

    entry = AuditEntry.objects.get(action="promo_codes.withdrawn")
    assert (entry.object_type, entry.object_id, entry.actor) == (
        "promocodes.codepool",
        str(pool.pk),
        "ann@example.com",
    )
    assert entry.changes == {"count": [None, 2], "reason": [None, "Printed wrong"]}
