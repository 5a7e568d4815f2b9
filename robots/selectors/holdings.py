"""What somebody has to do with: his robots, the floors they drive on, and the workspace that stands for the group."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from accounts.models import User, Workspace
from accounts.principal import Actor
from accounts.roles import Role
from accounts.selectors import actor_of_user, workspaces_for
from fleet_platform.shared.errors import NotFound
from fleet_platform.telemetry import store

from ..models import FloorMap, Robot
from .floors import floor_maps_for
from .registry import robots_for

ROBOTS_AT_MOST = 500
FLOORS_AT_MOST = 500
PEOPLE_AT_MOST = 200


@dataclass(frozen=True)
class Holdings:
    """`workspace`: the first of them. `map_ids`: device id -> the map that its robot is on, where it said so."""

    workspace: Workspace | None = None
    robots: list[Robot] = field(default_factory=list)
    floors: list[FloorMap] = field(default_factory=list)
    map_ids: Mapping[int, str] = field(default_factory=dict)


def holdings_of(actor: Actor, workspace_id: int | None = None) -> Holdings:
    """Robots and floors that the actor may see, those of one workspace alone where it is named.

    At most 500 of each, by id, in a fixed number of queries.
    """
    places, robots, floors = workspaces_for(actor), robots_for(actor), floor_maps_for(actor)
    if workspace_id is not None:
        places = places.filter(pk=workspace_id)
        robots = robots.filter(device__workspace_id=workspace_id)
        floors = floors.filter(workspace_id=workspace_id)
    seen = list(robots[:ROBOTS_AT_MOST])
    return Holdings(places.first(), seen, list(floors[:FLOORS_AT_MOST]), map_ids_of(seen))


class Ownership(NamedTuple):
    """`others`: who else belongs to the robot's workspace."""

    owner: User
    holdings: Holdings
    others: list[User]


def ownership_of(robot: Robot) -> Ownership:
    """Whose a robot is: the first owner of its workspace, with what the workspace has. Raises NotFound without one.

    The robot is the caller's to have checked.
    """
    workspace_id = robot.device.workspace_id
    people = User.objects.filter(is_active=True, memberships__workspace_id=workspace_id)
    owner = people.filter(memberships__role=Role.OWNER).order_by("memberships__id").first()
    if owner is None:
        raise NotFound
    others = people.exclude(pk=owner.pk).distinct().order_by("pk")[:PEOPLE_AT_MOST]
    return Ownership(owner, holdings_of(actor_of_user(owner), workspace_id), list(others))


def map_ids_of(robots: list[Robot]) -> dict[int, str]:
    """Device id -> the map that its robot is on, where it said so."""
    states = store.states(robot.device_id for robot in robots) if robots else {}
    told = {id: _map_id(msgspec.json.decode(state.sections)) for id, state in states.items()}
    return {id: map_id for id, map_id in told.items() if map_id}


def _map_id(sections: Mapping[str, Any]) -> str | None:
    """The map of the pose; robot_base_status alone may name it."""
    for name in ("pose", "robot_base_status"):
        if map_id := (sections.get(name) or {}).get("map_id"):
            return str(map_id)
    return None
