from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.core.files.storage import default_storage
from hypothesis import given
from hypothesis import strategies as st

from jobs import types
from jobs.operations import create_run
from promocodes.code_import import generating
from promocodes.code_import.errors import BadPattern, GuessableCodes, TooFewCodes, TooManyCodes
from promocodes.code_import.patterns import ALPHABETS, CLEAR, CodePattern, check_pattern, random_text
from promocodes.forms import GenerateForm
from promocodes.imports import GENERATE_CODES
from promocodes.models import CodeBatch, PromoCode
from tests.conftest import NOON
from tests.factories import make_pool, make_program, stock_pool
from tests.promocodes.uploads import ANN, confirmed, counts, run, stock


def _generated(program, count, pattern="##########", alphabet=CLEAR, **params):
    """Return a generation of codes that waits for its confirmation."""
    params = {"program": program.key, "count": count, "pattern": pattern, "alphabet": alphabet, **params}
    return run(create_run(import_type=GENERATE_CODES, name="Ten", params=params, by=ANN, at=NOON))


@pytest.mark.django_db
def test_as_many_codes_as_were_asked_for_come_into_stock():
    program = make_program()

    job = _generated(program, 25, "SPRING-#####-#####", batch="Spring")
    assert (job.status, counts(job), stock(program)) == ("waiting", (25, 0, 0), [])
    confirmed(job)

    codes = stock(program)
    assert (job.status, counts(job), len(set(codes))) == ("done", (25, 25, 0), 25)
    form = re.compile("SPRING-[2-9A-HJKMNP-Z]{5}-[2-9A-HJKMNP-Z]{5}")
    assert all(form.fullmatch(code) for code in codes)
    batch = CodeBatch.objects.get(job=job)
    assert (batch.name, batch.source, batch.code_count) == ("Spring", "generated", 25)


@pytest.mark.django_db
def test_the_results_file_has_the_codes_for_the_shop():
    program = make_program()

    job = confirmed(_generated(program, 7))

    with default_storage.open(job.result_file) as file:
        lines = file.read().decode("utf-8-sig").split()
    assert (lines[0], sorted(lines[1:])) == ("code", stock(program))


@pytest.mark.django_db
def test_codes_that_exist_are_made_anew_until_the_count_is_exact(monkeypatch):
    monkeypatch.setattr(generating, "STAGED_AT_ONCE", 9)
    program = make_program()
    make_pool(program=program, kind="multi_use", codes_each=1)
    stock_pool(make_pool(), *[f"{number:02}" for number in range(50)])

    job = confirmed(_generated(program, 25, "##", "digits"))

    assert counts(job) == (25, 25, 0)
    assert len(stock(program)) == 25
    assert all(int(code) >= 50 for code in stock(program))


@pytest.mark.django_db
def test_codes_that_came_since_the_preview_are_replaced(monkeypatch):
    monkeypatch.setitem(types._imports, "generate-codes", replace(GENERATE_CODES, chunk_rows=7, sqlite_chunk_rows=7))
    program = make_program()
    make_pool(program=program, kind="multi_use", codes_each=1)
    job = _generated(program, 20, "##", "digits")
    previewed = list(GENERATE_CODES.staged.objects.filter(job=job).values_list("text", flat=True))
    stock_pool(make_pool(), *previewed[3:9])

    confirmed(job)

    assert counts(job) == (20, 20, 0)
    assert len(stock(program)) == 20
    assert set(stock(program)).isdisjoint(previewed[3:9])


@pytest.mark.django_db
def test_when_hardly_any_code_of_the_form_is_left_the_job_says_so():
    program = make_program()
    make_pool(program=program, kind="multi_use", codes_each=1)
    stock_pool(make_pool(), *map(str, range(10)))

    job = _generated(program, 1, "#", "digits")

    assert (job.status, job.error_code) == ("failed", "too_few_codes")


@pytest.mark.django_db
def test_one_time_codes_that_could_be_guessed_are_refused_with_what_is_needed():
    program = make_program()

    job = _generated(program, 5, "SALE-#########")

    assert (job.status, job.error_code) == ("failed", "guessable_codes")
    assert job.error_params == {"has": 9, "needed": 10}
    assert not PromoCode.objects.exists()


@pytest.mark.parametrize(
    ("pattern", "alphabet", "count", "kind", "error"),
    [
        ("#########", CLEAR, 1, "one_time", GuessableCodes),
        ("##############", "digits", 1, "one_time", GuessableCodes),
        ("##", "digits", 26, "multi_use", TooFewCodes),
        ("no random", CLEAR, 1, "multi_use", BadPattern),
        ("FIXED", CLEAR, 1, "multi_use", BadPattern),
        ("#" * 65, CLEAR, 1, "one_time", BadPattern),
        ("é##########", CLEAR, 1, "one_time", BadPattern),
        ("#" * 10, CLEAR, 5_000_001, "one_time", TooManyCodes),
        ("#" * 10, CLEAR, 0, "one_time", TooManyCodes),
    ],
)
def test_patterns_that_cannot_be_used_are_refused(pattern, alphabet, count, kind, error):
    with pytest.raises(error):
        check_pattern(CodePattern(pattern, ALPHABETS[alphabet]), count=count, kind=kind)


def test_ten_clear_characters_and_fifteen_digits_are_enough():
    check_pattern(CodePattern("#" * 10, ALPHABETS[CLEAR]), count=5_000_000, kind="one_time")
    check_pattern(CodePattern("#" * 15, ALPHABETS["digits"]), count=5_000_000, kind="one_time")
    check_pattern(CodePattern("##", ALPHABETS["digits"]), count=25, kind="multi_use")


@given(text=st.text("#Ab-_1", min_size=1, max_size=64).filter(lambda text: "#" in text), count=st.integers(0, 40))
def test_generated_codes_have_the_pattern(text, count):
    pattern = CodePattern(text, ALPHABETS[CLEAR])
    form = re.compile(re.escape(text).replace(re.escape("#"), "[2-9A-HJKMNP-Z]"))

    codes = list(pattern.codes(count))

    assert len(codes) == count
    assert all(form.fullmatch(code) for code in codes)


def test_every_character_is_as_likely_as_the_others():
    alphabet = ALPHABETS[CLEAR]
    text = random_text(alphabet, 310_000)

    assert len(text) == 310_000
    assert set(text) == set(alphabet)
    assert all(abs(text.count(one) - 10_000) < 600 for one in alphabet)  # six standard deviations


@pytest.mark.django_db
def test_the_form_makes_a_pattern_of_its_fields_and_says_what_is_too_little():
    program = make_program()
    data = {"program": program.key, "count": "5", "begin_with": "VIP-", "length": "12", "groups": "5"}

    form = GenerateForm(data)
    assert form.is_valid()
    assert form.params()["pattern"] == "VIP-#####-#####-##"
    short = GenerateForm({**data, "length": "9"})
    assert not short.is_valid()
    assert "at least 10 of these characters" in short.errors["length"][0]
