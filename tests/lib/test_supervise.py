from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from advocate.lib.supervise import Program, Supervisor

FOREVER = "import time; time.sleep(60)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
)
WITH_CHILD = (
    "import subprocess, sys, time; "
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); "
    "print('child', child.pid, flush=True); time.sleep(60)"
)


class Stage:
    """Runs programs under a supervisor, hears what is said and ends all when a condition holds."""

    def __init__(self):
        self.said: list[tuple[str, str]] = []

    def run(self, *programs, until, grace=5.0, with_signal=signal.SIGTERM):
        supervisor = Supervisor(
            programs=programs,
            environment=os.environ,
            say=lambda name, text: self.said.append((name, text)),
            grace=grace,
        )

        def wait_and_end():
            deadline = time.monotonic() + 20
            while not until(self) and time.monotonic() < deadline:
                time.sleep(0.02)
            os.kill(os.getpid(), with_signal)

        supervisor.run(wait_and_end)
        return [child.process.returncode for child in supervisor._children]

    def heard(self, name):
        return [text for who, text in self.said if who == name]


@pytest.fixture
def stage():
    return Stage()


def program(name, code):
    return Program(name=name, command=(sys.executable, "-c", code))


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return process_status(pid)[0] != "Z"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_ending_signal_stops_every_program(stage, number):
    say_and_wait = "import time; print('here', flush=True); time.sleep(60)"

    codes = stage.run(
        program("one", say_and_wait),
        program("two", say_and_wait),
        until=lambda stage: stage.heard("one") and stage.heard("two"),
        with_signal=number,
    )

    assert codes == [-signal.SIGTERM, -signal.SIGTERM]


def test_lines_are_forwarded_under_the_name_of_who_said_them(stage):
    stage.run(
        program(
            "one", f"import sys; print('out'); print(); print('err', file=sys.stderr); sys.stdout.flush(); {FOREVER}"
        ),
        until=lambda stage: len(stage.heard("one")) == 2,
    )

    assert sorted(stage.heard("one")) == ["err", "out"]


def test_a_program_that_dies_is_started_again_after_a_pause(stage):
    codes = stage.run(
        program("one", "print('born', flush=True); raise SystemExit(3)"),
        until=lambda stage: len(stage.heard("one")) == 2,
    )

    assert codes == [3]
    assert stage.heard("up")[0] == "one ended with code 3; starting it again in 1 s."


def test_pauses_grow_while_a_program_keeps_dying(stage):
    stage.run(program("one", "raise SystemExit(3)"), until=lambda stage: len(stage.heard("up")) == 3)

    assert [text.rsplit(" in ", 1)[1] for text in stage.heard("up")] == ["1 s.", "2 s.", "4 s."]


def test_what_a_killed_program_left_behind_is_ended_with_it(stage):
    def kill_when_born(stage):
        if len(stage.heard("one")) == 1 and not stage.heard("up"):
            os.kill(parent_of(child_pids(stage)[0]), signal.SIGKILL)
        return stage.heard("up")

    stage.run(program("one", WITH_CHILD), until=kill_when_born)

    assert stage.heard("up")[0] == "one was ended by signal SIGKILL; starting it again in 1 s."
    assert not is_running(child_pids(stage)[0])


def test_a_program_that_does_not_stop_is_ended_with_its_children_after_the_grace(stage):
    started = time.monotonic()

    codes = stage.run(program("one", STUBBORN), until=lambda stage: stage.heard("one"), grace=0.5)

    assert codes == [-signal.SIGKILL]
    assert stage.heard("up") == ["one did not stop within 0 s and is ended now."]
    assert time.monotonic() - started < 10


def test_signal_handlers_are_given_back(stage):
    before = signal.getsignal(signal.SIGTERM)
    threads = set(threading.enumerate())

    stage.run(program("one", "print('here', flush=True); " + FOREVER), until=lambda stage: stage.heard("one"))

    assert signal.getsignal(signal.SIGTERM) is before
    assert set(threading.enumerate()) <= threads


def child_pids(stage):
    return [int(text.split()[1]) for text in stage.heard("one")]


def parent_of(pid):
    return int(process_status(pid)[1])


def process_status(pid):
    """Return Linux's fields after the program's name: state, parent, ..."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").split(")")[1].split()
