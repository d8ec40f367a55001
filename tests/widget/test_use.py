from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from advocate.lib import clock
from team.models import Role
from tests.conftest import NOON
from tests.factories import make_program
from tests.query_counts import counted_queries
from widget.counted_use import use_of
from widget.counts import Counted, DailyCount
from widget.operations.counting import count

pytestmark = pytest.mark.django_db
TODAY = NOON.date()


def counted(program, kind, medium, number, day=TODAY):
    DailyCount.objects.create(program=program, kind=kind, medium=medium, count=number, day=day)


def lines(found):
    return [(str(line.name), line.count) for line in found]


def test_what_was_counted_in_thirty_days_is_added_up_by_medium(program):
    yesterday = TODAY - timedelta(days=1)
    counted(program, Counted.LOADED, "EMBED", 1200)
    counted(program, Counted.LOADED, "EMBED", 300, yesterday)
    counted(program, Counted.LOADED, "HOSTED", 40)
    counted(program, Counted.LOADED, "UNKNOWN", 2)
    counted(program, Counted.LOADED, "DEMO", 1)
    counted(program, Counted.SHARED, "DIRECT", 25)
    counted(program, Counted.SHARED, "EMAIL", 7)
    counted(program, Counted.SHARED, "WHATSAPP", 9, yesterday)
    counted(program, Counted.SHARED, "REMINDER", 1)

    use = use_of(program, at=NOON)

    assert (use.shown, use.copied, use.shared) == (1543, 25, 17)
    assert lines(use.places) == [("In the page", 1500), ("Microsite", 40), ("Other", 3)]
    assert lines(use.ways) == [("Copied", 25), ("WhatsApp", 9), ("E-mail", 7), ("Other", 1)]


def test_only_the_last_thirty_days_and_this_program_count(program):
    counted(program, Counted.LOADED, "EMBED", 5, TODAY - timedelta(days=29))
    counted(program, Counted.LOADED, "EMBED", 7, TODAY - timedelta(days=30))
    counted(program, Counted.LOADED, "EMBED", 11, TODAY + timedelta(days=1))
    counted(make_program(), Counted.LOADED, "EMBED", 13)

    use = use_of(program, at=NOON)

    assert use.shown == 5
    assert use.shown_chart.is_daily
    assert len(use.shown_chart.rows) == 30
    assert [row.value for row in use.shown_chart.rows] == [0] * 29 + [5]
    assert (use.shown_chart.first.date(), use.shown_chart.last.date()) == (date(2026, 2, 13), TODAY)
    assert use.shown_chart.top == 5
    assert use.given_chart.top == 1


def test_the_days_are_those_on_which_it_is_counted_wherever_the_clock_stands(program):
    late = datetime(2026, 3, 14, 23, 59, tzinfo=UTC)
    count(program_key=program.key, kind=Counted.LOADED, medium="EMBED", at=late)

    assert use_of(program, at=late).shown_chart.rows[0].value == 1
    assert use_of(program, at=late + timedelta(minutes=2)).shown_chart.rows[0].value == 0


def test_a_program_without_counts_has_none(program):
    use = use_of(program, at=NOON)

    assert use.is_any is False
    assert (lines(use.places), lines(use.ways)) == ([], [])


@pytest.mark.parametrize("role", list(Role))
def test_everybody_on_the_team_sees_the_use_on_the_page(log_in, widget, role):
    today = clock.now().date()
    counted(widget.program, Counted.LOADED, "POPUP", 1234, today)
    counted(widget.program, Counted.SHARED, "DIRECT", 56, today)

    page = log_in(role).get(f"{reverse('admin:widget_display_change', args=[widget.pk])}?tab=use").content.decode()

    assert "Shown 1,234 times in 30 days." in page
    assert "Copied or shared 56 times in 30 days." in page
    assert "<td>Pop-up</td>" in page
    assert "All widgets and microsites of “Spring” together" in page


def test_before_anything_was_counted_the_page_says_so(manager, microsite):
    page = manager.get(f"{reverse('admin:widget_display_change', args=[microsite.pk])}?tab=use").content.decode()

    assert "Nothing was counted yet" in page


def test_the_page_makes_as_many_queries_for_many_counts_as_for_few(manager, widget):
    address = f"{reverse('admin:widget_display_change', args=[widget.pk])}?tab=use"
    manager.get(address)
    with counted_queries("widget.display use"):
        manager.get(address)
    for back in range(30):
        day = clock.now().date() - timedelta(days=back)
        counted(widget.program, Counted.LOADED, "EMBED", 100, day)
        counted(widget.program, Counted.SHARED, "EMAIL", 10, day)
    with counted_queries("widget.display use"):
        manager.get(address)
