from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from team import secrets
from team.audit import SYSTEM, Actor
from team.models import ApiKey, AuditEntry, Role
from team.operations import (
    ApiKeyMadeAlready,
    ApiKeyRevoked,
    change_company,
    create_api_key,
    note_key_use,
    reencrypt_api_keys,
    revoke_api_key,
)
from team.queries import key_of_secret, key_of_sid
from tests.query_counts import counted_queries
from tests.team.test_profile import DETAILS

pytestmark = pytest.mark.django_db

FORM = {"name": "Web shop", "scope": "money", "form_token": "a" * 32}


def test_a_new_key_is_found_by_its_secret_which_is_stored_nowhere(at):
    change_company(details=DETAILS, by=SYSTEM, at=at)

    made = create_api_key(name=" Shop ", scope="write", by=SYSTEM, at=at)

    found = key_of_secret(made.secret)
    assert (found, found.name, found.tenant_alias) == (made.key, "Shop", "acme")
    assert key_of_sid(made.key.account_sid) == made.key
    stored = json.dumps(list(ApiKey.objects.values()) + list(AuditEntry.objects.values()), default=str)
    assert made.secret not in stored
    assert secrets.decrypt(made.key.secret_encrypted) == made.secret
    assert AuditEntry.objects.get(action="api_key.created").changes == {
        "name": [None, "Shop"],
        "scope": [None, "write"],
    }


@pytest.mark.parametrize(
    ("scope", "allowed"), [("read", "read"), ("write", "read write"), ("money", "read write money")]
)
def test_each_scope_includes_the_ones_before_it(at, scope, allowed):
    key = create_api_key(name="Shop", scope=scope, by=SYSTEM, at=at).key

    assert [one for one in ApiKey.Scope.values if key.allows(one)] == allowed.split()


def test_a_revoked_key_is_not_found_and_is_revoked_once(owner, at):
    made = create_api_key(name="Shop", scope="read", by=SYSTEM, at=at)

    revoke_api_key(key=made.key, by=Actor.of(owner), at=at)
    with pytest.raises(ApiKeyRevoked):
        revoke_api_key(key=made.key, by=SYSTEM, at=at + timedelta(days=1))

    assert key_of_secret(made.secret) is None
    assert key_of_sid(made.key.account_sid) is None
    assert ApiKey.objects.get().revoked_at == at
    assert list(AuditEntry.objects.filter(action="api_key.revoked").values_list("user", flat=True)) == [owner.pk]


def test_the_use_of_a_key_is_noted_once_a_minute(at, django_assert_num_queries):
    key = create_api_key(name="Shop", scope="read", by=SYSTEM, at=at).key

    assert note_key_use(key=key, at=at)
    key.refresh_from_db()
    with django_assert_num_queries(0):
        assert not note_key_use(key=key, at=at + timedelta(seconds=59))
    assert note_key_use(key=key, at=at + timedelta(seconds=60))

    assert ApiKey.objects.get().last_used_at == at + timedelta(seconds=60)


def test_secrets_outlive_a_change_of_the_secret_key_and_are_encrypted_again(settings, at):
    made = create_api_key(name="Shop", scope="read", by=SYSTEM, at=at)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert secrets.decrypt(made.key.secret_encrypted) == made.secret

    assert reencrypt_api_keys() == 1

    settings.SECRET_KEY_FALLBACKS = []
    assert secrets.decrypt(ApiKey.objects.get().secret_encrypted) == made.secret
    with pytest.raises(secrets.SecretLost):
        secrets.decrypt(made.key.secret_encrypted)


def test_encrypting_again_with_a_lost_key_says_so_and_changes_nothing(settings, at):
    made = create_api_key(name="Shop", scope="read", by=SYSTEM, at=at)
    settings.SECRET_KEY = "another"

    with pytest.raises(CommandError, match="SECRET_KEY_FALLBACKS"):
        call_command("reencrypt_api_keys")

    assert ApiKey.objects.get().secret_encrypted == made.key.secret_encrypted


