from __future__ import annotations

import json
import re

import jwt
import pytest

from programs.models import Participant
from team.models import Role

pytestmark = pytest.mark.django_db


def page(client, shown, query=""):
    return client.get(f"/admin/widget-sandbox/{shown.pk}/{query}")


def setup_in(answer):
    block = re.search(r'<script id="sandbox-setup" type="application/json">(.*?)</script>', answer.content.decode())
    return json.loads(block[1])


def test_the_sandbox_is_set_up_as_a_shops_page_with_a_demo_participant(api, shown, manager):
    answer = page(manager, shown)

    setup = setup_in(answer)
    assert setup["options"] == {
        "tenantAlias": "default",
        "domain": "http://127.0.0.1:8000",
        "npmCdn": "http://127.0.0.1:8000/a/npm",
    }
    assert (setup["widgetType"], setup["engagementMedium"]) == ("p/spring/w/referrerWidget", "EMBED")
    claims = jwt.decode(setup["token"], api.secret, algorithms=["HS256"])
    assert claims["user"] == setup["user"]
    assert setup["user"]["id"] == "demo-participant"
    assert not Participant.objects.exists()


def test_the_language_the_form_and_a_visitor_can_be_chosen(api, shown, manager):
    setup = setup_in(page(manager, shown, "?language=zh&medium=POPUP&visitor=1"))

    assert (setup["locale"], setup["engagementMedium"]) == ("zh_CN", "POPUP")
    assert (setup["user"], setup["token"]) == (None, "")


def test_without_a_key_that_may_write_there_is_no_demo_participant_but_a_visitor(shown, manager):
    assert "API key" in page(manager, shown).content.decode()
    assert b"data-show" not in page(manager, shown).content
    assert b"data-show" in page(manager, shown, "?visitor=1").content


@pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.SUPPORT, 403), (Role.PROGRAM_MANAGER, 200)])
def test_only_who_arranges_widgets_gets_a_token_for_the_demo_participant(api, shown, log_in, role, status):
    assert page(log_in(role), shown).status_code == status


def test_only_the_sandbox_lets_the_vendors_script_style_its_frame(api, shown, manager):
    policy = page(manager, shown)["Content-Security-Policy"]

    assert "style-src 'self' http://127.0.0.1:8000 'unsafe-inline'" in policy
    assert "script-src 'self' http://127.0.0.1:8000;" in f"{policy};"
    assert "unsafe-inline" not in manager.get("/admin/")["Content-Security-Policy"]
