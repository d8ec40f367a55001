from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs import types
from jobs.messages import row_sentence, warning_sentences
from jobs.models import Job
from jobs.operations import ImportChoices
from promocodes.imports import UPLOAD_CODES
from promocodes.models import CodeBatch, CodePool, PromoCode, StagedCode
from tests.factories import make_code, make_participant, make_pool, make_program, stock_pool
from tests.promocodes.uploads import applied, checked, confirmed, counts, refusals, run, stock, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def program():
    return make_program(name="Spring")


def _small_chunks(monkeypatch, rows=2):
    kind = replace(UPLOAD_CODES, chunk_rows=rows, sqlite_chunk_rows=rows)
    monkeypatch.setitem(types._imports, kind.slug, kind)


def _sentences(job: Job) -> list[str]:
    rows = StagedCode.objects.filter(job=job, state="refused").order_by("row_no")
    with translation.override("en"):
        return [row_sentence(UPLOAD_CODES, row) for row in rows]


def test_the_preview_changes_nothing(program):
    job = checked(program, "code", "ABC-1", "abc_2")

    assert (job.status, counts(job)) == ("waiting", (2, 0, 0))
    assert not PromoCode.objects.exists()
    assert not CodePool.objects.exists()


def test_confirmed_codes_are_in_stock_in_a_batch_of_their_own(program):
    job = applied(program, "code", "ABC-1", "abc_2", "00123", batch="March")

    assert (job.status, counts(job)) == ("done", (3, 3, 0))
    assert stock(program) == ["00123", "ABC-1", "abc_2"]
    batch = CodeBatch.objects.get(job=job)
    ids = sorted(PromoCode.objects.values_list("pk", flat=True))
    assert (batch.name, batch.source, batch.code_count, batch.added_by) == ("March", "upload", 3, "ann@example.com")
    assert (batch.first_id, batch.last_id) == (ids[0], ids[-1])
    assert (batch.pool.first_id, batch.pool.last_id) == (ids[0], ids[-1])
    assert (batch.pool.kind, batch.pool.is_on) == ("one_time", False)


def test_a_second_upload_widens_the_reach_of_the_pool(program):
    first = CodeBatch.objects.get(job=applied(program, "A1", "A2"))
    second = CodeBatch.objects.get(job=applied(program, "B1", "B2"))

    pool = CodePool.objects.get()
    assert (pool.first_id, pool.last_id) == (first.first_id, second.last_id)
    assert first.last_id < second.first_id


def test_an_unnamed_batch_has_the_name_of_its_file(program):
    job = applied(program, "ABC", name="from-the-shop.csv")

    assert CodeBatch.objects.get(job=job).name == "from-the-shop.csv"


def test_codes_of_a_multi_use_pool_are_multi_use(program):
    make_pool(program=program, kind="multi_use", codes_each=1)

    applied(program, "ABC")

    assert PromoCode.objects.get().is_multi_use


def test_codes_expire_at_the_end_of_the_day_where_the_company_is(program):
    applied(program, "ABC", expires_on="2099-12-31")

    assert PromoCode.objects.get().expires_at == datetime(2100, 1, 1, tzinfo=UTC)


def test_every_code_that_is_no_code_is_refused_with_its_row(program):
    job = applied(program, "code", "A B", "", "ok", "x" * 65, "é", "a.b", "'-ok2")

    assert refusals(job) == [
        (2, "invalid_code", "A B", None),
        (5, "invalid_code", "x" * 65, None),
        (6, "invalid_code", "é", None),
        (7, "invalid_code", "a.b", None),
    ]
    assert stock(program) == ["-ok2", "ok"]
    assert job.totals["invalid"] == 4


def test_spaces_around_a_code_do_not_matter(program):
    applied(program, "  ABC \t", "\u00a0DEF\u00a0", "\u200bGHI")

    assert stock(program) == ["ABC", "DEF", "GHI"]


def test_the_same_code_twice_in_the_file_counts_once_and_names_the_earlier_row(program):
    job = applied(program, "code", "ABC", "DEF", "abc", "ABC")

    assert refusals(job) == [(4, "repeated_code", "abc", {"first": 2}), (5, "repeated_code", "ABC", {"first": 2})]
    assert stock(program) == ["ABC", "DEF"]
    assert job.totals["repeated"] == 2
    assert _sentences(job)[0] == "Row 2 has the same code. Upper and lower case do not make a difference."


