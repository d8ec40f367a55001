from __future__ import annotations

import pytest

from programs.models import Participant
from tests.api.calling import Api
from tests.widget.calling import ANA, data

pytestmark = pytest.mark.django_db
RENDER = "query ($locale: RSLocale) { renderWidget(locale: $locale) { template } }"
CHINESE, FRENCH = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}, {"Accept-Language": "fr-FR,fr"}
NONE: dict[str, str] = {}


def language(headers, locale=None):
    template = data(Api(headers), RENDER, locale=locale)["renderWidget"]["template"]
    return next(tag for tag in ("zh-Hans", "en") if f'<html lang="{tag}"' in template)


@pytest.mark.parametrize(
    ("own", "named", "browser", "seen"),
    [
        ("zh_CN", None, FRENCH, "zh-Hans"),
        ("en_US", None, CHINESE, "en"),
        ("zh_CN", "en_US", FRENCH, "zh-Hans"),
        ("", "zh_CN", FRENCH, "zh-Hans"),
        ("", "en_US", CHINESE, "en"),
        ("", None, CHINESE, "zh-Hans"),
        ("", None, FRENCH, "en"),
        ("", None, NONE, "en"),
    ],
)
def test_a_rendered_widget_is_in_the_participants_language_else_the_pages_else_the_browsers(
    api, shown, ana, own, named, browser, seen
):
    Participant.objects.filter(pk=ana.pk).update(locale=own)
    hers = api.with_token({"user": ANA}, header="Authorization")

    assert language({**hers.headers, **browser}, named) == seen


@pytest.mark.parametrize(("browser", "seen"), [(CHINESE, "zh-Hans"), (FRENCH, "en"), (NONE, "en")])
def test_a_visitor_sees_the_language_of_their_browser(shown, browser, seen):
    assert language(browser) == seen
    assert language(browser, "zh_CN") == "zh-Hans"
