"""Every address of the product asked as every role, and what each was answered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from team.models import Role, User
from tests.advocate.matrix_objects import ARGUMENTS, KEYS, OBJECTS, QUERIES

EXPECTED = Path(__file__).with_name("permission_matrix.json")
ROLES = ("anonymous", "inactive", *(role.value for role in (Role.VIEWER, Role.SUPPORT, Role.PROGRAM_MANAGER)))
ASKED_AS = (*ROLES, Role.FULL_ACCESS.value)
METHODS = ("GET", "POST")
_ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>(?:\[[^]]*\]|[^()\[])*\)")
_APPS = re.compile(r"\(\?P<app_label>[^)]*\)")
_WRITE = re.compile(r"\s*(INSERT|UPDATE|DELETE)\b(?!.*(django_session|api_callwindow))", re.IGNORECASE | re.DOTALL)

Answers = dict[str, dict[str, dict[str, str]]]
Verdicts = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Reply:
    """What one question was answered, and what it wrote."""

    verdict: str
    writes: tuple[str, ...]


def all_routes() -> list[str]:
    """Return each address as it is declared, with its arguments' places."""
    routes = sorted(set(_walk(get_resolver(), "")))
    return [*routes, *QUERIES]


def addresses(routes: list[str]) -> dict[str, str]:
    """Return an address that can be asked for each route, with an object made for it."""
    made: dict[str, Any] = {}
    return {route: f"/{_filled(route, made)}" for route in routes}


def sessions() -> dict[str, str]:
    """Return a session's key for each role; nobody's is empty."""
    keys = {"anonymous": ""}
    for name in ASKED_AS[1:]:
        role = Role.VIEWER if name == "inactive" else Role(name)
        member = User.objects.create_user(f"{name}@example.com", "right horse staple", role=role)
        client = Client()
        client.force_login(member)
        keys[name] = client.cookies[settings.SESSION_COOKIE_NAME].value
    User.objects.filter(email="inactive@example.com").update(is_active=False)
    return keys


def ask(address: str, method: str, session: str, *, csrf: bool = False) -> Reply:
    """Ask once and undo whatever it did."""
    client = Client(enforce_csrf_checks=csrf, raise_request_exception=False)
    if session:
        client.cookies[settings.SESSION_COOKIE_NAME] = session
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        answer = client.get(address) if method == "GET" else client.post(address, **_form(address))
        transaction.set_rollback(True)
    writes = tuple(query["sql"][:200] for query in captured.captured_queries if _WRITE.match(query["sql"]))
    return Reply(verdict=_verdict(answer), writes=writes)


def _form(address: str) -> dict[str, Any]:
    """Return what makes a POST one that its address reads: an empty form, or JSON for the APIs and scripts."""
    is_api = address.startswith(("/api/", "/a/", "/Advertisers/"))
    return {"data": "{}", "content_type": "application/json"} if is_api else {}


def read_expected() -> Answers:
    """Return the committed answers."""
    return json.loads(EXPECTED.read_text(encoding="utf-8")) if EXPECTED.exists() else {}


def verdicts_for(role: str) -> Verdicts:
    """Return the committed answers that a role gets."""
    expected = read_expected()
    return {
        route: {method: answers[role] for method, answers in by_method.items() if role in answers}
        for route, by_method in expected.items()
    }


def write_expected(role: str, verdicts: Verdicts) -> None:
    """Write a role's answers, one line for each route and method, so that a review sees what a change opens."""
    expected = read_expected()
    lines = []
    for route in sorted(verdicts):
        kept = expected.get(route, {})
        answers = {method: kept.get(method, {}) | {role: verdict} for method, verdict in verdicts[route].items()}
        ordered = {
            method: {name: by_role[name] for name in ASKED_AS if name in by_role} for method, by_role in answers.items()
        }
        methods = ",\n".join(f"    {json.dumps(method)}: {json.dumps(ordered[method])}" for method in sorted(ordered))
        lines.append(f"  {json.dumps(route)}: {{\n{methods}\n  }}")
    EXPECTED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _walk(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern).removeprefix("^").removesuffix("$")
        route = _APPS.sub("<app_label>", route)  # the stock admin lists the apps that have pages
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from _walk(pattern, route)


def _filled(route: str, made: dict[str, Any]) -> str:
    def fill(match: re.Match[str]) -> str:
        return str(_value(match[1] or match[2], route, made))

    return _ARGUMENT.sub(fill, route)


def _value(argument: str, route: str, made: dict[str, Any]) -> Any:
    model = re.match(r"admin/(\w+)/(\w+)/", route)
    label = f"{model[1]}.{model[2]}" if model else ""
    if label in OBJECTS:
        if label not in made:
            made[label] = OBJECTS[label]()
        if argument in ARGUMENTS and argument not in KEYS:
            return ARGUMENTS[argument]()
        return getattr(made[label], argument, made[label].pk)
    if argument in ARGUMENTS and not label:
        return ARGUMENTS[argument]()
    raise AssertionError(f"{route}: say in tests/advocate/matrix_objects.py what stands in for {argument!r}.")


def _verdict(answer: Any) -> str:
    if answer.status_code in {301, 302} and answer["Location"].startswith(reverse("admin:login")):
        return "login"
    return str(answer.status_code)
