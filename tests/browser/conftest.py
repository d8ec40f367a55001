from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Browser, expect

from team.models import Role, User
from tests.browser.visits import PATIENCE_MILLISECONDS, Look, Visit, open_visit

PLAIN = Look()


def _look_of(item: pytest.Item) -> Look | None:
    """Return how the test looks at pages, where it is one of several looks."""
    callspec = getattr(item, "callspec", None)
    return callspec.params.get("look") if callspec else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser, and what repeats in another look a test that both engines have in the plain one."""
    here = Path(__file__).parent
    plain = {getattr(item, "function", None) for item in items if _look_of(item) == PLAIN}
    for item in (item for item in items if here in item.path.parents):
        item.add_marker(pytest.mark.browser)
        if getattr(item, "function", None) in plain and _look_of(item) != PLAIN:
            item.add_marker(pytest.mark.either_engine)


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
