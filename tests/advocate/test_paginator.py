from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from advocate.lib import capped
from advocate.lib.admin.paging import CappedPaginator
from advocate.templatetags.ui import list_range
from programs.models import Participant
from team.models import Role, User
from tests.factories import make_participant
from tests.gallery.admin import site

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(monkeypatch):
    monkeypatch.setattr(capped, "COUNT_LIMIT", 100)

    def make(count):
        for _ in range(count):
            make_participant()
        return Participant.objects.order_by("pk")

    return make


def shown(query=""):
    request = RequestFactory().get(f"/admin/programs/participant/{query}")
    request.user = User.objects.create_user("ada@example.com", "right horse staple", role=Role.VIEWER)
    vars(request)["_messages"] = CookieStorage(request)
    answer: Any = site._registry[Participant].changelist_view(request)
    return answer.context_data["cl"], [str(message) for message in get_messages(request)]


@pytest.mark.parametrize(
    ("rows", "count", "is_capped"), [(0, 0, False), (99, 99, False), (100, 100, False), (101, 100, True)]
)
def test_the_count_stops_at_the_limit_and_says_so(people, rows, count, is_capped):
    paginator = CappedPaginator(people(rows), 50)

    assert (paginator.count, paginator.is_capped) == (count, is_capped)


def test_counting_reads_one_row_more_than_the_limit_at_most(people):
    paginator = CappedPaginator(people(3), 50)

    with CaptureQueriesContext(connection) as queries:
        assert paginator.count == 3

    assert len(queries) == 1
    assert "LIMIT 101" in queries[0]["sql"]
    assert "ORDER BY" not in queries[0]["sql"]


def test_a_plain_list_is_counted_as_well():
    assert CappedPaginator([1, 2, 3], 2).num_pages == 2


@pytest.mark.parametrize(
    ("is_capped", "is_cut", "total"), [(False, False, "2,400"), (True, False, "2,400+"), (False, True, "2,400+")]
)
def test_the_rows_of_a_page_are_told_with_separators(is_capped, is_cut, total):
    changelist: Any = SimpleNamespace(
        page_num=21, list_per_page=50, result_count=2400, is_capped=is_capped, is_cut=is_cut
    )

    assert list_range(changelist) == {"first": "1,001", "last": "1,050", "total": total}


def test_a_page_beyond_the_limit_leads_back_with_a_hint(people):
    people(101)

    changelist, messages = shown("?p=3")

    assert changelist.page_num == 2
    assert messages == ["Lists show the first 100 rows. Search or filter to find what lies beyond."]


def test_a_page_beyond_the_last_of_a_short_list_shows_the_last(people):
    people(60)

    changelist, messages = shown("?p=7")

    assert changelist.page_num == 2
    assert len(changelist.result_list) == 10
    assert messages == []


def test_all_rows_cannot_be_shown_at_once(people):
    people(60)

    changelist, _messages = shown("?all=")

    assert len(changelist.result_list) == 50
