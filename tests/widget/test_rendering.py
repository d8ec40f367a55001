from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.conf import settings as project

from tests.conftest import NOON
from tests.widget.versions import version_of
from widget.components import COMPONENTS
from widget.languages import Language, language_of
from widget.rendering import Ident, render
from widget.viewers import AdvocateViewer, SampleViewer, Viewer

pytestmark = pytest.mark.django_db
ENGLISH, CHINESE = Language.ENGLISH, Language.CHINESE
HOSTILE = "</script><img src=x onerror=alert(1)>\"'&{{ 7|add:7 }}{title}"


def shown(version, viewer, language=ENGLISH, **options):
    return render(version, viewer=viewer, language=language, **options)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.key)
def test_every_component_is_shown_to_an_advocate_a_visitor_and_in_a_preview(component, language, spring, ana):
    for viewer in (AdvocateViewer(participant=ana, program=spring, at=NOON), Viewer(program=spring, at=NOON)):
        assert "</main>" in shown(version_of(component.key), viewer, language)

    assert '<section class="part' in shown(version_of(component.key), SampleViewer(program=spring, at=NOON), language)


def test_every_component_has_both_languages_and_a_key_of_its_own():
    keys = [component.key for component in COMPONENTS]

    assert len(set(keys)) == len(keys)
    for component in COMPONENTS:
        names = [text.name for text in component.texts]
        assert len(set(names)) == len(names)
        assert [text.name for text in component.texts if bool(text.en) != bool(text.zh)] == []


def test_components_stand_in_their_order_with_their_own_texts(spring):
    version = version_of("text", "hero")
    version.components[0]["texts"] = {"en": {"title": "Terms", "body": "One.\n\nTwo."}, "zh": {"title": "条款"}}

    english = shown(version, Viewer(program=spring, at=NOON))
    chinese = shown(version, Viewer(program=spring, at=NOON), CHINESE)

    assert english.index("Terms") < english.index("Share with your friends")
    assert "<p>One.</p>\n\n<p>Two.</p>" in english
    assert "条款" in chinese
    assert "One." not in chinese
    assert '<html lang="zh-Hans" data-colours="auto">' in chinese


def test_the_participant_is_called_by_name_and_a_stranger_is_not(spring, ana):
    known = shown(version_of("hero"), AdvocateViewer(participant=ana, program=spring, at=NOON))

    assert "Share with your friends, Ana" in known
    assert "Share with your friends</h1>" in shown(version_of("hero"), Viewer(program=spring, at=NOON))


def test_nothing_that_somebody_typed_becomes_markup(spring, ana):
    ana.first_name = HOSTILE
    version = version_of("hero", "text", "promo_codes")
    for stored in version.components:
        stored["texts"] = {"en": dict.fromkeys(("title", "body", "alt", "empty"), HOSTILE)}
        stored["settings"] = {"image": "javascript:alert(1)"}
    ident = Ident(
        tenant_alias="default", program_key="spring", engagement_medium="EMBED", token=HOSTILE, user_id=HOSTILE
    )

    page = shown(version, AdvocateViewer(participant=ana, program=spring, at=NOON), ident=ident)

    assert "<img" not in page
    assert "javascript:" not in page
    assert page.count("<script") == 2
    assert page.count("</script>") == 2
    assert "{{ 7|add:7 }}" in page


def test_a_type_that_there_is_no_more_is_left_out_and_what_is_no_text_has_its_default(spring):
    version = version_of("text", "hero")
    version.components[1] |= {"texts": {"en": {"title": 5, "body": None}}, "settings": None}
    version.components.append({"id": "a", "type": "no-such-type"})

    page = shown(version, Viewer(program=spring, at=NOON))

    assert page.count('<section class="part') == 2
    assert "Share with your friends</h1>" in page


def test_a_text_that_nobody_has_written_yet_shows_participants_nothing(spring):
    version = version_of("text")

    empty = shown(version, Viewer(program=spring, at=NOON))
    version.components[0]["texts"] = {"en": {"body": "Codes end in June."}}
    written = shown(version, Viewer(program=spring, at=NOON))

    assert "prose--empty" in empty
    assert "Write what" not in empty
    assert "prose--empty" not in written
    assert "Codes end in June." in written


def test_the_shops_script_finds_whom_the_display_acts_for(spring, ana):
    ident = Ident(
        tenant_alias="default",
        program_key="spring",
        engagement_medium="EMBED",
        token="a.b.c",
        account_id="acme",
        user_id="ana@example.com",
        locale="en_US",
    )

    page = shown(version_of("hero"), AdvocateViewer(participant=ana, program=spring, at=NOON), ident=ident)

    block = re.search(r'<script id="widget-ident" type="application/json">(.*?)</script>', page)[1]
    assert json.loads(block) == {
        "tenantAlias": "default",
        "appDomain": "http://127.0.0.1:8000",
        "engagementMedium": "EMBED",
        "locale": "en_US",
        "token": "a.b.c",
        "userId": "ana@example.com",
        "accountId": "acme",
        "programId": "spring",
    }


def test_a_strangers_display_names_no_program_because_the_shops_script_would_ask_for_ids(spring):
    ident = Ident(tenant_alias="default", program_key="spring", engagement_medium="POPUP")

    assert ident.values().keys() == {"tenantAlias", "appDomain", "engagementMedium", "locale"}


def test_a_document_with_everything_and_its_files_stays_under_40_kilobytes(spring):
    everything = version_of(*(component.key for component in COMPONENTS))

    page = shown(everything, SampleViewer(program=spring, at=NOON))
    files = [Path(project.BASE_DIR) / "static" / "widget" / name for name in ("widget.css", "widget.js")]

    assert len(page.encode()) + sum(file.stat().st_size for file in files) < 40_000


def test_the_script_and_the_style_sheet_are_the_only_files_and_are_named_in_full(spring):
    page = shown(version_of("hero"), Viewer(program=spring, at=NOON))

    assert re.findall(r'(?:src|href)="([^"]+)"', page) == [
        "http://127.0.0.1:8000/static/widget/widget.css",
        "http://127.0.0.1:8000/static/widget/widget.js",
    ]


@pytest.mark.parametrize(
    ("locales", "language"),
    [
        (("zh_CN",), CHINESE),
        (("zh",), CHINESE),
        (("zh-Hant-TW",), CHINESE),
        (("ZH_cn",), CHINESE),
        (("en_US", "zh_CN"), ENGLISH),
        (("", None, "zh_CN"), CHINESE),
        (("de_DE",), ENGLISH),
        ((), ENGLISH),
        (("zha_CN",), ENGLISH),
    ],
)
def test_the_first_locale_that_is_known_decides_the_language(locales, language):
    assert language_of(*locales) is language
