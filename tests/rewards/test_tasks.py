from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings

from advocate.celery import app
from advocate.lib.clock import now
from rewards.tasks import expire, release_scheduled
from tests.factories import make_reward

pytestmark = pytest.mark.django_db


def test_the_tasks_release_and_expire_as_of_now():
    hour_ago = now() - timedelta(hours=1)
    due = make_reward(status="PENDING", date_scheduled_for=hour_ago)
    overdue = make_reward(date_expires=hour_ago)

    release_scheduled()
    expire()

    due.refresh_from_db()
    overdue.refresh_from_db()
    assert (due.status, overdue.status) == ("AVAILABLE", "EXPIRED")


@pytest.mark.parametrize("name", ["rewards.release_scheduled", "rewards.expire"])
def test_the_scheduler_names_tasks_that_exist(name):
    app.loader.import_default_modules()

    assert settings.CELERY_BEAT_SCHEDULE[name]["task"] in app.tasks
