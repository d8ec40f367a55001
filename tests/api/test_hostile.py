"""Whatever is sent, the answer is never our fault: no address, body or header gives a status of 500 or above."""

from __future__ import annotations

from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.routes import openapi
from tests.api.calling import BASE, Api
from tests.factories import make_participant, make_program, make_reward, make_unit

pytestmark = pytest.mark.django_db

TEXT = st.text(max_size=40) | st.sampled_from(["", "acme", "ada", "POINT", "..", "%00", "\u0000", "' OR 1=1", "0" * 24])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
DOCUMENT = openapi()
SCHEMAS = DOCUMENT["components"]["schemas"]
OPERATIONS = [
    (method.upper(), path.replace("{tenant_alias}", "default"), operation)
    for path, methods in sorted(DOCUMENT["paths"].items())
    for method, operation in sorted(methods.items())
    if not path.endswith("/upload")
]
FIELDS = sorted(
    {
        name
        for schema in SCHEMAS.values()
        if not schema.get("additionalProperties", True)
        for name in schema.get("properties", {})
    }
)
ORDER_FIELDS = [
    *SCHEMAS["ConversionBody"]["properties"],
    *("ItemPrice1", "ItemQuantity1", "ItemSubTotal2", "Text1", "Numeric1", "ClickId", "<x>", "é"),
]
BODIES = st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=8) | JSON
QUIET = settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch):
    monkeypatch.setattr("celery.current_app.send_task", lambda *_args, **_options: None)


@pytest.fixture
def people(db):
    make_program(key="47255")
    ada = make_participant(account_id="acme", user_id="ada")
    make_reward(participant=ada, unit=make_unit("POINT"), amount=500)


@pytest.mark.parametrize(
    ("method", "path", "operation"), OPERATIONS, ids=[f"{method} {path}" for method, path, _ in OPERATIONS]
)
@QUIET
@given(data=st.data())
def test_no_input_breaks_an_operation(api, people, method, path, operation, data):
    query = []
    for parameter in operation.get("parameters", []):
        name = parameter["name"]
        if parameter["in"] == "path" and name not in {"tenant_alias", "account_sid"}:
            path = path.replace(f"{{{name}}}", quote(data.draw(TEXT, label=name), safe=""))
        elif parameter["in"] == "query" and data.draw(st.booleans()):
            query.append(f"{name}={quote(str(data.draw(TEXT | st.integers(), label=name)), safe='')}")
    body = None if method == "GET" else data.draw(BODIES, label="body")
    address = f"{path.format(account_sid=api.key.account_sid)}?{'&'.join(query)}"

    answer = api.call(method, address, body, base="", accept="application/json")

    assert answer.status < 500, answer.text
    if answer.status >= 400:
        assert answer.body["Status"] == "ERROR" if path.startswith("/Advertisers/") else answer.code


@QUIET
@given(
    fields=st.dictionaries(st.sampled_from(ORDER_FIELDS), TEXT | st.integers().map(str) | st.just("NOW"), min_size=4)
)
@pytest.mark.parametrize("accept", ["application/json", "application/xml"])
def test_no_form_breaks_the_report_of_an_order(api, people, fields, accept):
    address = f"/Advertisers/{api.key.account_sid}/Conversions"
    good = {"CampaignId": "47255", "EventDate": "NOW", "OrderId": "7", "EventTypeId": "1", "CustomerId": "ada"}
    body = urlencode({**good, **{name: value.encode("utf-8", "replace") for name, value in fields.items()}})

    answer = api.call("POST", address, body, base="", accept=accept, content_type="application/x-www-form-urlencoded")

    assert answer.status in {200, 400}, answer.text
    if accept.endswith("xml"):
        ElementTree.fromstring(answer.text)


@QUIET
@given(
    raw=st.binary(max_size=200), content_type=st.sampled_from(["application/json", "multipart/form-data; boundary=x"])
)
def test_no_bytes_break_an_upload_or_an_upsert(api, raw, content_type):
    for method, path in (("PUT", "open/account/a/user/b"), ("POST", "export/upload"), ("POST", "credit/bulkredeem")):
        answer = api.call(method, path, raw, content_type=content_type)
        assert 400 <= answer.status < 500, answer.text
        assert answer.code


@QUIET
@given(header=st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=60))
def test_no_header_breaks_the_door(api, header):
    for name in ("Authorization", "X-SaaSquatch-User-Token", "Idempotency-Key", "Content-Length", "Origin", "Host"):
        for value in (header, f"Basic {header}", f"Bearer {header}"):
            answer = Api({name: value}).call("GET", "open/account/a/user/b")
            assert 400 <= answer.status < 500, (name, value, answer.text)


@pytest.mark.parametrize(
    "path", ["%ff%fe", "open/account/%ff/user/%fe", "a" * 9000, "open/code/%F0%9F%92%A9", "//", "."]
)
def test_no_address_breaks_the_way_in(api, path):
    answer = Client(headers=api.headers, raise_request_exception=False).get(BASE + path)

    assert 400 <= answer.status_code < 500
