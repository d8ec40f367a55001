from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from advocate.lib import clock
from api.instants import milliseconds
from api.models import Upload
from api.operations import forget_uploads
from jobs.models import Job
from jobs.runner import run_job
from programs.models import Participant, Referral
from rewards.models import Reward, RewardEntry
from team.models import AuditEntry
from tests.api.calling import BASE, Answer, Api
from tests.conftest import NOON
from tests.factories import make_participant, make_program, make_reward, make_unit

pytestmark = pytest.mark.django_db
runs_jobs = pytest.mark.django_db(transaction=True)  # a report is read in a transaction of its own kind

PAID = "accountId,userId,unit,valueToRedeem\nacme,ada,POINT,200\n"


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch):
    monkeypatch.setattr("celery.current_app.send_task", lambda *_args, **_options: None)


@pytest.fixture
def ada(db):
    ada = make_participant(account_id="acme", user_id="ada", email="ada@example.com")
    make_reward(participant=ada, unit=make_unit("POINT"), amount=500)
    make_reward(participant=ada, unit=make_unit("CASH/USD"), amount=1055)
    return ada


def report(api, **body):
    """Have a report made and return its rows."""
    made = api.post("export", body)
    assert made.status == 201, made.text
    run_job(Job.objects.get(public_id=made.body["id"]).pk)
    return list(csv.DictReader(io.StringIO(download(api, made.body["id"]))))


def download(api, export_id):
    leads = api.get(f"export/{export_id}/download")
    assert leads.status == 303
    file = Client().get(leads.headers["Location"])
    assert file.status_code == 200
    return file.getvalue().decode("utf-8-sig")


def send(api, content=PAID, name="paid.csv"):
    upload = SimpleUploadedFile(name, content.encode())
    client = Client(raise_request_exception=False, headers=api.headers)
    return Answer(client.post(f"{BASE}export/upload", {"file": upload}))


@runs_jobs
def test_a_report_is_asked_for_polled_and_downloaded(api, ada):
    asked = {"type": "USER", "format": "CSV", "name": "Users", "requester": "connector"}
    made = api.post("export", asked)

    assert made.status == 201
    assert {**made.body, "id": "", "dateCreated": 0, "dateExpires": 0} == {
        **asked,
        "id": "",
        "params": {},
        "status": "PENDING",
        "dateCreated": 0,
        "dateCompleted": None,
        "dateExpires": 0,
        "mailtoEmail": None,
    }
    export_id = made.body["id"]
    assert api.get(f"export/{export_id}/download").code == "NOT_READY"
    run_job(Job.objects.get().pk)
    assert api.get(f"export/{export_id}").body["status"] == "COMPLETED"
    assert api.get("export/history/list").body["data"] == [api.get(f"export/{export_id}").body]
    assert next(csv.DictReader(io.StringIO(download(api, export_id))))["id"] == "ada"
    assert AuditEntry.objects.filter(action="export.downloaded", actor__startswith="API key").count() == 1


@runs_jobs
def test_a_report_begins_with_the_name_of_its_first_column_and_nothing_before_it(api, ada):
    made = api.post("export", {"type": "USER"})
    run_job(Job.objects.get().pk)

    leads = api.get(f"export/{made.body['id']}/download")

    assert Client().get(leads.headers["Location"]).getvalue().startswith(b"id,accountId,email,")


@runs_jobs
def test_balances_are_whole_numbers_of_the_smallest_fraction(api, ada):
    rows = report(api, type="REWARD_BALANCE")

    assert {row["unit"]: row["amount"] for row in rows} == {"POINT": "500", "CASH/USD": "1055"}
    assert rows[0].keys() >= {"userId", "accountId", "type", "amount", "unit"}


