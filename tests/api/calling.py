"""A client of the API as a shop's server is one: no cookies, no tokens of forms."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote, urlencode

import jwt
from django.test import Client

from team.audit import SYSTEM
from team.models import ApiKey
from team.operations import create_api_key
from tests.conftest import NOON

BASE = "/api/v1/default/"


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def user_path(account_id: str, user_id: str, *, prefix: str = "open/") -> str:
    return f"{prefix}account/{quote(account_id, safe='')}/user/{quote(user_id, safe='')}"


class Answer:
    """An answer with its status, headers and body."""

    def __init__(self, response: Any) -> None:
        self.status = response.status_code
        self.headers = response.headers
        self.text = response.content.decode() if not response.streaming else ""

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        """Return the code of a refusal, whose form is checked on the way."""
        body = self.body
        assert body.keys() >= {"message", "statusCode", "apiErrorCode", "rsCode"}, body
        assert body["statusCode"] == self.status
        assert body["message"]
        return body["apiErrorCode"]


class Api:
    """Calls with one key, or with none."""

    def __init__(self, headers: dict[str, str] | None = None) -> None:
        self.headers = headers or {}
        self.key: ApiKey | None = None
        self.secret = ""

    @classmethod
    def with_key(cls, scope: str) -> Api:
        made = create_api_key(name="Shop", scope=scope, by=SYSTEM, at=NOON)
        api = cls({"Authorization": basic("", made.secret)})
        api.key, api.secret = made.key, made.secret
        return api

    def with_token(self, claims: dict[str, Any], *, header: str = "X-SaaSquatch-User-Token", **options: Any) -> Api:
        """Return a client that shows a user's token, signed with this client's secret."""
        kid = {"kid": self.key.account_sid}
        token = jwt.encode(claims, self.secret, algorithm="HS256", headers=options.get("headers", kid))
        return Api({header: f"Bearer {token}" if header == "Authorization" else token})

    def call(self, method: str, path: str, body: Any = None, *, base: str = BASE, **headers: str) -> Answer:
        """Call an address; a body that is no text or bytes is sent as JSON."""
        sent = body if isinstance(body, bytes | str) else json.dumps(body) if body is not None else ""
        extra = {name.replace("_", "-"): value for name, value in headers.items()}
        content_type = extra.pop("content-type", "application/json")
        client = Client(raise_request_exception=False)
        return Answer(
            client.generic(method, base + path, sent, content_type=content_type, headers={**self.headers, **extra})
        )

    def get(self, path: str, **query: Any) -> Answer:
        return self.call("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("PUT", path, body, **headers)

    def upsert(self, account_id: str, user_id: str, **fields: Any) -> Answer:
        return self.put(user_path(account_id, user_id), {"id": user_id, "accountId": account_id, **fields})
