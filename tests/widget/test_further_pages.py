from __future__ import annotations

import pytest
from django.urls import reverse

from programs.operations import launch_program
from team.models import Role
from tests.conftest import NOON
from tests.factories import make_program
from tests.query_counts import counted_queries
from widget.models import Display
from widget.operations import NewDisplay, archive_display, make_display, make_displays, publish
from widget.queries import draft_of

pytestmark = pytest.mark.django_db
LIST = "/admin/widget/display/"


@pytest.fixture
def checkout(program, by):
    new = NewDisplay(kind="widget", name="At checkout", key="checkout")
    return make_display(program=program, new=new, by=by, at=NOON)


def url(display, name="change"):
    return reverse(f"admin:widget_display_{name}", args=[display.pk])


def add(client, kind, program, **fields):
    key = {"widget": "key", "microsite": "slug"}[kind]
    form = {"program": program.pk, "name": "Summer", key: "summer", "copy_of": "", **fields}
    return client.post(f"{LIST}add-{kind}/", form)


@pytest.mark.parametrize("kind", ["widget", "microsite"])
def test_a_manager_adds_one_and_is_led_to_its_page(manager, program, kind):
    assert f"Add {kind}" in manager.get(LIST).content.decode()
    assert manager.get(f"{LIST}add-{kind}/").status_code == 200

    answer = add(manager, kind, program)

    made = Display.objects.get(key="summer")
    assert (answer.status_code, answer.url) == (302, url(made))
    assert (made.kind, made.name, made.program) == (kind, "Summer", program)
    page = manager.get(url(made)).content.decode()
    assert "“Summer” is a draft that nobody sees yet." in page
    assert "Not published" in page


def test_one_is_made_from_another(manager, program, widget):
    page = manager.get(f"{LIST}add-widget/").content.decode()
    assert "Spring · Referral widget" in page

    add(manager, "widget", program, copy_of=widget.pk)

    assert draft_of(Display.objects.get(key="summer")).components == draft_of(widget).components


def test_a_key_that_is_taken_is_said_beside_the_form_and_nothing_is_made(manager, program):
    page = add(manager, "widget", program, key="referrerWidget")

    assert page.status_code == 200
    assert "Another widget or microsite of this program has this key." in page.content.decode()
    page = add(manager, "microsite", program, slug="spring-2026")
    assert "Another microsite has this address." in page.content.decode()
    assert "Use up to 64 letters" in add(manager, "widget", program, key="a b").content.decode()
    assert Display.objects.count() == 2


def test_who_may_not_change_content_neither_adds_nor_archives_nor_deletes(log_in, program, checkout, by):
    viewer = log_in(Role.SUPPORT)

    page = viewer.get(LIST).content.decode()
    assert "Add widget" not in page
    assert add(viewer, "widget", program).status_code == 403
    for name in ("archive", "bring_back", "delete_draft"):
        assert viewer.post(url(checkout, name)).status_code == 403
    assert "Delete" not in viewer.get(f"{url(checkout)}?tab=settings").content.decode()
    assert Display.objects.filter(archived_at__isnull=True).count() == 3


def test_a_draft_is_deleted_after_a_question(manager, checkout):
    assert url(checkout, "delete_draft") in manager.get(f"{url(checkout)}?tab=settings").content.decode()
    assert "no participant has seen it" in manager.get(url(checkout, "delete_draft")).content.decode()
    assert Display.objects.count() == 3

    assert manager.post(url(checkout, "delete_draft")).url == LIST
    assert Display.objects.count() == 2


def test_what_was_published_is_archived_and_brought_back(manager, program, checkout, by):
    publish(display=checkout, seen=1, by=by, at=NOON)
    settings = f"{url(checkout)}?tab=settings"
    assert url(checkout, "archive") in manager.get(settings).content.decode()
    assert "can be archived, but not deleted" in manager.post(url(checkout, "delete_draft")).content.decode()

    assert manager.post(url(checkout, "archive")).url == settings
    page = manager.get(settings).content.decode()
    assert url(checkout, "bring_back") in page
    assert "Archived" in page
    assert "At checkout" in manager.get(f"{LIST}?archived=yes").content.decode()
    assert "At checkout" not in manager.get(f"{LIST}?archived=no").content.decode()
    arranging = manager.get(url(checkout)).content.decode()
    assert "components/add/" not in arranging
    assert (
        "It is archived, so pages that embed it stay empty."
        in manager.get(f"{url(checkout)}?tab=embed").content.decode()
    )

    assert manager.post(url(checkout, "bring_back")).url == settings
    assert Display.objects.get(key="checkout").archived_at is None


def test_the_first_ones_of_a_program_have_no_way_out(manager, widget, microsite):
    for display in (widget, microsite):
        page = manager.get(f"{url(display)}?tab=settings").content.decode()
        for name in ("archive", "bring_back", "delete_draft"):
            assert url(display, name) not in page
            assert manager.post(url(display, name)).status_code == 404
    assert Display.objects.count() == 2


def test_embedding_and_sandbox_are_the_further_widgets_own(manager, program, checkout, by):
    embed = f"{url(checkout)}?tab=embed"
    sandbox = reverse("admin:widget_sandbox", args=[checkout.pk])
    page = manager.get(embed).content.decode()
    assert "p/Spring-2026/w/checkout" in page
    assert "It was not published yet, so pages that embed it stay empty." in page
    assert sandbox not in page
    publish(display=checkout, seen=1, by=by, at=NOON)
    launch_program(program=program, by=by, at=NOON)

    assert sandbox in manager.get(embed).content.decode()
    assert '"widgetType": "p/Spring-2026/w/checkout"' in manager.get(sandbox).content.decode()


def test_the_pages_make_as_many_queries_for_many_as_for_few(manager, program, checkout, by):
    manager.get(LIST)
    for _ in range(2):
        with counted_queries("widget.add widget"):
            manager.get(f"{LIST}add-widget/")
        with counted_queries("widget.content list"):
            manager.get(LIST)
        for _number in range(5):
            make_displays(program=make_program(), at=NOON)
    archive_display(display=checkout, by=by, at=NOON)
    with counted_queries("widget.display settings of a further one"):
        manager.get(f"{url(checkout)}?tab=settings")
