"""Ids of another workspace where a client may write ids: in filters, and in fields that no row of the table needs.

A foreign id does what a missing one does. (Ids in paths and in the bodies of the table: test_rights_matrix.py.)
"""

import json

import pytest

from .rights_rules import RULES
from .test_rights_matrix import ABROAD, MISSING, client_for, is_api, path_of, people, undone, world

__all__ = ["client_for", "people", "world"]  # fixtures

FILTERS = (
    "workspace",
    "workspace_id",
    "device",
    "device_id",
    "floor",
    "floor_id",
    "robot",
    "robots",
)
TEXT_FILTERS = ("robot_id", "map_id", "map", "search")
LISTS = [
    route
    for (method, route), rule in RULES.items()
    if method == "GET" and is_api(route) and rule.status("owner") == 200 and not rule.query
]
# Fields beside those of the table's rows, by which a row could be given to another workspace, or made to name its rows.
WRITES = [
    ("PATCH", "api/fleet/devices/<id:device_id>", {"workspace_id": "workspace"}),
    ("PATCH", "api/fleet/zones/<id:zone_id>", {"workspace_id": "workspace"}),
    ("PATCH", "api/fleet/stores/<id:store_id>", {"floor_id": "floor"}),
    ("PATCH", "api/fleet/stores/<id:store_id>", {"floor": "floor"}),
    ("PATCH", "api/fleet/regions/<id:region_id>", {"floor_id": "floor"}),
    ("PATCH", "api/fleet/way-points/<id:way_points_id>", {"floor_id": "floor"}),
    ("PATCH", "api/fleet/schedules/<id:schedule_id>", {"floor_id": "floor"}),
    ("PATCH", "api/fleet/schedules/<id:schedule_id>", {"robots": ["robot"]}),
    ("PATCH", "api/fleet/schedules/<id:schedule_id>", {"timers": [{"id": "timer"}]}),
    ("PATCH", "api/fleet/workspaces/<id:workspace_id>", {"id": "workspace"}),
    ("POST", "api/fleet/schedules", {"floor_id": "own floor", "title": "New", "robots": ["robot"]}),
    ("POST", "api/fleet/alarms/acknowledge", {"ids": ["alarm"]}),
    ("POST", "api/fleet/schedules/<id:schedule_id>/run", {"timer_id": "timer"}),
]


@pytest.fixture
def ids(world):
    """Names in WRITES -> the other workspace's id, and one that nobody has."""
    foreign = {
        "workspace": world.other_workspace.pk,
        "device": world.foreign.device_id,
        "floor": world.floors[1].pk,
        "zone": world.zones[1].pk,
        "robot": world.foreign.robot_id,
        "alarm": world.alarm(world.foreign).pk,
        "timer": world.floors[1].schedules.get().timers.get().pk,
    }
    missing = {
        name: MISSING if isinstance(id, int) else "robot_nobody" for name, id in foreign.items()
    }
    own = {"own floor": world.floors[0].pk}
    return {**foreign, **own}, {**missing, **own}


def filled(value, ids: dict):
    if isinstance(value, dict):
        return {key: filled(part, ids) for key, part in value.items()}
    if isinstance(value, list):
        return [filled(part, ids) for part in value]
    return ids.get(value, value)


def told(answer, robot_id: str) -> tuple[int, str]:
    """Status and text, without the name that was asked for."""
    return answer.status_code, text_of(answer).replace(robot_id, "ROBOT")


def text_of(answer) -> str:
    return b"".join(answer).decode(errors="replace")


@pytest.mark.parametrize("route", LISTS)
def test_a_filter_by_a_foreign_id_finds_what_a_missing_one_finds(route, world, client_for, ids):
    client, path = client_for("owner", route), path_of(route, world.names)
    foreign, missing = ids
    for name in FILTERS:
        id = name.removesuffix("_id").removesuffix("s")
        one = client.get(f"{path}?{name}={foreign[id]}")
        other = client.get(f"{path}?{name}={missing[id]}")
        assert one.status_code == other.status_code, name
        assert ABROAD not in text_of(one), name
    for name in TEXT_FILTERS:
        for text in (f"robot_{ABROAD}", f"{ABROAD}_1f"):
            found = text_of(client.get(f"{path}?{name}={text}"))
            assert ABROAD not in found.replace(text, ""), name


def written(world) -> list:
    """What of the other workspace, and of ours, the writes below could move or mix."""
    schedules = [
        (
            one.pk,
            one.floor_id,
            sorted(one.robots.values_list("robot_id", flat=True)),
            one.timers.count(),
        )
        for floor in world.floors
        for one in floor.schedules.order_by("pk")
    ]
    zones = [(zone.pk, type(zone).objects.get(pk=zone.pk).workspace_id) for zone in world.zones]
    alarms = [alarm.state for alarm in world.foreign.device.alarms.order_by("pk")]
    commands = world.foreign.device.commands.count()
    return [schedules, zones, alarms, commands, type(world.own.device).objects.get(pk=world.own.device_id).workspace_id]  # fmt: skip


@pytest.mark.parametrize(("method", "route", "body"), WRITES, ids=lambda part: str(part)[:60])
def test_a_foreign_id_in_a_body_does_what_a_missing_one_does(
    method, route, body, world, client_for, ids
):
    client, path = client_for("owner", route), path_of(route, world.names)
    outcomes = []
    for known in ids:
        before = written(world)
        with undone():
            said = json.dumps(filled(body, known))
            answer = client.generic(method, path, said, "application/json")
            after = written(world)
        assert answer.status_code < 500
        outcomes.append(told(answer, known["robot"]))
        assert ABROAD not in outcomes[-1][1]
        assert after == before
    assert outcomes[0][0] == outcomes[1][0]
    if outcomes[0][0] >= 400:
        assert outcomes[0] == outcomes[1]
