"""The floors that somebody may see, and what lies on them."""

from collections.abc import Sequence
from mimetypes import guess_type
from typing import TypeVar

from django.db.models import QuerySet

from accounts.principal import Actor
from fleet_platform.shared.errors import NotFound
from fleet_platform.shared.paging import Page, page_by_id

from ..models import FloorMap, Place

Kind = TypeVar("Kind", bound=Place)


def floor_maps_for(actor: Actor) -> QuerySet[FloorMap]:
    """Floors by workspace, site and storey. A device sees those of its workspace: it drives on them."""
    ids = actor.workspaces("map.view")
    floors = FloorMap.objects.all()
    return floors if ids is None else floors.filter(workspace_id__in=ids)


def floor_page(
    actor: Actor,
    *,
    workspace_id: int | None = None,
    map_id: str = "",
    cursor: str | None = None,
    limit: int,
) -> Page[FloorMap]:
    """A page of floors by id."""
    floors = floor_maps_for(actor)
    if workspace_id is not None:
        floors = floors.filter(workspace_id=workspace_id)
    if map_id:
        floors = floors.filter(map_id=map_id)
    return page_by_id(floors, cursor, limit)


def floor_for(actor: Actor, floor_id: int, verb: str = "map.view") -> FloorMap:
    """Raises NotFound for a stranger as for a missing one, NotAllowed for a member of a lesser role."""
    return actor.find(floor_maps_for(actor), floor_id, verb)


def floor_plan(actor: Actor, floor_id: int) -> tuple[bytes, str]:
    """The plan's bytes and media type: storage may be a folder or a bucket. Raises NotFound where there is none."""
    floor = floor_for(actor, floor_id)
    if not floor.image or not floor.image.storage.exists(floor.image.name):
        raise NotFound
    with floor.image.open("rb") as file:
        return file.read(), guess_type(floor.image.name)[0] or "application/octet-stream"


def plans_stored(names: Sequence[str]) -> set[str]:
    """Those of the names in the storage that a floor has."""
    return set(FloorMap.objects.filter(image__in=names).values_list("image", flat=True))


def places_of(model: type[Kind], floor: FloorMap) -> list[Kind]:
    """All of one kind on a floor, in the order they were drawn; each knows the floor without asking again."""
    places = list(model.objects.filter(floor=floor).order_by("id")[: model.most])
    for place in places:
        place.floor = floor
    return places


def place_for(actor: Actor, model: type[Kind], id: int, verb: str) -> Kind:
    """Raises as floor_for does."""
    places = model.objects.select_related("floor").filter(floor__in=floor_maps_for(actor))
    return actor.find(places, id, verb)
