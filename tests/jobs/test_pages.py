from __future__ import annotations

import io
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta

import pytest
from django import forms
from django.core.files.base import ContentFile
from django.urls import reverse

from advocate.lib import clock
from jobs import types
from jobs.downloads import safe_name
from jobs.models import Job
from jobs.operations import confirm_import, create_export, remove_expired_files
from outbox.models import Email
from programs.exports import PARTICIPANTS
from team.audit import Actor
from team.models import AuditEntry, Role, User
from tests.conftest import NOON
from tests.jobs.conftest import ANN, checked, csv_of, report, run, upload
from tests.jobs.scores import SCORE_REPORT, Score
from tests.query_counts import counted_queries

pytestmark = pytest.mark.django_db

LIST = "/admin/jobs/job/"


def _member(client, role: str, email: str = "") -> User:
    user = User.objects.create_user(email or f"{role}@example.com", "long enough 1", role=role)
    client.force_login(user)
    return user


@pytest.fixture
def manager(client) -> User:
    return _member(client, Role.PROGRAM_MANAGER)


@pytest.fixture(autouse=True)
def _stored_report_without_snapshot(monkeypatch):
    """Let reports run inside the tests' transaction."""
    monkeypatch.setattr("jobs.exporting.db.snapshot", nullcontext)


def _page(job: Job) -> str:
    return reverse("admin:jobs_job_detail", args=[job.public_id])


def _file(job: Job, which: str) -> str:
    return reverse("admin:jobs_job_download", args=[job.public_id, which])


def test_the_list_shows_reports_and_imports_with_their_counts(client, manager):
    run(report(name="Balances in March"))
    checked("u1,5", "u2,many")

    page = client.get(LIST).content.decode()

    assert "Balances in March" in page
    assert "To do: 1 · Refused: 1" in page
    assert "Create Report" in page
    assert "Waiting for confirmation" in page


def test_the_list_refreshes_itself_only_while_something_is_under_way(client, manager):
    job = report()

    assert "data-refresh-url" in client.get(LIST).content.decode()
    fragment = client.get(LIST, {"_live": "1"}).content.decode()
    assert "<html" not in fragment
    assert "data-refresh-stop" not in fragment

    run(job)
    assert "data-refresh-url" not in client.get(LIST).content.decode()
    assert "data-refresh-stop" in client.get(LIST, {"_live": "1"}).content.decode()


@pytest.mark.parametrize(
    "query", ["kind__exact=import", "type=scores", "status__exact=waiting", "by=others", "q=scores"]
)
def test_the_list_is_filtered_and_searched(client, manager, query):
    run(report(name="A report"))
    checked("u1,5")

    page = client.get(f"{LIST}?{query}").content.decode()

    assert "scores.csv" in page
    assert ("A report" in page) is (query == "by=others")


def test_an_empty_list_says_what_to_do(client, manager):
    assert "No reports or imports yet" in client.get(LIST).content.decode()


def test_creating_a_report_leads_to_its_page(client, manager, woken, django_capture_on_commit_callbacks):
    form = client.get(reverse("admin:jobs_job_report"))
    token = form.context["form"].initial["form_token"]
    data = {"form_token": token, "type": "score-report", "format": "xlsx", "name": ""}

    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("admin:jobs_job_report"), data)

    job = Job.objects.get()
    assert answer.url == _page(job)
    assert (job.format, job.requester, job.type) == ("xlsx", manager, "score-report")
    assert job.name.startswith("Scores by user 20")
    assert woken == [job.pk]
    client.post(reverse("admin:jobs_job_report"), data)
    assert Job.objects.count() == 1


def test_an_import_goes_from_its_file_to_its_results(client, manager):
    form = client.get(reverse("admin:jobs_job_import"))
    token = form.context["form"].initial["form_token"]
    file = csv_of("u1,5", "x2,6")
    file.name = "my scores.csv"
    client.post(reverse("admin:jobs_job_import"), {"form_token": token, "type": "scores", "file": file})
    job = Job.objects.get()
    assert "Waiting for a worker" in client.get(_page(job)).content.decode()

    preview = client.get(_page(run(job))).content.decode()
    assert "Apply 1 row" in preview
    assert "Nobody has the user ID x2." in preview
    assert "comma" in preview

    client.post(reverse("admin:jobs_job_confirm", args=[job.public_id]), {})
    done = client.get(_page(run(job))).content.decode()
    assert Score.objects.count() == 1
    assert "my scores errors.csv" in done
    assert "Refused rows" in done
    assert "The file “Refused rows” names the reason of each." in Email.objects.get(name="import-finished").text
    errors = b"".join(client.get(_file(job, "errors")).streaming_content)
    assert b"x2,6,3,userId,Nobody has the user ID x2." in errors


