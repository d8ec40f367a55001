from __future__ import annotations

import pytest
from django import forms

from programs import code_sources
from programs.code_sources import CodeSource, register_code_source
from programs.forms import AddCodeForm
from programs.models import Program, ReferralCode
from programs.operations import CodeTaken, join_program
from team.models import Role
from tests.conftest import NOON
from tests.factories import make_program

pytestmark = pytest.mark.django_db
LIST = "/admin/programs/participant/"


class ReasonedForm(AddCodeForm):
    reason = forms.CharField()


@pytest.fixture
def pool_source(monkeypatch, program):
    """Return a source as an app above registers one, and what it was asked for."""
    monkeypatch.setattr(code_sources, "_sources", dict(code_sources._sources))
    asked = []

    def give(*, participant, program, answers, by, at):
        asked.append((participant, program, answers["reason"], by.label))
        if answers["reason"] == "refuse":
            raise CodeTaken(taken="X")
        return "POOL-1"

    source = CodeSource(
        key="pool",
        label="From the pool",
        lead="The next one in stock.",
        programs=lambda: Program.objects.filter(pk=program.pk),
        give=give,
        form=ReasonedForm,
        order=20,
    )
    register_code_source(source)
    return source, asked


def address(participant, by=""):
    return f"{LIST}{participant.pk}/add-code/" + (f"?by={by}" if by else "")


def test_a_code_is_typed_on_the_page(manager, ana, program, by):
    answer = manager.post(address(ana), {"program": program.pk, "code": "BIKE"})

    assert answer.url == f"{LIST}{ana.pk}/change/?tab=codes"
    assert list(ReferralCode.objects.values_list("code", "is_primary")) == [("BIKE", True)]


def test_a_code_is_made_up_on_the_page(manager, ana, program, by):
    join_program(participant=ana, program=program, by=by, at=NOON)

    manager.post(address(ana), {"program": program.pk, "code": "", "is_primary": "on"})

    codes = list(ReferralCode.objects.order_by("pk").values_list("is_primary", flat=True))
    assert codes == [False, True]


def test_a_code_that_is_taken_is_refused_beside_the_form(manager, ana, ben, program, by):
    join_program(participant=ben, program=program, code="BIKE", by=by, at=NOON)

    page = manager.post(address(ana), {"program": program.pk, "code": "bike"}).content.decode()

    assert "The code bike is taken" in page
    assert ReferralCode.objects.count() == 1


def test_with_one_way_no_choice_is_offered(manager, ana, program, monkeypatch):
    monkeypatch.setattr(code_sources, "_sources", {"referral": code_sources._sources["referral"]})

    page = manager.get(address(ana)).content.decode()

    assert "?by=referral" not in page
    assert "ana@example.com" not in page


def test_an_app_above_adds_a_way_with_a_form_of_its_own(manager, ana, program, pool_source):
    _source, asked = pool_source
    page = manager.get(address(ana, "pool")).content.decode()
    assert "The next one in stock." in page
    assert 'name="reason"' in page
    assert "?by=referral" in page

    answer = manager.post(address(ana, "pool"), {"program": program.pk, "reason": "Asked for it"}, follow=True)

    assert asked == [(ana, program, "Asked for it", "program_manager@example.com")]
    assert "Ana García has the code POOL-1 now." in answer.content.decode()


def test_what_a_way_refuses_is_shown_with_the_form(manager, ana, program, pool_source):
    page = manager.post(address(ana, "pool"), {"program": program.pk, "reason": "refuse"}).content.decode()

    assert "The code X is taken" in page


def test_a_way_offers_its_own_programs_only(manager, ana, program, pool_source):
    other = make_program()

    page = manager.post(address(ana, "pool"), {"program": other.pk, "reason": "x"}).content.decode()

    assert "Select a valid choice" in page
    assert pool_source[1] == []


def test_a_way_without_programs_is_not_offered(manager, ana, program, pool_source):
    Program.objects.filter(pk=program.pk).delete()
    make_program()

    page = manager.get(address(ana, "pool")).content.decode()

    assert "The next one in stock." not in page
    assert "From the pool" not in page


def test_a_way_whose_permission_is_lacking_is_not_offered(log_in, ana, program, pool_source):
    register_code_source(CodeSource("secret", "Secret", "", Program.objects.all, pool_source[0].give, permission="x.y"))

    page = log_in(Role.SUPPORT).get(address(ana, "secret")).content.decode()

    assert "Secret" not in page


def test_without_a_program_there_is_nothing_to_give(manager, ana):
    assert manager.get(address(ana)).status_code == 404


@pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.SUPPORT, 200)])
def test_support_gives_codes_and_a_viewer_does_not(log_in, ana, program, role, status):
    client = log_in(role)

    assert client.get(address(ana)).status_code == status
    assert client.post(address(ana), {"program": program.pk}).status_code == (302 if status == 200 else 403)
    assert ReferralCode.objects.count() == (status == 200)
    page = client.get(f"{LIST}{ana.pk}/change/?tab=codes").content.decode()
    assert (address(ana) in page) == (status == 200)


def test_a_participant_that_there_is_not_is_not_found(manager, program):
    assert manager.get(f"{LIST}12345/add-code/").status_code == 404
