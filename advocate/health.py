"""Answer ``/healthz`` (this process lives) and ``/readyz`` (what it needs is there), for balancers and monitors."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Final

import redis
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from redis.backoff import NoBackoff
from redis.retry import Retry

READY_WITHIN_SECONDS: Final = 3.0
REDIS_SECONDS: Final = 2.0

logger = logging.getLogger(__name__)


class NotReady(Exception):
    """Something is missing; the sentence is safe to show to anyone."""


class HealthMiddleware:
    """
    Answer health checks before anything else looks at the request.

    A balancer asks by address and without TLS, so these two paths stand before the checks of host and scheme.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the two paths and pass everything else on."""
        if request.path == "/healthz":
            return _never_cached(HttpResponse("ok\n", content_type="text/plain"))
        if request.path == "/readyz":
            found = findings()
            ready = all(finding == "ok" for finding in found.values())
            return _never_cached(JsonResponse({"ready": ready, "checks": found}, status=200 if ready else 503))
        return self.get_response(request)


def findings() -> dict[str, str]:
    """Return what is wrong with each thing this process needs, or ``ok``; takes three seconds at most."""
    running = {name: _pool.submit(_finding, name, check) for name, check in CHECKS.items()}
    wait(running.values(), timeout=READY_WITHIN_SECONDS)
    return {name: _outcome(future) for name, future in running.items()}


def _outcome(future: Future[str]) -> str:
    if future.done():
        return future.result()
    future.cancel()
    return f"no answer within {READY_WITHIN_SECONDS:.0f} s"


def _finding(name: str, check: Callable[[], None]) -> str:
    try:
        check()
    except NotReady as problem:
        return str(problem)
    except Exception as error:  # noqa: BLE001 - whatever it is, the answer names it and the process lives on
        # The error's text may hold an address with a password: it goes to the log of this machine only.
        logger.warning("readiness.failed check=%s error=%r", name, error)
        return f"cannot be reached ({type(error).__name__})"
    return "ok"


def _check_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


def _check_migrations() -> None:
    try:
        executor = MigrationExecutor(connection)
        waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    finally:
        connection.close()
    if waiting:
        raise NotReady(f"{waiting} migrations are waiting: run manage.py migrate")


def _check_broker() -> None:
    if not settings.REDIS_URL:
        _check_folder(Path(settings.BROKER_DIR))
        return
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=REDIS_SECONDS,
        socket_timeout=REDIS_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        client.ping()
    finally:
        client.close()


def _check_files() -> None:
    if settings.FILES_DIR:
        _check_folder(Path(settings.FILES_DIR))
    else:
        default_storage.exists("readyz")


def _check_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise NotReady(f"the folder cannot be written ({error.strerror})") from error


def _never_cached(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response


CHECKS: Mapping[str, Callable[[], None]] = {
    "database": _check_database,
    "migrations": _check_migrations,
    "broker": _check_broker,
    "files": _check_files,
}
# Threads that hang in a dead connection stay bounded; they are asked again only when one is free.
_pool = ThreadPoolExecutor(max_workers=2 * len(CHECKS), thread_name_prefix="readyz")
