from __future__ import annotations

import pytest

from team.models import Role, User


@pytest.fixture
def owner():
    """Return a member with Full access, so that others may be demoted."""
    return User.objects.create_user("owner@example.com", "right horse staple", name="Olga", role=Role.FULL_ACCESS)


@pytest.fixture
def colleague():
    return User.objects.create_user("colleague@example.com", "right horse staple", name="Chen", role=Role.SUPPORT)
