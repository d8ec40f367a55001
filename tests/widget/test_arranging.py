from __future__ import annotations

import pytest

from team.models import AuditEntry
from tests.conftest import NOON
from widget.models import DisplayVersion
from widget.operations import (
    ComponentGone,
    DraftChangedMeanwhile,
    DraftIsEmpty,
    InvalidComponent,
    NothingPublished,
    NothingToPublish,
    TooManyComponents,
    UnknownComponentType,
    VersionGone,
    add_component,
    discard_draft,
    edit_component,
    move_component,
    publish,
    remove_component,
    restore_version,
)
from widget.queries import draft_of, published_version, published_versions

pytestmark = pytest.mark.django_db
FIRST = ["hero", "share_link", "statistics", "rewards", "referrals"]


def types(version):
    return [part.type for part in version.parts]


@pytest.fixture
def seen(widget):
    """Return the draft's revision as it is when asked for."""
    return lambda: draft_of(widget).revision


@pytest.fixture
def hero(widget):
    return draft_of(widget).parts[0]


def test_a_component_is_added_at_the_end_or_at_a_place(widget, seen, by):
    add_component(display=widget, component_type="text", seen=seen(), by=by, at=NOON)
    add_component(display=widget, component_type="promo_codes", seen=seen(), by=by, at=NOON, place=1)

    assert types(draft_of(widget)) == ["hero", "promo_codes", *FIRST[1:], "text"]
    assert types(published_version(widget)) == FIRST
    assert [part.id for part in draft_of(widget).parts] == list(
        dict.fromkeys(part.id for part in draft_of(widget).parts)
    )
    entry = AuditEntry.objects.get(action="display.component_added", changes={"component": [None, "text"]})
    assert (entry.actor, entry.object_label) == ("ana@example.com", "Referral widget")


@pytest.mark.parametrize(
    ("place", "order"),
    [
        (1, ["share_link", "hero", "statistics", "rewards", "referrals"]),
        (4, ["share_link", "statistics", "rewards", "referrals", "hero"]),
        (99, ["share_link", "statistics", "rewards", "referrals", "hero"]),
    ],
)
def test_a_component_is_moved_to_a_place(widget, hero, seen, by, place, order):
    assert move_component(display=widget, component_id=hero.id, place=place, seen=seen(), by=by, at=NOON)

    assert types(draft_of(widget)) == order


def test_moving_to_where_it_is_writes_nothing(widget, hero, by):
    before = DisplayVersion.objects.filter(display=widget, is_draft=True).values().get()

    assert not move_component(display=widget, component_id=hero.id, place=-3, seen=1, by=by, at=NOON)

    assert DisplayVersion.objects.filter(display=widget, is_draft=True).values().get() == before
    assert not AuditEntry.objects.filter(action__startswith="display.").exists()


def test_a_component_is_removed(widget, hero, seen, by):
    remove_component(display=widget, component_id=hero.id, seen=seen(), by=by, at=NOON)

    assert types(draft_of(widget)) == FIRST[1:]


def test_texts_are_kept_in_both_languages_where_they_say_something_else(widget, hero, seen, by):
    texts = {
        "en": {"title": "  Bring a friend, {firstName}  ", "title_unnamed": "Share with your friends"},
        "zh": {"title": "带朋友来"},
    }

    assert edit_component(
        display=widget,
        component_id=hero.id,
        texts=texts,
        settings={"image": "https://shop.example/a.png", "unknown": "x"},
        seen=seen(),
        by=by,
        at=NOON,
    )

    edited = draft_of(widget).parts[0]
    assert edited.texts == {"en": {"title": "Bring a friend, {firstName}"}, "zh": {"title": "带朋友来"}}
    assert edited.settings == {"image": "https://shop.example/a.png"}
    changes = AuditEntry.objects.get(action="display.component_changed").changes
    assert changes == {
        "component": [None, "hero"],
        "title (en)": [None, "Bring a friend, {firstName}"],
        "title (zh)": [None, "带朋友来"],
        "image": [None, "https://shop.example/a.png"],
    }


def test_saving_a_component_unchanged_writes_nothing(widget, hero, by):
    assert not edit_component(display=widget, component_id=hero.id, texts={}, settings={}, seen=1, by=by, at=NOON)

    assert draft_of(widget).revision == 1
    assert not AuditEntry.objects.filter(action__startswith="display.").exists()


