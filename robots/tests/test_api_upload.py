"""POST /upload: any signed-in person or robot sends one picture and gets its address."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from fleet_platform.media.models import Upload
from fleet_platform.shared import media
from fleet_platform.tests.drawings import SECRET, drawn, png_claiming, telling

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.PUBLIC_URL = "https://fleet.example"


def file_of(data: bytes, name="image.jpg", kind="image/jpeg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, kind)


def upload(client, data: bytes, field="file", **options):
    return client.post("/upload", {field: file_of(data, **options)}, format="multipart")


def path_of(answer) -> str:
    address = answer.content.decode()
    assert address.startswith("https://fleet.example/uploads/")
    return address.removeprefix("https://fleet.example")


@pytest.mark.parametrize("who", ["owner", "viewer", "stranger", "device", "platform_owner"])
def test_everybody_who_is_known_may_send(request, client_of, who):
    answer = upload(client_of(request.getfixturevalue(who)), drawn("JPEG"))
    assert answer.status_code == 201
    assert answer["Content-Type"].startswith("text/plain")
    shown = Client().get(path_of(answer))
    assert shown["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(b"".join(shown.streaming_content))).size == (32, 24)


def test_nobody_gets_401(client_of):
    answer = upload(client_of(None), drawn())
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] and answer.json()["error"]["code"] == 401
    assert not Upload.objects.exists()


@pytest.mark.parametrize("field", ["file", "image", "FilePath", "사진", "files[]"])
def test_the_field_has_any_name(client_of, viewer, field):
    assert upload(client_of(viewer), drawn(), field).status_code == 201


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_the_kind_follows_the_content_not_the_name(client_of, viewer, kind):
    answer = upload(client_of(viewer), drawn(kind), name="page.html", kind="text/html")
    assert answer.status_code == 201
    assert Client().get(path_of(answer))["Content-Type"] == f"image/{kind.lower()}"


def test_where_the_picture_was_taken_is_forgotten(client_of, viewer):
    answer = upload(client_of(viewer), telling("JPEG", 6))
    body = b"".join(Client().get(path_of(answer)).streaming_content)
    assert SECRET.encode() not in body
    assert Image.open(io.BytesIO(body)).getexif()[0x0112] == 6


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html><script>alert(1)</script></html>",
        b"GIF89a/*<script>alert(1)</script>*/",
        png_claiming(50_000, 50_000),
        drawn("PNG")[:40],
        drawn("TIFF"),
    ],
)
def test_what_is_no_fit_picture_is_refused_by_its_field(client_of, viewer, data):
    answer = upload(client_of(viewer), data, "photo", name="image.png", kind="image/png")
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == ["photo"]
    assert not Upload.objects.exists()


def test_an_empty_file_is_refused(client_of, viewer):
    assert upload(client_of(viewer), b"").status_code == 400


def test_a_form_without_a_file_is_refused(client_of, viewer):
    client = client_of(viewer)
    for form in ({}, {"file": "image.jpg"}):
        answer = client.post("/upload", form, format="multipart")
        assert answer.status_code == 400
        assert list(answer.json()["error"]["fields"]) == ["file"]


def test_two_files_are_one_too_many(client_of, viewer):
    client = client_of(viewer)
    for form in (
        {"a": file_of(drawn()), "b": file_of(drawn())},
        {"a": [file_of(drawn()), file_of(drawn())]},
    ):
        assert client.post("/upload", form, format="multipart").status_code == 400
    assert not Upload.objects.exists()


def test_texts_beside_the_file_do_no_harm(client_of, viewer):
    form = {"file": file_of(drawn()), "note": "hello"}
    assert client_of(viewer).post("/upload", form, format="multipart").status_code == 201


def test_a_file_that_is_too_large_gets_413(monkeypatch, client_of, viewer):
    monkeypatch.setattr(media, "MOST_BYTES", 100)
    answer = upload(client_of(viewer), drawn("PNG", (200, 200)))
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == 413


def test_too_many_files_get_429_and_a_time_to_wait(settings, client_of, viewer):
    settings.UPLOADS_PER_HOUR = 1
    client = client_of(viewer)
    assert upload(client, drawn()).status_code == 201
    answer = upload(client, drawn())
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (drawn("JPEG"), "image/jpeg"),
        (b"{}", "application/json"),
        (b"a=b", "application/x-www-form-urlencoded"),
    ],
)
def test_only_a_form_with_a_file_is_understood(client_of, viewer, body, kind):
    answer = client_of(viewer).generic("POST", "/upload", body, content_type=kind)
    assert answer.status_code == 415
    assert answer.json()["error"]["code"] == 415


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "multipart/form-data"),
        (b"no parts", "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n',
            "multipart/form-data; boundary=x",
        ),
        (b"--x", "multipart/form-data; boundary=" + "y" * 300),
    ],
)
def test_a_broken_form_is_refused(client_of, viewer, body, kind):
    answer = client_of(viewer).generic("POST", "/upload", body, content_type=kind)
    assert answer.status_code in {400, 415}
    assert answer.json()["error"]["code"] == answer.status_code


def test_reading_is_another_address(client_of, viewer):
    answer = client_of(viewer).get("/upload")
    assert answer.status_code == 405 and "POST" in answer["Allow"]
