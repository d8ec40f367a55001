from __future__ import annotations

import os

import pytest

from tests.advocate import matrix

pytestmark = pytest.mark.django_db

# What somebody may see who is not logged in.
PUBLIC = {
    "admin/login/",
    "i18n/setlang/",
    "invitation/<uidb64>/<token>/",
    "password/<uidb64>/<token>/",
    "password/done/",
    "password/forgotten/",
    "password/sent/",
}
OUTSIDERS = ("anonymous", "inactive")
# Where a POST needs no token, because no browser's cookie speaks for the caller.
WITHOUT_TOKEN: set[str] = set()


@pytest.fixture(autouse=True)
def _quiet(monkeypatch, caplog):
    """Keep messages off the broker and refusals out of the log."""
    monkeypatch.setattr("celery.current_app.send_task", lambda *_args, **_options: None)
    caplog.set_level("CRITICAL")


def test_every_address_answers_every_role_as_committed():
    addresses = matrix.addresses(matrix.all_routes())
    sessions = matrix.sessions()
    answers: matrix.Answers = {}
    writes_on_get = []

    for route, address in addresses.items():
        answers[route] = {method: {} for method in matrix.METHODS}
        for method in matrix.METHODS:
            for role, session in sessions.items():
                reply = matrix.ask(address, method, session)
                answers[route][method][role] = reply.verdict
                if method == "GET" and reply.writes:
                    writes_on_get.append((route, role, reply.writes))

    if os.environ.get("UPDATE_MATRIX") == "1":
        matrix.write_expected(answers)
    failed = [route for route, by_method in answers.items() if "500" in str(by_method)]
    opened = [
        route
        for route, by_method in answers.items()
        if route not in PUBLIC and "200" in {by_method[method][role] for method in by_method for role in OUTSIDERS}
    ]
    assert not failed, f"These fail: {failed}"
    assert not writes_on_get, f"A GET changed something: {writes_on_get}"
    assert not opened, f"These are open to everybody, and not in PUBLIC: {opened}"
    expected = matrix.read_expected()
    differing = {route: found for route, found in answers.items() if expected.get(route) != found}
    assert not differing, f"Not as in permission_matrix.json (meant so? Run it with UPDATE_MATRIX=1): {differing}"
    assert set(expected) == set(answers), f"Gone, but still in permission_matrix.json: {set(expected) - set(answers)}"


def test_a_deactivated_member_is_answered_like_a_stranger():
    for route, by_method in matrix.read_expected().items():
        for method, answers in by_method.items():
            assert answers["inactive"] == answers["anonymous"], (route, method)


def test_no_role_may_less_than_the_one_below_it():
    ranks = ("viewer", "support", "program_manager", "full_access")
    for route, by_method in matrix.read_expected().items():
        for method, answers in by_method.items():
            refused = [answers[role] == "403" for role in ranks]
            assert refused == sorted(refused, reverse=True), (route, method, answers)


def test_a_post_without_a_token_is_refused_everywhere():
    addresses = matrix.addresses(matrix.all_routes())
    session = matrix.sessions()["full_access"]

    verdicts = {route: matrix.ask(address, "POST", session, csrf=True).verdict for route, address in addresses.items()}

    taken = {route for route, verdict in verdicts.items() if verdict not in {"403", "404", "405"}}
    assert taken == WITHOUT_TOKEN
