"""A web server that dies while a file comes in leaves no half import behind."""

from __future__ import annotations

import re
import socket
import time
from contextlib import closing
from urllib.parse import urlsplit

import pytest
from django.conf import global_settings
from django.utils import timezone

from jobs.models import Job
from team.operations import create_admin
from tests.faults.machine import kill
from tests.faults.payout import HEADER, add_balances, payout_file
from tests.processes.running import is_ready, log_in, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]
EMAIL, PASSWORD = "ada@example.com", "correct-horse-battery"
PAGE = "/admin/jobs/job/import/"


@pytest.fixture
def ada(transactional_db, settings):
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    create_admin(email=EMAIL, password=PASSWORD, at=timezone.now())


def started_web(here):
    web = here.start("web")
    wait_until(lambda: is_ready(here.address), "the web server is not ready")
    return web


def form_of(session, address):
    page = session.get(f"{address}{PAGE}", timeout=20).text
    tags = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page)
    found = (re.search(r'name="([^"]+)"[^>]*?value="([^"]*)"', tag) for tag in tags)
    return {**{match[1]: match[2] for match in found if match}, "type": "update-balances"}


def stored(here):
    return [path for path in (here.folder / "files").rglob("*") if path.is_file()]


def send_half(session, address, fields, content):
    """Send the beginning of a form with a file and return the connection, on which the rest never comes."""
    boundary = "half-a-form"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    parts += [f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="paid.csv"\r\n\r\n']
    cookies = "; ".join(f"{one.name}={one.value}" for one in session.cookies)
    body = "".join(parts).encode() + content
    head = (
        f"POST {PAGE} HTTP/1.1\r\nHost: {urlsplit(address).netloc}\r\nCookie: {cookies}\r\nReferer: {address}{PAGE}\r\n"
        f"Content-Type: multipart/form-data; boundary={boundary}\r\nContent-Length: {2 * len(body)}\r\n\r\n"
    )
    connection = socket.create_connection(("127.0.0.1", urlsplit(address).port), timeout=10)
    connection.sendall(head.encode() + body)
    return connection


def test_a_web_server_killed_while_a_file_comes_in_leaves_nothing_and_the_next_try_is_one_import(here, ada):
    content = payout_file(add_balances(100, "upload")) + b"#" * 4_000_000
    web = started_web(here)
    session = log_in(here.address, EMAIL, PASSWORD)
    fields = form_of(session, here.address)
    with closing(send_half(session, here.address, fields, content)):
        time.sleep(0.5)
        kill(web)
        web.wait()
    assert (Job.objects.count(), stored(here)) == (0, [])

    started_web(here)
    answers = [
        session.post(
            f"{here.address}{PAGE}",
            data=fields,
            files={"file": ("paid.csv", content)},
            headers={"Referer": f"{here.address}{PAGE}"},
            timeout=60,
        )
        for _ in range(2)
    ]

    job = Job.objects.get()
    assert {answer.url for answer in answers} == {f"{here.address}/admin/jobs/job/{job.public_id}/"}
    assert len(stored(here)) == 1
    assert job.source_bytes == len(content) > len(HEADER)
