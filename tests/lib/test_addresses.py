from __future__ import annotations

from pathlib import Path

import pytest

from advocate.lib.addresses import WrongAddress, database_settings, storage_settings


@pytest.mark.parametrize(
    ("url", "name", "user", "password", "host", "port"),
    [
        ("postgres://ann:p%40ss@db.example.com:5433/advocate", "advocate", "ann", "p@ss", "db.example.com", "5433"),
        ("postgresql://ann@[::1]/advocate", "advocate", "ann", "", "::1", ""),
        ("postgres:///advocate", "advocate", "", "", "", ""),
        ("postgres:///advocate?host=/var/run/postgresql", "advocate", "", "", "/var/run/postgresql", ""),
        ("postgres://ann@/advocate?host=/run/pg&port=5433", "advocate", "ann", "", "/run/pg", "5433"),
        ("postgres://ann@%2Frun%2Fpg/advocate", "advocate", "ann", "", "/run/pg", ""),
    ],
)
def test_a_postgresql_address_is_read(url, name, user, password, host, port):
    found = database_settings(url)

    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert [found[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")] == [name, user, password, host, port]
    assert found["OPTIONS"] == {}


def test_other_options_go_to_the_driver():
    assert database_settings("postgres://h/db?sslmode=verify-full")["OPTIONS"] == {"sslmode": "verify-full"}


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:////srv/advocate.sqlite3", "/srv/advocate.sqlite3"),
        ("sqlite:///advocate.sqlite3", str(Path("advocate.sqlite3").absolute())),
        ("sqlite:////srv/a%20b.sqlite3", "/srv/a b.sqlite3"),
        ("sqlite://:memory:", ":memory:"),
    ],
)
def test_an_sqlite_address_is_read(url, name):
    found = database_settings(url)

    assert found["NAME"] == name
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql://ann:hunter2@h/db", "must begin with sqlite:/// or postgres://"),
        ("", "must begin with sqlite:/// or postgres://"),
        ("postgres://ann:hunter2@h", "names no database"),
        ("postgres://ann:hunter2@h:many/db", "a port must be a number"),
        ("postgres://ann:hunter2/x@h/db", "a port must be a number"),
    ],
)
def test_a_wrong_database_address_is_refused_without_its_password(url, sentence):
    with pytest.raises(WrongAddress) as refusal:
        database_settings(url)

    assert sentence in str(refusal.value)
    assert "hunter2" not in str(refusal.value)


def test_a_folder_for_files_is_read():
    found = storage_settings("file:///srv/my%20files")

    assert found["OPTIONS"] == {"location": "/srv/my files", "base_url": None}


def test_a_bucket_for_files_is_read():
    found = storage_settings("s3://key:se%2Fcret@reports/live/2?endpoint=https://s3.example.com&region=eu-central-1")

    options = found["OPTIONS"]
    assert found["BACKEND"] == "storages.backends.s3.S3Storage"
    assert (options["access_key"], options["secret_key"]) == ("key", "se/cret")
    assert (options["bucket_name"], options["location"]) == ("reports", "live/2")
    assert (options["endpoint_url"], options["region_name"]) == ("https://s3.example.com", "eu-central-1")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("ftp://h/x", "must begin with file:/// or s3://"),
        ("file://files", "must name a folder from the root on"),
        ("s3:///prefix", "names no bucket"),
        ("s3://bucket?acl=public", "unknown option acl"),
    ],
)
def test_a_wrong_address_for_files_is_refused(url, sentence):
    with pytest.raises(WrongAddress, match=sentence):
        storage_settings(url)
