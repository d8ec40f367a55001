from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.html import escape

from advocate.lib.tabular import open_column
from jobs.models import Job
from promocodes.code_import.reading import COLUMN
from team.models import Role
from tests.conftest import NOON
from tests.factories import make_pool, make_program, stock_pool
from tests.promocodes.uploads import checked, confirmed, counts, run, stock
from tests.query_counts import counted_queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client, django_user_model):
    member = django_user_model.objects.create_user("mia@example.com", role=Role.PROGRAM_MANAGER)
    client.force_login(member)
    return client


@pytest.fixture
def program():
    return make_program(name="Spring")


def upload_url(**query):
    return reverse("admin:promocodes_upload", query=query)


def send(client, how, program, **data):
    """Send the form of the page and return the one job that there is then."""
    common = {"program": program.key, "batch": "", "expires_on": "", "form_token": "token", "header": ""}
    answer = client.post(upload_url(how=how), {**common, **data})
    job = Job.objects.get()
    assert answer.url == reverse("admin:jobs_job_detail", args=[job.public_id])
    return job


def test_a_file_becomes_a_job_whose_page_shows_what_would_come_in(manager, program):
    job = send(manager, "file", program, file=SimpleUploadedFile("codes.csv", b"code\nABC\nabc\n"), batch="March")
    run(job)

    assert (job.params["batch"], counts(job)) == ("March", (2, 0, 1))
    page = manager.get(reverse("admin:jobs_job_detail", args=[job.public_id]) + "?rows=all").content.decode()
    assert "Row 2 has the same code" in page
    assert "Twice in the file" in page
    assert "the header (“code”)" in page


@pytest.mark.parametrize(("language", "asked"), [("en", "Choose a program…"), ("zh-hans", "请选择项目…")])
def test_a_form_asks_for_the_program_in_words(manager, program, language, asked):
    make_program(name="Summer")
    manager.cookies["django_language"] = language

    pages = [manager.get(url).content.decode() for url in (upload_url(), reverse("admin:jobs_job_import"))]

    assert [f'<option value="" selected>{asked}</option>' in page for page in pages] == [True, True]
    assert [page.count("---------") for page in pages] == [0, 0]


def test_the_list_and_overview_count_codes_in_the_words_of_their_page(manager, program):
    checked(program, "ABC", "abc")
    pages = (reverse("admin:jobs_job_changelist"), reverse("admin:index"))

    waiting = [manager.get(page).content.decode() for page in pages]
    run(confirmed(Job.objects.get()))
    done = [manager.get(page).content.decode() for page in pages]

    assert ["New: 1 · Refused: 1" in page for page in waiting] == [True, True]
    assert ["Added: 1 · Refused: 1" in page for page in done] == [True, True]


def test_the_preview_tells_new_codes_from_known_ones(manager, program):
    stock_pool(make_pool(program=program), "OLD")
    job = run(send(manager, "file", program, file=SimpleUploadedFile("codes.csv", b"code\nABC\nold\n")))
    page = reverse("admin:jobs_job_detail", args=[job.public_id])

    counted = r"<dt>([^<]+)</dt><dd>(\d+)</dd></div>"
    preview = manager.get(page).content.decode()
    confirmed(job)
    applied = manager.get(page).content.decode()

    assert re.findall(counted, preview)[:3] == [("New", "1"), ("Refused", "1"), ("Known already", "1")]
    assert "Why rows are refused" in preview
    assert re.findall(counted, applied)[:3] == [("Added", "1"), ("Refused", "1"), ("Known already", "1")]
    for content in (preview, applied):
        assert not {word for word in ("To do", "Unchanged", "Totals") if word in content}


def test_pasted_lines_become_the_file_of_a_job(manager, program):
    job = send(manager, "paste", program, codes="ABC\r\n\r\nDEF\r\n")
    confirmed(run(job))

    assert (job.source_name, stock(program)) == ("Pasted codes.txt", ["ABC", "DEF"])


def test_pasted_lines_are_called_so_in_the_persons_language(manager, program):
    manager.cookies["django_language"] = "zh-hans"

    assert send(manager, "paste", program, codes="ABC").source_name == "粘贴的代码.txt"


def test_a_file_of_another_kind_is_named_in_the_readers_language(manager, program):
    job = run(send(manager, "file", program, file=SimpleUploadedFile("codes.csv", b"%PDF-1.7\n")))
    page = reverse("admin:jobs_job_detail", args=[job.public_id])

    assert "This file is a PDF document. Upload a CSV" in manager.get(page).content.decode()
    manager.cookies["django_language"] = "zh-hans"
    assert "此文件是 PDF 文档。请改为上传 CSV" in manager.get(page).content.decode()


@pytest.mark.parametrize(("how", "data"), [("file", {}), ("generate", {"count": "12", "length": "10"})])
def test_the_page_of_an_upload_that_failed_leads_to_another(manager, program, how, data):
    file = SimpleUploadedFile("codes.csv", b"%PDF-1.7\n")
    job = run(send(manager, how, program, **({"file": file} if how == "file" else data)))
    Job.objects.filter(pk=job.pk).update(status="failed", finished_at=NOON)

    page = manager.get(reverse("admin:jobs_job_detail", args=[job.public_id])).content.decode()

    assert f'href="{escape(upload_url(program=program.pk, how=how))}"' in page


