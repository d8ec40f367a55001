"""The command lines of the web server, the worker and the scheduler: one place for their flags."""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Mapping
from io import TextIOWrapper

from django.conf import settings

from advocate.lib.supervise import Program


def web() -> Program:
    """Return granian serving the site on HOST and PORT."""
    return _python(
        "web",
        *("granian", "advocate.wsgi:application", "--interface", "wsgi", "--http", "1", "--no-ws"),
        *("--host", settings.HOST, "--port", str(settings.PORT)),
        *("--workers", str(settings.WEB_WORKERS), "--blocking-threads", str(settings.WEB_THREADS)),
        *("--backpressure", str(settings.WEB_THREADS * 32), "--backlog", "1024"),
        *("--workers-kill-timeout", "15", "--log-level", "warning"),
    )


def worker() -> Program:
    """
    Return the Celery worker.

    Between machines it forks, which lets a crash take only one task. On the local broker a killed fork would leave
    a lock taken for good, so that one uses threads.
    """
    pool = "prefork" if settings.REDIS_URL else "threads"
    return _python(
        "worker",
        *("celery", "-A", "advocate", "--quiet", "worker", "--pool", pool, "--loglevel", settings.LOG_LEVEL),
        *("--concurrency", str(settings.WORKER_CONCURRENCY), "--without-gossip", "--without-mingle"),
    )


def scheduler() -> Program:
    """Return Celery beat; it only wakes, so a second one does no harm beyond noise."""
    return _python(
        "scheduler", "celery", "-A", "advocate", "--quiet", "beat", "--pidfile=", "--loglevel", settings.LOG_LEVEL
    )


def environment() -> Mapping[str, str]:
    """Return the environment for a child: ours, with output that is not held back."""
    return {**os.environ, "PYTHONUNBUFFERED": "1"}


def replace_with(program: Program) -> None:
    """Become the program, so that whoever supervises this process supervises it."""
    os.execve(program.command[0], program.command, environment())  # noqa: S606 - no shell is wanted


def run_here(program: Program) -> None:
    """
    Run the program's module in this process and end with its exit code.

    The project is loaded already: starting takes half the time that it takes a new Python.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    _python_path, _as_module, module, *arguments = program.command
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _python(name: str, module: str, *arguments: str) -> Program:
    return Program(name=name, command=(sys.executable, "-m", module, *arguments))
