from __future__ import annotations

import pytest

from team.audit import Actor
from team.models import Role, User
from tests.factories import make_reward


@pytest.fixture
def admin(db) -> User:
    return User.objects.create_user("admin@example.com", "a long password", role=Role.FULL_ACCESS)


@pytest.fixture
def by(admin) -> Actor:
    """Return the person who does what the tests do."""
    return Actor.of(admin)


@pytest.fixture
def reward_of_30(db):
    """Return an available reward of 30.00 USD."""
    return make_reward(amount=3000)


@pytest.fixture
def desk(client, admin):
    """Return a browser in which a colleague with full access is logged in."""
    client.force_login(admin)
    return client