def test_the_page_generates_codes(manager, program):
    job = send(manager, "generate", program, count="12", begin_with="VIP-", length="10", alphabet="clear")
    confirmed(run(job))

    assert len(stock(program)) == 12
    assert all(code.startswith("VIP-") for code in stock(program))


def test_guessable_codes_are_refused_at_their_field(manager, program):
    data = {"program": program.key, "form_token": "t", "count": "12", "length": "9", "alphabet": "clear"}

    answer = manager.post(upload_url(how="generate"), data)

    assert "at least 10 of these characters" in answer.content.decode()
    assert not Job.objects.exists()


def test_a_beginning_that_no_code_has_is_refused_at_its_field(manager, program):
    data = {"program": program.key, "form_token": "t", "count": "12", "length": "12", "alphabet": "clear"}

    answer = manager.post(upload_url(how="generate"), {**data, "begin_with": "冬季-"})

    assert list(answer.context["form"].errors) == ["begin_with"]
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("how", "typed", "errors"),
    [
        ("file", {"batch": "March"}, {"file": "Choose a file.", "program": "Choose a program."}),
        ("file", {"file": b""}, {"file": "This file is empty. Choose another one.", "program": "Choose a program."}),
        ("paste", {"codes": " "}, {"codes": "Paste the codes, one in each line.", "program": "Choose a program."}),
        (
            "generate",
            {"count": "0", "length": "61", "program": "spring"},
            {
                "count": "Say how many codes to generate, from 1 to 5,000,000.",
                "length": "Say how many random characters, from 1 to 60.",
            },
        ),
    ],
)
def test_what_is_missing_is_named_at_its_field(manager, how, typed, errors):
    make_program(key="spring")
    file = {"file": SimpleUploadedFile("codes.csv", typed["file"])} if "file" in typed else {}

    answer = manager.post(upload_url(how=how), {"form_token": "t", **typed, **file})

    form = answer.context["form"]
    assert {name: list(said) for name, said in form.errors.items()} == {name: [said] for name, said in errors.items()}
    assert form["batch"].value() == typed.get("batch")
    assert not Job.objects.exists()


def test_the_form_sent_twice_is_one_job(manager, program):
    for _ in range(2):
        send(manager, "paste", program, codes="ABC")


def test_the_address_chooses_the_program_and_shows_its_stock(manager, program):
    stock_pool(make_pool(program=program), "A", "B", "C")
    make_program(name="Other")

    page = manager.get(upload_url(program=program.pk)).content.decode()

    assert f'<option value="{program.key}" selected>' in page
    assert "In stock now" in page
    for nonsense in ("x", "99999999999", "0"):
        assert manager.get(upload_url(program=nonsense)).status_code == 200


def test_every_sample_is_read_as_it_should_be(manager):
    page = manager.get(upload_url()).content.decode()

    for kind in ("csv", "xlsx", "ods", "tsv", "txt"):
        name = f"promocodes/samples/codes.{kind}"
        assert name in page
        with Path(str(finders.find(name))).open("rb") as file, open_column(file, column=COLUMN) as table:
            assert table.detected.header == "found"
            assert [row.cells for row in table.rows()] == [["SPRING-7KQ4M"], ["SPRING-X2HTD"], ["SPRING-R9VNB"]]


def test_who_may_not_add_codes_sees_no_page(client, django_user_model):
    client.force_login(django_user_model.objects.create_user("sue@example.com", role=Role.SUPPORT))

    assert client.get(upload_url()).status_code == 403
    assert client.get(reverse("admin:promocodes_withdraw")).status_code == 403


def test_codes_are_withdrawn_by_file(manager, program):
    stock_pool(make_pool(program=program), "ABC", "DEF")
    url = reverse("admin:promocodes_withdraw")

    manager.post(
        url,
        {"program": program.key, "reason": "Wrong", "header": "", "file": SimpleUploadedFile("a.txt", b"abc\n")},
    )
    job = Job.objects.get()
    confirmed(run(job))

    assert (job.params["reason"], stock(program)) == ("Wrong", ["DEF"])


def test_a_withdrawal_says_at_each_field_what_is_missing_in_the_readers_language(manager, program):
    url = reverse("admin:promocodes_withdraw")

    errors = manager.post(url, {"program": program.key}, HTTP_ACCEPT_LANGUAGE="zh-hans").context["form"].errors

    assert errors == {"file": ["请选择文件。"], "reason": ["请填写原因。"]}
    assert not Job.objects.exists()


def test_what_is_left_of_a_batch_is_withdrawn_from_its_page(manager, program):
    batch = stock_pool(make_pool(program=program), "ABC", "DEF")
    url = reverse("admin:promocodes_withdraw_batch", args=[batch.pk])

    assert url in manager.get(reverse("admin:promocodes_codebatch_change", args=[batch.pk])).content.decode()
    assert manager.post(url, {"reason": " "}).status_code == 200
    assert not Job.objects.exists()
    manager.post(url, {"reason": "Wrong"})
    confirmed(run(Job.objects.get()))

    assert stock(program) == []


def test_the_pages_need_few_queries(manager, program):
    batch = stock_pool(make_pool(program=program), "A")

    with counted_queries("promocodes.upload"):
        manager.get(upload_url(program=program.pk))
    with counted_queries("promocodes.withdraw by file"):
        manager.get(reverse("admin:promocodes_withdraw"))
    with counted_queries("promocodes.withdraw batch"):
        manager.get(reverse("admin:promocodes_withdraw_batch", args=[batch.pk]))
