"""Reads: the robots, floors, ticks, black box and photo log that somebody may see.

Times are microseconds since 1970 UTC (`_us`), both bounds included.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from django.db.models import Q, QuerySet

from accounts.principal import Actor
from fleet_platform.shared import clock
from fleet_platform.shared.errors import Gone, NotFound
from fleet_platform.shared.paging import decode_cursor, encode_cursor
from fleet_platform.telemetry import store
from fleet_platform.telemetry.models import Latest
from fleet_platform.telemetry.selectors import sample_page

from .models import FloorMap, PhotoLog, Robot

NEWEST_PHOTOS = 20
StoredSample = tuple[int, int, int, str, str]  # as telemetry.store gives it


class Tick(NamedTuple):
    """One sample of one robot: `sections` is JSON as stored, `zone` the time zone of the robot's workspace."""

    robot_id: str
    zone: ZoneInfo
    time_us: int
    sections: str


def _robots() -> QuerySet[Robot]:
    return Robot.objects.select_related("device__workspace")


def robots_for(actor: Actor) -> QuerySet[Robot]:
    """Robots in the registry that the actor may see, by id."""
    return actor.scope(
        "device.view",
        _robots().filter(device__removed_at=None),
        workspace="device__workspace_id",
        device="device_id",
    ).order_by("id")


def robot_for(actor: Actor, robot_id: str) -> Robot:
    """One robot. Raises NotFound for a stranger as for a missing one, Gone for a member once it was removed."""
    if "\0" in robot_id:
        raise NotFound
    robot = (
        actor.scope("device.view", _robots(), workspace="device__workspace_id", device="device_id")
        .filter(robot_id=robot_id)
        .first()
    )
    if robot is None:
        raise NotFound
    if robot.device.removed_at is not None:
        raise Gone
    return robot


def robot_newest(robot: Robot) -> Mapping[str, Any]:
    """The newest of each section that the robot sent."""
    return msgspec.json.decode(store.states([robot.device_id])[robot.device_id].sections)


def floor_maps_for(actor: Actor) -> QuerySet[FloorMap]:
    """Floors by workspace, site and storey. A device has none of its own: it knows its map."""
    return actor.scope("map.view", FloorMap.objects.all())


def stream_tick_for(actor: Actor, robot_id: str | None = None) -> Tick | None:
    """The newest sample of one robot, or of all that the actor may see; None where none of them was ever heard.

    One robot that was never heard has a tick of now, without sections.
    """
    robot = robot_for(actor, robot_id) if robot_id is not None else _robot_heard_last(actor)
    if robot is None:
        return None
    sample = store.newest_sample(robot.device_id)
    time_us, sections = (sample[0], sample[3]) if sample else (clock.now_us(), "{}")
    return Tick(robot.robot_id, robot.zone, time_us, sections)


def _robot_heard_last(actor: Actor) -> Robot | None:
    robots = robots_for(actor)
    device_id = (
        Latest.objects.filter(device__in=robots.values("device_id"), time_us__isnull=False)
        .order_by("-time_us")
        .values_list("device_id", flat=True)
        .first()
    )
    return robots.filter(device_id=device_id).first() if device_id else None


def black_box_for(
    actor: Actor, robot: Robot, from_us: int, to_us: int, *, cursor: str | None = None, limit: int
) -> tuple[list[StoredSample], str | None]:
    """A page of what the robot sent, oldest first, and the cursor of the next page."""
    actor.require("telemetry.view", robot.device.workspace_id)
    return sample_page(robot.device_id, from_us, to_us, cursor, limit)


def photo_logs_for(
    actor: Actor, robot: Robot, from_us: int, to_us: int, *, cursor: str | None = None, limit: int
) -> tuple[int, list[PhotoLog], str | None]:
    """How many rows there are in all, a page of them by time, and the cursor of the next page."""
    actor.require("telemetry.view", robot.device.workspace_id)
    first_ms, last_ms = -(-from_us // 1000), to_us // 1000
    rows = PhotoLog.objects.filter(
        device_id=robot.device_id, timestamp_ms__gte=first_ms, timestamp_ms__lte=last_ms
    )
    count = rows.count()
    if cursor:
        at_ms, id = decode_cursor(cursor, int, int)
        rows = rows.filter(Q(timestamp_ms__gt=at_ms) | Q(timestamp_ms=at_ms, id__gt=id))
    page = list(rows.order_by("timestamp_ms", "id")[: limit + 1])
    last = page[limit - 1] if len(page) > limit else None
    return count, page[:limit], encode_cursor(last.timestamp_ms, last.pk) if last else None


def newest_photos_of(robot: Robot) -> list[PhotoLog]:
    """The last few rows of the robot's photo log, newest first."""
    rows = PhotoLog.objects.filter(device_id=robot.device_id)
    return list(rows.order_by("-timestamp_ms", "-id")[:NEWEST_PHOTOS])