@runs_jobs
@pytest.mark.parametrize("kind", ["REFERRAL", "USER_REFERRAL"])
def test_referrals_come_with_the_ids_that_other_calls_give_them(api, ada, kind):
    programs = [make_program(key=key) for key in ("47255", "other")]
    referrals = [Referral.objects.create(program=one, referrer=ada, referred=make_participant()) for one in programs]
    api_id = api.get("referrals").body["referrals"][1]["id"]

    assert len(report(api, type=kind)) == 2
    (row,) = report(api, type=kind, params={"programId": "47255"})

    assert (row["id"], row["programId"]) == (api_id, "47255")
    assert (row["referrerUser"], row["referrerAccount"]) == ("ada", "acme")
    assert (row["dateReferralStarted"], row["dateConverted"]) == (str(milliseconds(referrals[0].date_started)), "")


@runs_jobs
@pytest.mark.parametrize("kind", ["USER", "REWARD", "REWARD_BALANCE"])
def test_a_report_holds_what_is_new_since_an_instant_in_either_form(api, ada, kind):
    Participant.objects.update(created_at=NOON, updated_at=NOON)
    Reward.objects.update(date_created=NOON, updated_at=NOON)

    def count(**params):
        return len(report(api, type=kind, params=params))

    everything = count()
    assert everything > 0
    assert count(createdSince=milliseconds(NOON)) == everything
    assert count(createdSince=milliseconds(NOON) + 1) == 0
    assert count(createdOrUpdatedSince="2026-03-14T12:00:00Z") == everything
    assert count(updatedSince="2026-03-14T14:00:01+02:00") == 0


def test_an_option_comes_back_as_it_was_sent(api, ada):
    params = {"createdOrUpdatedSince": "2026-01-01T00:00:00.000Z", "fields": {"includeUserFields": True}}

    assert api.post("export", {"type": "REWARD", "params": params}).body["params"] == params


@pytest.mark.parametrize(
    "body",
    [
        {"type": "USER_EVENT"},
        {"type": "USER", "params": {"programId": "47255"}},
        {"type": "REFERRAL", "params": {"programId": "4 7"}},
        {"type": "user"},
        {"type": "USER", "format": "PDF"},
        {"type": "USER", "name": "x" * 201},
        {"type": "USER", "params": {"createdSince": "yesterday"}},
        {"type": "USER", "params": {"createdSince": "2026-01-01"}},
        {"type": "USER", "params": {"createdSince": "2026-99-99T00:00:00Z"}},
        {"type": "USER", "params": {"at": 0}},
        {"type": "REWARD_BALANCE", "params": {"createdBefore": 0}},
        {"type": "USER", "params": {"filter": "x"}},
    ],
    ids=str,
)
def test_a_report_that_cannot_be_made_is_refused(api, body):
    assert api.post("export", body).status == 400
    assert not Job.objects.exists()


def test_the_same_report_with_one_key_is_one_report(api, ada):
    first, second = (api.post("export", {"type": "USER"}, Idempotency_Key="nightly") for _ in range(2))

    assert first.text == second.text
    assert Job.objects.count() == 1


@pytest.mark.parametrize("token", ["x", "x:y:z", "eyJhIjoxfQ:1abc:xyz"])
def test_a_made_up_link_leads_nowhere(api, token):
    assert Api().get(f"export/file/{token}").code == "NOT_FOUND"


@runs_jobs
def test_a_link_is_good_for_five_minutes(api, ada, time_machine):
    made = api.post("export", {"type": "USER"})
    run_job(Job.objects.get().pk)
    link = api.get(f"export/{made.body['id']}/download").headers["Location"]

    time_machine.move_to(clock.now() + timedelta(minutes=6))

    assert Client().get(link).status_code == 404


def test_unknown_reports_and_imports_are_answered_404(api):
    for path in ("export/nothing", "export/nothing/download", "import/nothing"):
        assert api.get(path).code == "NOT_FOUND"


