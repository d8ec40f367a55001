from __future__ import annotations

import pytest
from django.urls import reverse

from programs.models import Participant, Program
from rewards.models import Reward
from team.models import Company, Role, User
from tests import factories

pytestmark = pytest.mark.django_db


def _everything(model) -> dict[str, str]:
    """Return a value for every field of a model, as an attacker who has read the code would send it."""
    guesses = {
        "role": "full_access",
        "status": "REDEEMED",
        "is_active": "",
        "password": "md5$x$x",
        "email": "x@x.example",
    }
    return {field.name: guesses.get(field.name, "1") for field in model._meta.fields}


def _unchanged(obj, but: set[str]) -> None:
    fresh = type(obj).objects.get(pk=obj.pk)
    names = [field.attname for field in obj._meta.fields if field.name not in but]
    assert {name: getattr(fresh, name) for name in names} == {name: getattr(obj, name) for name in names}


def test_a_profile_changes_name_language_and_zone_only(client):
    viewer = User.objects.create_user("viewer@example.com", "right horse staple", role=Role.VIEWER)
    client.force_login(viewer)
    viewer.refresh_from_db()
    sent = {**_everything(User), "name": "V", "language": "en", "time_zone": "Europe/Berlin"}

    client.post(reverse("own_profile"), {**sent, "is_superuser": "1", "is_staff": "1"})

    assert User.objects.get().name == "V"
    _unchanged(viewer, {"name", "language", "time_zone"})


def test_the_company_stays_the_one_company(client):
    client.force_login(User.objects.create_user("boss@example.com", "x", role=Role.FULL_ACCESS))

    sent = {"name": "Shop", "tenant_alias": "shop", "time_zone": "UTC", "default_language": "en", "account_email": ""}
    client.post(reverse("admin:team_company_change"), {**_everything(Company), **sent, "id": "7", "pk": "7"})

    assert [(company.pk, company.name) for company in Company.objects.all()] == [(Company.ONLY_ID, "Shop")]


def test_editing_a_participant_changes_what_the_form_shows_only(client):
    client.force_login(User.objects.create_user("boss@example.com", "x", role=Role.FULL_ACCESS))
    person = factories.make_participant()
    page = reverse("admin:programs_participant_edit", args=[person.pk])
    shown = set(client.get(page).context["form"].fields)

    sent = {**_everything(Participant), "account_id": "stolen", "user_id": "stolen", "date_blocked": "2026-01-01"}
    client.post(page, sent)

    _unchanged(person, shown | {"updated_at"})


def test_editing_a_program_changes_what_the_form_shows_only(client):
    client.force_login(User.objects.create_user("boss@example.com", "x", role=Role.FULL_ACCESS))
    program = factories.make_program()
    page = reverse("admin:programs_program_edit", args=[program.pk])
    shown = set(client.get(page).context["form"].fields)

    client.post(page, _everything(Program))

    _unchanged(program, shown | {"updated_at"})


@pytest.mark.parametrize("operation", ["redeem", "cancel", "change"])
def test_a_reward_is_not_written_field_by_field(client, operation):
    client.force_login(User.objects.create_user("boss@example.com", "x", role=Role.FULL_ACCESS))
    reward = factories.make_reward(amount=3000)

    client.post(
        f"/admin/rewards/reward/{reward.pk}/{operation}/", {**_everything(Reward), "amount": "-5", "reason": ""}
    )

    _unchanged(reward, set())
