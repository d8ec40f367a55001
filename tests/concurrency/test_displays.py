from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from outbox.models import Email
from programs.operations import ProgramDetails, create_program
from promocodes.operations.pools import set_on_widgets
from team.audit import Actor
from team.models import AuditEntry
from tests.concurrency.racing import race
from tests.conftest import NOON
from tests.factories import make_participant, make_pool, make_program
from widget.models import Display, DisplayVersion, MicrositeSession, SignIn
from widget.operations import (
    CodeNotValid,
    DraftChangedMeanwhile,
    Entered,
    KeyTaken,
    NewDisplay,
    WasPublished,
    add_component,
    answer_sign_ins,
    archive_display,
    ask_for_code,
    delete_display,
    edit_component,
    enter_by_code,
    make_display,
    make_displays,
    move_component,
    publish,
)
from widget.queries import draft_of, published_version

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
BY = Actor(label="ana@example.com")
THREADS = 8


@pytest.fixture
def widget():
    program = create_program(key="spring", details=ProgramDetails(name="Spring"), by=BY, at=NOON)
    return Display.objects.get(program=program, kind="widget")


def refused(results):
    return sum(isinstance(result, DraftChangedMeanwhile) for result in results)


def test_of_eight_who_publish_the_same_draft_one_does(widget):
    add_component(display=widget, component_type="text", seen=1, by=BY, at=NOON)

    results = race([partial(publish, display=widget, seen=2, by=BY, at=NOON)] * THREADS)

    assert sorted(result.number for result in results if isinstance(result, DisplayVersion)) == [2]
    assert refused(results) == THREADS - 1
    assert published_version(widget).number == 2
    assert DisplayVersion.objects.filter(display=widget).count() == 3


def test_of_eight_who_edit_the_same_draft_one_does_and_the_others_are_told(widget):
    parts = draft_of(widget).parts
    known: dict[str, Any] = {"display": widget, "seen": 1, "by": BY, "at": NOON}
    edits: list[Callable[[], Any]] = [
        partial(edit_component, component_id=parts[0].id, texts={"en": {"title": "Mine"}}, settings={}, **known),
        partial(move_component, component_id=parts[1].id, place=4, **known),
        partial(add_component, component_type="text", **known),
    ]

    results = race(edits * 2)

    assert refused(results) == 5
    assert draft_of(widget).revision == 2


def test_publishing_while_somebody_edits_shows_the_one_or_the_other_and_loses_nothing(widget):
    add_component(display=widget, component_type="text", seen=1, by=BY, at=NOON)
    before = draft_of(widget).components

    results = race(
        [
            partial(publish, display=widget, seen=2, by=BY, at=NOON),
            partial(add_component, display=widget, component_type="text", seen=2, by=BY, at=NOON),
        ]
    )

    assert refused(results) == 1
    shown = published_version(widget).components
    if isinstance(results[0], DisplayVersion):
        assert shown == draft_of(widget).components == before
    else:
        assert len(draft_of(widget).components) == len(before) + 1
        assert len(shown) == 5


def test_the_check_box_and_an_admin_who_edits_both_have_their_way(widget):
    pool = make_pool(program=widget.program)

    results = race(
        [
            partial(set_on_widgets, pool=pool, shown=True, by=BY, at=NOON),
            partial(add_component, display=widget, component_type="text", seen=1, by=BY, at=NOON),
        ]
    )

    types = [part.type for part in draft_of(widget).parts]
    assert results[0] is True
    assert types.count("promo_codes") == 1
    assert ("text" in types) is (refused(results) == 0)
    assert [part.type for part in published_version(widget).parts].count("promo_codes") == 1


def test_eight_who_make_a_programs_widget_make_it_once():
    program = make_program()

    race([partial(make_displays, program=program, at=NOON)] * THREADS)

    assert Display.objects.count() == 2
    assert DisplayVersion.objects.filter(is_draft=True).count() == 2
    assert DisplayVersion.objects.filter(is_current=True).count() == 1


def test_of_eight_who_make_a_widget_with_one_key_one_does(widget):
    new = NewDisplay(kind="widget", name="At checkout", key="checkout")

    results = race([partial(make_display, program=widget.program, new=new, by=BY, at=NOON)] * THREADS)

    assert sum(isinstance(result, Display) for result in results) == 1
    assert sum(isinstance(result, KeyTaken) for result in results) == THREADS - 1
    assert Display.objects.filter(key="checkout").count() == 1
    assert DisplayVersion.objects.filter(display__key="checkout").count() == 1


def test_a_draft_that_is_published_and_deleted_at_once_is_one_of_the_two(widget):
    outcomes = set()
    for number in range(6):
        new = NewDisplay(kind="widget", name="A", key=f"a{number}")
        made = make_display(program=widget.program, new=new, by=BY, at=NOON)
        results = race(
            [
                partial(publish, display=made, seen=1, by=BY, at=NOON),
                partial(delete_display, display=made, by=BY, at=NOON),
            ]
        )
        is_there = Display.objects.filter(pk=made.pk).exists()
        if is_there:
            assert isinstance(results[0], DisplayVersion)
            assert isinstance(results[1], WasPublished | DraftChangedMeanwhile)
            assert published_version(made).number == 1
        else:
            assert isinstance(results[0], DraftChangedMeanwhile)
            assert results[1] is True
        outcomes.add(is_there)
    assert outcomes


def test_of_eight_who_archive_a_widget_one_does(widget):
    new = NewDisplay(kind="widget", name="A", key="a")
    made = make_display(program=widget.program, new=new, by=BY, at=NOON)

    results = race([partial(archive_display, display=made, by=BY, at=NOON)] * THREADS)

    assert sorted(results) == [False] * (THREADS - 1) + [True]
    assert AuditEntry.objects.filter(action="display.archived").count() == 1


def test_a_mailed_code_that_eight_use_at_once_opens_one_session(widget):
    site, public_id, code = asked_for_a_code(widget.program)

    enter = partial(enter_by_code, display=site, public_id=public_id, code=code, touches=[], address="", at=NOON)
    results = race([enter] * THREADS)

    assert sum(isinstance(result, Entered) for result in results) == 1
    assert sum(isinstance(result, CodeNotValid) for result in results) == THREADS - 1
    assert MicrositeSession.objects.count() == 1


def test_sixteen_wrong_codes_at_once_are_five_tries(widget):
    site, public_id, code = asked_for_a_code(widget.program)
    wrong = [f"{(int(code) + n) % 10**6:06d}" for n in range(1, 17)]

    known = {"display": site, "public_id": public_id, "touches": [], "address": "", "at": NOON}
    results = race([partial(enter_by_code, code=guess, **known) for guess in wrong], threads=THREADS)

    assert all(isinstance(result, CodeNotValid) for result in results)
    assert SignIn.objects.get().tries == 5
    with pytest.raises(CodeNotValid):
        enter_by_code(code=code, **known)


def test_two_workers_mail_one_code(widget):
    asked_for_a_code(widget.program, answers=[partial(answer_sign_ins, at=NOON)] * THREADS)

    assert Email.objects.count() == 1


def asked_for_a_code(program, answers=None):
    """Return a microsite, and a request with the code that was mailed for it."""
    site = Display.objects.get(program=program, kind="microsite")
    make_participant(email="ada@example.com")
    public_id = ask_for_code(display=site, email="ada@example.com", language="en", address="", at=NOON)
    race(answers or [partial(answer_sign_ins, at=NOON)])
    found = re.search(r"\b(\d{6})\b", Email.objects.get().text)
    assert found
    return site, public_id, found[1]
