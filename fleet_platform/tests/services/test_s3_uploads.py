"""Uploaded pictures in a bucket: in by /upload of a real server, out by its address, gone when they are deleted."""

import io
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer
from PIL import Image

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


def test_a_bucket_that_is_away_is_told_and_leaves_no_row(bucket, server):
    address = upload(server, telling("JPEG")).text
    bucket.api.stop()
    for answer in (upload(server, telling("JPEG")), requests.get(address, timeout=ENOUGH_SECONDS)):
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
    assert server.aide.count_uploads() == 1
    assert server.call("GET", "/healthz").status_code == 200
