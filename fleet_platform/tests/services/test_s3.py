"""Media in a bucket, chosen by environment variables alone, against an S3 API over real HTTP."""

import io
import subprocess
import sys
import textwrap

import boto3
import pytest
from django.conf import settings
from moto.server import ThreadedMotoServer
from PIL import Image

from fleet_platform.tests.server import environment_of, manage

UPLOAD = """
import sys
from pathlib import Path
from accounts.models import User, Workspace
from accounts.selectors import actor_of_user
from robots.services import floor_map_create
actor = actor_of_user(User.objects.create_superuser("root@test.example", "correct horse battery"))
floor = floor_map_create(
    actor=actor,
    workspace_id=Workspace.objects.create(name="Home").pk,
    map_id="lobby",
    site="HQ",
    name="1F",
    image=Path({image!r}).read_bytes(),
)
print(floor.image.name, floor.image.url, floor.width, floor.height)
"""


@pytest.fixture
def bucket():
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    client.create_bucket(Bucket="fleet-media")
    yield url, client
    server.stop()


def test_a_floor_image_goes_to_the_bucket_and_the_storage_signs_its_address(bucket, tmp_path):
    url, client = bucket
    changes = {
        "S3_BUCKET": "fleet-media",
        "S3_ENDPOINT_URL": url,
        "S3_REGION": "us-east-1",
        "S3_ACCESS_KEY": "key",
        "S3_SECRET_KEY": "secret",
    }
    picture = io.BytesIO()
    Image.new("RGB", (320, 200), "white").save(picture, "PNG")
    image = tmp_path / "floor.png"
    image.write_bytes(picture.getvalue())
    manage(tmp_path, "migrate", "--verbosity", "0", changes=changes)
    said = subprocess.run(
        [sys.executable, "manage.py", "shell", "--verbosity", "0"],
        cwd=settings.BASE_DIR,
        env=environment_of(tmp_path, changes),
        input=textwrap.dedent(UPLOAD).format(image=str(image)),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    name, address, width, height = said.split()
    assert (width, height) == ("320", "200")
    assert [item["Key"] for item in client.list_objects_v2(Bucket="fleet-media")["Contents"]] == [
        name
    ]
    stored = client.get_object(Bucket="fleet-media", Key=name)["Body"].read()
    assert Image.open(io.BytesIO(stored)).size == (320, 200)
    assert address.startswith(f"{url}/fleet-media/{name}?") and "Signature=" in address
    assert not (tmp_path / "media").exists()
