"""Zones are drawn, changed and taken away. What that means for devices follows in the same transaction.

A zone that changed raises nothing by itself: what begins, begins with a device's next position. What is over ends now.
"""

from copy import copy
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts import audit
from accounts.principal import Actor
from accounts.selectors import workspace_for
from accounts.services.forms import check_fields
from fleet_platform.shared import clock
from fleet_platform.shared.errors import Conflict, Invalid

from .. import kinds, runtime, store
from ..alarms import engine
from ..alarms.codes import FENCE, RED_ZONE
from ..events import Event
from ..models import Zone
from . import corners
from .index import area_of
from .selectors import zone_for, zones_for

EDITABLE = ("name", "kind", "crs", "map_id", "polygon", "color", "active")
WHAT_IT_IS = ("kind", "crs", "map_id")
ANOTHER_SORT = {"kind", "crs"}


def zone_create(*, actor: Actor, workspace_id: int, **facts: Any) -> Zone:
    """`facts`: name and polygon, and those of the other EDITABLE that differ from the model's defaults.

    Raises Invalid by field, NotFound or NotAllowed, Conflict where the workspace has Zone.most of them.
    """
    _check_names(facts)
    workspace_for(actor, workspace_id, "map.manage")
    author = actor.id if actor.kind == "user" else None
    zone = Zone(workspace_id=workspace_id, created_by_id=author, **facts)
    _check(zone)
    with transaction.atomic():
        zone_room_check(workspace_id)
        _save(zone)
        _tell_kinds(zone)
        audit.record(actor, "zone.add", f"zone:{zone.pk}", workspace_id, None, _told(zone))
    return zone


def zone_room_check(workspace_id: int) -> None:
    """Raises Conflict where the workspace has as many zones as it may."""
    if Zone.objects.filter(workspace_id=workspace_id).count() >= Zone.most:
        raise Conflict(_("This workspace can hold no more zones: %d.") % Zone.most)


def zone_update(*, actor: Actor, zone_id: int, **changes: Any) -> Zone:
    """Change any of EDITABLE. Raises Invalid by field, NotFound or NotAllowed."""
    _check_names(changes)
    zone_for(actor, zone_id, "map.manage")
    with transaction.atomic():
        _one_at_a_time()
        zone = zone_for(actor, zone_id, "map.manage")
        store.hold_workspaces([zone.workspace_id])  # robots that are told, and whoever is in it
        before, was = _told(zone), copy(zone)
        for name, value in changes.items():
            setattr(zone, name, value)
        _check(zone)
        after = _told(zone)
        changed = {name for name in EDITABLE if before[name] != after[name]}
        if not changed:
            return zone
        _save(zone)
        if changed & ANOTHER_SORT:  # who knows red zones alone sees it end
            _tell_kinds(was, removed=True)
        _tell_kinds(zone)
        _publish(_settle(zone, anew=not changed.isdisjoint(WHAT_IT_IS)))
        facts = [{name: told[name] for name in sorted(changed)} for told in (before, after)]
        audit.record(actor, "zone.change", f"zone:{zone.pk}", zone.workspace_id, *facts)
    return zone


def zone_remove(*, actor: Actor, zone_id: int) -> None:
    """Raises NotFound or NotAllowed."""
    zone_for(actor, zone_id, "map.manage")
    with transaction.atomic():
        _one_at_a_time()
        zone = zone_for(actor, zone_id, "map.manage")
        store.hold_workspaces([zone.workspace_id])  # robots that are told, and whoever is in it
        _tell_kinds(zone, removed=True)
        audit.record(actor, "zone.remove", f"zone:{zone.pk}", zone.workspace_id, _told(zone))
        zone.delete()
        zone.pk = zone_id
        _publish(_end(zone))


def zones_rename_map(*, actor: Actor, workspace_id: int, map_id: str, to: str) -> None:
    """The zones of a map follow it to its new id, each as by zone_update."""
    with transaction.atomic():
        _one_at_a_time()
        drawn = zones_for(actor, workspace_id=workspace_id, map_id=map_id, crs=Zone.Crs.MAP)
        for zone_id in list(drawn.values_list("pk", flat=True)):
            zone_update(actor=actor, zone_id=zone_id, map_id=to)


def _check_names(facts: dict[str, Any]) -> None:
    if unknown := set(facts) - set(EDITABLE):
        raise TypeError(f"not a zone's editable fields: {sorted(unknown)}")


def _check(zone: Zone) -> None:
    check_fields(zone, "name", "kind", "crs", "map_id", "color", "active")
    on_map = zone.crs == Zone.Crs.MAP
    if not on_map:
        zone.map_id = ""
    elif not zone.map_id:
        raise Invalid({"map_id": _("is needed for a zone in the pixels of a map")})
    zone.polygon = corners.checked(zone.polygon, on_map=on_map)


def _told(zone: Zone) -> dict[str, Any]:
    return {name: getattr(zone, name) for name in EDITABLE}


def _one_at_a_time() -> None:
    """Zones change one after the other, so that `updated_us` rises in the order of the commits."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE telemetry_zone IN SHARE ROW EXCLUSIVE MODE")


def _save(zone: Zone) -> None:
    _one_at_a_time()
    newest = Zone.objects.aggregate(newest=Max("updated_us"))["newest"] or 0
    zone.updated_us = max(clock.now_us(), newest + 1)
    zone.save()


def _tell_kinds(zone: Zone, *, removed: bool = False) -> None:
    for kind in kinds.all_kinds():
        if kind.zone_changed:
            kind.zone_changed(zone, removed)


def _settle(zone: Zone, *, anew: bool) -> list[Event]:
    """`anew`: it is another zone than before, whatever a device had to do with that one."""
    if anew or not zone.active:
        return _end(zone)
    over = store.settle_zone(zone.workspace_id, zone.pk, area_of(zone))
    return _end_alarms(zone, device_id__in=over) if over else []


def _end(zone: Zone) -> list[Event]:
    """Nobody has anything to do with it any more."""
    store.settle_zone(zone.workspace_id, zone.pk, None)
    return _end_alarms(zone)


def _end_alarms(zone: Zone, **which: Any) -> list[Event]:
    ended = [engine.end(code=code, subject=str(zone.pk), **which) for code in (RED_ZONE, FENCE)]
    return [event for events in ended for event in events]


def _publish(events: list[Event]) -> None:
    if events:
        transaction.on_commit(lambda: runtime.publish_events(events))
