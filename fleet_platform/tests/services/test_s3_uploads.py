"""Uploaded pictures in a bucket: in by /upload of a real server, out by its address, gone when they are deleted."""

import io
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer
from PIL import Image

from fleet_platform.shared import bucket as shared_bucket
from fleet_platform.shared.errors import Unavailable
from fleet_platform.shared.media import unguessable
from fleet_platform.tests.drawings import SECRET, telling
from fleet_platform.tests.server import ENOUGH_SECONDS, Aide, Server, manage

KEYS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}


@dataclass
class Bucket:
    """An S3 API over HTTP that can be taken away."""

    api: ThreadedMotoServer
    url: str
    name: str  # of its own: all APIs of this process have the same buckets

    @property
    def client(self):
        return boto3.client("s3", endpoint_url=self.url, region_name="us-east-1", **KEYS)

    def names(self) -> list[str]:
        listed = self.client.list_objects_v2(Bucket=self.name)
        return [item["Key"] for item in listed.get("Contents", [])]


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    api = ThreadedMotoServer("127.0.0.1", 0)
    api.start()
    host, port = api.get_host_and_port()
    made = Bucket(api, f"http://{host}:{port}", f"fleet-{uuid.uuid4().hex[:8]}")
    made.client.create_bucket(Bucket=made.name)
    yield made
    api.stop()


@pytest.fixture
def server(bucket, tmp_path) -> Iterator[Server]:
    changes = {
        "S3_BUCKET": bucket.name,
        "S3_ENDPOINT_URL": bucket.url,
        "S3_REGION": "us-east-1",
        "S3_ACCESS_KEY": "key",
        "S3_SECRET_KEY": "secret",
    }
    manage(tmp_path, "migrate", "--verbosity", "0", changes=changes)
    aide = Aide(tmp_path, changes)
    try:
        world = aide.world()
    finally:
        aide.close()
    server = Server(tmp_path, world, changes=changes).start()
    yield server
    server.stop()


def upload(server: Server, data: bytes) -> requests.Response:
    return requests.post(
        f"{server.url}/upload",
        files={"picture": ("image.jpg", data, "image/jpeg")},
        headers={"Authorization": f"Bearer {server.login('viewer')}"},
        timeout=ENOUGH_SECONDS,
    )


def test_a_picture_goes_to_the_bucket_and_is_served_from_it(bucket, server):
    answer = upload(server, telling("JPEG", 6, size=(900, 700), quality=95))
    assert answer.status_code == 201, answer.text
    address = answer.text
    assert address.startswith(f"{server.url}/uploads/")
    assert bucket.names() == ["uploads/" + address.rpartition("/")[2]]
    stored = bucket.client.get_object(Bucket=bucket.name, Key=bucket.names()[0])
    assert stored["ContentType"] == "image/jpeg"
    shown = requests.get(address, timeout=ENOUGH_SECONDS)
    assert shown.content == stored["Body"].read()
    assert SECRET.encode() not in shown.content
    assert Image.open(io.BytesIO(shown.content)).size == (900, 700)
    assert shown.headers["Content-Type"] == "image/jpeg"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert not (server.folder / "media").exists()


def test_a_deleted_picture_leaves_the_bucket(bucket, server):
    address = upload(server, telling("JPEG")).text
    server.aide.delete_uploads()
    assert bucket.names() == []
    assert requests.get(address, timeout=ENOUGH_SECONDS).status_code == 404


def test_files_without_a_row_leave_the_bucket_once_they_are_old(bucket, server):
    upload(server, telling("JPEG"))
    [kept] = bucket.names()
    died = f"uploads/{unguessable('.jpg')}"
    bucket.client.put_object(Bucket=bucket.name, Key=died, Body=b"never committed")
    bucket.client.put_object(Bucket=bucket.name, Key="uploads/README.txt", Body=b"by hand")
    others = [kept, "uploads/README.txt"]
    assert server.aide.delete_strays(time.time() - 3600) == 0
    assert sorted(bucket.names()) == sorted([died, *others])
    assert server.aide.delete_strays(time.time() + 3600) == 1
    assert sorted(bucket.names()) == sorted(others)


@pytest.fixture
def storage(bucket) -> shared_bucket.Bucket:
    return shared_bucket.Bucket(
        bucket_name=bucket.name,
        endpoint_url=bucket.url,
        region_name="us-east-1",
        access_key="key",
        secret_key="secret",
    )


def test_a_bucket_is_listed_page_by_page_and_read_no_further_than_asked(
    bucket, storage, monkeypatch
):
    monkeypatch.setattr(shared_bucket, "PAGE", 3)
    names = sorted(f"uploads/a{number}" for number in range(8))
    for name in [*names, "uploads/b", "floors/a"]:
        bucket.client.put_object(Bucket=bucket.name, Key=name, Body=b"x")
    asked = []
    storage.connection.meta.client.meta.events.register(
        "before-call.s3.*", lambda model, **_: asked.append(model.name)
    )
    listed = storage.stored("uploads/a")
    assert [next(listed)[0] for _ in range(3)] == names[:3]
    assert len(asked) == 1
    rest = list(listed)
    assert [name for name, _ in rest] == names[3:]
    assert len(asked) == 3
    assert all(abs(written.timestamp() - time.time()) < ENOUGH_SECONDS for _, written in rest)


def test_a_bucket_that_cannot_be_listed_is_told(bucket, storage):
    bucket.api.stop()
    with pytest.raises(Unavailable):
        next(storage.stored("uploads/a"))


def test_a_bucket_that_is_away_is_told_and_leaves_no_row(bucket, server):
    address = upload(server, telling("JPEG")).text
    bucket.api.stop()
    for answer in (upload(server, telling("JPEG")), requests.get(address, timeout=ENOUGH_SECONDS)):
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
    assert server.aide.count_uploads() == 1
    assert server.call("GET", "/healthz").status_code == 200
