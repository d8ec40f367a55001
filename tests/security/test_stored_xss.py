from __future__ import annotations

import csv
import io
from html import unescape

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from advocate.lib import clock
from jobs.models import Job
from jobs.operations import confirm_import, create_export, create_import
from jobs.operations.create import ImportChoices
from jobs.runner import run_job
from jobs.types import export_type, import_type
from outbox.models import Email
from programs.models import Participant, Program, ReferralCode
from rewards.models import RuleMail
from rewards.operations import cancel_reward, redeem_reward
from rewards.rules import give_for_conversion
from team.audit import Actor
from team.models import AuditEntry, Company, Role, User
from team.operations import invite_member
from tests import factories
from tests.security.payloads import PAYLOADS, injected

pytestmark = pytest.mark.django_db

LISTS = (
    "admin:jobs_job_changelist",
    "admin:outbox_email_changelist",
    "admin:programs_participant_changelist",
    "admin:programs_program_changelist",
    "admin:rewards_catalogreward_changelist",
    "admin:rewards_reward_changelist",
    "admin:rewards_rewardrule_changelist",
    "admin:rewards_rewardunit_changelist",
    "admin:team_auditentry_changelist",
    "admin:team_user_changelist",
)
FORMS = (
    "admin:jobs_job_import",
    "admin:jobs_job_report",
    "admin:team_company_change",
    "admin:team_user_add",
    "own_profile",
)
TABS = ("overview", "rewards", "referrals", "codes", "activity")


def test_the_hunter_finds_what_a_page_would_run():
    assert all(injected(f'<p title="x">{payload}</p>') for payload in PAYLOADS[:-1])
    assert injected("<script src='/static/a.js'></script><a href='/x' title='a'>b</a>") == []


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_people_and_files_say_stays_text_on_every_page(client, payload):
    boss = User.objects.create_user("boss@example.com", "right horse staple", name=payload, role=Role.FULL_ACCESS)
    client.force_login(boss)
    Company.objects.update_or_create(pk=Company.ONLY_ID, defaults={"name": payload})
    pages = [*_pages_of_rewards(payload, boss), *_pages_of_jobs(payload, boss), *_pages_of_mails(payload, boss)]
    pages += [f"/admin/team/user/{boss.pk}/change/", "/admin/"]
    pages += [reverse(name) for name in FORMS]
    lists = [reverse(name) for name in LISTS]

    answers = {page: client.get(page) for page in [*pages, *lists]}
    answers |= {f"search of {page}": client.get(page, {"q": payload}) for page in [*lists, "/admin/search/"]}

    assert {page: answer.status_code for page, answer in answers.items() if answer.status_code != 200} == {}
    found = {page: injected(answer.content.decode()) for page, answer in answers.items()}
    assert {page: what for page, what in found.items() if what} == {}
    assert sum(payload in unescape(answer.content.decode()) for answer in answers.values()) > len(answers) / 2


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_people_and_files_say_stays_text_in_mails(payload):
    boss = User.objects.create_user("boss@example.com", "right horse staple", name=payload, role=Role.FULL_ACCESS)
    _pages_of_jobs(payload, boss)
    invite_member(email="new@example.com", role=Role.VIEWER, name=payload, by=Actor.of(boss), at=clock.now())

    mails = list(Email.objects.all())

    assert len(mails) >= 4
    assert {mail.name: injected(mail.html) for mail in mails if injected(mail.html)} == {}
    assert not [mail.subject for mail in mails if "\n" in mail.subject or "\r" in mail.subject]


def test_line_breaks_in_names_add_no_header_to_a_mail():
    evil = "x\r\nBcc: evil@example.com\r\n\r\n<b>body</b>"
    boss = User.objects.create_user("boss@example.com", "right horse staple", name=evil, role=Role.FULL_ACCESS)

    _pages_of_jobs(evil, boss)

    subjects = list(Email.objects.values_list("subject", flat=True))
    assert subjects
    assert not [subject for subject in subjects if "\n" in subject or "\r" in subject]


