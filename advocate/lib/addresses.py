"""Read the addresses of a database and a file store into Django's settings for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit


class WrongAddress(ValueError):
    """The address cannot be used; the sentence never repeats it, since it may hold a password."""


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of ``scheme://user:password@host:port/path?options``, decoded."""

    scheme: str
    user: str
    password: str
    host: str
    port: int | None
    path: str
    options: Mapping[str, str]


S3_OPTIONS: Final = frozenset({"endpoint", "region"})
S3_CONNECT_SECONDS: Final = 5
S3_READ_SECONDS: Final = 30
# A bulk import changes rows all over a table. At SQLite's own 1,000 pages each of its commits would write most of the
# database a second time, out of the log; at 20,000 the log takes 80 MB, and 100 at most once a larger one is through.
SQLITE_PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536; "
    "PRAGMA wal_autocheckpoint=40000; PRAGMA journal_size_limit=200000000;"
)


def database_settings(url: str) -> dict[str, Any]:
    """
    Return Django's settings for a SQLite or PostgreSQL database.

    :raises WrongAddress: if the address names neither
    """
    if url.startswith("sqlite://"):
        return _sqlite(url.removeprefix("sqlite://"))
    address = _address(url)
    if address.scheme in {"postgres", "postgresql"}:
        return _postgresql(address)
    raise WrongAddress("must begin with sqlite:/// or postgres://")


def storage_settings(url: str) -> dict[str, Any]:
    """
    Return Django's entry in ``STORAGES`` for a folder (``file:///srv/files``) or a bucket (``s3://bucket/prefix``).

    :raises WrongAddress: if the address names neither
    """
    address = _address(url)
    if address.scheme == "file":
        return _folder(address)
    if address.scheme == "s3":
        return _bucket(address)
    raise WrongAddress("must begin with file:/// or s3://")


def _address(url: str) -> Address:
    try:
        parts: SplitResult = urlsplit(url)
        port = parts.port
    except ValueError:
        raise WrongAddress(
            "cannot be read; a port must be a number, and signs such as @ / # in a password are written as %40 %2F %23"
        ) from None
    return Address(
        scheme=parts.scheme,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        host=unquote(parts.hostname or ""),
        port=port,
        path=unquote(parts.path),
        options=dict(parse_qsl(parts.query, keep_blank_values=True)),
    )


def _sqlite(path: str) -> dict[str, Any]:
    name = unquote(path)
    in_memory = name in {"", ":memory:", "/:memory:"}
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ":memory:" if in_memory else str(Path(name.removeprefix("/")).absolute()),
        # IMMEDIATE takes the write lock at the start, so that a transaction waits its turn instead of failing midway.
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": SQLITE_PRAGMAS,
        },
    }


def _postgresql(address: Address) -> dict[str, Any]:
    options = dict(address.options)
    # A socket's folder cannot stand where a host does, so it comes as an option, as in libpq's own addresses.
    host = options.pop("host", address.host)
    port = options.pop("port", str(address.port or ""))
    name = address.path.removeprefix("/")
    if not name or "/" in name:
        raise WrongAddress("names no database, as in postgres://user:password@host/advocate")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": address.user,
        "PASSWORD": address.password,
        "HOST": host,
        "PORT": port,
        "OPTIONS": options,
    }


def _folder(address: Address) -> dict[str, Any]:
    if address.host or not address.path.startswith("/"):
        raise WrongAddress("must name a folder from the root on, as in file:///srv/advocate/files")
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": address.path, "base_url": None},
    }


def _bucket(address: Address) -> dict[str, Any]:
    # Costs 0.2 s and 20 MB, which a local folder need not pay.
    from botocore.config import Config  # noqa: PLC0415

    unknown = set(address.options) - S3_OPTIONS
    if not address.host or unknown:
        raise WrongAddress(
            f"has an unknown option {', '.join(sorted(unknown))}; known are endpoint and region"
            if unknown
            else "names no bucket, as in s3://bucket/prefix"
        )
    endpoint = address.options.get("endpoint")
    config = Config(
        connect_timeout=S3_CONNECT_SECONDS,
        read_timeout=S3_READ_SECONDS,
        retries={"mode": "standard", "max_attempts": 3},
        signature_version="s3v4",
        s3={"addressing_style": "path" if endpoint else "auto"},
    )
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": address.host,
            "location": address.path.strip("/"),
            # Without them boto3 looks where every AWS program does: environment, profile, the machine's role.
            "access_key": address.user or None,
            "secret_key": address.password or None,
            "endpoint_url": endpoint,
            "region_name": address.options.get("region"),
            "file_overwrite": False,
            "client_config": config,
        },
    }