def test_known_codes_say_where_they_are(program):
    other = make_pool(program=make_program(name="Autumn"))
    batch = stock_pool(other, "STOCKED")
    ada = make_participant(first_name="Ada", last_name="Lovelace")
    given_code = make_code("GIVEN", pool=other, participant=ada)
    li = make_participant(first_name="娜", last_name="李")
    program.referral_codes.create(code="LINA", participant=li)

    job = applied(program, "stocked", "given", "lina", "NEW")

    assert refusals(job) == [
        (1, "known_code", "stocked", {"program": "Autumn", "batch": batch.name, "person": ""}),
        (2, "known_given_code", "given",
         {"program": "Autumn", "batch": given_code.batch.name, "person": "Ada Lovelace"}),
        (3, "known_referral_code", "lina", {"program": "Spring", "batch": "", "person": "李娜"}),
    ]  # fmt: skip
    assert _sentences(job)[2] == "This is the referral code of 李娜 in the program “Spring”."
    assert stock(program) == ["NEW"]
    assert job.totals["known"] == 3


def test_a_code_that_came_between_preview_and_confirmation_is_refused_on_its_row(program, monkeypatch):
    _small_chunks(monkeypatch)
    job = checked(program, "A1", "A2", "A3", "A4", "A5")
    other = make_pool()
    batch = stock_pool(other, "a4")

    confirmed(job)

    assert refusals(job) == [
        (4, "known_code", "A4", {"program": other.program.name, "batch": batch.name, "person": ""})
    ]
    assert (job.status, counts(job), job.totals) == ("done", (5, 4, 1), {"known": 1})
    assert stock(program) == ["A1", "A2", "A3", "A5"]


def test_all_or_nothing_leaves_nothing_when_a_code_came_between(program, monkeypatch):
    _small_chunks(monkeypatch)
    job = checked(program, "A1", "A2", "A3", "A4", "A5")
    stock_pool(make_pool(), "a4")

    confirmed(job, all_or_nothing=True)

    assert (job.status, counts(job)) == ("failed", (5, 0, 5))
    assert stock(program) == []
    assert not CodeBatch.objects.filter(job=job).exists()


def test_chunks_make_one_batch(program, monkeypatch):
    _small_chunks(monkeypatch)

    job = applied(program, *[f"C{number}" for number in range(9)])

    batch = CodeBatch.objects.get(job=job)
    assert (batch.code_count, batch.codes.count()) == (9, 9)


def test_starting_without_preview_applies_at_once(program):
    job = run(upload(program, "ABC\nabc\n", choices=ImportChoices(without_preview=True)))

    assert (job.status, counts(job), job.totals) == ("done", (2, 1, 1), {"repeated": 1})


def test_the_same_file_again_adds_nothing(program):
    applied(program, "A1", "A2")

    again = confirmed(checked(program, "A1", "A2"), again=True)

    assert counts(again) == (2, 0, 2)
    assert CodeBatch.objects.count() == 1


def test_the_preview_says_when_the_first_row_was_taken_as_a_code(program):
    with translation.override("en"):
        assert "“Gutschein”" in warning_sentences(checked(program, "Gutschein", "ABC"))[0]
        assert warning_sentences(checked(program, "code", "DEF")) == []
    said = ImportChoices(reading={"header": "yes"})
    job = checked(program, "Gutschein", "GHI", choices=said)
    assert counts(job) == (1, 0, 0)


def test_a_file_with_two_columns_is_refused_and_says_what_to_do(program):
    job = checked(program, "ABC,Ann", "DEF,Bob")

    assert (job.status, job.error_code) == ("failed", "several_columns")
    assert job.error_params["one"] == "ABC"


def test_the_errors_file_can_be_corrected_and_uploaded_as_it_is(program):
    job = applied(program, "ABC", "D F", "abc")

    with default_storage.open(job.errors_file) as file:
        rows = list(csv.reader(io.StringIO(file.read().decode("utf-8-sig"))))
    assert [row[:2] for row in rows] == [["code", "rowNumber"], ["D F", "2"], ["abc", "3"]]
    rows[1][0], rows[2][0] = "DEF", "GHI"
    corrected = io.StringIO()
    csv.writer(corrected).writerows(rows)
    assert counts(confirmed(run(upload(program, corrected.getvalue())))) == (2, 2, 0)


CODES = st.lists(st.text("aAbB1_-", min_size=1, max_size=3), min_size=1, max_size=25)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(existing=CODES, uploaded=CODES)
def test_each_code_is_there_once_and_every_row_has_its_outcome(program, existing, uploaded):
    with transaction.atomic():
        unique = {code.lower(): code for code in existing}
        stock_pool(make_pool(), *unique.values())
        job = applied(program, "code", *uploaded)

        firsts: dict[str, int] = {}
        for number, code in enumerate(uploaded, start=2):
            firsts.setdefault(code.lower(), number)
        added = sorted(uploaded[number - 2] for folded, number in firsts.items() if folded not in unique)
        expected = {
            number: "repeated_code" if firsts[code.lower()] < number else "known_code"
            for number, code in enumerate(uploaded, start=2)
            if firsts[code.lower()] < number or code.lower() in unique
        }
        assert stock(program) == added
        assert counts(job) == (len(uploaded), len(added), len(uploaded) - len(added))
        assert {number: code for number, code, _found, _params in refusals(job)} == expected
        transaction.set_rollback(True)
