from __future__ import annotations

import json
import re
from datetime import timedelta

import jwt
import pytest

from advocate.lib import clock
from programs.models import Participant
from team.models import Role
from tests.api.calling import Api, user_path
from tests.widget.calling import data, ident_in, upsert

pytestmark = pytest.mark.django_db


def page(client, shown, query=""):
    return client.get(f"/admin/widget-sandbox/{shown.pk}/{query}")


def setup_in(answer):
    block = re.search(r'<script id="sandbox-setup" type="application/json">(.*?)</script>', answer.content.decode())
    return json.loads(block[1])


def test_the_sandbox_is_set_up_as_a_shops_page_with_a_demo_participant_and_needs_no_key(shown, manager):
    answer = page(manager, shown)

    setup = setup_in(answer)
    assert setup["options"] == {
        "tenantAlias": "default",
        "domain": "http://127.0.0.1:8000",
        "npmCdn": "http://127.0.0.1:8000/a/npm",
    }
    assert (setup["widgetType"], setup["engagementMedium"]) == ("p/spring/w/referrerWidget", "EMBED")
    assert jwt.decode(setup["token"], options={"verify_signature": False})["user"] == setup["user"]
    assert setup["user"]["id"] == "demo-participant"
    assert not Participant.objects.exists()


def test_the_language_the_form_and_a_visitor_can_be_chosen(shown, manager):
    setup = setup_in(page(manager, shown, "?language=zh&medium=POPUP&visitor=1"))

    assert (setup["locale"], setup["engagementMedium"]) == ("zh_CN", "POPUP")
    assert (setup["user"], setup["token"]) == (None, "")


def test_the_demo_participants_token_loads_their_widget_as_a_customers_does(shown, manager):
    setup = setup_in(page(manager, shown))
    sandbox = Api({"X-SaaSquatch-User-Token": setup["token"]})

    loaded = upsert(sandbox, setup["user"], widgetType=setup["widgetType"])

    assert loaded.status == 200, loaded.text
    assert Participant.objects.get().first_name == "Demo"
    assert ident_in(loaded.body["template"])["token"] == setup["token"]
    inside = Api({"Authorization": f"Bearer {setup['token']}"})
    assert data(inside, "{ viewer { ... on User { firstName } } }") == {"viewer": {"firstName": "Demo"}}


def test_the_demo_participants_token_is_worth_nothing_elsewhere_nor_for_anybody_else(shown, manager, ana):
    setup = setup_in(page(manager, shown))
    sandbox = Api({"X-SaaSquatch-User-Token": setup["token"]})
    ids = ("demo-participant", "demo-participant")

    assert sandbox.upsert(*ids, firstName="Demo").status == 401
    assert sandbox.get(user_path(*ids)).status == 401
    assert upsert(sandbox, {"id": ana.user_id, "accountId": ana.account_id}).status == 403
    assert upsert(sandbox, {**setup["user"], "firstName": "Eve"}).status == 403
    assert upsert(Api({"X-SaaSquatch-User-Token": setup["token"] + "x"}), setup["user"]).status == 401
    assert list(Participant.objects.values_list("first_name", flat=True)) == ["Ana"]


def test_a_token_of_the_sandbox_ends_after_an_hour(shown, manager, time_machine):
    setup = setup_in(page(manager, shown))
    time_machine.move_to(clock.now() + timedelta(hours=1, seconds=61))

    assert upsert(Api({"X-SaaSquatch-User-Token": setup["token"]}), setup["user"]).status == 401
    assert not Participant.objects.exists()


def test_there_is_no_card_before_there_is_a_widget_in_it(shown, manager):
    answer = page(manager, shown).content.decode()

    assert "data-stage hidden" in answer
    assert "data-show" in answer


@pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.SUPPORT, 403), (Role.PROGRAM_MANAGER, 200)])
def test_only_who_arranges_widgets_gets_a_token_for_the_demo_participant(shown, log_in, role, status):
    assert page(log_in(role), shown).status_code == status


def test_only_the_sandbox_lets_the_vendors_script_style_its_frame(shown, manager):
    policy = page(manager, shown)["Content-Security-Policy"]

    assert "style-src 'self' http://127.0.0.1:8000 'unsafe-inline'" in policy
    assert "script-src 'self' http://127.0.0.1:8000;" in f"{policy};"
    assert "unsafe-inline" not in manager.get("/admin/")["Content-Security-Policy"]
