"""Robots and floors enter the registry, and leave it."""

import io
import json

import pytest
from PIL import Image

from accounts.models import AuditRow, Credential, Device
from fleet_platform.shared import media
from fleet_platform.shared.errors import Conflict, Gone, Invalid, NotAllowed, NotFound
from fleet_platform.telemetry.selectors import Target, latest_documents, topics_for
from robots.models import FloorMap, Robot
from robots.selectors import floor_maps_for, robot_for, robots_for
from robots.services import floor_map_create, robot_register, robot_remove

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def picture(width=64, height=48, kind="PNG") -> bytes:
    file = io.BytesIO()
    Image.new("L", (width, height)).save(file, kind)
    return file.getvalue()


def register(actor, workspace, **facts):
    facts = {"name": "R2", "robot_id": "r2", **facts}
    return robot_register(actor=actor, workspace_id=workspace.pk, **facts)


def test_an_operator_registers_a_robot_with_its_device(actor_of, operator, workspace):
    robot, secret = register(actor_of(operator), workspace, chip_serial="0x42fc3212")
    assert len(secret) > 20
    assert secret not in Credential.objects.get(device=robot.device).secret_hash
    assert robot.device.kind == Device.Kind.ROBOT
    assert Robot.objects.get(robot_id="r2").chip_serial == "0x42fc3212"
    assert AuditRow.objects.filter(verb="device.add").count() == 1


def test_a_viewer_may_not_register(actor_of, viewer, workspace):
    with pytest.raises(NotAllowed):
        register(actor_of(viewer), workspace)


def test_a_stranger_does_not_learn_of_the_workspace(actor_of, stranger, workspace):
    with pytest.raises(NotFound):
        register(actor_of(stranger), workspace)


def test_a_robot_id_is_taken_once_on_the_whole_installation(
    actor_of, operator, stranger, workspace, other_workspace
):
    register(actor_of(operator), workspace)
    with pytest.raises(Conflict):
        register(actor_of(stranger), other_workspace)
    assert Device.objects.count() == 1


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({"robot_id": ""}, "robot_id"),
        ({"robot_id": "with space"}, "robot_id"),
        ({"robot_id": "a/b"}, "robot_id"),
        ({"robot_id": "line\n"}, "robot_id"),
        ({"robot_id": "x" * 101}, "robot_id"),
        ({"robot_id": 5}, "robot_id"),
        ({"colour": "red"}, "colour"),
        ({"id": 5}, "id"),
        ({"is_active": "True"}, "is_active"),
        ({"special_functions": {"a": 1}}, "special_functions"),
        ({"manufacturer": ["INTEGRIT"]}, "manufacturer"),
        ({"mac_address": "x" * 201}, "mac_address"),
    ],
)
def test_bad_facts_are_named_and_leave_no_device_behind(
    actor_of, operator, workspace, facts, named
):
    with pytest.raises(Invalid) as refusal:
        register(actor_of(operator), workspace, **facts)
    assert list(refusal.value.fields) == [named]
    assert not Device.objects.exists()


def test_a_robot_id_may_be_korean(actor_of, operator, workspace):
    register(actor_of(operator), workspace, robot_id="큐브릭_1")


def test_a_robot_registered_by_the_fleet_api_gets_its_row(client_of, operator, workspace):
    body = {"workspace_id": workspace.pk, "kind": "robot", "name": "R2", "robot_id": "r2"}
    assert client_of(operator).post("/api/fleet/devices", body).status_code == 201
    assert Robot.objects.get().robot_id == "r2"
    again = client_of(operator).post("/api/fleet/devices", body)
    assert again.status_code == 409


def test_a_robot_registered_without_a_robot_id_is_named_by_its_device(
    client_of, operator, workspace
):
    body = {"workspace_id": workspace.pk, "kind": "robot", "name": "R2"}
    id = client_of(operator).post("/api/fleet/devices", body).json()["device_id"]
    assert Robot.objects.get().robot_id == f"robot_{id}"


