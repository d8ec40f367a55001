"""The calls that the script on a shop's page makes."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote, urlencode

from tests.api.calling import Answer, Api
from widget.models import AllowedOrigin

SHOP = "https://shop.example"
ANA = {"id": "ana@example.com", "accountId": "acme"}


def allow_shop(program: Any, origin: str = SHOP) -> None:
    AllowedOrigin.objects.create(program=program, origin=origin)


def upsert(api: Api, user: dict[str, Any], **query: str) -> Answer:
    """Register a user and ask for their widget."""
    ids = f"account/{quote(str(user.get('accountId')), safe='')}/user/{quote(str(user.get('id')), safe='')}"
    return api.put(f"widget/{ids}/upsert?{urlencode({'engagementMedium': 'EMBED', **query})}", user)


def ask(api: Api, query: str, **variables: Any) -> dict[str, Any]:
    """Ask by GraphQL; what comes back is 200, with errors or without."""
    answer = api.post("graphql", {"query": query, "variables": variables})
    assert answer.status == 200, answer.text
    return answer.body


def data(api: Api, query: str, **variables: Any) -> Any:
    """Ask by GraphQL and expect no error."""
    body = ask(api, query, **variables)
    assert "errors" not in body, body["errors"]
    return body["data"]


def problem(api: Api, query: str, **variables: Any) -> tuple[int, str]:
    """Ask by GraphQL, expect one error, and return its status and code."""
    [error] = ask(api, query, **variables)["errors"]
    refused = error["extensions"]["apiError"]
    assert refused.keys() >= {"message", "statusCode", "apiErrorCode", "rsCode"}
    return refused["statusCode"], refused["apiErrorCode"]


def ident_in(template: str) -> dict[str, Any]:
    """Return what a widget's scripts know of whom they act for."""
    return json.loads(re.search(r'<script id="widget-ident" type="application/json">(.*?)</script>', template)[1])
