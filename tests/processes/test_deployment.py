"""Two web servers, two workers and a scheduler that share only PostgreSQL, Redis and a place for files."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import signal
import subprocess
from contextlib import ExitStack

import pytest
from django.conf import global_settings
from django.core.management import call_command
from django.utils import timezone

from programs.models import Participant
from rewards.models import RewardEntry
from team.operations import create_admin
from tests.processes.running import database_address, free_port, is_ready, log_in, running, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
EMAIL, PASSWORD = "ada@example.com", "correct-horse-battery"
JOBS = "/admin/jobs/job"


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    """Run a Redis of our own, so that nobody else's messages mix with ours."""
    program = shutil.which("redis-server")
    if not program:
        pytest.skip("redis-server is not installed")
    port = free_port()
    options = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path_factory.mktemp("redis")))
    server = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait(10)


@pytest.fixture
def people(transactional_db, settings):
    """Fill the database with a team member, whose password the processes can check, and participants."""
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    create_admin(email=EMAIL, password=PASSWORD, at=timezone.now())
    call_command("seed_demo", participants=3000, rewards=3000, verbosity=0)


@pytest.fixture
def deployment(redis, people, tmp_path):
    """Start everything, on two pretended machines with one folder for local state each."""
    shared = {
        "DATABASE_URL": database_address(),
        "REDIS_URL": redis,
        "STORAGE_URL": f"file://{tmp_path}/files",
        "SECRET_KEY": "N8s-kV3w_7qLxA2eYtR5uI9oPzC4mBd6GhJfSaQ1WvXnE0TbKyUi",
        "JOB_LEASE_SECONDS": "5",
        "JOB_SWEEP_SECONDS": "1",
        "WEB_WORKERS": "1",
        "WORKER_CONCURRENCY": "1",
    }
    machines = [{**shared, "VAR_DIR": str(tmp_path / name), "PORT": str(free_port())} for name in ("one", "two")]
    with ExitStack() as stack:
        scheduler = stack.enter_context(running("scheduler", environment=machines[0]))
        workers = [stack.enter_context(running("worker", environment=machine)) for machine in machines]
        webs = [stack.enter_context(running("web", environment=machine)) for machine in machines]
        addresses = [f"http://127.0.0.1:{machine['PORT']}" for machine in machines]
        wait_until(lambda: all(map(is_ready, addresses)), "the web servers are not ready")
        for worker in workers:
            worker.wait_for("ready")
        yield Deployment(addresses=addresses, webs=webs, workers=workers)
        everything = (scheduler, *workers, *webs)
        for process in everything:
            process.process.terminate()
        said = "\n".join(process.said for process in everything)
        assert [process.wait() for process in everything] == [0] * 5, said


class Deployment:
    """What runs, and what a member of the team does with it."""

    def __init__(self, *, addresses, webs, workers):
        self.addresses, self.webs, self.workers = addresses, webs, workers
        self.session = log_in(addresses[0], EMAIL, PASSWORD)

    def start(self, web, page, fields, file=None):
        """Send the form on one web server and return the new job's path."""
        address = f"{self.addresses[web]}{JOBS}/{page}/"
        form = self.session.get(address, timeout=20).text
        hidden = {name: value_of(form, name) for name in ("csrfmiddlewaretoken", "form_token")}
        files = {"file": file} if file else None
        answer = self.session.post(
            address, data={**hidden, **fields}, files=files, timeout=60, headers={"Referer": address}
        )
        path = re.search(rf"({JOBS}/[^/]+/)$", answer.url)
        assert path, re.sub(r"\s+", " ", answer.text)[:4000]
        assert path[1] != f"{JOBS}/{page}/", re.sub(r"\s+", " ", answer.text)[-4000:]
        return path[1]

    def decide(self, web, job, decision):
        """Press a button on the job's page."""
        page = self.session.get(f"{self.addresses[web]}{job}", timeout=20).text
        form = {"csrfmiddlewaretoken": value_of(page, "csrfmiddlewaretoken")}
        answer = self.session.post(
            f"{self.addresses[web]}{job}{decision}/", data=form, timeout=20, headers={"Referer": self.addresses[web]}
        )
        assert answer.status_code == 200, answer.text[:2000]

    def report(self, web, slug):
        return self.start(web, "report", {"type": slug, "format": "csv", "name": "Everyone"})

    def wait_for_end(self, web, job):
        """Watch the job's progress on a web server until it stands still."""
        address = f"{self.addresses[web]}{job}live/"
        wait_until(lambda: "data-refresh-stop" in self.session.get(address, timeout=20).text, "the job did not end")

    def download(self, web, job, which="report"):
        answer = self.session.get(f"{self.addresses[web]}{job}files/{which}/", timeout=60)
        assert answer.status_code == 200, answer.text[:2000]
        return answer.content.decode("utf-8-sig").splitlines()


def value_of(page, name):
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert tag, f"no {name} on the page"
    value = re.search(r'value="([^"]*)"', tag[0])
    assert value
    return value[1]


def test_a_report_started_on_one_machine_is_watched_and_downloaded_on_the_other(deployment):
    job = deployment.report(0, "participants")
    deployment.wait_for_end(1, job)

    lines = deployment.download(1, job)

    assert len(lines) == 1 + Participant.objects.count()
    assert lines == deployment.download(0, job)


def test_one_machine_carries_on_when_the_other_one_dies(deployment):
    deployment.workers[0].process.send_signal(signal.SIGSTOP)
    os.kill(deployment.webs[0].process.pid, signal.SIGSTOP)

    jobs = [deployment.report(1, "participants") for _ in range(3)]
    for job in jobs:
        deployment.wait_for_end(1, job)

    lengths = [len(deployment.download(1, job)) for job in jobs]
    for process in (deployment.workers[0].process, deployment.webs[0].process):
        process.send_signal(signal.SIGCONT)
    assert lengths == [1 + Participant.objects.count()] * 3


def test_balances_paid_out_come_back_through_the_other_machine(deployment):
    report = deployment.report(0, "available-balances")
    deployment.wait_for_end(0, report)
    header, *rows = csv.reader(deployment.download(0, report))
    paid = [dict(zip(header, row, strict=True)) for row in rows[:40]]
    for row in paid:
        row["valueToRedeem"] = row["availableValue"]

    job = deployment.start(0, "import", {"type": "update-balances"}, ("paid.csv", csv_of(header, paid)))
    deployment.wait_for_end(1, job)
    assert not RewardEntry.objects.filter(job__isnull=False).exists()
    deployment.decide(1, job, "confirm")
    deployment.wait_for_end(0, job)
    after = deployment.report(1, "available-balances")
    deployment.wait_for_end(1, after)

    results = deployment.download(0, job, "results")
    left = {key_of(row) for row in csv.DictReader(deployment.download(0, after))}
    assert len(results) == 1 + len(paid)
    assert [row for row in paid if key_of(row) in left] == []
    assert len(left) >= len(rows) - len(paid)


def csv_of(header, rows):
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, header)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def key_of(row):
    return row["accountId"], row["userId"], row["unit"]
