from __future__ import annotations

import pytest

from programs.operations import InvalidValue, launch_program
from promocodes.models import CodePool
from promocodes.operations.pools import set_on_widgets
from team.models import AuditEntry
from tests.api.calling import Api
from tests.conftest import NOON
from tests.factories import make_pool
from tests.widget.calling import ANA, ask, upsert
from widget.models import Display, DisplayVersion
from widget.operations import (
    FirstStays,
    IsArchived,
    KeyTaken,
    NewDisplay,
    SlugTaken,
    TooManyDisplays,
    WasPublished,
    add_component,
    archive_display,
    bring_display_back,
    delete_display,
    further,
    make_display,
    publish,
)
from widget.queries import draft_of, open_microsites, published_version

pytestmark = pytest.mark.django_db
FIRST = ["hero", "share_link", "statistics", "rewards", "referrals"]


@pytest.fixture
def checkout(program, by):
    """Return a further widget of the program, which nobody sees yet."""
    return make_display(
        program=program, new=NewDisplay(kind="widget", name="At checkout", key="checkout"), by=by, at=NOON
    )


@pytest.fixture
def live(program, by):
    launch_program(program=program, by=by, at=NOON)
    return program


def types(version):
    return [part.type for part in version.parts]


def published(display, by):
    publish(display=display, seen=draft_of(display).revision, by=by, at=NOON)
    return display


def site_of(program, by, key="summer"):
    new = NewDisplay(kind="microsite", name="Summer", key=key)
    return make_display(program=program, new=new, by=by, at=NOON)


def is_shown(api, key="checkout"):
    answer = upsert(api, ANA, widgetType=f"p/Spring-2026/w/{key}")
    assert answer.status in {200, 400}
    return answer.status == 200


def test_a_further_widget_is_a_draft_with_the_usual_components_until_it_is_published(api, live, checkout, by):
    assert types(draft_of(checkout)) == FIRST
    assert published_version(checkout) is None
    assert not is_shown(api)

    published(checkout, by)

    assert is_shown(api)
    assert is_shown(api, "referrerWidget")
    entry = AuditEntry.objects.get(action="display.made")
    assert entry.changes == {"key": [None, "checkout"], "program": [None, "Spring"]}


def test_it_begins_as_a_copy_of_anothers_draft_with_its_colours(program, widget, by):
    Display.objects.filter(pk=widget.pk).update(colour_mode="dark")
    widget.refresh_from_db()
    add_component(display=widget, component_type="text", seen=1, by=by, at=NOON)

    new = NewDisplay(kind="widget", name="Dark", key="dark", copy_of=widget)
    copy = make_display(program=program, new=new, by=by, at=NOON)

    assert draft_of(copy).components == draft_of(widget).components
    assert types(draft_of(copy)) == [*FIRST, "text"]
    assert copy.colour_mode == "dark"
    assert published_version(copy) is None


def test_with_promo_codes_on_the_widgets_a_further_one_has_them_too(program, by):
    make_pool(program=program, on_widgets=True)

    made = make_display(program=program, new=NewDisplay(kind="widget", name="A", key="a"), by=by, at=NOON)

    assert types(draft_of(made)) == ["hero", "promo_codes", *FIRST[1:]]


def test_a_further_microsite_has_an_address_of_its_own(client, live, by):
    site = published(site_of(live, by, key="Summer-26"), by)

    assert (site.key, site.slug) == ("summer-26", "summer-26")
    assert "Send me a code" in client.get("/m/summer-26/").content.decode()
    assert list(open_microsites()) == [site]


@pytest.mark.parametrize("key", ["", "with space", "ä", "a/b", "x" * 65, "nul\x00"])
@pytest.mark.parametrize("kind", ["widget", "microsite"])
def test_what_is_no_key_is_refused(program, by, kind, key):
    with pytest.raises(InvalidValue):
        make_display(program=program, new=NewDisplay(kind=kind, name="A", key=key), by=by, at=NOON)
    assert Display.objects.count() == 2


