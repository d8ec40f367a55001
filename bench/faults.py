"""
Import balances while workers are killed, paused and stopped and Redis goes and comes, round after round.

    DATABASE_URL=postgres://… PYTHONPATH=. python bench/faults.py [--minutes 10] [--people 30000] [--seed 1]
    PYTHONPATH=. python bench/faults.py                      (SQLite, and a folder for a broker)

Each round starts an import, does a few faults at random moments, has a worker back and waits for the import to end.
Then the ledger, the counts, the results file and the mails are compared with the file. The database must be made for
this: it is migrated and filled. Ends by itself after the minutes given; exit status 1 if a round failed.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tests.faults.machine import Machine, RedisServer
    from tests.processes.running import Running

RECOVERY_SECONDS: Final = 60
FAULTS_AT_MOST: Final = 4
LONGEST_PAUSE: Final = 2.0


@dataclass(slots=True)
class Round:
    """What was done to an import, how long it took to end once a worker was back, and what was wrong then."""

    number: int
    faults: list[str] = field(default_factory=list)
    seconds: float = 0
    attempts: int = 0
    wrong: list[str] = field(default_factory=list)

    def line(self) -> str:
        """Return the round as a line of the table."""
        verdict = "; ".join(self.wrong)[:300] or "exactly once"
        return f"{self.number:>5}  {self.seconds:>9.1f}  {self.attempts:>8}  {verdict:<14}  {', '.join(self.faults)}"


class Trial:
    """A deployment that rounds are run on, one after another."""

    def __init__(self, machine: Machine, broker: RedisServer | None, rng: random.Random, people: int) -> None:
        from team.models import User

        self.machine, self.broker, self.rng, self.people = machine, broker, rng, people
        self.user = User.objects.filter(email="ann@example.com").first() or User.objects.create_user(
            "ann@example.com", role="full_access"
        )
        machine.start("scheduler")
        self.worker = machine.worker()
        self.paused: list[Running] = []

    def run(self, number: int) -> Round:
        """Run one import through its faults and judge it."""
        from tests.faults.payout import add_balances, differences, start_payout

        found = Round(number)
        owners = add_balances(self.people, f"r{os.getpid()}-{number}")
        job = start_payout(owners, user=self.user)
        for _ in range(self.rng.randint(1, FAULTS_AT_MOST)):
            time.sleep(self.rng.random() * LONGEST_PAUSE)
            job.refresh_from_db()
            if job.is_over:
                break
            fault = self.rng.choice(self._faults())
            found.faults.append(f"{fault.__name__} while {job.phase if job.status == 'running' else job.status}")
            fault()
        begun = time.monotonic()
        self._wait_for_end(job)
        found.seconds = time.monotonic() - begun
        for one in self.paused:
            self._signal(one, signal.SIGCONT)
        time.sleep(1 if self.paused else 0)
        self._end_paused()
        found.attempts = job.events.filter(code__in=["started", "resumed"]).count()
        found.wrong = differences(job, owners)
        if found.seconds > RECOVERY_SECONDS:
            found.wrong.append(f"took more than {RECOVERY_SECONDS} s")
        return found

    def kill(self) -> None:
        """Kill the worker and start another one."""
        self._signal(self.worker, signal.SIGKILL)
        self.worker.wait()
        self.worker = self.machine.worker()

    def stop(self) -> None:
        """Ask the worker to stop and start another one."""
        self.worker.end(signal.SIGTERM)
        self.worker = self.machine.worker()

    def pause(self) -> None:
        """Freeze the worker until the round is over, and start another one."""
        self._signal(self.worker, signal.SIGSTOP)
        self.paused.append(self.worker)
        self.worker = self.machine.worker()

    def flush(self) -> None:
        """Throw away the messages."""
        assert self.broker
        self.broker.flush()

    def restart_redis(self) -> None:
        """Have Redis go for a while."""
        assert self.broker
        self.broker.stop()
        time.sleep(self.rng.random() * LONGEST_PAUSE)
        self.broker.start()

    def _faults(self) -> list[Any]:
        # A frozen process keeps SQLite's only write lock, so that nobody could take over.
        return [self.kill, self.kill, self.stop, *((self.pause, self.flush, self.restart_redis) if self.broker else ())]

    def _wait_for_end(self, job: Any) -> None:
        deadline = time.monotonic() + 3 * RECOVERY_SECONDS
        while not job.is_over and time.monotonic() < deadline:
            time.sleep(0.2)
            job.refresh_from_db()

    def _end_paused(self) -> None:
        for one in self.paused:
            self._signal(one, signal.SIGKILL)
            one.wait()
        self.paused.clear()

    def _signal(self, process: Running, number: signal.Signals) -> None:
        from tests.faults.machine import kill

        kill(process, number)


def main() -> int:
    """Run rounds until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--people", type=int, default=30_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(1))  # so that nothing is left running
    with TemporaryDirectory() as folder, ExitStack() as stack:
        _prepare(Path(folder))
        from django.db import connection

        from tests.faults.machine import machine, redis_server

        broker = stack.enter_context(redis_server()) if connection.vendor == "postgresql" else None
        settings = {"DATABASE_IDLE_TIMEOUT": "10"}
        here = stack.enter_context(machine(Path(folder), broker=broker.url if broker else "", settings=settings))
        print(f"{connection.vendor}, {options.people} rows a round, seed {options.seed}, {options.minutes} minutes")
        print("round  recovered  attempts  verdict         faults", flush=True)
        return _rounds(Trial(here, broker, random.Random(options.seed), options.people), options.minutes)


def _prepare(folder: Path) -> None:
    """Have this process use the database and the files of the deployment, and no broker that others use."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "advocate.settings")
    os.environ.update({"VAR_DIR": str(folder), "STORAGE_URL": f"file://{folder}/files", "REDIS_URL": ""})
    os.environ["LOG_LEVEL"] = "ERROR"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def _rounds(trial: Trial, minutes: float) -> int:
    until = time.monotonic() + 60 * minutes
    rounds: list[Round] = []
    while not rounds or time.monotonic() < until:
        rounds.append(trial.run(len(rounds) + 1))
        print(rounds[-1].line(), flush=True)
    failed = [one for one in rounds if one.wrong]
    slowest = max(one.seconds for one in rounds)
    faults = sum(len(one.faults) for one in rounds)
    print(f"{len(rounds)} rounds, {faults} faults, slowest recovery {slowest:.1f} s, {len(failed)} rounds failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
