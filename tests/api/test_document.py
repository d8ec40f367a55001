from __future__ import annotations

import json
import os
import re

import pytest
from django.conf import settings as project

from api.routes import openapi
from api.urls import urlpatterns

SNAPSHOT = project.BASE_DIR / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def document():
    return openapi()


def test_the_committed_document_is_the_one_that_the_code_makes(document):
    made = json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True, default=str) + "\n"
    if os.environ.get("UPDATE_OPENAPI") == "1":
        SNAPSHOT.write_text(made, encoding="utf-8")

    assert SNAPSHOT.read_text(encoding="utf-8") == made, "Meant so? Run it with UPDATE_OPENAPI=1."


def test_every_operation_says_what_it_does_and_how_it_refuses(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["description"], (method, path)
            assert {"400", "401"} <= {str(status) for status in operation["responses"]}, (method, path)
            assert path.startswith(("/api/v1/{tenant_alias}/", "/Advertisers/{account_sid}/"))


def test_every_place_in_an_address_is_a_parameter(document):
    for path, methods in document["paths"].items():
        for operation in methods.values():
            declared = [one["name"] for one in operation["parameters"] if one["in"] == "path"]
            assert declared == re.findall(r"{(\w+)}", path)


def test_the_document_and_its_page_are_served_without_anything_from_elsewhere(client, db):
    assert client.get("/api/openapi.json").json()["openapi"] == "3.1.0"

    page = client.get("/api/docs")

    assert page.status_code == 200
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "https://" not in page.content.decode()
    assert len(urlpatterns) == 4
