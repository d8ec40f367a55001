from __future__ import annotations

from random import Random

import pytest
from django.conf import settings

from advocate.celery import app
from programs.models import ShareLink
from programs.operations import make_missing_share_links
from programs.operations.share_links import ALPHABET
from programs.tasks import make_missing_share_links as nightly
from tests.factories import make_referral_code, make_share_link

pytestmark = pytest.mark.django_db


def test_advocates_without_a_link_get_one(at):
    codes = [make_referral_code() for _ in range(3)]

    assert make_missing_share_links(at=at, rng=Random(1)) == 3

    links = list(ShareLink.objects.order_by("code"))
    assert [link.code for link in links] == codes
    assert {(link.created_at, link.clicks, link.retired_at) for link in links} == {(at, 0, None)}
    assert all(len(link.slug) == 10 and set(link.slug) <= set(ALPHABET) for link in links)


def test_who_has_a_link_keeps_it_and_other_codes_get_none(at):
    link = make_share_link()
    make_referral_code(participant=link.code.participant, program=link.code.program, is_primary=False)

    assert make_missing_share_links(at=at) == 0

    assert ShareLink.objects.get() == link


def test_who_has_only_a_retired_link_gets_a_new_one(at):
    retired = make_share_link(retired_at=at)

    assert make_missing_share_links(at=at) == 1
    assert make_missing_share_links(at=at) == 0

    assert ShareLink.objects.filter(code=retired.code, retired_at__isnull=True).count() == 1


def test_many_are_made_in_chunks(at, monkeypatch):
    monkeypatch.setattr("programs.operations.share_links.MADE_AT_ONCE", 2)
    monkeypatch.setattr("programs.operations.share_links.LOOKED_AT_ONCE", 3)
    for _ in range(8):
        make_referral_code()

    assert make_missing_share_links(at=at) == 8

    assert ShareLink.objects.count() == 8


def test_the_scheduler_asks_each_night(caplog):
    make_referral_code()
    app.loader.import_default_modules()

    nightly()

    assert settings.CELERY_BEAT_SCHEDULE["programs.make_missing_share_links"]["task"] in app.tasks
    assert ShareLink.objects.count() == 1
