"""Pages of robots: the live page with its black box, the floors they drive on, and their schedules."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.models import Device
from accounts.pages import page
from accounts.principal import Actor
from accounts.selectors import device_for, workspace_for, workspaces_for
from fleet_platform.shared.errors import NotFound
from fleet_platform.telemetry.pages import device_answer

from .models import FloorMap, Robot
from .selectors import floor_maps_for, robots_for

FLOORS_AT_MOST = 200
ROBOTS_AT_MOST = 1000  # to choose among; a schedule names 500 at most
WORKSPACES_AT_MOST = 90  # as many as the shell tells


def floor_data(floor: FloorMap) -> dict:
    """A floor as the map scripts read it."""
    return {
        "id": floor.pk,
        "workspace_id": floor.workspace_id,
        "map_id": floor.map_id,
        "site": floor.site,
        "name": str(floor),
        "image": floor.image_url,
        "width": floor.width,
        "height": floor.height,
        "metres_per_pixel": floor.metres_per_pixel,
        "invert": floor.invert_in_dark,
    }


@page
def robot_page(request: HttpRequest, actor: Actor, device_id: int) -> HttpResponse:
    device = device_for(actor, device_id, "telemetry.view")
    if device.kind != Device.Kind.ROBOT:
        raise NotFound
    floors = floor_maps_for(actor).filter(workspace_id=device.workspace_id)[:FLOORS_AT_MOST]
    return device_answer(request, actor, device, [floor_data(floor) for floor in floors])


@page
def floor_page(request: HttpRequest, actor: Actor, workspace_id: int, map_id: str) -> HttpResponse:
    """A floor, live; one that robots name and nobody has entered is a grid."""
    workspace = workspace_for(actor, workspace_id, "map.view")
    rows = list(floor_maps_for(actor).filter(workspace_id=workspace.pk)[:FLOORS_AT_MOST])
    floor = next((floor_data(row) for row in rows if row.map_id == map_id), None)
    told = floor or {"workspace_id": workspace.pk, "map_id": map_id, "site": "", "name": map_id}
    data = {"floor": told, "may_edit": actor.may("map.manage", workspace.pk)}
    shown = {
        "workspace": workspace,
        "title": floor_title(told["site"], told["name"]),
        "data": data,
        "floors": [_choice(row, map_id) for row in rows],
        "sees_schedules": actor.may("schedule.view", workspace.pk),
        "section": "floor",
    }
    return render(request, "fleet/floor.html", shown)


def _choice(floor: FloorMap, map_id: str) -> dict:
    return {
        "title": floor_title(floor.site, str(floor)),
        "url": reverse("floor", args=[floor.workspace_id, floor.map_id]),
        "current": floor.map_id == map_id,
    }


def floor_title(site: str, name: str) -> str:
    return " · ".join(part for part in (site, name) if part)


@page
def schedules_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Schedules of all workspaces that the reader may see them of, with what there is to plan with."""
    seen = [row for row in workspaces_for(actor) if actor.may("schedule.view", row.pk)]
    places = {row.pk: row for row in seen[:WORKSPACES_AT_MOST]}
    floors = floor_maps_for(actor).filter(workspace_id__in=places)[:FLOORS_AT_MOST]
    robots = robots_for(actor).filter(device__workspace_id__in=places)[:ROBOTS_AT_MOST]
    data = {
        "workspaces": [
            {
                "id": row.pk,
                "name": row.name,
                "time_zone": row.time_zone,
                "may_manage": actor.may("schedule.manage", row.pk),
            }
            for row in places.values()
        ],
        "floors": [_floor_planned(floor) for floor in floors],
        "robots": [_robot_planned(robot) for robot in robots],
    }
    may_manage = any(place["may_manage"] for place in data["workspaces"])
    told = {"section": "schedules", "data": data, "may_manage": may_manage}
    return render(request, "fleet/schedules.html", told)


def _floor_planned(floor: FloorMap) -> dict:
    return {
        "id": floor.pk,
        "workspace_id": floor.workspace_id,
        "title": floor_title(floor.site, str(floor)),
        "url": reverse("floor", args=[floor.workspace_id, floor.map_id]),
    }


def _robot_planned(robot: Robot) -> dict:
    """`robot_id` is how schedules name it, `id` its device's."""
    device = robot.device
    return {
        "id": device.pk,
        "robot_id": robot.robot_id,
        "name": device.name,
        "workspace_id": device.workspace_id,
    }
