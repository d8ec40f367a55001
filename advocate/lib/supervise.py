"""Keep a handful of programs running as children: forward what they say, restart what dies, stop all of them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import IO, Final

GRACE_SECONDS: Final = 20.0  # from SIGTERM to SIGKILL
TICK_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 30.0
HEALTHY_SECONDS: Final = 60.0  # who ran this long is restarted at once, as if it had never died
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PR_SET_PDEATHSIG: Final = 1

Say = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Program:
    """A command to keep running."""

    name: str
    command: tuple[str, ...]


@dataclass(slots=True)
class _Child:
    program: Program
    process: subprocess.Popen[str]
    reader: threading.Thread
    started: float
    failures: int = 0
    restart_at: float | None = None


@dataclass(slots=True)
class Supervisor:
    """
    Run ``programs`` until a signal asks for the end.

    Each child leads a session of its own, so that Ctrl-C in the terminal reaches only the supervisor and whatever a
    child left behind can be ended with it. Programs stop in the order given.
    """

    programs: tuple[Program, ...]
    environment: Mapping[str, str]
    say: Say
    grace: float = GRACE_SECONDS
    _children: list[_Child] = field(default_factory=list)
    _stopping: bool = False

    def run(self, when_started: Callable[[], None]) -> None:
        """Start all programs, call ``when_started`` in a thread, and return when all were stopped."""
        before = {number: signal.signal(number, self._on_signal) for number in SIGNALS}
        try:
            self._children = [self._start(program) for program in self.programs]
            threading.Thread(target=when_started, daemon=True).start()
            while not self._stopping:
                time.sleep(TICK_SECONDS)
                self._revive()
        finally:
            self._stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    @property
    def stopping(self) -> bool:
        """Tell whether the end has been asked for."""
        return self._stopping

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        # Only a flag: a lock taken here could already be held by the code that the signal interrupted.
        self._stopping = True

    def _start(self, program: Program) -> _Child:
        process = subprocess.Popen(
            program.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            bufsize=1,
            env={**self.environment},
            start_new_session=True,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - one system call
        )
        assert process.stdout is not None
        reader = threading.Thread(target=self._forward, args=(program.name, process.stdout), daemon=True)
        reader.start()
        return _Child(program=program, process=process, reader=reader, started=time.monotonic())

    def _forward(self, name: str, output: IO[str]) -> None:
        for line in output:
            if line.strip():
                self.say(name, line.rstrip())

    def _revive(self) -> None:
        for index, child in enumerate(self._children):
            if self._stopping or child.process.poll() is None:
                continue
            now = time.monotonic()
            if child.restart_at is None:
                self._bury(child, now)
            elif now >= child.restart_at:
                reborn = self._start(child.program)
                reborn.failures = child.failures
                self._children[index] = reborn

    def _bury(self, child: _Child, now: float) -> None:
        _end_group(child.process, signal.SIGKILL)
        child.failures = 1 if now - child.started >= HEALTHY_SECONDS else child.failures + 1
        pause = min(2.0 ** (child.failures - 1), LONGEST_PAUSE_SECONDS)
        child.restart_at = now + pause
        self.say("up", f"{child.program.name} {_ending(child.process.returncode)}; starting it again in {pause:.0f} s.")

    def _stop(self) -> None:
        deadline = time.monotonic() + self.grace
        for child in self._children:
            if child.process.poll() is None:
                _end_group(child.process, signal.SIGTERM, leader_only=True)
        for child in self._children:
            try:
                child.process.wait(timeout=max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.say("up", f"{child.program.name} did not stop within {self.grace:.0f} s and is ended now.")
            _end_group(child.process, signal.SIGKILL)
            child.process.wait()
            child.reader.join(timeout=1)


def _end_group(process: subprocess.Popen[str], number: signal.Signals, *, leader_only: bool = False) -> None:
    """Signal the process, or with it everything it started; that nothing is left there is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if leader_only:
            os.kill(process.pid, number)
        else:
            os.killpg(process.pid, number)


def _end_with_parent() -> None:
    """Ask Linux to stop this process when the supervisor itself is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"was ended by signal {signal.Signals(-code).name}"
    return f"ended with code {code}"
