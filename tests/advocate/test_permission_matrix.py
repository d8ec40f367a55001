from __future__ import annotations

import os

import pytest

from tests.advocate import matrix

pytestmark = pytest.mark.django_db

# What somebody may see who is not logged in.
PUBLIC = {
    "a/<str:tenant_alias>/widgets/analytics/loaded",
    "a/<str:tenant_alias>/widgets/analytics/shared",
    "a/<str:tenant_alias>/widgets/mobilewidget",
    "a/<str:tenant_alias>/widgets/squatchcookiejson",
    "a/npm/<path:name>",
    "admin/login/",
    "api/docs",
    "api/openapi.json",
    "i18n/setlang/",
    "invitation/<uidb64>/<token>/",
    "password/<uidb64>/<token>/",
    "password/done/",
    "password/forgotten/",
    "password/sent/",
    "s/<str:slug>/qr",
}
OUTSIDERS = ("anonymous", "inactive")
# Below this a POST needs no token, because no browser's cookie speaks for the caller.
API = ("api/v1/<str:tenant_alias>/", "a/<str:tenant_alias>/", "Advertisers/<str:account_sid>/")
# There a visitor's script may ask, too: what the matrix sends is no question.
ASKED_BY_ANYONE = {
    "a/<str:tenant_alias>/widgets/analytics/loaded",
    "a/<str:tenant_alias>/widgets/analytics/shared",
    "api/v1/<str:tenant_alias>/graphql",
}


@pytest.fixture(autouse=True)
def _quiet(monkeypatch, caplog):
    """Keep messages off the broker and refusals out of the log."""
    monkeypatch.setattr("celery.current_app.send_task", lambda *_args, **_options: None)
    caplog.set_level("CRITICAL")


@pytest.mark.parametrize("role", matrix.ASKED_AS)
def test_every_address_answers_a_role_as_committed(role):
    addresses = matrix.addresses(matrix.all_routes())
    session = matrix.sessions()[role]
    answers: matrix.Verdicts = {}
    writes_on_get = []

    for route, address in addresses.items():
        replies = {method: matrix.ask(address, method, session) for method in matrix.METHODS}
        answers[route] = {method: reply.verdict for method, reply in replies.items()}
        if replies["GET"].writes:
            writes_on_get.append((route, replies["GET"].writes))

    if os.environ.get("UPDATE_MATRIX") == "1":
        matrix.write_expected(role, answers)
    failed = [route for route, by_method in answers.items() if "500" in by_method.values()]
    opened = [route for route, by_method in answers.items() if route not in PUBLIC and "200" in by_method.values()]
    assert not failed, f"These fail: {failed}"
    assert not writes_on_get, f"A GET changed something: {writes_on_get}"
    assert role not in OUTSIDERS or not opened, f"These are open to everybody, and not in PUBLIC: {opened}"
    expected = matrix.verdicts_for(role)
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
    assert {route for route in taken if not route.startswith(API)} == set()
    assert {verdicts[route] for route in taken - ASKED_BY_ANYONE} <= {"401"}
    assert {verdicts[route] for route in ASKED_BY_ANYONE} <= {"200", "400"}
