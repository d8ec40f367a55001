from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from advocate.lib import clock
from jobs.models import Job
from jobs.operations import create_export, create_import
from jobs.runner import run_job
from jobs.types import export_type, import_type
from team.audit import Actor
from team.models import AuditEntry, Role, User
from tests import factories

pytestmark = pytest.mark.django_db

HEADER = "accountId,userId,unit,valueToRedeem\n"


@pytest.fixture
def owner():
    return User.objects.create_user("owner@example.com", "x", role=Role.SUPPORT)


@pytest.fixture
def report(owner):
    factories.make_reward()
    job = create_export(
        export_type=export_type("available-balances"),
        name="Balances",
        file_format="csv",
        params={},
        by=Actor.of(owner),
        at=clock.now(),
    )
    run_job(job.pk)
    return Job.objects.get(pk=job.pk)


def _address(job: Job, which: str) -> str:
    return reverse("admin:jobs_job_download", args=[job.public_id, which])


@pytest.mark.parametrize("role", Role.values)
def test_the_owner_and_colleagues_of_every_role_download_a_report_and_strangers_do_not(client, report, owner, role):
    colleague = User.objects.create_user("colleague@example.com", "x", role=role)

    stranger = client.get(_address(report, "report"))
    client.force_login(owner)
    mine = client.get(_address(report, "report"))
    client.force_login(colleague)
    theirs = client.get(_address(report, "report"))

    assert stranger.url.startswith("/admin/login/")
    assert b"".join(mine.streaming_content) == b"".join(theirs.streaming_content) != b""
    takers = AuditEntry.objects.filter(action="export.downloaded").values_list("user__email", flat=True)
    assert sorted(takers) == ["colleague@example.com", "owner@example.com"]


def test_a_download_is_kept_by_no_cache_and_never_shown_as_a_page(client, report, owner):
    client.force_login(owner)

    headers = client.get(_address(report, "report")).headers

    assert "no-store" in headers["Cache-Control"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Disposition"].startswith("attachment;")


def test_files_have_no_address_outside_of_their_jobs(client, report, owner):
    client.force_login(owner)

    for address in (f"/media/{report.result_file}", f"/{report.result_file}", f"/static/{report.result_file}"):
        assert client.get(address).status_code == 404
    for which in ("source", "errors", "results", "..", "report%2f..%2fsource"):
        assert client.get(f"/admin/jobs/job/{report.public_id}/files/{which}/").status_code == 404


@pytest.mark.parametrize(
    ("name", "given_back"),
    [
        ("../../../etc/passwd.csv", "etc passwd.csv"),
        ("/etc/cron.d/evil.csv", "etc cron.d evil.csv"),
        ("..\\..\\win.csv", "win.csv"),
        ("a\r\nSet-Cookie: stolen=1.csv", "a Set-Cookie  stolen=1.csv"),
        ('x"; filename="evil.exe', "x ; filename= evil.exe"),
        ("\u202egnp.exe.csv", "gnp.exe.csv"),
        ("x.svg", "x.svg"),
    ],
)
def test_a_file_of_a_hostile_name_stays_in_its_place_and_comes_back_harmless(client, owner, tmp_path, name, given_back):
    client.force_login(owner)
    job = create_import(
        import_type=import_type("update-balances"),
        upload=ContentFile(f"{HEADER}a,b,CASH/USD,1\n".encode(), name="x.csv"),
        name=name,
        params={},
        by=Actor.of(owner),
        at=clock.now(),
    )

    answer = client.get(_address(job, "source"))

    stored = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.parent.name for path in stored] == [job.public_id]
    assert stored[0].name in {"source.csv", "source.dat"}
    assert answer["Content-Type"] == "application/octet-stream"
    assert "Set-Cookie" not in answer.headers
    assert answer["Content-Disposition"] == f'attachment; filename="{given_back}"'


def test_no_role_below_decides_about_an_import_or_undoes_one(client, owner):
    client.force_login(User.objects.create_user("viewer@example.com", "x", role=Role.VIEWER))
    job = create_import(
        import_type=import_type("update-balances"),
        upload=ContentFile(f"{HEADER}a,b,CASH/USD,1\n".encode(), name="x.csv"),
        name="x.csv",
        params={},
        by=Actor.of(owner),
        at=clock.now(),
    )
    run_job(job.pk)

    answers = {
        name: client.post(reverse(f"admin:jobs_job_{name}", args=[job.public_id]), {"reason": "x"}).status_code
        for name in ("confirm", "discard", "cancel", "retry", "undo")
    }

    assert set(answers.values()) == {403}
    assert Job.objects.get().status == Job.Status.WAITING
