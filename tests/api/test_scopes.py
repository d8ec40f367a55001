from __future__ import annotations

import pytest

from tests.api.samples import CALLERS, REFUSED, SAMPLES, World, caller, made, operations

METHODS = dict(operations())


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch):
    monkeypatch.setattr("celery.current_app.send_task", lambda *_args, **_options: None)


def test_every_operation_has_a_sample_call():
    missing = METHODS.keys() ^ SAMPLES.keys()

    assert not missing, f"tests/api/samples.py should say who may make these calls, and has these too many: {missing}"
    assert len(METHODS) == len(list(operations())), "two operations have one name"


@pytest.mark.django_db
@pytest.mark.parametrize("who", CALLERS)
@pytest.mark.parametrize("name", SAMPLES)
def test_each_caller_gets_exactly_the_answer_that_the_door_allows(name, who):
    sample = SAMPLES[name]
    refused = REFUSED[sample.door].get(who)
    expected = refused or sample.ok

    answer = made(caller(who), METHODS[name], name, World())

    assert answer.status == expected, answer.text
    if refused and sample.door.startswith("account"):
        assert answer.body["Status"] == "ERROR"
    elif refused:
        assert answer.code == ("UNAUTHORIZED" if refused == 401 else "FORBIDDEN")
