"""The zone document."""

from typing import Any

from ..models import Zone


def zone_facts(zone: Zone) -> dict[str, Any]:
    """`map_id` is null for a zone in longitude and latitude."""
    return {
        "id": zone.pk,
        "workspace_id": zone.workspace_id,
        "name": zone.name,
        "kind": zone.kind,
        "crs": zone.crs,
        "map_id": zone.map_id if zone.crs == Zone.Crs.MAP else None,
        "polygon": zone.polygon,
        "color": zone.color,
        "active": zone.active,
    }