def test_a_form_without_a_file_says_so(client, manager):
    answer = client.post(reverse("admin:jobs_job_import"), {"form_token": "t", "type": "scores"})

    assert "Choose a file." in answer.content.decode()
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (("u1,many", "x1,1", "u2,0"), "not one row is good. Discard this, correct the file"),
        (("u1,0", "u2,0"), "no row would change anything. Discard this."),
    ],
)
def test_a_preview_with_nothing_to_apply_says_so_and_what_to_do(client, manager, rows, says):
    page = client.get(_page(checked(*rows))).content.decode()

    assert f"Nothing can be applied: {says}" in page
    assert "Refused rows are left out" not in page
    assert "All or nothing" not in page
    assert "Discard</button>" in page


def test_a_preview_with_a_good_row_says_that_others_are_left_out(client, manager):
    page = client.get(_page(checked("u1,5", "x1,1"))).content.decode()

    assert "Refused rows are left out" in page
    assert "Nothing can be applied" not in page


@pytest.mark.parametrize("status", ["failed", "cancelled", "discarded"])
def test_an_import_that_came_to_nothing_leads_back_to_where_it_was_started(client, manager, status):
    job = checked("u1,5")
    link = f'href="{reverse("admin:jobs_job_import")}?type=scores"'
    assert link not in client.get(_page(job)).content.decode()

    Job.objects.filter(pk=job.pk).update(status=status, finished_at=NOON)

    assert link in client.get(_page(job)).content.decode()
    _member(client, Role.VIEWER)
    assert link not in client.get(_page(job)).content.decode()


def test_a_job_under_way_shows_its_progress_and_reloads_when_it_is_over(client, manager):
    job = report()
    live = reverse("admin:jobs_job_live", args=[job.public_id])

    assert "data-refresh-stop" not in client.get(live).content.decode()
    run(job)
    assert 'data-refresh-stop="reload"' in client.get(live).content.decode()


def test_a_job_is_cancelled_discarded_and_started_again_from_its_page(client, manager):
    queued = report()
    waiting = checked("u1,5")
    failed = report(name="other")
    Job.objects.filter(pk=failed.pk).update(status="failed", error_code="our_fault", finished_at=NOON)
    Job.objects.filter(pk=failed.pk).update(expires_at=clock.now() + timedelta(days=1))
    failed.refresh_from_db()
    assert "Start again" in client.get(_page(failed)).content.decode()

    for name, job in (("cancel", queued), ("discard", waiting), ("retry", failed)):
        client.post(reverse(f"admin:jobs_job_{name}", args=[job.public_id]))

    assert list(Job.objects.order_by("id").values_list("status", flat=True)) == ["cancelled", "discarded", "queued"]
    assert set(AuditEntry.objects.values_list("action", "actor")) >= {
        ("export.cancelled", manager.email),
        ("import.discarded", manager.email),
        ("export.retried", manager.email),
    }


def test_a_discarded_import_does_not_say_that_its_rows_are_done(client, manager):
    job = checked("u1,5")
    client.post(reverse("admin:jobs_job_discard", args=[job.public_id]))

    page = client.get(_page(job)).content.decode()

    assert 'To do <span class="count">1</span>' in page
    assert "Totals" not in page


def test_a_preview_shows_its_rows_before_the_file_they_come_from(client, manager):
    page = client.get(_page(checked("u1,5", "u2,many"))).content.decode()

    assert page.index('id="rows"') < page.index("Uploaded file")


def test_a_decision_that_comes_too_late_says_so(client, manager):
    job = checked("u1,5")
    confirm_import(job=job, by=ANN, at=NOON)

    answer = client.post(reverse("admin:jobs_job_discard", args=[job.public_id]), follow=True)

    assert "This is no longer possible" in answer.content.decode()
    job.refresh_from_db()
    assert job.status == "queued"


