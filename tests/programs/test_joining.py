from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import promocodes.models
from programs import joined
from programs.joined import register_joined
from programs.models import CODE_FORM, Participant, ReferralCode
from programs.operations import CodeTaken, InvalidValue, join_program
from programs.operations.code_texts import ALPHABET, code_candidates, name_code
from team.models import AuditEntry
from tests.conftest import NOON
from tests.factories import make_participant, make_pool, make_program, stock_pool

pytestmark = pytest.mark.django_db


@pytest.fixture
def handlers(monkeypatch):
    """Let a test register handlers of its own."""
    registered: dict[joined.JoinedHandler, joined.ManyJoinedHandler | None] = {}
    monkeypatch.setattr(joined, "_handlers", registered)
    return registered


def join(participant, program, by, **options):
    return join_program(participant=participant, program=program, by=by, at=NOON, **options)


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("Ana", "García", "ANAGARCIA"),
        ("Zoë", "O'Brien-Łęcki", "ZOEOBRIENLECKI"),
        ("Søren", "Straße", "SORENSTRASSE"),
        ("Maximiliano", "Featherstonehaugh", "MAXIMILIANOFEAT"),
        ("Ｗｅｉ", "王", "WEI"),
        ("R2", "D2", "R2D2"),
        ("", "Okafor", "OKAFOR"),
        ("李", "娜", ""),
        ("A", "B", ""),
        ("", "", ""),
    ],
)
def test_a_name_becomes_a_code_of_capital_ascii_letters(first, last, code):
    assert name_code(first, last) == code


@given(st.text(max_size=40), st.text(max_size=40), st.integers())
def test_every_candidate_is_a_code(first, last, seed):
    candidates = list(code_candidates(first_name=first, last_name=last, rng=Random(seed)))

    assert len(candidates) >= 5
    assert len(set(candidates)) >= len(candidates) - 1
    for candidate in candidates:
        assert 3 <= len(candidate) <= 21
        assert set(candidate) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


def test_who_joins_gets_a_primary_code_made_from_the_name(ana, program, by):
    code = join(ana, program, by)

    stored = ReferralCode.objects.get()
    assert (stored.pk, stored.code, stored.is_primary, stored.created_at) == (code.pk, "ANAGARCIA", True, NOON)
    entry = AuditEntry.objects.get(action="participant.joined")
    assert entry.object_id == str(ana.pk)
    assert entry.changes == {"program": [None, "Spring"], "code": [None, "ANAGARCIA"]}


def test_who_has_a_name_in_another_script_gets_a_readable_code(program, by):
    li = make_participant(first_name="李", last_name="娜")

    code = join(li, program, by)

    assert len(code.code) == 8
    assert set(code.code) <= set(ALPHABET)


def test_namesakes_get_the_name_with_a_tail(ana, program, by):
    other = make_participant(first_name="ANA", last_name="Garcia")
    join(ana, program, by)

    code = join(other, program, by)

    assert code.code.startswith("ANAGARCIA")
    assert len(code.code) == 11


def test_a_name_that_is_taken_with_any_tail_becomes_a_random_code(ana, program, by):
    class Stuck(Random):
        def choice(self, seq):
            return seq[len(taken) - 1] if len(taken) > 5 else seq[0]

    taken = ["ANAGARCIA", *("ANAGARCIA" + "2" * n for n in (2, 3, 4, 6))]
    for text in taken:
        ReferralCode.objects.create(code=text, program=program, participant=make_participant())

    assert join(ana, program, by, rng=Stuck()).code == "22222222"


def test_whoever_has_joined_keeps_their_code(ana, program, by, handlers):
    first = join(ana, program, by)
    calls = []
    register_joined(lambda **what: calls.append(what))

    again = join(ana, program, by, code="OTHER")

    assert again.pk == first.pk
    assert ReferralCode.objects.count() == 1
    assert AuditEntry.objects.filter(action="participant.joined").count() == 1
    assert calls == []


def test_a_typed_code_is_given_as_typed(ana, program, by):
    assert join(ana, program, by, code="Ana_loves-2").code == "Ana_loves-2"


def test_a_typed_code_that_is_taken_in_any_case_or_program_is_refused(ana, ben, program, by):
    join(ben, make_program(), by, code="BIKE")

    with pytest.raises(CodeTaken, match="The code bike is taken"):
        join(ana, program, by, code="bike")

    assert not ReferralCode.objects.filter(participant=ana).exists()
    assert not AuditEntry.objects.filter(action="participant.joined", object_id=str(ana.pk)).exists()


def test_a_promo_code_is_in_the_way_too(ana, program, by):
    stock_pool(make_pool(), "AnaGarcia", "BIKE")

    with pytest.raises(CodeTaken, match="BIKE"):
        join(ana, program, by, code="BIKE")
    assert join(ana, program, by).code.startswith("ANAGARCIA")
    assert ReferralCode.objects.get().code != "ANAGARCIA"


@pytest.mark.parametrize("code", ["a b", "é", "x" * 65, "a\x00", "a\n", "１", "a.b", "<b>"])
def test_what_is_no_code_is_refused(ana, program, by, code):
    with pytest.raises(InvalidValue) as refusal:
        join(ana, program, by, code=code)

    assert refusal.value.params["field"] == "code"
    assert not ReferralCode.objects.exists()


def test_a_code_of_another_program_does_not_count(ana, program, by):
    first = join(ana, make_program(), by)
    second = join(ana, program, by)

    assert second.code != first.code
    assert second.program == program


def test_those_above_hear_of_it_once_in_the_same_transaction(ana, program, by, handlers):
    calls = []
    register_joined(lambda **what: calls.append(what))

    join(ana, program, by)

    assert calls == [{"participant": ana, "program": program, "at": NOON}]


def test_a_handler_that_refuses_undoes_the_joining(ana, program, by, handlers):
    def refuse(**_what):
        raise ValueError("no")

    register_joined(refuse)

    with pytest.raises(ValueError, match="no"):
        join(ana, program, by)

    assert not ReferralCode.objects.exists()
    assert Participant.objects.filter(pk=ana.pk).exists()


def test_a_handler_is_registered_once(handlers):
    def handler(**_what):
        pass

    register_joined(handler)
    register_joined(handler)

    assert list(handlers) == [handler]


def test_the_form_of_a_code_is_that_of_promo_codes():
    assert promocodes.models.CODE_FORM == CODE_FORM