def _pages_of_rewards(payload: str, boss: User) -> list[str]:
    by, at = Actor.of(boss), clock.now()
    program = factories.make_program(name=payload)
    person = factories.make_participant(
        account_id=payload,
        user_id=payload,
        first_name=payload,
        last_name=payload,
        email=f"{payload}@example.com",
        segments=[payload],
        custom_fields={payload: payload},
        block_reason=payload,
        date_blocked=at,
    )
    ReferralCode.objects.create(participant=person, program=program, code=payload[:64], created_at=at)
    unit = factories.make_unit("CREDIT/CAD", name=payload)
    made = factories.make_catalog_reward(name=payload, unit=unit)
    notes = {"name": payload, "internal_note": payload, "customer_note": payload, "unique_id": payload}
    reward = factories.make_reward(participant=person, unit=unit, program=program, date_created=at, **notes)
    redeem_reward(reward=reward, amount=100, key="k", by=Actor(label=payload), at=at, note=payload)
    spare = factories.make_reward(participant=person, unit=unit)
    cancel_reward(reward=spare, reason=payload, by=by, at=at)
    AuditEntry.objects.create(
        at=at, actor=payload, action=payload[:60], object_label=payload, changes={payload: [payload, payload]}
    )
    page = reverse("admin:programs_participant_change", args=[person.pk])
    rules = _pages_of_rules(payload, program, person)
    return [
        *rules,
        *(f"{page}?tab={tab}" for tab in TABS),
        reverse("admin:programs_participant_edit", args=[person.pk]),
        reverse("admin:programs_program_change", args=[program.pk]),
        reverse("admin:programs_program_edit", args=[program.pk]),
        reverse("admin:rewards_rewardunit_change", args=[unit.pk]),
        reverse("admin:rewards_catalogreward_change", args=[made.pk]),
        *(reverse("admin:rewards_reward_change", args=[one.pk]) for one in (reward, spare)),
        reverse("admin:rewards_reward_add") + f"?participant={person.pk}",
    ]


def _pages_of_rules(payload: str, program: Program, advocate: Participant) -> list[str]:
    """Return the pages of a rule, of an order that it rewarded, and of another that it did not."""
    rule = factories.make_rule(program=program, name=payload[:100], sends_mail=True, limit_each=1)
    own = {"rule": rule, "side": "ADVOCATE", "language": "en"}
    RuleMail.objects.create(subject=payload[:200], text=f"{payload} {{{{ reader_name }}}}", **own)
    friend = factories.make_participant(first_name=payload)
    referral = factories.make_referral(program=program, referrer=advocate, referred=friend)
    orders = [factories.make_attributed_order(referral=referral, order_id=f"{payload}{place}") for place in "ab"]
    for order in orders:
        give_for_conversion(conversion=order, at=clock.now())
    return [
        reverse("admin:rewards_rewardrule_change", args=[rule.pk]),
        reverse("admin:rewards_rewardrule_edit", args=[rule.pk]),
        reverse("admin:rewards_rewardrule_preview", args=[rule.pk, "ADVOCATE", "en"]),
        reverse("admin:programs_referral_change", args=[referral.pk]),
        *(reverse("admin:programs_conversion_change", args=[order.pk]) for order in orders),
    ]


def _pages_of_jobs(payload: str, boss: User) -> list[str]:
    by = Actor.of(boss)
    report = create_export(
        export_type=export_type("available-balances"),
        name=payload,
        file_format="csv",
        params={},
        by=by,
        at=clock.now(),
    )
    reward = factories.make_reward(amount=3000)
    ids = [reward.participant.account_id, reward.participant.user_id, "CASH/USD"]
    applied = _import(payload, by, [[*ids, "1.00"], [payload, payload, payload, payload]])
    run_job(applied.pk)
    confirm_import(job=applied, by=by, at=clock.now())
    refused = _import(payload, by, [["a", "b", "c", "d"]], header=[payload, payload])
    waiting = _import(payload, by, [[*ids, "2.00"], [payload, payload, payload, "5"], [*ids, payload]])
    jobs = (report, applied, refused, waiting)
    for job in jobs:
        run_job(job.pk)
    assert sorted(Job.objects.values_list("status", flat=True)) == ["done", "done", "failed", "waiting"]
    pages = [reverse("admin:jobs_job_detail", args=[job.public_id]) for job in jobs]
    live = [reverse("admin:jobs_job_live", args=[job.public_id]) for job in jobs]
    undo = reverse("admin:jobs_job_undo", args=[applied.public_id])
    return [*pages, *live, *(f"{page}?rows=all" for page in pages), undo]


def _import(payload: str, by: Actor, rows: list[list[str]], header: list[str] | None = None) -> Job:
    text = io.StringIO()
    csv.writer(text).writerows([header or ["accountId", "userId", "unit", "valueToRedeem", payload], *rows])
    return create_import(
        import_type=import_type("update-balances"),
        upload=ContentFile(text.getvalue().encode(), name=f"{payload}.csv"),
        name=f"{payload}.csv",
        params={},
        by=by,
        at=clock.now(),
        choices=ImportChoices(reading={}),
    )


def _pages_of_mails(payload: str, boss: User) -> list[str]:
    invite_member(email="new@example.com", role=Role.VIEWER, name=payload, by=Actor.of(boss), at=clock.now())
    mails = Email.objects.all()
    pages = [reverse("admin:outbox_email_change", args=[mail.pk]) for mail in mails]
    return [*pages, *(reverse("admin:outbox_email_preview", args=[mail.pk]) for mail in mails)]
