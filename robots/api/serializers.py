"""The bytes of the FlyingLet API: what may come in, and documents under the wire's own names."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from fleet_platform.shared import clock
from fleet_platform.shared.errors import Invalid
from fleet_platform.shared.media import absolute

from .. import moments
from ..models import PhotoLog, Robot


@extend_schema_field({"anyOf": [{"type": "string"}, {"type": "number"}]})
class MomentField(serializers.Field):
    """A point in time in any of the forms that clients write. Kept as said: a text without offset needs a zone."""

    def to_internal_value(self, data: Any) -> str | int | float:
        if isinstance(data, bool) or not isinstance(data, str | int | float):
            data = ""
        try:
            moments.parse(data)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from None
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class RobotRequest(serializers.Serializer):
    robot_id = serializers.CharField(max_length=200)


class FactoryCodeRequest(serializers.Serializer):
    fCode = serializers.CharField(max_length=200)


class ChipRequest(serializers.Serializer):
    sn = serializers.CharField(max_length=200)


def _fact(**options) -> serializers.CharField:
    """What a robot's computer says of itself: texts, or numbers as texts."""
    return serializers.CharField(
        max_length=200, required=False, allow_blank=True, allow_null=True, **options
    )


class CertificateRequest(FactoryCodeRequest):
    """Keys that are none of these are let be."""

    secretKey = serializers.CharField(max_length=1024, trim_whitespace=False)
    mac_address = _fact()
    authentication_timestamp = _fact(source="certified_at")
    getnode = _fact(source="node_number")
    machine = _fact()
    node = _fact(source="host_name")
    platform = _fact()
    processor = _fact()
    release = _fact(source="os_release")
    system = _fact(source="os_name")
    version = _fact(source="os_version")
    uname = _fact()


class PageRequest(RobotRequest):
    limit = serializers.IntegerField(min_value=1, max_value=10_000, default=1000)
    cursor = serializers.CharField(max_length=400, required=False, allow_blank=True)


class BlackBoxRequest(PageRequest):
    from_date = MomentField()
    to_date = MomentField()


class PhotoListRequest(PageRequest):
    start_timestamp = MomentField()
    end_timestamp = MomentField()


def read(form: type[serializers.Serializer], *said: Any) -> dict[str, Any]:
    """The values of a form, from one object or several of which later ones win. Raises Invalid by field."""
    values: dict[str, Any] = {}
    for part in said:
        if not isinstance(part, Mapping):
            raise Invalid({"body": "must be a JSON object"})
        values.update(part.items())
    checked = form(data=values)
    checked.is_valid(raise_exception=True)
    return checked.validated_data


def read_span(values: Mapping[str, Any], first: str, last: str, zone: ZoneInfo) -> tuple[int, int]:
    """Both bounds in microseconds. Raises Invalid for a span that ends before it starts, or is too long."""
    from_us = _bound(values, first, zone, last=False)
    to_us = _bound(values, last, zone, last=True)
    days = settings.FLYINGLET_BLACKBOX_MAX_DAYS
    if from_us > to_us:
        raise Invalid({first: gettext("is after %(other)s") % {"other": last}})
    if to_us - from_us > days * 86_400 * clock.SECOND:
        raise Invalid(
            {
                last: gettext("is more than %(days)d days after the start: ask in parts")
                % {"days": days}
            }
        )
    return from_us, to_us


def _bound(values: Mapping[str, Any], name: str, zone: ZoneInfo, *, last: bool) -> int:
    try:
        return moments.parse(values[name], zone, last=last)
    except ValueError as error:
        raise Invalid({name: str(error)}) from None


def page_of(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"limit": values["limit"], "cursor": values.get("cursor")}


def object_id(created_at: datetime, key: int) -> dict[str, str]:
    """24 hex digits in the manner of the wire's database: seconds of creation, then the row's key."""
    return {"$oid": f"{int(created_at.timestamp()):08x}{key:016x}"}


def _created_text(created_at: datetime, zone: ZoneInfo) -> str:
    """`2023-01-18  6:42:26 PM`: the hour padded with a space, English AM and PM whatever the locale."""
    local = created_at.astimezone(zone)
    half = "AM" if local.hour < 12 else "PM"
    return f"{local:%Y-%m-%d} {local.hour % 12 or 12:2d}:{local:%M:%S} {half}"


def _live_text(value: Any) -> str:
    """The registry tells current values as texts, empty where there is none."""
    return "" if value is None or value is False else str(value)