@pytest.mark.parametrize(
    ("texts", "chosen", "field"),
    [
        ({"en": {"title": "x" * 301}}, {}, "title_en"),
        ({"zh": {"body": "字" * 5001}}, {}, "body_zh"),
        ({"en": {"title": "a\x00b"}}, {}, "title_en"),
        ({}, {"image": "http://shop.example/a.png"}, "image"),
        ({}, {"image": "javascript:alert(1)"}, "image"),
        ({}, {"image": f"https://shop.example/{'a' * 2000}"}, "image"),
    ],
)
def test_what_a_component_cannot_have_is_refused_beside_its_field(widget, hero, by, texts, chosen, field):
    with pytest.raises(InvalidComponent) as refusal:
        edit_component(display=widget, component_id=hero.id, texts=texts, settings=chosen, seen=1, by=by, at=NOON)

    assert refusal.value.params["field"] == field
    assert draft_of(widget).revision == 1


def test_a_change_of_a_draft_that_somebody_else_changed_is_refused(widget, hero, by):
    add_component(display=widget, component_type="text", seen=1, by=by, at=NOON)
    known = {"display": widget, "seen": 1, "by": by, "at": NOON}
    changes = [
        lambda: add_component(component_type="text", **known),
        lambda: move_component(component_id=hero.id, place=2, **known),
        lambda: remove_component(component_id=hero.id, **known),
        lambda: edit_component(component_id=hero.id, texts={"en": {"title": "Mine"}}, settings={}, **known),
        lambda: publish(**known),
        lambda: discard_draft(**known),
        lambda: restore_version(number=1, **known),
    ]
    for change in changes:
        with pytest.raises(DraftChangedMeanwhile):
            change()

    assert types(draft_of(widget)) == [*FIRST, "text"]
    assert draft_of(widget).revision == 2
    assert published_version(widget).number == 1


def test_what_is_not_in_the_draft_or_of_no_kind_is_refused(widget, by):
    with pytest.raises(ComponentGone):
        remove_component(display=widget, component_id="nobody", seen=1, by=by, at=NOON)
    with pytest.raises(UnknownComponentType):
        add_component(display=widget, component_type="casino", seen=1, by=by, at=NOON)
    with pytest.raises(VersionGone):
        restore_version(display=widget, number=7, seen=1, by=by, at=NOON)

    assert types(draft_of(widget)) == FIRST


def test_a_full_draft_takes_no_more(widget, by):
    full = draft_of(widget).components[:1] * 50
    DisplayVersion.objects.filter(display=widget, is_draft=True).update(components=full)

    with pytest.raises(TooManyComponents):
        add_component(display=widget, component_type="text", seen=1, by=by, at=NOON)

    assert len(draft_of(widget).components) == 50


def test_publishing_makes_the_draft_the_next_version(widget, seen, by):
    add_component(display=widget, component_type="text", seen=seen(), by=by, at=NOON)

    version = publish(display=widget, seen=seen(), by=by, at=NOON)

    assert (version.number, version.published_by, version.published_at) == (2, "ana@example.com", NOON)
    assert types(published_version(widget)) == [*FIRST, "text"]
    assert [one.number for one in published_versions(widget)] == [2, 1]
    assert AuditEntry.objects.get(action="display.published").changes == {"number": [1, 2]}


def test_a_draft_that_shows_nothing_new_or_nothing_at_all_is_not_published(widget, microsite, seen, by):
    with pytest.raises(NothingToPublish):
        publish(display=widget, seen=seen(), by=by, at=NOON)
    DisplayVersion.objects.filter(display=microsite, is_draft=True).update(components=[])
    with pytest.raises(DraftIsEmpty):
        publish(display=microsite, seen=1, by=by, at=NOON)

    assert published_version(widget).number == 1
    assert published_version(microsite) is None


def test_an_earlier_version_becomes_the_draft_and_is_published_anew(widget, hero, seen, by):
    remove_component(display=widget, component_id=hero.id, seen=seen(), by=by, at=NOON)
    publish(display=widget, seen=seen(), by=by, at=NOON)

    assert restore_version(display=widget, number=1, seen=seen(), by=by, at=NOON)

    assert types(draft_of(widget)) == FIRST
    assert types(published_version(widget)) == FIRST[1:]
    assert publish(display=widget, seen=seen(), by=by, at=NOON).number == 3
    assert types(published_version(widget)) == FIRST


def test_a_discarded_draft_is_what_participants_see(widget, microsite, hero, seen, by):
    remove_component(display=widget, component_id=hero.id, seen=seen(), by=by, at=NOON)

    assert discard_draft(display=widget, seen=seen(), by=by, at=NOON)
    assert not discard_draft(display=widget, seen=seen(), by=by, at=NOON)
    with pytest.raises(NothingPublished):
        discard_draft(display=microsite, seen=1, by=by, at=NOON)

    assert types(draft_of(widget)) == FIRST
