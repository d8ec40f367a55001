"""
What stands in for the arguments of addresses in the permission matrix.

A new page whose address has an argument needs a line here: its model's ``app.model`` with a function that makes one
object, or the name of the argument. An argument that is called like a field of the object gets that field's value.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType

from jobs.models import Job
from outbox.emails import Message
from outbox.models import Email
from outbox.operations import owe_email
from promocodes.models import CodeBatch, CodeHolder, PromoCode
from rewards.models import RewardRule, RuleMail
from team.audit import SYSTEM
from team.models import ApiKey, Role, User
from team.operations import create_api_key
from tests import factories
from tests.conftest import NOON
from widget.models import Display
from widget.operations import make_displays, publish


def make_member() -> User:
    """Return a member to act on, whom nobody in the matrix is logged in as."""
    return User.objects.create_user("somebody@example.com", role=Role.SUPPORT, invited_at=NOON, joined_at=None)


def make_key() -> ApiKey:
    return create_api_key(name="Shop", scope="read", by=SYSTEM, at=NOON).key


def make_email() -> Email:
    message = Message(to="a@example.com", subject="A", text="A", html="<p>A</p>", language="en")
    owe_email(key="matrix", message=message, at=NOON)
    return Email.objects.get(key="matrix")


def make_import() -> Job:
    """Return an import of balances, the kind of job that has all pages, undoing it among them."""
    return make_job(kind=Job.Kind.IMPORT, type="update-balances", name="paid.csv", format="", phase=Job.Phase.READING)


def make_job(**fields: Any) -> Job:
    """Return a report; it waits for a worker unless the fields say otherwise."""
    defaults = {
        "kind": Job.Kind.EXPORT,
        "type": "participants",
        "name": "Participants",
        "format": Job.Format.CSV,
        "phase": Job.Phase.WRITING,
        "requested_by": "a@example.com",
        "created_at": NOON,
        "expires_at": NOON + timedelta(days=36500),
    }
    return Job.objects.create(**{**defaults, **fields})


def make_batch() -> CodeBatch:
    """Return a batch of one code."""
    return factories.stock_pool(factories.make_pool(), "MATRIX-BATCH")


def make_held_code() -> PromoCode:
    """Return a code that an advocate has and that can be withdrawn."""
    return factories.make_code("MATRIX-CODE", participant=factories.make_participant())


def make_holder() -> CodeHolder:
    """Return somebody who gets codes."""
    code = factories.make_code("MATRIX-HELD", participant=factories.make_participant())
    return CodeHolder.objects.get(participant=code.participant)


def make_rule_with_mail() -> RewardRule:
    """Return a rule that tells advocates by e-mail."""
    rule = factories.make_rule(name="Reward", sends_mail=True)
    RuleMail.objects.create(rule=rule, side="ADVOCATE", language="zh-hans", subject="谢谢", text="您好！")
    return rule


def make_display() -> Display:
    """Return a microsite, the kind of display that has all pages, of a program that shows nothing to anybody yet."""
    program = factories.make_program(status="draft")
    make_displays(program=program, at=NOON)
    return Display.objects.get(program=program, kind=Display.Kind.MICROSITE)


def make_widget() -> Display:
    """Return the widget of a program."""
    program = factories.make_program()
    make_displays(program=program, at=NOON)
    return Display.objects.get(program=program, kind=Display.Kind.WIDGET)


def make_microsite() -> Display:
    """Return a published microsite of a live program."""
    program = factories.make_program()
    make_displays(program=program, at=NOON)
    microsite = Display.objects.get(program=program, kind=Display.Kind.MICROSITE)
    publish(display=microsite, seen=1, by=SYSTEM, at=NOON)
    return microsite


# The object that an address below /admin/<app>/<model>/ is about.
OBJECTS: dict[str, Callable[[], Any]] = {
    "jobs.job": make_import,
    "outbox.email": make_email,
    "programs.conversion": factories.make_conversion,
    "programs.participant": factories.make_participant,
    "programs.program": factories.make_program,
    "programs.referral": factories.make_referral,
    "promocodes.codebatch": make_batch,
    "promocodes.codeholder": make_holder,
    "promocodes.codepool": factories.make_pool,
    "promocodes.promocode": make_held_code,
    "rewards.catalogreward": factories.make_catalog_reward,
    "rewards.reward": factories.make_reward,
    "rewards.rewardrule": make_rule_with_mail,
    "rewards.rewardunit": factories.make_unit,
    "team.apikey": make_key,
    "team.user": make_member,
    "widget.display": make_display,
}

# Arguments of other addresses.
ARGUMENTS: dict[str, Callable[[], Any]] = {
    "account_id": lambda: "acme",
    "account_sid": lambda: "AD0",
    "action_id": lambda: "0" * 24,
    "app_label": lambda: "team",
    "code": lambda: "NOBODYS",
    "component_id": lambda: "nobody",
    "content_type_id": lambda: ContentType.objects.get_for_model(User).pk,
    "display_id": lambda: make_widget().pk,
    "export_id": lambda: "0" * 24,
    "language": lambda: "zh-hans",
    "medium": lambda: "EMAIL",
    "import_id": lambda: "0" * 24,
    "microsite_id": lambda: make_microsite().pk,
    "name": lambda: "resize-observer-polyfill@1.5.x",
    "number": lambda: 1,
    "object_id": lambda: 1,
    "participant_id": lambda: factories.make_participant().pk,
    "referral_id": lambda: "0" * 24,
    "referral_code_id": lambda: factories.make_referral_code(is_primary=False).pk,
    "reward_id": lambda: "0" * 24,
    "side": lambda: "ADVOCATE",
    "slug": lambda: "no-such-link",
    "submission_id": lambda: "A-0",
    "tenant_alias": lambda: "default",
    "token": lambda: "made-up",
    "uidb64": lambda: "MQ",
    "user_id": lambda: "ada",
    "url": lambda: "no-such-page/",
    "which": lambda: "result",
}
# Of these, the ones that below a model's address stand for its object instead.
KEYS = {"display_id", "object_id", "participant_id", "reward_id", "rule_id"}

# Addresses whose query decides what they show.
QUERIES = (
    "admin/autocomplete/?app_label=admin&model_name=logentry&field_name=user&term=a",
    "admin/autocomplete/?app_label=team&model_name=auditentry&field_name=user&term=a",
    "admin/team/user/?password__startswith=m",
    "admin/team/user/?_to_field=password&_popup=1",
    "admin/team/auditentry/?user__password__startswith=m",
)
