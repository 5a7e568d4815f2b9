"""The page of one device of any kind, and what pages with maps need."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static

from accounts.models import Device
from accounts.pages import page
from accounts.principal import Actor
from accounts.selectors import device_for

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


def device_answer(request: HttpRequest, device: Device, floors: list[dict]) -> HttpResponse:
    """The detail page; the kind of its map follows from the positions that the device reports."""
    data = {
        "device": {"id": device.pk, "kind": device.kind, "name": device.name},
        "floors": floors,
        **map_data(),
    }
    told = {"device": device, "data": data, "section": "device"}
    return render(request, "fleet/device.html", told)


@page
def device_page(request: HttpRequest, actor: Actor, device_id: int) -> HttpResponse:
    device = device_for(actor, device_id, "telemetry.view")
    if device.kind == Device.Kind.ROBOT:
        return redirect("robot", device_id=device.pk)
    return device_answer(request, device, [])