def test_the_rows_are_filtered_searched_and_paged(client, manager):
    job = checked(*[f"u{n},1" for n in range(60)], "x1,1", "u99,0")

    page = client.get(_page(job)).context["rows"]
    assert [(chip.count, chip.current) for chip in page.chips] == [(62, False), (60, False), (1, False), (1, True)]
    assert [line.number for line in page.lines] == [62]
    everything = client.get(_page(job), {"rows": "all", "page": 2}).context["rows"]
    assert [line.number for line in everything.lines] == list(range(52, 64))
    by_number = client.get(_page(job), {"rows": "all", "q": "63"}).context["rows"]
    assert [line.outcome for line in by_number.lines] == ["Unchanged"]


def test_a_report_is_downloaded_under_its_name_and_that_is_recorded(client, manager):
    Score.objects.create(user_id="u1", points=1)
    job = run(report(name="März 李/../x"))

    answer = client.get(_file(job, "report"))

    assert b"".join(answer.streaming_content).endswith(b"u1,1\r\n")
    disposition = answer["Content-Disposition"]
    assert disposition.startswith("attachment; filename*=utf-8''M%C3%A4rz%20%E6%9D%8E")
    assert "/" not in disposition.removeprefix("attachment; filename*=utf-8''")
    assert AuditEntry.objects.get(action="export.downloaded").changes == {"file": [None, "report"]}


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd.csv", "etc passwd.csv"),
        ("a\r\nSet-Cookie: x.csv", "a Set-Cookie  x.csv"),
        ('quo"te;\u202ecod.xlsx', "quo te; cod.xlsx"),
        ("x" * 400 + ".csv", "x" * 150 + ".csv"),
        ("....", "file"),
    ],
)
def test_hostile_names_become_harmless(name, safe):
    assert safe_name(name) == safe


def test_a_file_whose_time_is_over_is_gone_and_says_so(client, manager):
    Score.objects.create(user_id="u1", points=1)
    job = run(report())
    remove_expired_files(at=clock.now() + timedelta(days=31))

    answer = client.get(_file(job, "report"))

    assert answer.status_code == 410
    assert "Run the report again" in answer.content.decode()
    job.refresh_from_db()
    assert (job.status, job.result_file) == ("expired", "")


def test_a_file_is_gone_at_its_time_even_before_it_is_removed(client, manager):
    job = run(report())
    Job.objects.update(expires_at=clock.now())

    assert client.get(_file(job, "report")).status_code == 410


@pytest.mark.parametrize("which", ["errors", "source", "x", "..%2f"])
def test_a_file_that_a_job_never_had_is_not_found(client, manager, which):
    job = run(report())

    assert client.get(f"{_page(job)}files/{which}/").status_code == 404


def _urls(job: Job) -> list[tuple[str, str]]:
    name = "admin:jobs_job_{}".format
    gets = [_page(job), reverse(name("live"), args=[job.public_id]), _file(job, "report")]
    posts = [reverse(name(one), args=[job.public_id]) for one in ("confirm", "discard", "cancel", "retry")]
    return [("get", url) for url in gets] + [("post", url) for url in posts]


def test_strangers_are_sent_to_the_login(client):
    job = run(report())

    for method, url in [*_urls(job), ("get", LIST), ("get", f"{LIST}report/"), ("get", f"{LIST}import/")]:
        answer = getattr(client, method)(url)
        assert (answer.status_code, answer.url.split("?")[0]) == (302, "/admin/login/")


def test_a_viewer_sees_and_downloads_but_starts_and_decides_nothing(client):
    viewer = _member(client, Role.VIEWER)
    job = run(report())
    waiting = checked("u1,5")

    answers = {f"{method} {url}": getattr(client, method)(url).status_code for method, url in _urls(job)}
    assert sorted(answers.values()) == [200, 200, 200, 403, 403, 403, 403]
    assert client.get(f"{LIST}report/").status_code == 403
    assert client.get(f"{LIST}import/").status_code == 403
    page = client.get(_page(waiting)).content.decode()
    assert "Apply 1 row" not in page
    assert "Create Report" not in client.get(LIST).content.decode()
    assert AuditEntry.objects.filter(user=viewer).values_list("action", flat=True).get() == "export.downloaded"


