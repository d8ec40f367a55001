"""The three steps of redeeming rewards in bulk, as an admin goes through them, with a spreadsheet program between."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page

from jobs.models import Job
from jobs.runner import run_job
from outbox.models import Email
from rewards.models import RewardEntry
from tests.browser.visits import Look, Visit
from tests.factories import make_participant, make_reward, make_unit

OFFICE = shutil.which("soffice") or ""
UTF8_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1"
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("working_worker", "no_broker"),
    pytest.mark.office,
    pytest.mark.skipif(not OFFICE, reason="office: LibreOffice is not installed"),
]


def work() -> Job:
    """Do what a worker does with the newest job, and return it."""
    job = Job.objects.latest("id")
    run_job(job.pk)
    job.refresh_from_db()
    return job


def fill_in(report: Path, values: dict[str, str]) -> Path:
    """Write into the report what was paid, by user, and save it as CSV by LibreOffice."""
    book = openpyxl.load_workbook(report)
    rows = list(book.active.iter_rows())
    at = {cell.value: place for place, cell in enumerate(rows[0])}
    for row in rows[1:]:
        row[at["valueToRedeem"]].value = float(values.get(row[at["userId"]].value, "0"))
    book.save(report)
    subprocess.run(
        [OFFICE, f"-env:UserInstallation=file://{report.parent}/office", "--headless", "--convert-to", UTF8_CSV,
         "--outdir", str(report.parent), str(report)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return report.with_suffix(".csv")


def download_report(visit: Visit, folder: Path) -> Path:
    """Create the report of what is available as an Excel file, and download it (step 1)."""
    page = visit.open("/admin/jobs/job/report/")
    page.locator("input[type=radio][value='available-balances']").check(force=True)
    page.locator("input[type=radio][value=xlsx]").check(force=True)
    page.locator("main form[data-once] button.button--primary").click()
    page.wait_for_url("**/jobs/job/*/")
    assert work().status == "done"
    page.reload()
    with page.expect_download() as download:
        page.locator("main a[href*='/files/report/']").first.click()
    download.value.save_as(folder / "report.xlsx")
    return folder / "report.xlsx"


def upload(visit: Visit, path: Path) -> Page:
    """Start the import of a file (step 3) and return its page."""
    page = visit.open("/admin/jobs/job/import/")
    page.locator("input[type=radio][value='update-balances']").check(force=True)
    page.locator("input[type=file]").set_input_files(path)
    page.locator("main form[data-once] button.button--primary").click()
    page.wait_for_url("**/jobs/job/*/")
    return page


@pytest.mark.parametrize("look", [Look(), Look(language="zh-hans", is_wide=False)], ids=str)
def test_paying_people_elsewhere_and_bringing_their_balances_back(open_as, member, tmp_path, look):
    ada = make_reward(participant=make_participant(account_id="00123", user_id="00123"), amount=3000)
    li = make_reward(participant=make_participant(account_id="客户", user_id="+4412"), amount=1055)
    kim = make_reward(unit=make_unit("CASH/JPY"), amount=500)
    visit = open_as(member, look)

    report = download_report(visit, tmp_path)
    paid = fill_in(report, {"00123": "10.55", "+4412": "10.55", kim.participant.user_id: "900"})
    page = upload(visit, paid)
    checked = work()
    assert (checked.status, checked.totals, checked.rows_refused) == ("waiting", {"CASH/USD": 2110}, 1)
    assert not RewardEntry.objects.exists()
    page.reload()
    assert "21.10" in page.inner_text("main")
    assert "900 " in page.inner_text("main")
    page.goto(f"{page.url}?rows=good&row=2#row")
    assert "10.55" in page.locator("#row").inner_text()
    visit.assert_sound("import-preview")
    page.locator("main form[action$='/confirm/'] button").click()
    page.wait_for_url("**/jobs/job/*/")
    done = work()

    assert (done.status, done.rows_done, done.rows_unchanged, done.rows_refused) == ("done", 2, 0, 1)
    for reward, redeemed in ((ada, 1055), (li, 1055), (kim, 0)):
        reward.refresh_from_db()
        assert reward.redeemed == redeemed
    assert li.status == "REDEEMED"
    assert Email.objects.filter(name="import-finished").count() == 1
    page.reload()
    assert "900" in page.inner_text("main")
    visit.assert_sound("import-done")