def test_keys_and_addresses_that_are_taken_are_refused(program, checkout, by):
    for kind, key, error in (
        ("widget", "checkout", KeyTaken),
        ("widget", "referrerWidget", KeyTaken),
        ("widget", "microsite", KeyTaken),
        ("microsite", "checkout", KeyTaken),
        ("microsite", "Spring-2026", SlugTaken),
    ):
        with pytest.raises(error):
            make_display(program=program, new=NewDisplay(kind=kind, name="A", key=key), by=by, at=NOON)
    assert Display.objects.count() == 3
    assert DisplayVersion.objects.count() == 4


def test_a_program_has_a_number_of_them_at_most(program, checkout, by, monkeypatch):
    monkeypatch.setattr(further, "MOST_DISPLAYS", 3)
    with pytest.raises(TooManyDisplays):
        site_of(program, by)
    archive_display(display=checkout, by=by, at=NOON)

    assert site_of(program, by).slug == "summer"


def test_what_is_archived_is_seen_by_nobody_and_comes_back_as_it_was(api, live, checkout, by):
    published(checkout, by)
    add_component(display=checkout, component_type="text", seen=draft_of(checkout).revision, by=by, at=NOON)

    assert archive_display(display=checkout, by=by, at=NOON) is True
    assert archive_display(display=checkout, by=by, at=NOON) is False
    assert not is_shown(api)
    query = 'query { renderWidget(widgetType: "p/Spring-2026/w/checkout") { template } }'
    assert "errors" in ask(Api(), query)

    assert bring_display_back(display=checkout, by=by, at=NOON) is True
    assert bring_display_back(display=checkout, by=by, at=NOON) is False
    assert is_shown(api)
    assert types(published_version(checkout)) == FIRST
    assert types(draft_of(checkout)) == [*FIRST, "text"]
    actions = AuditEntry.objects.filter(object_id=str(checkout.pk)).order_by("pk").values_list("action", flat=True)
    assert list(actions)[-2:] == ["display.archived", "display.brought_back"]


def test_an_archived_microsite_is_not_found(client, live, by):
    site = published(site_of(live, by), by)
    archive_display(display=site, by=by, at=NOON)

    assert client.get("/m/summer/").status_code == 404
    assert list(open_microsites()) == []


def test_nobody_works_on_what_is_archived(checkout, by):
    archive_display(display=checkout, by=by, at=NOON)
    before = draft_of(checkout)

    for change in (
        lambda: add_component(display=checkout, component_type="text", seen=before.revision, by=by, at=NOON),
        lambda: publish(display=checkout, seen=before.revision, by=by, at=NOON),
    ):
        with pytest.raises(IsArchived):
            change()
    assert draft_of(checkout).revision == before.revision
    assert published_version(checkout) is None


def test_the_check_box_leaves_what_is_archived_alone(program, checkout, by):
    pool = make_pool(program=program)
    published(checkout, by)
    archive_display(display=checkout, by=by, at=NOON)

    set_on_widgets(pool=pool, shown=True, by=by, at=NOON)
    assert types(draft_of(checkout)) == FIRST
    assert CodePool.objects.get().on_widgets is True

    bring_display_back(display=checkout, by=by, at=NOON)
    assert CodePool.objects.get().on_widgets is False  # not all that participants see has them any more
    archive_display(display=checkout, by=by, at=NOON)
    assert CodePool.objects.get().on_widgets is True


def test_what_was_never_published_is_deleted_with_its_draft(program, checkout, by):
    assert delete_display(display=checkout, by=by, at=NOON) is True
    assert delete_display(display=checkout, by=by, at=NOON) is False

    assert not Display.objects.filter(key="checkout").exists()
    assert DisplayVersion.objects.count() == 3
    entry = AuditEntry.objects.get(action="display.deleted")
    assert (entry.object_label, entry.changes) == ("At checkout", {"key": ["checkout", None]})


def test_what_was_published_once_is_not_deleted(checkout, by):
    published(checkout, by)

    with pytest.raises(WasPublished):
        delete_display(display=checkout, by=by, at=NOON)
    assert types(published_version(checkout)) == FIRST


def test_those_that_came_with_the_program_stay(widget, microsite, by):
    for display in (widget, microsite):
        for leave in (archive_display, delete_display):
            with pytest.raises(FirstStays):
                leave(display=display, by=by, at=NOON)
    assert Display.objects.filter(archived_at__isnull=True).count() == 2