def registry_document(
    robot: Robot, newest: Mapping[str, Any], photos: Iterable[PhotoLog]
) -> dict[str, Any]:
    """Every key of the wire's registry document but `secretKey`: no answer holds a secret.

    `newest` is the newest of each section that the robot sent.
    """
    device = robot.device
    status = newest.get("robot_base_status") or {}
    drive = newest.get("robot_drive_info") or {}
    return {
        "_id": object_id(device.created_at, robot.pk),
        "alarm_01": robot.alarm_1,
        "alarm_02": robot.alarm_2,
        "alarm_03": robot.alarm_3,
        "authentication_timestamp": robot.certified_at,
        "battery": _live_text(status.get("battery")),
        "chipSN": robot.chip_serial,
        "createAt": _created_text(device.created_at, robot.zone),
        "current_covid_info": newest.get("covid_info") or {},
        "current_waypoint_id": _live_text(status.get("current_way_point_id")),
        "deviceName": device.name,
        "deviceNum": robot.device_number,
        "drive_distance": _live_text(drive.get("drive_distance")),
        "drive_status": _live_text(status.get("drive_status")),
        "drive_time": _live_text(drive.get("drive_time")),
        "fCode": device.factory_code or "",
        "getnode": robot.node_number,
        "isActive": str(robot.is_active),
        "kcCertificationNumber": robot.kc_certification_number,
        "location_id": robot.location_code,
        "mac_address": robot.mac_address,
        "machine": robot.machine,
        "mainAbility": robot.main_abilities,
        "manager_01": robot.manager_1,
        "manager_02": robot.manager_2,
        "manager_03": robot.manager_3,
        "manufacturer": robot.manufacturer,
        "manufacturerCode": robot.manufacturer_code,
        "map_id": _live_text(status.get("map_id")),
        "min": "",
        "modelCode": robot.model_code,
        "modelImg": {
            "off": absolute(robot.model_image_off),
            "on": absolute(robot.model_image_on),
        },
        "modelName": robot.model_name,
        "modelNumber": robot.model_number,
        "modelVersion": robot.model_version,
        "network": _live_text(status.get("network")),
        "node": robot.host_name,
        "operatingLocation": robot.operating_location,
        "photo_log": photo_tree(photos),
        "platform": robot.platform,
        "processor": robot.processor,
        "productCode": robot.product_code,
        "productDate": robot.product_date,
        "productName": robot.product_name,
        "realRobotID": robot.real_robot_id,
        "release": robot.os_release,
        "robot_id": robot.robot_id,
        "robot_status": "",
        "serialNumber": device.serial_number or "",
        "sms_01": robot.sms_1,
        "sms_02": robot.sms_2,
        "sms_03": robot.sms_3,
        "specialFunctions": robot.special_functions,
        "speed": _live_text(status.get("speed")),
        "subAbility": robot.sub_abilities,
        "system": robot.os_name,
        "total_distance": _live_text(drive.get("total_distance")),
        "total_time": _live_text(drive.get("total_time")),
        "uname": robot.uname,
        "userID": robot.user_code,
        "version": robot.os_version,
    }


def photo_tree(photos: Iterable[PhotoLog]) -> dict[str, dict[str, dict]]:
    """The registry's own shape of photos: second -> fraction of the second -> photo."""
    tree: dict[str, dict[str, dict]] = {}
    for photo in photos:
        seconds, rest = divmod(photo.timestamp_ms, 1000)
        tree.setdefault(str(seconds), {})[f"{rest:03d}"] = {
            "drive_info": photo.drive_info,
            "drive_status": photo.drive_status,
            "map_id": photo.map_id or None,
            "pose": {
                "rotate": photo.pose_rotate,
                "x": _pixels(photo.pose_x),
                "y": _pixels(photo.pose_y),
            },
            "robot_id": photo.robot_id,
            "store_id": photo.store_id,
            "timestamp": photo.timestamp_ms / 1000,
            "traffic": photo.traffic,
        }
    return tree


def photo_document(photo: PhotoLog) -> dict[str, Any]:
    taken = clock.to_datetime(photo.timestamp_ms * 1000)
    return {
        "_id": object_id(taken, photo.pk),
        "robot_id": photo.robot_id,
        "pose": {
            "x": _pixels(photo.pose_x),
            "y": _pixels(photo.pose_y),
            "rotate": photo.pose_rotate,
            "timestamp": photo.pose_timestamp_ms,
            "traffic": photo.traffic or 0,
        },
        "store_id": photo.store_id,
        "timestamp": photo.timestamp_ms,
        "map_id": photo.map_id or None,
        "drive_info": photo.drive_info,
        "drive_status": photo.drive_status,
        "traffic": photo.traffic,
    }


def _pixels(value: float) -> float | int:
    """Whole pixels without a fraction, as the wire has them."""
    return int(value) if value.is_integer() else value