@runs_jobs
def test_a_file_is_uploaded_and_an_import_started_with_it_redeems_what_it_says(api, ada):
    ref = send(api).body["fileRef"]
    assert ref.startswith("imports/default/")
    assert ref.endswith(".csv")
    started = api.post("import", {"type": "MUTATION/REDEEMABLE_REWARD_BALANCE", "fileRef": ref})
    assert (started.status, started.body["status"], started.body["name"]) == (201, "PENDING", "paid.csv")
    run_job(Job.objects.get().pk)

    body = api.get(f"import/{started.body['id']}").body

    assert (body["status"], body["waiting"], body["stats"]["recordsDone"]) == ("COMPLETED", False, 1)
    assert [entry.amount for entry in RewardEntry.objects.all()] == [200]
    assert AuditEntry.objects.filter(action="import.created").get().actor.startswith("API key")


def test_the_same_file_ref_again_is_the_same_import(api, ada):
    body = {"type": "MUTATION/REDEEMABLE_REWARD_BALANCE", "fileRef": send(api).body["fileRef"]}

    first, second = api.post("import", body), api.post("import", body)

    assert first.body["id"] == second.body["id"]
    assert Job.objects.count() == 1


@runs_jobs
def test_the_same_content_again_waits_for_a_person(api, ada):
    for _ in range(2):
        ref = send(api).body["fileRef"]
        started = api.post("import", {"type": "MUTATION/REDEEMABLE_REWARD_BALANCE", "fileRef": ref})
        run_job(Job.objects.get(public_id=started.body["id"]).pk)

    body = api.get(f"import/{started.body['id']}").body
    assert (body["status"], body["waiting"]) == ("PENDING", True)
    assert RewardEntry.objects.count() == 1


@pytest.mark.parametrize("ref", ["imports/default/x.csv", "../../etc/passwd", "/etc/passwd", "jobs/x/source.csv"])
def test_a_file_that_was_not_uploaded_is_not_read(api, ref):
    answer = api.post("import", {"type": "MUTATION/REDEEMABLE_REWARD_BALANCE", "fileRef": ref})

    assert answer.code == "UNKNOWN_FILE"
    assert not Job.objects.exists()


def test_empty_too_large_and_missing_files_are_refused(settings, api):
    assert send(api, "").code == "EMPTY_FILE"
    settings.IMPORT_MAX_BYTES = 10
    assert send(api).status in {400, 413}
    assert api.post("export/upload", {}).status == 400
    assert api.call("POST", "export/upload", b"x", content_type="multipart/form-data").status == 400
    assert not Upload.objects.exists()


@pytest.mark.parametrize("scope", ["read", "write"])
def test_only_a_key_for_money_uploads_and_imports(ada, scope):
    api = Api.with_key(scope)

    assert send(api).status == 403
    assert api.post("import", {"type": "MUTATION/REDEEMABLE_REWARD_BALANCE", "fileRef": "x"}).status == 403
    assert not Upload.objects.exists()


def test_uploads_that_nobody_started_are_forgotten_with_their_files(api, ada):
    kept, started = send(api).body["fileRef"], send(api, PAID + "\n").body["fileRef"]
    api.post("import", {"type": "MUTATION/REDEEMABLE_REWARD_BALANCE", "fileRef": started})
    names = dict(Upload.objects.values_list("ref", "stored_name"))
    assert forget_uploads(at=NOON) == 0

    assert forget_uploads(at=Upload.objects.latest("created_at").created_at + timedelta(days=31)) == 2

    assert not default_storage.exists(names[kept])
    assert default_storage.exists(names[started])
    assert not Upload.objects.exists()


@runs_jobs
def test_users_are_imported_by_a_file(api, db):
    make_program(key="shop")
    ref = send(api, content="accountId,id,firstName\nacme,bo,Bo\n", name="users.csv").body["fileRef"]

    started = api.post("import", {"type": "MUTATION/USER", "fileRef": ref})
    run_job(Job.objects.get().pk)

    found = api.get(f"import/{started.body['id']}").body
    assert (found["type"], found["status"], found["stats"]["recordsDone"]) == ("MUTATION/USER", "COMPLETED", 1)
    assert Participant.objects.get(user_id="bo").referral_codes.count() == 1
