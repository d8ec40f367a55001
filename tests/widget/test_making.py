from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from programs.models import Program
from programs.operations import delete_program
from tests.conftest import NOON
from tests.factories import make_pool, make_program
from widget.models import Display, DisplayVersion
from widget.operations import make_displays
from widget.queries import current_version, draft_of

pytestmark = pytest.mark.django_db
FIRST = ["hero", "share_link", "statistics", "rewards", "referrals"]


def types(version):
    return [part.type for part in version.parts]


def test_a_new_program_has_a_widget_that_shows_and_a_microsite_that_nobody_sees_yet(program, widget, microsite):
    assert (widget.key, widget.slug, widget.colour_mode) == ("referrerWidget", "", "page")
    assert (microsite.key, microsite.slug, microsite.takes_newcomers) == ("microsite", "spring-2026", False)
    assert types(current_version(program_id=program.pk)) == FIRST
    assert types(draft_of(widget)) == FIRST
    assert types(draft_of(microsite)) == FIRST
    assert current_version(program_id=program.pk, key="microsite") is None


def test_making_them_again_changes_nothing(program):
    before = list(DisplayVersion.objects.order_by("pk").values_list("pk", "components"))

    make_displays(program=program, at=NOON)

    assert list(DisplayVersion.objects.order_by("pk").values_list("pk", "components")) == before


def test_programs_from_before_get_theirs_by_a_migration(django_assert_max_num_queries):
    migration = import_module("widget.migrations.0003_displays_for_programs")
    programs = [make_program() for _ in range(20)]
    pool = make_pool(program=programs[3], on_widgets=True)

    with django_assert_max_num_queries(8):
        migration.make_displays(apps, None)

    assert Display.objects.count() == 40
    assert DisplayVersion.objects.filter(is_draft=True).count() == 40
    assert DisplayVersion.objects.filter(is_current=True).count() == 20
    assert types(current_version(program_id=pool.program_id)) == ["hero", "promo_codes", *FIRST[1:]]
    migration.make_displays(apps, None)
    assert Display.objects.count() == 40


def test_an_address_that_another_microsite_has_taken_gets_a_number(program, microsite):
    Display.objects.filter(pk=microsite.pk).update(slug="autumn")

    autumn = make_program(key="Autumn")
    make_displays(program=autumn, at=NOON)

    assert Display.objects.get(program=autumn, kind="microsite").slug == f"autumn-{autumn.pk}"


def test_a_program_that_nobody_uses_is_deleted_with_what_shows_it(program, by):
    delete_program(program=program, by=by, at=NOON)

    assert (Program.objects.count(), Display.objects.count(), DisplayVersion.objects.count()) == (0, 0, 0)


def test_the_database_keeps_one_draft_and_one_current_version(widget):
    refused: list[dict[str, Any]] = [
        {"is_draft": True},
        {"number": 2, "is_current": True, "published_at": NOON},
        {"number": 1, "published_at": NOON},
        {"number": None, "published_at": NOON},
        {"number": 3},
        {"number": 3, "is_draft": True},
    ]
    for fields in refused:
        with pytest.raises(IntegrityError), transaction.atomic():
            DisplayVersion.objects.create(display=widget, updated_at=NOON, **fields)

    assert DisplayVersion.objects.filter(display=widget).count() == 2


def test_the_database_keeps_widgets_without_and_microsites_with_an_address(widget, microsite):
    for display, fields in ((widget, {"slug": "a"}), (widget, {"takes_newcomers": True}), (microsite, {"slug": ""})):
        with pytest.raises(IntegrityError), transaction.atomic():
            Display.objects.filter(pk=display.pk).update(**fields)
