from __future__ import annotations

import json
import re

import pytest
from django.test import Client
from django.urls import reverse

from programs.operations import launch_program, pause_program
from team.models import AuditEntry, Role
from tests.conftest import NOON
from tests.factories import make_participant
from tests.query_counts import counted_queries
from widget.models import MicrositeSession
from widget.operations import NothingPublished, hand_out_link, publish
from widget.queries import draft_of, open_microsites

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(program, microsite, by):
    launch_program(program=program, by=by, at=NOON)
    publish(display=microsite, seen=draft_of(microsite).revision, by=by, at=NOON)
    return microsite


@pytest.fixture
def ada(db):
    return make_participant(first_name="Ada", last_name="Byron")


def codes_page(client, participant):
    return client.get(f"/admin/programs/participant/{participant.pk}/change/?tab=codes").content.decode()


def press(client, participant, microsite):
    return client.post(reverse("admin:widget_microsite_link", args=[participant.pk, microsite.pk]))


def link_in(page):
    return re.search(r"<code>(\S+)</code>", page.content.decode())[1]


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.PROGRAM_MANAGER, Role.FULL_ACCESS])
def test_who_may_change_participants_gets_a_link_that_lets_them_in(log_in, site, ada, role):
    member = log_in(role)
    assert "Make a microsite link for Spring" in codes_page(member, ada)

    page = press(member, ada, site)

    text = page.content.decode()
    assert "It works for 7 days, and whoever has it is let in as Ada Byron." in text
    assert "no-store" in page["Cache-Control"]
    link = link_in(page)
    assert link.startswith("http://127.0.0.1:8000/m/spring-2026/in/")
    assert f'data-copy="{link}"' in text
    visitor = Client()
    path = link.removeprefix("http://127.0.0.1:8000")
    assert "Continue as Ada Byron" in visitor.get(path).content.decode()
    assert visitor.post(path)["Location"] == "/m/spring-2026/"
    assert MicrositeSession.objects.get().participant == ada


def test_who_asked_is_kept_and_the_token_is_not(manager, site, ada):
    token = link_in(press(manager, ada, site)).rstrip("/").rpartition("/")[2]

    entry = AuditEntry.objects.get(action="participant.microsite_link_made")
    assert (entry.actor, entry.object_id) == ("program_manager@example.com", str(ada.pk))
    assert entry.changes == {"microsite": [None, "/m/spring-2026/"]}
    assert token not in json.dumps(list(AuditEntry.objects.values()), default=str)
    assert token not in codes_page(manager, ada)


def test_a_viewer_neither_sees_nor_makes_links(log_in, site, ada):
    viewer = log_in(Role.VIEWER)

    assert "Microsite link" not in codes_page(viewer, ada)
    assert press(viewer, ada, site).status_code == 403
    assert not AuditEntry.objects.filter(action="participant.microsite_link_made").exists()


def test_looking_makes_no_link(manager, site, ada):
    address = reverse("admin:widget_microsite_link", args=[ada.pk, site.pk])

    assert manager.get(address).status_code == 405
    assert not AuditEntry.objects.filter(action="participant.microsite_link_made").exists()


def test_only_microsites_that_one_can_come_into_are_offered(manager, program, microsite, widget, ada, by):
    assert "Microsite link" not in codes_page(manager, ada)
    publish(display=microsite, seen=draft_of(microsite).revision, by=by, at=NOON)
    assert press(manager, ada, microsite).status_code == 404
    launch_program(program=program, by=by, at=NOON)
    assert list(open_microsites()) == [microsite]
    assert press(manager, ada, microsite).status_code == 200
    assert press(manager, ada, widget).status_code == 404
    pause_program(program=program, by=by, at=NOON)
    assert press(manager, ada, microsite).status_code == 404
    assert AuditEntry.objects.filter(action="participant.microsite_link_made").count() == 1


def test_for_what_was_never_published_there_is_no_link(microsite, widget, ada, by):
    for display in (microsite, widget):
        with pytest.raises(NothingPublished):
            hand_out_link(display=display, participant=ada, by=by, at=NOON)
    assert not AuditEntry.objects.filter(action="participant.microsite_link_made").exists()


def test_the_page_of_codes_with_links_makes_few_queries(manager, site, ada):
    with counted_queries("widget.microsite links of a participant"):
        codes_page(manager, ada)
