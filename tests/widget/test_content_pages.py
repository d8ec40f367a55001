from __future__ import annotations

import re

import pytest
from django.urls import reverse

from team.models import Role
from tests.conftest import NOON
from tests.factories import make_program
from tests.query_counts import counted_queries
from widget.models import Display, DisplayVersion
from widget.operations import add_component, make_displays
from widget.queries import draft_of, origins_of, published_version

pytestmark = pytest.mark.django_db
LIST = "/admin/widget/display/"
FIRST = ["hero", "share_link", "statistics", "rewards", "referrals"]


def url(display, name="change", *more):
    return reverse(f"admin:widget_display_{name}", args=[display.pk, *more])


def types(version):
    return [part.type for part in version.parts]


@pytest.fixture
def viewer(log_in):
    return log_in(Role.VIEWER)


@pytest.fixture
def hero(widget):
    return draft_of(widget).parts[0]


def test_content_lists_each_programs_widget_and_microsite_with_their_state(manager, widget, by):
    add_component(display=widget, component_type="text", seen=1, by=by, at=NOON)
    make_displays(program=make_program(), at=NOON)

    page = manager.get(LIST).content.decode()

    assert Display.objects.count() == 4
    assert page.count("Version 1 is live") == 2
    assert page.count("Unpublished changes") == 1
    assert page.count("Not published") == 2
    assert "/m/spring-2026" in page


def test_the_list_makes_the_same_queries_for_many_programs(manager, program):
    with counted_queries("widget.content list"):
        manager.get(LIST)
    for _ in range(10):
        make_program()
    with counted_queries("widget.content list"):
        manager.get(LIST)


@pytest.mark.parametrize("tab", ["components", "versions", "settings", "embed"])
def test_each_tab_makes_few_queries(manager, widget, tab):
    manager.get(url(widget))
    with counted_queries(f"widget.display {tab}"):
        assert manager.get(f"{url(widget)}?tab={tab}").status_code == 200


def test_an_open_component_makes_few_queries(manager, widget, hero):
    manager.get(url(widget))
    with counted_queries("widget.display component open"):
        page = manager.get(f"{url(widget)}?component={hero.id}").content.decode()

    assert "<legend>Heading</legend>" in page
    assert page.count('lang="zh-Hans"') == 4


def test_a_viewer_sees_the_components_and_no_way_to_change_them(viewer, widget):
    page = viewer.get(url(widget)).content.decode()

    assert "Hero" in page
    assert "preview" in page
    assert "<form" not in page.split("data-editor", 1)[1].split("</main>", 1)[0]


def test_adding_opens_the_new_component(manager, widget):
    answer = manager.post(url(widget, "add_component"), {"type": "text", "seen": "1"})

    added = draft_of(widget).parts[-1]
    assert added.type == "text"
    assert answer.url == f"{url(widget)}?component={added.id}"


def test_moving_and_removing(manager, widget, hero):
    manager.post(url(widget, "move_component", hero.id), {"place": "2", "seen": "1"})
    assert types(draft_of(widget)) == ["share_link", "statistics", "hero", "rewards", "referrals"]

    manager.post(url(widget, "remove_component", hero.id), {"seen": "2"})
    assert types(draft_of(widget)) == FIRST[1:]


def test_editing_saves_both_languages(manager, widget, hero):
    fields = {"seen": "1", "title_en": "Bring a friend", "title_zh": "带朋友来"}

    answer = manager.post(url(widget, "edit_component", hero.id), fields, follow=True)

    assert draft_of(widget).parts[0].texts["zh"]["title"] == "带朋友来"
    assert "Saved in the draft." in answer.content.decode()


def test_what_is_refused_is_shown_with_what_was_typed(manager, widget, hero):
    fields = {"seen": "1", "title_en": "Bring a friend", "image": "http://shop.example/a.png"}

    page = manager.post(url(widget, "edit_component", hero.id), fields).content.decode()

    assert "Write an address that begins with https://." in page
    assert "Bring a friend" in page
    assert draft_of(widget).revision == 1


def test_who_was_overtaken_keeps_what_they_typed_and_can_save_it_on_top(manager, widget, hero, by):
    add_component(display=widget, component_type="text", seen=1, by=by, at=NOON)
    fields = {"seen": "1", "title_en": "Mine", "title_zh": ""}

    page = manager.post(url(widget, "edit_component", hero.id), fields).content.decode()

    assert "Somebody else changed or published the draft" in page
    assert 'value="Mine"' in page
    assert types(draft_of(widget)) == [*FIRST, "text"]

    seen = re.search(r'name="seen" value="(\d+)" id="part_seen"', page)
    assert seen
    manager.post(url(widget, "edit_component", hero.id), {**fields, "seen": seen[1]})
    assert draft_of(widget).parts[0].texts["en"]["title"] == "Mine"
    assert types(draft_of(widget)) == [*FIRST, "text"]


