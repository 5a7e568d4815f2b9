"""The page of one device of any kind, the page of all alarms, and what pages with maps need."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.translation import gettext

from accounts.models import Device
from accounts.pages import page
from accounts.principal import Actor
from accounts.selectors import device_for, workspaces_for

from . import kinds
from .models import Severity

WORKSPACES_AT_MOST = 200  # in a filter
OF_ROBOTS = {"drives", "photos"}  # tabs of their pages alone
DETAILED = ["China", "South Korea", "North Korea", "Russia", "Japan"]  # what land-detail.json holds


def map_data() -> dict:
    """The offline base map, and the tile server of one's own where it is configured."""
    basemap = {
        "world": static("data/land-world.json"),
        "detail": static("data/land-detail.json"),
        "detailed": DETAILED,
    }
    return {"basemap": basemap, "tiles": _tiles()}


def _tiles() -> dict | None:
    if not settings.MAP_TILE_URL:
        return None
    return {
        "url": settings.MAP_TILE_URL,
        "attribution": settings.MAP_TILE_ATTRIBUTION,
        "max_zoom": settings.MAP_TILE_MAX_ZOOM,
    }


def device_answer(
    request: HttpRequest, actor: Actor, device: Device, floors: list[dict]
) -> HttpResponse:
    """The detail page; the kind of its map follows from the positions that the device reports."""
    known = {
        "id": device.pk,
        "kind": device.kind,
        "name": device.name,
        "workspace_id": device.workspace_id,
    }
    told = {
        "device": device,
        "data": {
            "device": known,
            "floors": floors,
            "export_days": settings.EXPORT_MAX_DAYS,
            **map_data(),
        },
        "section": "device",
        "tabs": tabs(device),
        "may_send": actor.may("command.send", device.workspace_id),
        "moves": kinds.get(device.kind).moves,
        "sees_schedules": actor.may("schedule.view", device.workspace_id),
    }
    return render(request, "fleet/device.html", told)


def tabs(device: Device) -> list[tuple[str, str]]:
    """Names and labels of what is below the black box; each has a template of its name."""
    known = [
        ("events", gettext("Events")),
        ("drives", gettext("Drives")),
        ("commands", gettext("Commands")),
        ("photos", gettext("Photos")),
        ("raw", gettext("Raw")),
    ]
    return [row for row in known if row[0] not in OF_ROBOTS or device.kind == Device.Kind.ROBOT]


@page
def device_page(request: HttpRequest, actor: Actor, device_id: int) -> HttpResponse:
    device = device_for(actor, device_id, "telemetry.view")
    if device.kind == Device.Kind.ROBOT:
        return redirect("robot", device_id=device.pk)
    return device_answer(request, actor, device, [])


@page
def alerts_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    seen = [row for row in workspaces_for(actor) if actor.may("alarm.view", row.pk)]
    told = {
        "section": "alerts",
        "workspaces": seen[:WORKSPACES_AT_MOST],
        "severities": severities(),
    }
    return render(request, "fleet/alerts.html", told)


def severities() -> list[tuple[str, str]]:
    """Worst first."""
    return list(reversed(Severity.choices))