def test_a_colleague_who_may_not_see_the_type_finds_nothing(client, manager, monkeypatch):
    job = run(report(name="Secret"))
    monkeypatch.setitem(types._exports, "score-report", replace(SCORE_REPORT, view_permission="team.change_company"))

    assert "Secret" not in client.get(LIST).content.decode()
    assert "Secret" not in client.get("/admin/search/", {"q": "Secr"}).content.decode()
    assert {getattr(client, method)(url).status_code for method, url in _urls(job)} == {404}


def test_decisions_are_made_by_post_only(client, manager):
    job = checked("u1,5")

    for name in ("confirm", "discard", "cancel", "retry"):
        assert client.get(reverse(f"admin:jobs_job_{name}", args=[job.public_id])).status_code == 405

    job.refresh_from_db()
    assert job.status == "waiting"


def test_hostile_text_in_a_file_stays_text(client, manager):
    nasty = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    file = ContentFile(f'userId,points\n"x{nasty.replace(chr(34), chr(34) * 2)}",5\n'.encode(), name=f"{nasty}.csv")
    job = run(upload(file=file, name=f"{nasty}.csv"))

    for page in (client.get(_page(job)), client.get(LIST)):
        text = page.content.decode()
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "&lt;script&gt;alert(1)" in text


def test_the_report_of_one_kind_of_form_keeps_its_options(client, manager, monkeypatch):
    monkeypatch.setitem(types._exports, "participants", replace(PARTICIPANTS, view_permission="jobs.view_job"))
    data = {"form_token": "t", "type": "participants", "format": "csv", "name": "P"}
    url = reverse("admin:jobs_job_report")
    wrong = client.post(url, {**data, "participants-added_from": "2026-02-01", "participants-added_to": "2026-01-01"})
    assert "This is before the first day." in wrong.content.decode()

    client.post(url, {**data, "participants-added_from": "2026-01-01"})

    job = Job.objects.get()
    assert job.params == {"added_from": "2026-01-01"}
    assert "2026-01-01" in client.get(_page(job)).content.decode()


def test_what_was_chosen_from_a_list_is_named_as_the_list_names_it(client, manager, monkeypatch):
    class Choosing(types.OptionsForm):
        alphabet = forms.ChoiceField(label="Characters", choices=[("clear", "Without look-alikes")])

    kind = replace(PARTICIPANTS, form=Choosing, view_permission="jobs.view_job")
    monkeypatch.setitem(types._exports, "participants", kind)
    params = {"alphabet": "clear"}
    job = create_export(export_type=kind, name="P", file_format="csv", params=params, by=Actor.of(manager), at=NOON)

    content = client.get(_page(job)).content.decode()

    assert "<dt>Characters</dt><dd>Without look-alikes</dd>" in content


def test_who_asked_gets_one_mail_when_a_report_is_ready(manager):
    job = create_export(
        export_type=SCORE_REPORT, name="March", file_format="csv", params={}, by=Actor.of(manager), at=NOON
    )
    run(job)

    mail = Email.objects.get()
    assert (mail.to, mail.subject) == (manager.email, "Your report “March” is ready")
    assert _page(job) in mail.text
    assert _page(job) in mail.html


def test_who_imported_gets_one_mail_with_the_counts(manager):
    job = run(upload("u1,5", "x1,6", "u2,0", by=Actor.of(manager)))
    confirm_import(job=job, by=Actor.of(manager), at=clock.now())
    run(job)

    mail = Email.objects.get()
    assert mail.subject == "Import of “scores.csv” finished, 1 row refused"
    assert "Done: 1\nUnchanged: 1\nRefused: 1\nTotal, POINT: 5" in mail.text
    assert io.StringIO(mail.html).read().count("<h1") == 1


def test_the_pages_ask_few_questions(client, manager):
    for number in range(5):
        run(report(name=f"Report {number}"))
    waiting = checked(*[f"u{n},many" for n in range(60)])

    with counted_queries("jobs.job list"):
        client.get(LIST)
    with counted_queries("jobs.job waiting import"):
        client.get(_page(waiting))


def test_jobs_are_found_from_any_page(client, manager):
    run(report(name="Balances in March"))

    found = client.get("/admin/search/", {"q": "balances in"}).content.decode()

    assert "Balances in March" in found