@pytest.mark.parametrize("seen", ["", "7", "-1", "x", "99999999999999999999"])
def test_a_revision_that_nobody_saw_changes_nothing(manager, widget, hero, seen):
    for name, more, fields in (
        ("add_component", (), {"type": "text"}),
        ("move_component", (hero.id,), {"place": "2"}),
        ("remove_component", (hero.id,), {}),
        ("edit_component", (hero.id,), {"title_en": "x"}),
        ("publish", (), {}),
        ("discard", (), {}),
        ("restore", (1,), {}),
    ):
        assert manager.post(url(widget, name, *more), {**fields, "seen": seen}).status_code in {200, 302}

    assert types(draft_of(widget)) == FIRST
    assert DisplayVersion.objects.filter(display=widget).count() == 2


def test_publishing_asks_first_and_says_what_changes(manager, widget):
    manager.post(url(widget, "add_component"), {"type": "text", "seen": "1"})

    page = manager.get(url(widget)).content.decode()
    assert re.search(r"<strong>Text</strong>\s*<span class=\"muted\">added</span>", page)
    assert manager.get(url(widget, "publish")).status_code == 200
    assert published_version(widget).number == 1

    answer = manager.post(url(widget, "publish"), {"seen": "2"}, follow=True)
    assert "Version 2 is what participants see now." in answer.content.decode()
    assert published_version(widget).number == 2


def test_going_back_and_discarding(manager, widget, hero):
    manager.post(url(widget, "remove_component", hero.id), {"seen": "1"})
    manager.post(url(widget, "discard"), {"seen": "2"})
    assert types(draft_of(widget)) == FIRST

    manager.post(url(widget, "remove_component", hero.id), {"seen": "3"})
    manager.post(url(widget, "publish"), {"seen": "4"})
    manager.post(url(widget, "restore", 1), {"seen": "5"})
    assert types(draft_of(widget)) == FIRST
    assert types(published_version(widget)) == FIRST[1:]


def test_the_preview_shows_the_draft_to_nobody_real_and_reaches_nothing(viewer, widget, hero):
    answer = viewer.get(f"{url(widget, 'preview')}?language=zh")

    assert "Alex" in answer.content.decode() or "与朋友分享" in answer.content.decode()
    policy = answer["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "connect-src 'none'" in policy
    assert "sandbox allow-scripts allow-popups" in policy
    assert "unsafe-inline" not in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "no-store" in answer["Cache-Control"]


def test_the_preview_shows_what_is_being_typed_and_saves_nothing(manager, widget, hero):
    typed = {"seen": "1", "title_en": "Typing <b>", "title_unnamed_en": "", "body_en": ""}

    page = manager.post(f"{url(widget, 'preview')}?language=en&component={hero.id}", typed).content.decode()

    assert "Typing &lt;b&gt;" in page
    assert draft_of(widget).revision == 1


def test_the_preview_of_a_version_shows_that_version(manager, widget, hero):
    manager.post(url(widget, "edit_component", hero.id), {"seen": "1", "title_en": "New heading"})

    assert "New heading" in manager.get(f"{url(widget, 'preview')}?language=en").content.decode()
    assert "New heading" not in manager.get(f"{url(widget, 'preview')}?language=en&version=1").content.decode()
    for number in ("2", "x", "-1", "9999999999999"):
        assert manager.get(f"{url(widget, 'preview')}?version={number}").status_code == 404


def test_settings_and_sites_are_changed_on_pages_of_their_own(manager, microsite):
    fields = {"seen": NOON.isoformat(), "name": "Friends", "colour_mode": "dark", "slug": "friends"}
    manager.post(url(microsite, "settings"), {**fields, "takes_newcomers": "on", "consent_en": "I agree."})
    manager.post(url(microsite, "sites"), {"seen": "", "origins": "https://shop.example\nhttps://b.example"})

    changed = Display.objects.get(pk=microsite.pk)
    assert (changed.slug, changed.takes_newcomers, changed.consent) == ("friends", True, {"en": "I agree."})
    assert origins_of(changed.program) == ["https://b.example", "https://shop.example"]
    page = manager.post(url(microsite, "sites"), {"seen": "", "origins": "shop.example"}).content.decode()
    assert "is not the address of a site" in page


def test_embed_has_the_snippet_filled_in(viewer, widget):
    page = viewer.get(f"{url(widget)}?tab=embed").content.decode()

    assert "tenantAlias: &quot;default&quot;" in page
    assert "p/Spring-2026/w/referrerWidget" in page
    assert "&lt;squatch-embed" in page
