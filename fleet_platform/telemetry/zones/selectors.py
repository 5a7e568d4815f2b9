"""The zones that somebody may see."""

from django.db.models import QuerySet

from accounts.principal import Actor

from ..models import Zone


def zones_for(
    actor: Actor,
    *,
    workspace_id: int | None = None,
    map_id: str = "",
    kind: str = "",
    crs: str = "",
    active: bool | None = None,
) -> QuerySet[Zone]:
    """By id. A device sees those of its workspace: it may plan its ways around them."""
    asked = {
        "workspace_id": workspace_id,
        "map_id": map_id,
        "kind": kind,
        "crs": crs,
        "active": active,
    }
    ids = actor.workspaces("map.view")
    rows = Zone.objects.order_by("pk")
    if ids is not None:
        rows = rows.filter(workspace_id__in=ids)
    return rows.filter(**{name: said for name, said in asked.items() if said not in (None, "")})


def zone_for(actor: Actor, zone_id: int, verb: str = "map.view") -> Zone:
    """One zone. Raises NotFound for a stranger as for a missing row, NotAllowed for a member of a lesser role."""
    return actor.find(zones_for(actor), zone_id, verb)
