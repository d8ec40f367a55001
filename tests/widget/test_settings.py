from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import translation

from programs.operations.checks import InvalidValue
from team.models import AuditEntry
from tests.conftest import NOON
from tests.factories import make_program
from widget.forms import DisplayForm
from widget.models import AllowedOrigin, Display
from widget.operations import (
    DisplaySettings,
    InvalidOrigin,
    SettingsChangedMeanwhile,
    SlugTaken,
    TooManyOrigins,
    change_display,
    change_origins,
    make_displays,
)
from widget.origins import read_origin
from widget.queries import is_allowed_origin, microsite_at, origins_of

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
SHOP = "https://shop.example"


def test_a_microsite_gets_another_address_and_opens_to_newcomers(microsite, by):
    settings = DisplaySettings(
        name="Friends", slug="Friends", takes_newcomers=True, colour_mode="dark", consent={"en": "I agree."}
    )

    change_display(display=microsite, settings=settings, seen_at=NOON, by=by, at=LATER)

    found = microsite_at("FRIENDS")
    assert found is not None
    assert (found.name, found.slug, found.takes_newcomers, found.colour_mode, found.consent, found.updated_at) == (
        "Friends",
        "friends",
        True,
        "dark",
        {"en": "I agree."},
        LATER,
    )
    assert AuditEntry.objects.get(action="display.settings_changed").changes["slug"] == ["spring-2026", "friends"]


def test_a_widget_has_a_name_and_colours_alone(widget, by):
    settings = DisplaySettings(name="In the shop", slug="shop", takes_newcomers=True)

    change_display(display=widget, settings=settings, seen_at=NOON, by=by, at=LATER)

    changed = Display.objects.get(pk=widget.pk)
    assert (changed.name, changed.slug, changed.takes_newcomers) == ("In the shop", "", False)


def test_a_name_that_nobody_has_changed_is_shown_in_the_readers_language_and_stays(widget):
    with translation.override("zh-hans"):
        assert widget.shown_name == "推荐小组件"
        as_shown = DisplayForm(QueryDict("name=推荐小组件&colour_mode=dark&seen=1"), display=widget)
        of_their_own = DisplayForm(QueryDict("name=商店&colour_mode=dark&seen=1"), display=widget)

    assert as_shown.is_valid()
    assert of_their_own.is_valid()
    assert (as_shown.settings().name, of_their_own.settings().name) == ("Referral widget", "商店")
    assert Display(name="Friends").shown_name == "Friends"


@pytest.mark.parametrize("slug", ["", "a b", "ä", "a/b", "a" * 65, "../x"])
def test_an_address_that_is_none_is_refused(microsite, by, slug):
    with pytest.raises(InvalidValue) as refusal:
        change_display(display=microsite, settings=DisplaySettings(name="A", slug=slug), seen_at=NOON, by=by, at=LATER)

    assert refusal.value.params["field"] == "slug"
    assert Display.objects.get(pk=microsite.pk).slug == "spring-2026"


def test_the_address_of_another_microsite_is_refused(microsite, by):
    autumn = make_program(key="autumn")
    make_displays(program=autumn, at=NOON)

    with pytest.raises(SlugTaken):
        change_display(
            display=microsite, settings=DisplaySettings(name="A", slug="Autumn"), seen_at=NOON, by=by, at=LATER
        )

    assert Display.objects.get(pk=microsite.pk).name == "Microsite"


def test_settings_that_somebody_else_changed_are_not_overwritten(widget, by):
    change_display(display=widget, settings=DisplaySettings(name="Theirs"), seen_at=NOON, by=by, at=LATER)

    with pytest.raises(SettingsChangedMeanwhile):
        change_display(display=widget, settings=DisplaySettings(name="Mine"), seen_at=NOON, by=by, at=LATER)

    assert Display.objects.get(pk=widget.pk).name == "Theirs"


def test_the_sites_of_a_program_are_kept_once_each_and_as_browsers_name_them(program, by):
    kept = change_origins(
        program=program, origins=["https://Shop.Example:443/", SHOP, "http://localhost:8001"], seen=[], by=by, at=NOON
    )

    assert kept == origins_of(program) == ["http://localhost:8001", SHOP]
    assert is_allowed_origin(SHOP)
    assert not is_allowed_origin("https://evil.example")
    assert AuditEntry.objects.get(action="display.sites_changed").changes == {
        "sites": [[], ["http://localhost:8001", SHOP]]
    }

    assert change_origins(program=program, origins=[], seen=kept, by=by, at=NOON) == []
    assert not is_allowed_origin(SHOP)


def test_sites_that_somebody_else_changed_are_not_overwritten(program, by):
    change_origins(program=program, origins=[SHOP], seen=[], by=by, at=NOON)

    with pytest.raises(SettingsChangedMeanwhile):
        change_origins(program=program, origins=["https://other.example"], seen=[], by=by, at=NOON)

    assert origins_of(program) == [SHOP]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "shop.example",
        "http://shop.example",
        "https://",
        "https://shop.example/path",
        "https://shop.example?x",
        "https://user@shop.example",
        "https://*.example",
        "https://shop.example; script-src *",
        "https://shop.example\nhttps://evil.example",
        "https://shop.example:99999",
        "javascript:alert(1)",
        "null",
        "https://-.example",
        "https://[::1",
    ],
)
def test_what_is_no_site_is_refused(program, by, typed):
    with pytest.raises(InvalidOrigin):
        change_origins(program=program, origins=[SHOP, typed], seen=[], by=by, at=NOON)

    assert not AllowedOrigin.objects.exists()


def test_a_name_in_another_script_is_kept_as_browsers_send_it():
    assert read_origin(" https://商店.example:8443/ ") == "https://xn--czrs0t.example:8443"


def test_there_are_not_endlessly_many_sites(program, by):
    with pytest.raises(TooManyOrigins):
        change_origins(
            program=program, origins=[f"https://shop{n}.example" for n in range(51)], seen=[], by=by, at=NOON
        )

    assert not AllowedOrigin.objects.exists()


def test_a_microsite_has_no_page_around_it_whose_colours_it_could_follow(widget, microsite):
    assert widget.shown_colours == "As the page around it"
    assert microsite.shown_colours == "As the reader's device"
    assert "As the reader" in str(DisplayForm(None, display=microsite)["colour_mode"])
    assert "As the page around it" in str(DisplayForm(None, display=widget)["colour_mode"])
