from __future__ import annotations

import pytest

from tests.api.calling import Api


@pytest.fixture
def api(db) -> Api:
    """Return a client with an API key that may do everything."""
    return Api.with_key("money")
