from __future__ import annotations

from pathlib import Path

import pytest

from advocate import engage_menu
from advocate.lib import panels
from advocate.lib.panels import Panel, Tab, register_panel, register_tab
from programs.models import Participant
from team.models import Role, User
from tests.conftest import NOON
from tests.factories import make_participant
from tests.query_counts import counted_queries

pytestmark = pytest.mark.django_db
LIST = "/admin/programs/participant/"


@pytest.fixture(autouse=True)
def gallery(settings, monkeypatch):
    settings.ROOT_URLCONF = "tests.gallery.urls"
    folder = Path(__file__).parent.parent / "gallery" / "templates"
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], folder]}]
    monkeypatch.setattr(panels, "_registry", panels._Registry())


@pytest.fixture
def ada(client):
    user = User.objects.create_user("ada@example.com", "right horse staple", role=Role.VIEWER)
    client.force_login(user)
    return user


@pytest.fixture
def zoe():
    return make_participant(
        first_name="Zoë", last_name="Brontë", email="zoe@example.com", user_id="00123", created_at=NOON
    )


def add_panel(key, *, tab, permission=""):
    register_panel(
        Panel(
            "gallery-participant",
            key,
            "gallery/panel.html",
            lambda _request, obj: {"text": f"{key} of {obj}"},
            tab,
            permission,
        )
    )


def test_the_list_has_a_human_title_and_labelled_cells(client, ada, zoe):
    page = client.get(LIST).content.decode()

    assert "<h1>Participants</h1>" in page
    assert 'data-label="User ID" class="field-ids"' in page
    assert 'data-label="Value" class="numeric field-value"' in page
    assert "1–1 of 1" in page


def test_nothing_found_says_what_to_do(client, ada, zoe):
    page = client.get(LIST, {"q": "nobody"}).content.decode()

    assert "Nothing matches" in page
    assert f'href="{LIST}"' in page


def test_an_empty_list_says_what_belongs_there(client, ada):
    page = client.get("/admin/programs/program/").content.decode()

    assert "No programs yet" in page
    assert "A program says who earns what for a referral." in page


def test_the_detail_page_shows_the_tabs_that_hold_a_panel_for_this_person(client, ada, zoe):
    for order, (key, label) in enumerate(
        [("overview", "Overview"), ("money", "Money"), ("secret", "Secret"), ("empty", "Empty")]
    ):
        register_tab(Tab("gallery-participant", key, label, order))
    add_panel("basics", tab="overview")
    add_panel("balance", tab="money")
    add_panel("keys", tab="secret", permission="things.nobody_may")

    first = client.get(f"{LIST}{zoe.pk}/change/").content.decode()
    money = client.get(f"{LIST}{zoe.pk}/change/", {"tab": "money"}).content.decode()
    secret = client.get(f"{LIST}{zoe.pk}/change/", {"tab": "secret"}).content.decode()

    assert "basics of Zoë Brontë" in first
    assert 'href="?tab=money"' in first
    assert 'href="?tab=secret"' not in first
    assert 'href="?tab=empty"' not in first
    assert "balance of Zoë Brontë" in money
    assert "basics of" not in money
    assert "keys of" not in secret
    assert "basics of" in secret


def test_the_header_says_who_it_is_with_the_exact_instant(client, ada, zoe):
    page = client.get(f"{LIST}{zoe.pk}/change/").content.decode()

    assert '<code class="mono">00123</code>' in page
    assert 'title="2026-03-14 12:00:00 UTC">14 Mar 2026, 12:00</time>' in page


def test_an_unknown_object_leads_to_the_overview_with_a_message(client, ada):
    answer = client.get(f"{LIST}999/change/", follow=True)

    assert answer.redirect_chain[0][0] == "/admin/"
    assert "doesn’t exist" in answer.content.decode()


def test_saving_the_form_leads_back_to_the_detail_page(client, ada, zoe):
    form = {
        "account_id": zoe.account_id,
        "user_id": "00124",
        "created_at_0": "2026-03-14",
        "created_at_1": "12:00:00",
        "segments": "[]",
        "referral_codes-TOTAL_FORMS": "0",
        "referral_codes-INITIAL_FORMS": "0",
    }

    answer = client.post(f"{LIST}{zoe.pk}/edit/", form)

    assert answer["Location"] == f"{LIST}{zoe.pk}/change/"
    assert Participant.objects.get(pk=zoe.pk).user_id == "00124"


def test_nothing_can_be_deleted_unless_a_page_says_so(client, ada, zoe):
    assert client.get(f"{LIST}{zoe.pk}/delete/").status_code == 403
    assert Participant.objects.filter(pk=zoe.pk).exists()


def test_a_list_of_fifty_rows_makes_few_queries(client, ada):
    for _ in range(51):
        make_participant()

    with counted_queries("advocate.gallery list"):
        client.get(LIST)


@pytest.mark.parametrize("path", ["/admin/programs/", "/admin/rewards/"])
def test_the_division_of_the_code_is_no_page(client, ada, path):
    assert client.get(path)["Location"] == "/admin/"


def test_the_overview_shows_the_panels_that_this_person_may_see(client, ada):
    register_panel(Panel("overview", "a", "gallery/panel.html", lambda _request, _obj: {"text": "Jobs running"}))
    register_panel(
        Panel("overview", "b", "gallery/panel.html", lambda _request, _obj: {"text": "Secret"}, permission="x.y")
    )
    register_panel(Panel("overview", "c", "gallery/nothing.html", lambda _request, _obj: {}))

    page = client.get("/admin/").content.decode()

    assert "Jobs running" in page
    assert "Secret" not in page
    assert page.count('class="grid__item') == 1


def test_an_overview_without_panels_shows_where_to_begin(client, ada, monkeypatch):
    entry = engage_menu.Entry("Search", "admin:search", "", "search", "Where everything is found.")
    monkeypatch.setattr(engage_menu, "MENU", (engage_menu.Section("", (entry,)),))

    page = client.get("/admin/").content.decode()

    assert "Where to begin" in page
    assert "Where everything is found." in page
