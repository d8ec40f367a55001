from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from team.audit import SYSTEM, Actor, Change, action_name, name_action, readable_changes, record
from team.models import AuditEntry, User
from team.queries import history_of
from tests.factories import make_unit
from tests.query_counts import counted_queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(owner, colleague, at):
    changes = {"role": Change("support", "viewer"), "is_active": Change(True, False), "gone": Change(None, "1")}
    return record(by=Actor.of(owner), action="member.role_changed", target=colleague, at=at, changes=changes)


@pytest.mark.parametrize(
    "tamper", [lambda: AuditEntry.objects.update(actor="x"), lambda: AuditEntry.objects.all().delete()]
)
def test_the_database_refuses_to_change_or_delete_an_entry(entry, tamper):
    with pytest.raises(DatabaseError), transaction.atomic():
        tamper()

    assert AuditEntry.objects.get().actor == "owner@example.com"


def test_entries_read_with_the_names_of_fields_and_choices(entry):
    lines = [(change.field, change.before, change.after) for change in readable_changes(entry)]

    assert lines == [("Role", "Support", "Viewer"), ("Active", "yes", "no"), ("Gone", "", "1")]


def test_lists_and_languages_are_readable_too(colleague, at):
    changes = {"role": Change(["a", "乙"], {"b": 1}), "language": Change("", "zh-hans")}

    entry = record(by=SYSTEM, action="member.profile_changed", target=colleague, at=at, changes=changes)

    lines = [(change.before, change.after) for change in readable_changes(entry)]
    assert lines == [("a, 乙", '{"b": 1}'), ("", "简体中文")]


def test_an_entry_of_a_model_that_is_gone_is_still_readable(entry):
    entry.object_type = "removed.thing"

    assert [change.field for change in readable_changes(entry)] == ["Role", "Is active", "Gone"]


def test_codes_are_shown_by_the_name_their_app_gave_and_else_readably():
    name_action("test.thing_done", "A thing was done")

    assert action_name("test.thing_done") == "A thing was done"
    assert action_name("unnamed.thing_done") == "Unnamed thing done"


def test_the_history_of_an_object_is_its_own_newest_first(entry, owner, at):
    later = record(by=SYSTEM, action="member.deactivated", target=entry.user.__class__.objects.get(name="Chen"), at=at)
    record(by=SYSTEM, action="member.deactivated", target=owner, at=at)

    assert history_of(object_type="team.user", object_id=entry.object_id) == [later, entry]


def test_the_list_shows_who_did_what_to_whom_before_and_after(client, owner, entry):
    client.force_login(owner)
    url = reverse("admin:team_auditentry_changelist")

    page = client.get(url).content.decode()

    for text in ("Olga", "Role changed", "Chen", "<del>Support</del>", "<strong>Viewer</strong>"):
        assert text in page
    member = reverse("admin:team_user_change", args=[entry.object_id])
    assert f'href="{member}"' in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=Chen", 1),
        ("q=cHE", 1),
        ("q=hen", 0),
        ("q=owner@", 1),
        ("q=OWNER@", 1),
        ("q=nobody", 0),
        ("q=%00", 1),
        ("what=member.role_changed", 1),
        ("what=member.invited", 0),
        ("at__gte=2026-03-14 00:00:00%2B00:00", 1),
        ("at__lt=2026-03-14 00:00:00%2B00:00", 0),
    ],
)
def test_the_list_is_searched_and_filtered(client, owner, entry, query, found):
    client.force_login(owner)

    answer = client.get(f"{reverse('admin:team_auditentry_changelist')}?{query}")

    assert answer.context["cl"].result_count == found


def test_an_objects_history_leads_to_its_entries_alone(client, owner, entry, at):
    client.force_login(owner)
    unit = make_unit()
    record(by=Actor.of(owner), action="unit.changed", target=unit, at=at, changes={"name": Change("Old", "New")})

    answer = client.get(reverse("admin:rewards_rewardunit_history", args=[unit.pk]), follow=True)

    assert answer.context["cl"].result_count == 1
    assert "Old" in answer.content.decode()


def test_the_history_of_nothing_leads_away_and_strangers_get_none(client, owner, colleague):
    client.force_login(owner)
    assert client.get(reverse("admin:rewards_rewardunit_history", args=[0])).url == "/admin/"
    client.force_login(colleague)
    answer = client.get(reverse("admin:rewards_rewardunit_history", args=[make_unit().pk]), follow=True)
    assert answer.status_code == 403


def test_the_list_is_filtered_by_member(client, owner, colleague, entry):
    client.force_login(owner)
    url = reverse("admin:team_auditentry_changelist")

    assert client.get(f"{url}?member={owner.pk}").context["cl"].result_count == 1
    assert client.get(f"{url}?member={colleague.pk}").context["cl"].result_count == 0


@pytest.mark.parametrize("page", ["team_user", "team_auditentry"])
@pytest.mark.parametrize("lookup", ["password__startswith", "user__password__startswith", "user__email__contains"])
def test_a_list_does_not_let_its_filters_feel_their_way_to_a_password(client, owner, entry, page, lookup):
    client.force_login(owner)

    answer = client.get(f"{reverse(f'admin:{page}_changelist')}?{lookup}=md5")

    assert answer.status_code == 400


def test_the_pages_make_as_many_queries_as_committed(client, owner, at):
    members = [User.objects.create_user(f"{number}@example.com", "x") for number in range(5)]
    for member in members:
        record(by=Actor.of(owner), action="member.invited", target=member, at=at, changes={"role": Change("a", "b")})
        record(by=Actor.of(member), action="member.joined", target=members[0], at=at)
    client.force_login(owner)

    with counted_queries("team.member list"):
        client.get(reverse("admin:team_user_changelist"))
    with counted_queries("team.member"):
        client.get(reverse("admin:team_user_change", args=[members[0].pk]))
    with counted_queries("team.changes"):
        client.get(reverse("admin:team_auditentry_changelist"))
    with counted_queries("team.general"):
        client.get(reverse("admin:team_company_change"))
    with counted_queries("team.profile"):
        client.get(reverse("own_profile"))
