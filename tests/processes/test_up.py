from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
from contextlib import closing
from pathlib import Path

import pytest
import requests

from tests.processes.running import free_port, log_in, processes_with, running, wait_until

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]
READY = r"Advocate runs on (http://\S+)/"
PROCESSES = {"web": "granian", "worker": " worker ", "scheduler": " beat "}


def fresh_machine(folder):
    """Return the environment of a machine with an empty home and no settings but a port."""
    (folder / "home").mkdir()
    return {"HOME": str(folder / "home"), "VAR_DIR": str(folder / "var"), "PORT": str(free_port())}


def up(machine):
    return running("up", "--no-demo", environment=machine)


@pytest.fixture(scope="module")
def first_start(tmp_path_factory):
    """Start on a fresh machine, log in as printed, press Ctrl-C, and return what is left for later starts."""
    machine = fresh_machine(tmp_path_factory.mktemp("machine"))
    with up(machine) as process:
        address = process.wait_for(READY)[1]
        email, password = process.wait_for(r"E-mail +(\S+)")[1], process.wait_for(r"Password +(\S+)")[1]
        log_in(address, email, password)
        code = process.end(signal.SIGINT)
    return machine, email, password, code, process.said


@pytest.fixture
def machine(first_start, tmp_path):
    """Return a machine that was started once before."""
    machine = fresh_machine(tmp_path)
    shutil.copytree(first_start[0]["VAR_DIR"], machine["VAR_DIR"])
    return machine


def living(machine):
    return processes_with("VAR_DIR", machine["VAR_DIR"])


def process_of(machine, word):
    """Return the id of the oldest living process with the word on its command line, or None."""
    return min((pid for pid, command in living(machine).items() if word in command), default=None)


def kill(machine, word):
    """End the process with the word on its command line, as soon as it is there."""
    wait_until(lambda: process_of(machine, word), f"nothing runs with {word!r}")
    os.kill(process_of(machine, word), signal.SIGKILL)


def is_alive(address):
    try:
        return requests.get(f"{address}/healthz", timeout=5).status_code == 200
    except (requests.ConnectionError, requests.Timeout):
        return False


def test_the_first_start_serves_the_printed_login_and_leaves_nothing_outside_its_folder(first_start):
    machine, _email, _password, code, said = first_start

    assert code == 0
    assert "Traceback" not in said
    assert living(machine) == {}
    assert list(Path(machine["HOME"]).iterdir()) == []


def test_the_second_start_keeps_the_data_and_prints_no_password(first_start, machine):
    with up(machine) as process:
        address = process.wait_for(READY)[1]
        log_in(address, first_start[1], first_start[2])
        code = process.end(signal.SIGTERM)

    assert code == 0
    assert "Password" not in process.said


def test_style_sheets_are_cached_for_ever_under_names_of_their_content(machine):
    with up(machine) as process:
        address = process.wait_for(READY)[1]
        page = requests.get(f"{address}/admin/login/", timeout=20).text
        sheet = page.split('rel="stylesheet" href="')[1].split('"')[0]

        answer = requests.get(f"{address}{sheet}", timeout=20)

    assert answer.status_code == 200
    assert "immutable" in answer.headers["Cache-Control"]


def test_a_killed_process_is_started_again(machine):
    with up(machine) as process:
        address = process.wait_for(READY)[1]
        for name, word in PROCESSES.items():
            kill(machine, word)
            process.wait_for(rf"{name} was ended by signal SIGKILL; starting it again in 1 s\.")
        wait_until(lambda: all(process_of(machine, word) for word in PROCESSES.values()), "one is not back")
        wait_until(lambda: is_alive(address), "the web server did not come back")
        code = process.end(signal.SIGINT)

    assert code == 0
    assert living(machine) == {}


def test_killing_the_supervisor_itself_leaves_nothing_running(machine):
    with up(machine) as process:
        process.wait_for(READY)

        process.end(signal.SIGKILL)

    wait_until(lambda: living(machine) == {}, "processes are left")


def test_a_taken_port_is_said_in_a_sentence_and_nothing_is_made(tmp_path):
    machine = fresh_machine(tmp_path)

    with closing(socket.create_server(("127.0.0.1", int(machine["PORT"])))), up(machine) as process:
        code = process.wait()

    assert code == 1
    assert process.said == (
        f"CommandError: Port {machine['PORT']} on 127.0.0.1 cannot be used (Address already in use). "
        f"Choose another one, for example: make run PORT={int(machine['PORT']) + 1}"
    )
    assert not (tmp_path / "var" / "advocate.sqlite3").exists()


def test_a_second_supervisor_on_the_same_data_is_refused(machine):
    with up(machine) as first:
        first.wait_for(READY)

        with up({**machine, "PORT": str(free_port())}) as second:
            code = second.wait()

    assert code == 1
    assert second.said == (
        f"CommandError: Advocate already runs on the data in {machine['VAR_DIR']} (process {first.process.pid}). "
        "Stop that one first."
    )
