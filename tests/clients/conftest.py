from __future__ import annotations

import os

import pytest

from tests.clients.packages import NotInstalled, installed
from tests.faults.machine import machine
from tests.processes.running import is_ready, wait_until


def _folder(lock):
    try:
        return installed(lock)
    except NotInstalled as error:
        if os.environ.get("CI"):  # a client that is never run proves nothing
            raise
        pytest.skip(f"A client could not be fetched: {error}")


@pytest.fixture(scope="session")
def latest():
    """Return the folder of the newest release with its packages."""
    return _folder("requirements.txt")


@pytest.fixture(scope="session")
def last_running():
    """Return the folder of the last release that runs, alone."""
    return _folder("last-running.txt")


@pytest.fixture
def server(transactional_db, settings, tmp_path):
    """Run a web server and a worker on the tests' database, and return the server's address."""
    with machine(tmp_path / "machine", settings={"SECRET_KEY": settings.SECRET_KEY}) as made:
        made.start("web")
        made.worker()
        wait_until(lambda: is_ready(made.address), "the web server is not ready")
        yield made.address
