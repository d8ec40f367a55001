from __future__ import annotations

import pytest

from promocodes.models import CodePool
from promocodes.operations.errors import PoolIsOff
from promocodes.operations.pools import set_on_widgets
from team.models import AuditEntry
from tests.conftest import NOON
from tests.factories import make_pool, make_program
from widget.models import Display, DisplayVersion
from widget.operations import add_component, check_box, publish, remove_component
from widget.queries import draft_of, published_version, published_versions

pytestmark = pytest.mark.django_db
FIRST = ["hero", "share_link", "statistics", "rewards", "referrals"]
WITH_CODES = ["hero", "promo_codes", *FIRST[1:]]


def types(version):
    return [part.type for part in version.parts]


def tick(pool, by, *, shown=True):
    return set_on_widgets(pool=pool, shown=shown, by=by, at=NOON)


@pytest.fixture
def pool(program):
    return make_pool(program=program)


def test_the_check_box_puts_the_codes_on_what_is_seen_and_on_drafts(pool, widget, microsite, by):
    add_component(display=widget, component_type="text", seen=1, by=by, at=NOON)

    assert tick(pool, by)

    assert types(published_version(widget)) == WITH_CODES
    assert published_version(widget).number == 2
    assert types(draft_of(widget)) == [*WITH_CODES, "text"]
    assert types(draft_of(microsite)) == WITH_CODES
    assert published_version(microsite) is None
    assert AuditEntry.objects.get(action="display.component_put_on_all").changes == {
        "component": [None, "promo_codes"],
        "count": [None, 2],
    }


def test_who_edits_a_draft_meanwhile_is_told(pool, widget, by):
    seen = draft_of(widget).revision

    tick(pool, by)

    assert draft_of(widget).revision == seen + 1


def test_unticking_takes_them_off_again(pool, widget, microsite, by):
    tick(pool, by)

    assert tick(pool, by, shown=False)

    assert types(published_version(widget)) == FIRST
    assert types(draft_of(widget)) == FIRST
    assert types(draft_of(microsite)) == FIRST
    assert [one.number for one in published_versions(widget)] == [3, 2, 1]


def test_a_component_that_was_added_by_hand_is_not_added_twice(pool, widget, by):
    add_component(display=widget, component_type="promo_codes", seen=1, by=by, at=NOON)
    publish(display=widget, seen=2, by=by, at=NOON)
    CodePool.objects.filter(pk=pool.pk).update(on_widgets=False)

    tick(pool, by)

    assert types(published_version(widget)) == [*FIRST, "promo_codes"]
    assert published_version(widget).number == 2


def test_other_programs_keep_theirs(pool, by):
    other = make_program()

    tick(pool, by)

    assert not Display.objects.filter(program=other).exists()


def test_a_program_without_widgets_gets_them_with_the_codes(by):
    pool = make_pool()

    tick(pool, by)

    widget = Display.objects.get(program=pool.program, kind="widget")
    assert types(published_version(widget)) == WITH_CODES


def test_what_fails_on_the_widgets_leaves_the_box_as_it_was(pool, widget, by, monkeypatch):
    def fail(*_args, **_named):
        raise PoolIsOff(program="Spring")

    monkeypatch.setattr(check_box, "add_version", fail)
    with pytest.raises(PoolIsOff):
        tick(pool, by)

    assert not CodePool.objects.get(pk=pool.pk).on_widgets
    assert types(draft_of(widget)) == FIRST
    assert DisplayVersion.objects.filter(display=widget).count() == 2


def test_the_box_follows_what_is_published_by_hand(pool, widget, by):
    tick(pool, by)
    codes = next(part for part in draft_of(widget).parts if part.type == "promo_codes")
    remove_component(display=widget, component_id=codes.id, seen=draft_of(widget).revision, by=by, at=NOON)
    assert CodePool.objects.get(pk=pool.pk).on_widgets

    publish(display=widget, seen=draft_of(widget).revision, by=by, at=NOON)
    assert not CodePool.objects.get(pk=pool.pk).on_widgets

    add_component(display=widget, component_type="promo_codes", seen=draft_of(widget).revision, by=by, at=NOON)
    publish(display=widget, seen=draft_of(widget).revision, by=by, at=NOON)
    assert CodePool.objects.get(pk=pool.pk).on_widgets
