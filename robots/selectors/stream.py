"""Ticks and the black box.

Times are microseconds since 1970 UTC (`_us`), both bounds included.
"""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import F, OuterRef, Subquery

from accounts.models import Workspace
from accounts.principal import Actor
from fleet_platform.shared import clock
from fleet_platform.telemetry import store
from fleet_platform.telemetry.models import Latest, Sample
from fleet_platform.telemetry.selectors import sample_page

from ..models import Robot, zone_named
from .registry import robot_for, robots_for


class Tick(NamedTuple):
    """One sample of one robot: `sections` is JSON as stored, `zone` the time zone of the robot's workspace."""

    robot_id: str
    zone: ZoneInfo
    time_us: int
    sections: str


def stream_tick_for(actor: Actor, robot_id: str | None = None) -> Tick | None:
    """The newest sample of one robot, or of all that the actor may see; None where none of them was ever heard.

    One robot that was never heard has a tick of now, without sections.
    """
    robot = robot_for(actor, robot_id) if robot_id is not None else _robot_of_the_newest_tick(actor)
    if robot is None:
        return None
    sample = store.newest_sample(robot.device_id)
    time_us, sections = (sample[0], sample[3]) if sample else (clock.now_us(), "{}")
    return Tick(robot.robot_id, robot.zone, time_us, sections)


def zone_of(actor: Actor) -> ZoneInfo:
    """The time zone of the actor's first workspace, whatever it may see there; UTC without one."""
    workspace = Workspace.objects.filter(pk__in=actor.roles).order_by("id").first()
    return zone_named(workspace.time_zone if workspace else "UTC")


def _robot_of_the_newest_tick(actor: Actor) -> Robot | None:
    """Samples are asked, since a row that the platform put into a stream says nothing of when its robot was heard."""
    robots = robots_for(actor)
    newest = Sample.objects.filter(device_id=OuterRef("device_id")).order_by("-time_us")
    found = (
        Latest.objects.filter(device__in=robots.values("device_id"))
        .annotate(newest_us=Subquery(newest.values("time_us")[:1]))
        .order_by(F("newest_us").desc(nulls_last=True))
        .values_list("device_id", "newest_us")
        .first()
    )
    device_id, newest_us = found or (None, None)
    return robots.filter(device_id=device_id).first() if newest_us is not None else None


def black_box_for(
    actor: Actor, robot: Robot, from_us: int, to_us: int, *, cursor: str | None = None, limit: int
) -> tuple[list[store.StoredSample], str | None]:
    """A page of what the robot sent, oldest first, and the cursor of the next page."""
    actor.require("telemetry.view", robot.device.workspace_id)
    return sample_page(robot.device_id, from_us, to_us, cursor, limit)
