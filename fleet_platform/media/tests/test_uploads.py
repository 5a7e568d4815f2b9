"""Uploaded files: stored, served to whoever knows the address, deleted by managers or by their age."""

import io
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import Client, override_settings
from django.utils import timezone
from PIL import Image

from accounts.models import AuditRow, Membership, Workspace
from accounts.roles import Role
from fleet_platform.media.models import Upload
from fleet_platform.media.services import (
    picture_upload,
    registry_picture_add,
    upload_delete,
    uploads_purge,
)
from fleet_platform.shared.clock import from_datetime
from fleet_platform.shared.errors import (
    Invalid,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    TooLarge,
    TooMany,
)
from fleet_platform.shared.media import picture_of
from fleet_platform.telemetry import retention
from fleet_platform.tests.drawings import drawn, telling

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.UPLOADS_PER_HOUR = 1000


def sent(actor, data: bytes | None = None, file_name="face.png") -> Upload:
    data = drawn() if data is None else data
    return picture_upload(actor=actor, file=io.BytesIO(data), size=len(data), file_name=file_name)


def stored(upload: Upload) -> bytes:
    with default_storage.open(upload.stored_as) as file:
        return file.read()


# --- storing ---


def test_a_member_s_picture_has_a_row_a_file_and_a_trace(actor_of, viewer, workspace):
    upload = sent(actor_of(viewer), telling("JPEG", 6), "C:\\fotos\\me\n.png")
    assert (upload.user, upload.device, upload.workspace) == (viewer, None, workspace)
    assert (upload.content_type, upload.width, upload.height) == ("image/jpeg", 32, 24)
    assert upload.file_name == "me.png"
    assert upload.size == len(stored(upload))
    assert upload.name.endswith(".jpg") and len(upload.name) > 30
    assert AuditRow.objects.get(verb="upload.add").target == f"upload:{upload.pk}"


def test_a_robot_s_picture_is_its_own(actor_of, device, workspace):
    upload = sent(actor_of(device))
    assert (upload.user, upload.device, upload.workspace) == (None, device, workspace)


def test_a_member_of_two_workspaces_sends_for_himself_alone(actor_of, viewer, other_workspace):
    Membership.objects.create(user=viewer, workspace=other_workspace, role=Role.VIEWER)
    assert sent(actor_of(viewer)).workspace is None


def test_nobody_sends_nothing(actor_of):
    with pytest.raises(NotAuthenticated):
        sent(actor_of(None))


