from __future__ import annotations

import pytest
from django.utils import translation

from team.audit import record
from team.history import line_of
from tests.conftest import NOON
from widget.operations.further import NewDisplay, make_display

pytestmark = pytest.mark.django_db


def label(entry, language):
    with translation.override(language):
        return line_of(entry).object_label


@pytest.mark.parametrize("changed_in", ["en", "zh-hans"])
def test_a_programs_first_microsite_is_named_in_the_readers_language_whoever_changed_it(microsite, by, changed_in):
    with translation.override(changed_in):
        entry = record(by=by, action="display.settings_changed", target=microsite, at=NOON)

    assert (label(entry, "en"), label(entry, "zh-hans")) == ("Microsite", "微站点")


def test_a_name_that_somebody_gave_stays_as_it_is(program, by):
    new = NewDisplay(kind="microsite", name="Partners", key="partners")
    entry = record(by=by, action="display.made", target=make_display(program=program, new=new, by=by, at=NOON), at=NOON)

    assert (label(entry, "en"), label(entry, "zh-hans")) == ("Partners", "Partners")