def test_a_bad_field_is_named_by_the_fleet_api(client_of, operator, workspace):
    body = {"workspace_id": workspace.pk, "kind": "robot", "name": "R2", "robot_id": "a b"}
    answer = client_of(operator).post("/api/fleet/devices", body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/robot_id"


def test_a_removed_robot_is_out_of_the_registry(robot, actor_of, owner, operator, stranger):
    with pytest.raises(NotAllowed):
        robot_remove(actor=actor_of(operator), robot_id=robot.robot_id)
    robot_remove(actor=actor_of(owner), robot_id=robot.robot_id)
    assert not robots_for(actor_of(owner)).exists()
    assert not Credential.objects.filter(device=robot.device, revoked_at=None).exists()
    assert json.loads(latest_documents([robot.device_id])[robot.device_id])["removed"] is True
    with pytest.raises(Gone):
        robot_for(actor_of(owner), robot.robot_id)
    with pytest.raises(NotFound):
        robot_for(actor_of(stranger), robot.robot_id)


def test_a_live_topic_names_a_robot(robot, actor_of, owner, viewer, stranger):
    topic = f"robot:{robot.robot_id}"
    target = Target(robot.device_id, robot.device.workspace_id)
    assert topics_for(actor_of(viewer), [topic]) == {topic: target}
    assert topics_for(actor_of(robot.device), [topic]) == {topic: target}
    assert topics_for(actor_of(stranger), [topic]) == {topic: "not_found"}
    for unknown in ("robot:", "robot:nobody", "robot:a\0b"):
        assert topics_for(actor_of(viewer), [unknown]) == {unknown: "not_found"}
    robot_remove(actor=actor_of(owner), robot_id=robot.robot_id)
    assert topics_for(actor_of(viewer), [topic]) == {topic: "not_found"}


def floor(actor, workspace, **facts) -> FloorMap:
    return floor_map_create(actor=actor, workspace_id=workspace.pk, **{"map_id": "1f", **facts})


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_floor_takes_its_size_from_its_image(actor_of, operator, workspace, kind):
    made = FloorMap.objects.get(
        pk=floor(actor_of(operator), workspace, image=picture(kind=kind)).pk
    )
    assert (made.width, made.height) == (64, 48)
    assert len(made.image.name) > len("floors/.png") + 20


def test_a_floor_may_have_no_image_yet(actor_of, operator, workspace):
    assert floor(actor_of(operator), workspace).width is None


@pytest.mark.parametrize("content", [b"<svg/>", b"\x89PNG\r\n\x1a\n broken", picture()[:60]])
def test_what_is_no_image_is_refused(actor_of, operator, workspace, content):
    with pytest.raises(Invalid) as refusal:
        floor(actor_of(operator), workspace, image=content)
    assert list(refusal.value.fields) == ["image"]
    assert not FloorMap.objects.exists()


def test_an_image_beyond_the_limits_is_refused(monkeypatch, actor_of, operator, workspace):
    monkeypatch.setattr(media, "MOST_PIXELS", 64 * 48 - 1)
    with pytest.raises(Invalid, match="not valid"):
        floor(actor_of(operator), workspace, image=picture())
    monkeypatch.setattr(media, "MOST_PIXELS", 64 * 48)
    monkeypatch.setattr(media, "MOST_BYTES", 50)
    with pytest.raises(Invalid, match="not valid"):
        floor(actor_of(operator), workspace, image=picture())


def test_a_picture_of_very_many_pixels_is_refused_unread(actor_of, operator, workspace):
    with pytest.raises(Invalid):
        floor(actor_of(operator), workspace, image=picture(20_000, 20_000))


def test_a_map_id_is_taken_once_in_a_workspace(
    actor_of, operator, stranger, workspace, other_workspace
):
    floor(actor_of(operator), workspace)
    floor(actor_of(stranger), other_workspace)
    with pytest.raises(Conflict):
        floor(actor_of(operator), workspace)


def test_floors_are_seen_by_members_alone(actor_of, operator, viewer, stranger, workspace):
    made = floor(actor_of(operator), workspace)
    assert list(floor_maps_for(actor_of(viewer))) == [made]
    assert not floor_maps_for(actor_of(stranger)).exists()
    with pytest.raises(NotAllowed):
        floor(actor_of(viewer), workspace, map_id="2f")
