from __future__ import annotations

import hashlib
import io
import logging
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from django.core.files.base import ContentFile, File
from django.core.files.storage import StorageHandler
from django.urls import reverse
from moto.core import disable_iam_authentication, enable_iam_authentication
from moto.server import ThreadedMotoServer

from advocate import health
from advocate.lib.addresses import storage_settings
from team.models import Role, User
from tests.advocate.matrix_objects import make_job
from tests.conftest import NOON

BUCKET = "reports"
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'


@pytest.fixture(scope="module")
def s3():
    """Run an S3 server that checks signatures and return its address with the keys of a user who may write."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    admin = boto3.Session(aws_access_key_id="admin", aws_secret_access_key="x", region_name="us-east-1")
    address = f"http://{host}:{port}"
    # Its data outlive a server of the same process, such as the one before when tests of other files ran in between.
    urlopen(Request(f"{address}/moto-api/reset", method="POST")).close()
    admin.client("s3", endpoint_url=address).create_bucket(Bucket=BUCKET)
    iam = admin.client("iam", endpoint_url=address)
    iam.create_user(UserName="advocate")
    iam.put_user_policy(UserName="advocate", PolicyName="files", PolicyDocument=POLICY)
    key = iam.create_access_key(UserName="advocate")["AccessKey"]
    with enable_iam_authentication():
        yield (
            f"s3://{key['AccessKeyId']}:{{secret}}@{BUCKET}/live?region=us-east-1&endpoint={address}",
            key["SecretAccessKey"],
        )
    server.stop()


def storage_at(url):
    backends: Any = {"default": storage_settings(url)}
    return StorageHandler(backends)["default"]


@pytest.fixture
def bucket(s3):
    address, secret = s3
    return storage_at(address.format(secret=secret.replace("/", "%2F").replace("+", "%2B")))


@pytest.fixture
def folder(tmp_path):
    return storage_at(f"file://{tmp_path}/files")


@pytest.fixture(params=["folder", "bucket"])
def storage(request):
    return request.getfixturevalue(request.param)


def test_what_was_uploaded_comes_back(storage):
    name = storage.save("reports/balances.csv", ContentFile("accountId,余额\n00123,10.55\n".encode()))

    with storage.open(name) as file:
        assert file.read().decode() == "accountId,余额\n00123,10.55\n"


def test_a_large_file_streams_up_and_down_in_pieces(storage, tmp_path):
    # Above 8 MB boto3 uploads in parts.
    block = hashlib.sha256(b"report").digest() * 2**15
    source = tmp_path / "large.csv"
    source.write_bytes(block * 12)

    with source.open("rb") as file:
        name = storage.save("reports/large.csv", File(file))
    with storage.open(name) as file:
        pieces = list(file.chunks(2**20))

    assert (storage.size(name), len(pieces)) == (12 * 2**20, 12)
    assert b"".join(pieces) == block * 12


def test_a_second_file_of_the_same_name_leaves_the_first_alone(storage):
    first = storage.save("reports/twice.csv", ContentFile(b"first"))
    second = storage.save("reports/twice.csv", ContentFile(b"second"))

    assert first != second
    assert storage.open(first).read() == b"first"


def test_a_missing_file_says_so(storage):
    assert not storage.exists("reports/never.csv")
    with pytest.raises(FileNotFoundError):
        storage.open("reports/never.csv").read()


def test_a_deleted_file_is_gone(storage):
    name = storage.save("reports/old.csv", ContentFile(b"old"))

    storage.delete(name)

    assert not storage.exists(name)


def test_a_name_cannot_leave_the_place_for_files(storage):
    with pytest.raises(Exception, match=r"path traversal|outside|Detected"):
        storage.save("../../outside.csv", ContentFile(b"x"))


def test_a_download_link_of_a_bucket_names_the_file_and_is_signed(bucket):
    name = bucket.save("reports/linked.csv", ContentFile(b"linked"))

    link = bucket.url(name, parameters={"ResponseContentDisposition": 'attachment; filename="a.csv"'}, expire=60)
    with disable_iam_authentication(), urlopen(link) as answer:
        content, disposition = answer.read(), answer.headers["Content-Disposition"]

    assert (content, disposition) == (b"linked", 'attachment; filename="a.csv"')
    assert "X-Amz-Expires=60" in link
    assert "X-Amz-Signature=" in link


@pytest.mark.django_db
def test_a_reports_link_into_a_bucket_names_it_harmlessly_and_runs_out_after_a_minute(client, bucket, monkeypatch):
    monkeypatch.setattr("jobs.downloads.default_storage", bucket)
    client.force_login(User.objects.create_user("ada@example.com", "x", role=Role.VIEWER))
    evil = 'a\r\nSet-Cookie: x="1"; ../../é李\u202evsc.exe'
    stored = bucket.save("jobs/x/report.csv", ContentFile(b"secret"))
    job = make_job(name=evil, result_file=stored, result_bytes=6, status="done", finished_at=NOON)

    handed = client.get(reverse("admin:jobs_job_download", args=[job.public_id, "report"]))
    with disable_iam_authentication(), urlopen(handed["Location"]) as answer:
        content, headers = answer.read(), answer.headers

    assert (handed.status_code, content) == (302, b"secret")
    assert "no-store" in handed["Cache-Control"]
    asked = dict(parse_qsl(urlsplit(handed["Location"]).query))
    assert (asked["X-Amz-Expires"], "X-Amz-Signature" in asked) == ("60", True)
    assert "Set-Cookie" not in headers
    name = unquote(headers["Content-Disposition"].removeprefix("attachment; filename*=utf-8''"))
    assert name == "a Set-Cookie  x= 1 ; .. .. é李 vsc.exe.csv"


def test_wrong_credentials_are_an_error_and_not_a_missing_file(s3):
    storage = storage_at(s3[0].format(secret="wrong"))

    with pytest.raises(ClientError, match=r"403|SignatureDoesNotMatch"):
        storage.exists("reports/balances.csv")
    with pytest.raises(ClientError, match=r"403|SignatureDoesNotMatch"):
        storage.save("reports/balances.csv", ContentFile(b"x"))


def test_readiness_names_wrong_credentials_without_showing_them(s3, settings, monkeypatch):
    settings.FILES_DIR = ""
    monkeypatch.setattr(health, "default_storage", storage_at(s3[0].format(secret="wrong")))

    assert health._finding("files", health._check_files) == "cannot be reached (ClientError)"


def test_a_server_that_is_away_is_an_error_soon():
    storage = storage_at("s3://key:secret@reports?region=us-east-1&endpoint=http://127.0.0.1:1")

    with pytest.raises(EndpointConnectionError):
        storage.save("reports/balances.csv", io.BytesIO(b"x"))
