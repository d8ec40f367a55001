from __future__ import annotations

import json

import pytest

from team.models import User
from tests.query_counts import MOST, counted_queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def baseline(tmp_path, monkeypatch):
    monkeypatch.delenv("UPDATE_QUERY_COUNTS", raising=False)
    path = tmp_path / "counts.json"
    path.write_text(json.dumps({"page": 1}), encoding="utf-8")
    return path


def make_queries(count):
    for _ in range(count):
        list(User.objects.all())


def test_a_page_with_its_usual_count_passes(baseline):
    with counted_queries("page", baseline=baseline):
        make_queries(1)


@pytest.mark.parametrize(("page", "count"), [("page", 0), ("page", 2), ("unknown", 1)])
def test_any_difference_fails(baseline, page, count):
    with pytest.raises(AssertionError, match="UPDATE_QUERY_COUNTS"), counted_queries(page, baseline=baseline):
        make_queries(count)

    assert json.loads(baseline.read_text(encoding="utf-8")) == {"page": 1}


def test_an_update_writes_the_count(baseline, monkeypatch):
    monkeypatch.setenv("UPDATE_QUERY_COUNTS", "1")

    with counted_queries("other", baseline=baseline):
        make_queries(3)

    assert json.loads(baseline.read_text(encoding="utf-8")) == {"other": 3, "page": 1}


def test_no_update_allows_more_than_the_most(baseline, monkeypatch):
    monkeypatch.setenv("UPDATE_QUERY_COUNTS", "1")

    with pytest.raises(AssertionError, match="13 queries, 12 are allowed"), counted_queries("page", baseline=baseline):
        make_queries(MOST + 1)

    assert json.loads(baseline.read_text(encoding="utf-8")) == {"page": 1}