def test_what_is_no_picture_leaves_nothing_behind(actor_of, viewer, tmp_path):
    with pytest.raises(Invalid):
        sent(actor_of(viewer), b"<svg/>")
    assert not Upload.objects.exists()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_row_that_cannot_be_written_leaves_no_file(actor_of, viewer, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("no database")

    monkeypatch.setattr("fleet_platform.media.services.audit.record", fail)
    with pytest.raises(RuntimeError):
        sent(actor_of(viewer))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert not Upload.objects.exists()


def test_a_sender_is_held_to_a_number_of_files_an_hour(settings, actor_of, viewer, operator):
    settings.UPLOADS_PER_HOUR = 2
    for _ in range(2):
        sent(actor_of(viewer))
    with pytest.raises(TooMany) as refusal:
        sent(actor_of(viewer))
    assert 0 < refusal.value.retry_after <= 3600
    sent(actor_of(operator))


def test_who_is_in_no_workspace_has_a_small_room(settings, actor_of, make_user, viewer):
    settings.UPLOAD_BYTES_PER_GUEST = len(drawn()) - 1
    with pytest.raises(TooLarge):
        sent(actor_of(make_user()))
    assert sent(actor_of(viewer)).pk
    assert sent(actor_of(make_user(role="admin"))).pk


def test_a_sender_is_held_to_a_room(settings, actor_of, viewer, device):
    settings.UPLOAD_BYTES_PER_SENDER = len(drawn()) * 2
    for _ in range(2):
        sent(actor_of(viewer))
    with pytest.raises(TooLarge):
        sent(actor_of(viewer))
    sent(actor_of(device))


def test_who_has_no_room_costs_no_look_at_the_picture(settings, actor_of, viewer, monkeypatch):
    settings.UPLOAD_BYTES_PER_SENDER = sent(actor_of(viewer)).size

    def look(*_):
        raise AssertionError("looked")

    monkeypatch.setattr("fleet_platform.media.services.picture_of", look)
    with pytest.raises(TooLarge):
        sent(actor_of(viewer))


# --- serving ---


def test_whoever_knows_the_address_sees_the_picture(actor_of, viewer):
    upload = sent(actor_of(viewer), drawn("WEBP"))
    answer = Client().get(upload.address)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/webp"
    assert answer["Content-Length"] == str(upload.size)
    body = b"".join(answer.streaming_content)
    assert Image.open(io.BytesIO(body)).size == (32, 24)


def test_what_is_served_can_run_nothing(actor_of, viewer):
    answer = Client().get(sent(actor_of(viewer)).address)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "public" in answer["Cache-Control"]
    assert "Content-Disposition" not in answer and "Set-Cookie" not in answer


def test_a_file_that_is_no_picture_is_saved_and_not_shown(actor_of, viewer):
    """None is taken today: whatever later rows hold, browsers are not to open it here."""
    upload = sent(actor_of(viewer))
    Upload.objects.update(content_type="text/html")
    assert Client().get(upload.address)["Content-Disposition"] == "attachment"


def test_a_browser_that_has_it_is_told_so(actor_of, viewer):
    upload = sent(actor_of(viewer))
    first = Client().get(upload.address)
    again = Client().get(upload.address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["Cache-Control"] == first["Cache-Control"]


def test_a_head_tells_without_the_file(actor_of, viewer):
    upload = sent(actor_of(viewer))
    answer = Client().head(upload.address)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Content-Length"] == str(upload.size)


@pytest.mark.parametrize(
    "name", ["x.png", "..%2F..%2Fsecret_key", "%00", "a" * 300, "..", "%2e%2e%2ffleet.sqlite3"]
)
def test_no_other_name_opens_a_file(actor_of, viewer, name):
    sent(actor_of(viewer))
    assert Client().get(f"/uploads/{name}").status_code == 404


def test_files_of_floors_have_no_such_address(tmp_path):
    (tmp_path / "floors").mkdir()
    (tmp_path / "floors" / "plan.png").write_bytes(drawn())
    assert Client().get("/uploads/floors/plan.png").status_code == 404
    assert Client().get("/uploads/plan.png").status_code == 404


def test_a_file_that_is_lost_is_not_there(actor_of, viewer):
    upload = sent(actor_of(viewer))
    default_storage.delete(upload.stored_as)
    assert Client().get(upload.address).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_an_address_is_only_read(actor_of, viewer, method):
    assert getattr(Client(), method)(sent(actor_of(viewer)).address).status_code == 405


# --- deleting ---


def test_a_manager_deletes_file_row_and_address(
    actor_of, owner, viewer, django_capture_on_commit_callbacks
):
    upload = sent(actor_of(viewer))
    with django_capture_on_commit_callbacks(execute=True):
        upload_delete(actor=actor_of(owner), upload_id=upload.pk)
    assert not default_storage.exists(upload.stored_as)
    assert Client().get(upload.address).status_code == 404
    assert AuditRow.objects.filter(verb="upload.delete").exists()


@pytest.mark.django_db(transaction=True)
def test_a_deletion_that_is_undone_keeps_the_file(actor_of, owner, viewer):
    upload = sent(actor_of(viewer))
    with transaction.atomic():
        upload_delete(actor=actor_of(owner), upload_id=upload.pk)
        transaction.set_rollback(True)
    assert stored(upload)


@pytest.mark.parametrize("who", ["viewer", "operator", "stranger", "device"])
def test_others_delete_nothing(request, actor_of, viewer, who):
    upload = sent(actor_of(viewer))
    with pytest.raises(NotFound):
        upload_delete(actor=actor_of(request.getfixturevalue(who)), upload_id=upload.pk)
    assert stored(upload)


def test_old_files_go_where_a_workspace_says_so_and_pictures_of_the_registry_stay(
    actor_of, operator, workspace, other_workspace, django_capture_on_commit_callbacks
):
    picture = picture_of(io.BytesIO(drawn()), len(drawn()))
    old = [sent(actor_of(operator)) for _ in range(3)]
    kept = registry_picture_add(
        actor=actor_of(operator), workspace_id=workspace.pk, picture=picture
    )
    Upload.objects.update(created_at=timezone.now() - timedelta(days=40))
    fresh = sent(actor_of(operator))
    before_us = from_datetime(timezone.now() - timedelta(days=30))
    assert list(uploads_purge(other_workspace.pk, before_us)) == []
    with django_capture_on_commit_callbacks(execute=True):
        assert list(uploads_purge(workspace.pk, before_us)) == [3]
    assert set(Upload.objects.all()) == {kept, fresh}
    assert not any(default_storage.exists(upload.stored_as) for upload in old)
    assert stored(kept) and stored(fresh)


def test_without_a_rule_files_are_kept_for_ever(workspace):
    (kept,) = [one for one in retention.data_classes() if one.name == "upload"]
    assert retention.limits(kept) == []


def test_only_who_manages_devices_gives_pictures_to_the_registry(
    actor_of, viewer, stranger, workspace
):
    picture = picture_of(io.BytesIO(drawn()), len(drawn()))
    for who, refusal in ((viewer, NotAllowed), (stranger, NotFound)):
        with pytest.raises(refusal):
            registry_picture_add(actor=actor_of(who), workspace_id=workspace.pk, picture=picture)


def test_a_workspace_that_ends_leaves_its_files_to_the_platform(actor_of, viewer, workspace):
    upload = sent(actor_of(viewer))
    Workspace.objects.filter(pk=workspace.pk).delete()
    upload.refresh_from_db()
    assert upload.workspace is None


# --- the console ---


def test_a_manager_sees_and_deletes_in_the_console(client, actor_of, admin, viewer):
    upload = sent(actor_of(viewer), file_name="me.png")
    client.force_login(admin)
    listed = client.get("/admin/media/upload/").content.decode()
    assert upload.address in listed and "me.png" in listed and viewer.email in listed
    page = client.get(f"/admin/media/upload/{upload.pk}/change/")
    assert page.status_code == 200 and upload.address in page.content.decode()
    assert client.get("/admin/media/upload/add/").status_code == 403
    gone = client.post(f"/admin/media/upload/{upload.pk}/delete/", {"post": "yes"})
    assert gone.status_code == 302
    assert not Upload.objects.exists()


def test_files_of_others_are_not_listed(client, actor_of, stranger, viewer):
    upload = sent(actor_of(viewer))
    client.force_login(stranger)
    assert upload.name not in client.get("/admin/media/upload/").content.decode()
    client.post(f"/admin/media/upload/{upload.pk}/delete/", {"post": "yes"})
    assert Upload.objects.exists()


def test_files_without_a_workspace_are_the_platform_s(
    client, actor_of, make_user, owner, platform_owner
):
    upload = sent(actor_of(make_user()))
    assert upload.workspace is None
    for who, shown in ((owner, False), (platform_owner, True)):
        client.force_login(who)
        assert (upload.name in client.get("/admin/media/upload/").content.decode()) is shown


@override_settings(UPLOAD_BYTES_PER_SENDER=1)
def test_the_room_of_a_sender_does_not_bind_the_registry(actor_of, operator, workspace):
    picture = picture_of(io.BytesIO(drawn()), len(drawn()))
    assert registry_picture_add(
        actor=actor_of(operator), workspace_id=workspace.pk, picture=picture
    ).pk
