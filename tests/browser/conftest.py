from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Browser, expect

from team.models import Role, User
from tests.browser.visits import PATIENCE_MILLISECONDS, Look, Visit, open_visit

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def chromium() -> str:
    """Return the path of a Chromium: the one that CHROMIUM names, else one on the PATH, else nothing."""
    named = os.environ.get("CHROMIUM", "")
    found = (shutil.which(name) for name in (named, *NAMES) if name)
    return next((path for path in found if path), "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser, and skip it with a clear sentence where there is none."""
    here = Path(__file__).parent
    missing = pytest.mark.skip(reason="no Chromium found: install chromium, or name it with CHROMIUM=/path")
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if not chromium():
                item.add_marker(missing)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    sandbox = [] if os.geteuid() else ["--no-sandbox"]  # Chromium refuses its sandbox to root
    return {**browser_type_launch_args, "executable_path": chromium(), "args": sandbox}


@pytest.fixture(scope="session", autouse=True)
def _browser_beside_the_database() -> Iterator[None]:
    """Let tests use the database although Playwright runs an event loop in their thread."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def member(transactional_db: None) -> User:
    """Return somebody who may do everything."""
    return User.objects.create_user("ada@example.com", "right horse staple", name="Ada Lovelace", role=Role.FULL_ACCESS)


expect.set_options(timeout=PATIENCE_MILLISECONDS)
Open = Callable[..., Visit]


@pytest.fixture
def open_as(browser: Browser, live_server) -> Iterator[Open]:
    """Return what opens a browser for a user, or for a stranger, with a look."""
    visits: list[Visit] = []

    def open_for(user: User | None, look: Look | None = None) -> Visit:
        key = ""
        if user is not None:
            client = Client()
            client.force_login(user)
            key = str(client.session.session_key)
        visits.append(open_visit(browser, live_server.url, look or Look(), key))
        return visits[-1]

    yield open_for
    for visit in visits:
        visit.context.close()