def test_the_command_prints_what_a_client_needs_as_json(db):
    out = StringIO()

    call_command("create_api_key", "Web shop", "--scope", "money", "--json", stdout=out)

    told = json.loads(out.getvalue())
    key = ApiKey.objects.get()
    assert told == {
        "tenantAlias": "default",
        "accountSid": key.account_sid,
        "secret": told["secret"],
        "name": "Web shop",
        "scope": "money",
    }
    assert key_of_secret(told["secret"]) == key


@pytest.mark.parametrize("name", [" ", "a" * 101])
def test_the_command_refuses_a_name_that_is_none(name):
    with pytest.raises(CommandError):
        call_command("create_api_key", name)

    assert not ApiKey.objects.exists()


def test_the_page_shows_the_secret_in_the_answer_and_never_again(client, owner):
    client.force_login(owner)

    answer = client.post(reverse("admin:team_apikey_add"), FORM)

    key = ApiKey.objects.get()
    secret = secrets.decrypt(key.secret_encrypted)
    assert (key.name, key.scope, key.created_by) == ("Web shop", "money", "owner@example.com")
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    for address in ("admin:team_apikey_changelist", "admin:team_apikey_change"):
        page = client.get(reverse(address, args=[key.pk] if address.endswith("change") else []))
        assert key.account_sid in page.content.decode()
        assert secret not in page.content.decode()


def test_the_same_form_twice_makes_one_key_and_shows_no_secret_again(client, owner, at):
    client.force_login(owner)
    client.post(reverse("admin:team_apikey_add"), FORM)

    answer = client.post(reverse("admin:team_apikey_add"), FORM, follow=True)

    assert "Its secret is not shown again" in answer.content.decode()
    assert ApiKey.objects.count() == 1
    with pytest.raises(ApiKeyMadeAlready):
        create_api_key(name="Shop", scope="read", by=SYSTEM, at=at, form_token=FORM["form_token"])


@pytest.mark.parametrize("wrong", [{"name": ""}, {"scope": "everything"}, {"name": "a" * 101}])
def test_a_form_with_a_wrong_value_makes_no_key(client, owner, wrong):
    client.force_login(owner)

    answer = client.post(reverse("admin:team_apikey_add"), {**FORM, **wrong})

    assert answer.status_code == 200
    assert not ApiKey.objects.exists()


def test_revoking_asks_first_and_then_does_it(client, owner, at):
    key = create_api_key(name="Shop", scope="read", by=SYSTEM, at=at).key
    client.force_login(owner)
    address = reverse("admin:team_apikey_revoke", args=[key.pk])

    client.get(address)
    assert not ApiKey.objects.get().is_revoked
    client.post(address)

    assert ApiKey.objects.get().is_revoked
    assert "Revoked" in client.get(reverse("admin:team_apikey_changelist")).content.decode()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SUPPORT, Role.PROGRAM_MANAGER])
def test_only_full_access_sees_makes_and_revokes_keys(client, colleague, at, role):
    key = create_api_key(name="Shop", scope="read", by=SYSTEM, at=at).key
    colleague.role = role
    colleague.save(update_fields=["role"])
    client.force_login(colleague)

    assert client.get(reverse("admin:team_apikey_changelist")).status_code == 403
    assert client.post(reverse("admin:team_apikey_add"), FORM).status_code == 403
    assert client.post(reverse("admin:team_apikey_revoke", args=[key.pk])).status_code == 403

    assert [one.is_revoked for one in ApiKey.objects.all()] == [False]


def test_the_pages_of_keys_make_few_queries(client, owner, at):
    keys = [create_api_key(name=f"Shop {number}", scope="read", by=SYSTEM, at=at).key for number in range(5)]
    client.force_login(owner)

    with counted_queries("team.api key list"):
        client.get(reverse("admin:team_apikey_changelist"))
    with counted_queries("team.api key"):
        client.get(reverse("admin:team_apikey_change", args=[keys[0].pk]))
