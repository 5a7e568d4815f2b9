"""Pages of robots: the live page with its black box, and the floor images it shows."""

from mimetypes import guess_type

from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.models import Device
from accounts.pages import page
from accounts.principal import Actor
from accounts.selectors import device_for
from fleet_platform.shared.errors import NotFound
from fleet_platform.telemetry.pages import device_answer

from .models import FloorMap
from .selectors import floor_maps_for

FLOORS_AT_MOST = 200
IMAGE_SECONDS = 3600


def floor_data(floor: FloorMap) -> dict:
    """A floor as the map scripts read it."""
    return {
        "id": floor.pk,
        "workspace_id": floor.workspace_id,
        "map_id": floor.map_id,
        "site": floor.site,
        "name": str(floor),
        "image": reverse("floor-image", args=[floor.pk]) if floor.image else "",
        "width": floor.width,
        "height": floor.height,
        "invert": floor.invert_in_dark,
    }


@page
def robot_page(request: HttpRequest, actor: Actor, device_id: int) -> HttpResponse:
    device = device_for(actor, device_id, "telemetry.view")
    if device.kind != Device.Kind.ROBOT:
        raise NotFound
    floors = floor_maps_for(actor).filter(workspace_id=device.workspace_id)[:FLOORS_AT_MOST]
    return device_answer(request, device, [floor_data(floor) for floor in floors])


@page
def floor_image(request: HttpRequest, actor: Actor, floor_id: int) -> HttpResponse:
    """The plan itself, for members only: storage may be a folder or a bucket, the address is ours."""
    floor = floor_maps_for(actor).filter(pk=floor_id).first()
    if floor is None or not floor.image or not default_storage.exists(floor.image.name):
        raise NotFound
    with floor.image.open("rb") as file:
        response = HttpResponse(file.read(), content_type=guess_type(floor.image.name)[0])
    response["Cache-Control"] = f"private, max-age={IMAGE_SECONDS}"
    return response
