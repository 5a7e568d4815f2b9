"""Stores, regions and way point lists: drawn, changed and taken off a floor, and told to the robots."""

from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.principal import Actor
from fleet_platform.shared import clock
from fleet_platform.shared.errors import Conflict, Invalid

from .. import reference_rows
from ..models import FloorMap, Place, Region, Store, WayPointList
from ..selectors import floor_for, place_for, places_of
from .checks import check_row
from .telling import robots_tell, workspace_zone

SECTIONS: dict[type[Place], tuple[str, Callable[..., reference_rows.Row]]] = {
    Store: ("map_store", reference_rows.map_store),
    Region: ("robot_region", reference_rows.robot_region),
    WayPointList: ("way_point_list", reference_rows.way_point_list),
}
Kind = TypeVar("Kind", bound=Place)


def place_create(*, actor: Actor, model: type[Kind], floor_id: int, **facts: Any) -> Kind:
    """A store, region or way point list on a floor. `facts`: what `model.editable` names.

    Raises Invalid by field, or Conflict where the floor has the id or can hold no more.
    """
    floor = floor_for(actor, floor_id, "map.manage")
    with transaction.atomic():
        FloorMap.objects.select_for_update().get(pk=floor.pk)  # one counts at a time
        if not has_room(model, floor):
            raise Conflict(_("This floor can hold no more of these: %d.") % model.most)
        place = model(floor=floor)
        _set(place, facts)
        _save(place)
        _record(actor, place, "add", None, facts)
        _tell(place)
    return place


def place_update(*, actor: Actor, model: type[Kind], id: int, **facts: Any) -> Kind:
    """Change some of what `model.editable` names. What changes nothing is no edit: nobody is told."""
    place_for(actor, model, id, "map.manage")
    with transaction.atomic():
        place = model.objects.select_for_update(of=("self",)).select_related("floor").get(pk=id)
        before = {name: getattr(place, name, None) for name in facts}
        _set(place, facts)
        changed = [name for name in facts if getattr(place, name) != before[name]]
        if changed:
            _save(place)
            after = {name: getattr(place, name) for name in changed}
            _record(actor, place, "change", {name: before[name] for name in changed}, after)
            _tell(place)
    return place


def place_remove(*, actor: Actor, model: type[Place], id: int) -> None:
    place = place_for(actor, model, id, "map.manage")
    with transaction.atomic():
        _record(actor, place, "delete", {"name": str(place)}, None)
        _tell(place, removed=True)
        place.delete()


def has_room(model: type[Place], floor: FloorMap) -> bool:
    return model.objects.filter(floor=floor).count() < model.most


def places_tell(floor: FloorMap, *, removed: bool = False) -> None:
    """Every place of a floor anew, after something about the floor changed what is told of them."""
    zone = workspace_zone(floor.workspace_id)
    kinds = [
        [(section, build(place, zone, removed=removed)) for place in places_of(model, floor)]
        for model, (section, build) in SECTIONS.items()
    ]
    for rows in zip_longest(*kinds):
        robots_tell(workspace_id=floor.workspace_id, rows=dict(filter(None, rows)))


def _set(place: Place, facts: Mapping[str, Any]) -> None:
    if unknown := sorted(set(facts) - set(place.editable)):
        raise Invalid({name: _("is not a field of this") for name in unknown})
    for name, value in facts.items():
        setattr(place, name, value)
    check_row(place)


def _save(place: Place) -> None:
    place.edited(clock.now_us())
    try:
        with transaction.atomic():
            place.save()
    except IntegrityError:
        raise Conflict(_("This floor has one of this id.")) from None


def _tell(place: Place, *, removed: bool = False) -> None:
    section, build = SECTIONS[type(place)]
    row = build(place, workspace_zone(place.workspace_id), removed=removed)
    robots_tell(workspace_id=place.workspace_id, rows={section: row})


def _record(actor: Actor, place: Place, deed: str, before: Any, after: Any) -> None:
    name = place._meta.model_name
    audit.record(actor, f"{name}.{deed}", f"{name}:{place.pk}", place.workspace_id, before, after)
