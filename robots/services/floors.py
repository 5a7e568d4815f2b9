"""Floors get their plans, their scale and their names."""

from typing import Any

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.principal import Actor
from fleet_platform.shared.errors import Conflict, Invalid
from fleet_platform.shared.media import UnfitImage, picture_of
from fleet_platform.telemetry.zones.services import zones_rename_map

from ..models import FLOOR_FORMATS, FloorMap
from ..selectors import floor_for
from .checks import check_columns
from .places import places_tell
from .schedules import schedules_tell

FACTS = ("map_id", "site", "name", "floor_order", "metres_per_pixel", "invert_in_dark")
TOLD_OF_PLACES = {"map_id", "metres_per_pixel"}  # what rows of places say of their floor


def floor_map_create(
    *,
    actor: Actor,
    workspace_id: int,
    map_id: str,
    image: bytes = b"",
    **facts: Any,
) -> FloorMap:
    """A floor. `facts`: some of FACTS. Raises Invalid, or Conflict where the workspace has the map id."""
    actor.require("map.manage", workspace_id)
    floor = FloorMap(workspace_id=workspace_id)
    facts = {"map_id": map_id, **facts}
    _set(floor, facts)
    with transaction.atomic():
        if image:
            _put_image(floor, image)
        _save(floor)
        after = {"map_id": map_id}
        audit.record(actor, "floormap.add", f"floormap:{floor.pk}", workspace_id, None, after)
    return floor


def floor_map_update(
    *, actor: Actor, floor_id: int, image: bytes | None = None, **facts: Any
) -> FloorMap:
    """Change some of FACTS, or the plan: b"" takes it away. Robots hear of places that are told otherwise now.

    Zones follow the floor to another map id; what robots told of it stays under the old one.
    """
    floor_for(actor, floor_id, "map.manage")
    with transaction.atomic():
        floor = FloorMap.objects.select_for_update().get(pk=floor_id)
        before = {name: getattr(floor, name, None) for name in facts}
        _set(floor, facts)
        changed = [name for name in facts if getattr(floor, name) != before[name]]
        _change_image(floor, image)
        if changed or image is not None:
            _save(floor)
            _record_change(actor, floor, before, changed, image)
        if "map_id" in changed:  # before the places are told: zones are locked before devices
            zones_rename_map(
                actor=actor,
                workspace_id=floor.workspace_id,
                map_id=before["map_id"],
                to=floor.map_id,
            )
        if TOLD_OF_PLACES & set(changed):
            places_tell(floor)
            schedules_tell(floor)
    return floor


def floor_map_remove(*, actor: Actor, floor_id: int) -> None:
    """A floor with all that lies on it. What robots told of it stays."""
    floor = floor_for(actor, floor_id, "map.manage")
    with transaction.atomic():
        target = f"floormap:{floor.pk}"
        before = {"map_id": floor.map_id, "name": str(floor)}
        audit.record(actor, "floormap.delete", target, floor.workspace_id, before, None)
        places_tell(floor, removed=True)
        schedules_tell(floor, removed=True)
        _drop_file(floor)
        floor.delete()


def _set(floor: FloorMap, facts: dict[str, Any]) -> None:
    if unknown := sorted(set(facts) - set(FACTS)):
        raise Invalid({name: _("is not a field of this") for name in unknown})
    for name, value in facts.items():
        setattr(floor, name, value)
    check_columns(floor)


def _save(floor: FloorMap) -> None:
    try:
        with transaction.atomic():
            floor.save()
    except IntegrityError:
        raise Conflict(_("This workspace has a map of this id.")) from None


def _record_change(
    actor: Actor, floor: FloorMap, before: dict, changed: list[str], image: bytes | None
) -> None:
    was = {name: before[name] for name in changed}
    now = {name: getattr(floor, name) for name in changed}
    if image is not None:
        now["image"] = bool(image)
    audit.record(actor, "floormap.change", f"floormap:{floor.pk}", floor.workspace_id, was, now)


def _change_image(floor: FloorMap, image: bytes | None) -> None:
    if image is None:
        return
    _drop_file(floor)
    if image:
        _put_image(floor, image)
    else:
        floor.image, floor.width, floor.height = "", None, None


def _drop_file(floor: FloorMap) -> None:
    """The old plan's file goes once nothing names it for sure."""
    if name := floor.image.name:
        storage = floor.image.storage
        transaction.on_commit(lambda: storage.delete(name))


def _put_image(floor: FloorMap, image: bytes) -> None:
    content = ContentFile(image)
    try:
        plan = picture_of(content, len(image), FLOOR_FORMATS)
    except UnfitImage as error:
        raise Invalid({"image": str(error)}) from None
    floor.image.save(f"floor{plan.suffix}", content, save=False)
    floor.width, floor.height = (
        plan.width,
        plan.height,
    )  # known already: no bucket needs to be asked
