from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _working_worker(working_worker, no_broker):
    """Let jobs run here and now, without a broker."""
