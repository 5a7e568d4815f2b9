"""The zones in force, by workspace, as the engine asks for them on every commit.

Read again when a zone was added, changed or deleted, by whichever process; one small query tells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from ..models import Zone
from .geometry import Point, beside, bounds, contains, unrolled

Revision = tuple[int, int]


@dataclass(frozen=True)
class Area:
    """A zone, ready to be asked. `map_id` is None for one in longitude and latitude."""

    id: int
    name: str
    is_red: bool
    map_id: str | None
    polygon: Sequence[Point]
    bounds: tuple[float, float, float, float]

    def holds(self, position: Mapping) -> bool | None:
        """Whether the position is inside; None where it is of another map or of other coordinates."""
        if self.map_id is None:
            x, y = position.get("longitude"), position.get("latitude")
            if x is None or y is None:
                return None
            x = beside(x, self.polygon[0][0])
        else:
            x, y = position.get("x"), position.get("y")
            if x is None or y is None or position.get("map_id") != self.map_id:
                return None
        left, top, right, bottom = self.bounds
        return left <= x <= right and top <= y <= bottom and contains(self.polygon, x, y)


def area_of(zone: Zone) -> Area:
    corners = [(float(x), float(y)) for x, y in zone.polygon]
    on_map = zone.crs == Zone.Crs.MAP
    polygon = corners if on_map else unrolled(corners)
    return Area(
        zone.pk,
        zone.name,
        zone.kind == Zone.Kind.RED,
        zone.map_id if on_map else None,
        polygon,
        bounds(polygon),
    )


def _revision() -> Revision:
    """How many zones there are and when one changed last: by hand, since every commit asks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*), COALESCE(MAX(updated_us), 0) FROM telemetry_zone")
        return cursor.fetchone()


_known: tuple[Revision | None, dict[int, list[Area]]] = (None, {})


def areas() -> Mapping[int, Sequence[Area]]:
    """Workspace id -> its active zones."""
    global _known
    revision = _revision()
    if revision != _known[0]:
        found: dict[int, list[Area]] = {}
        for zone in Zone.objects.filter(active=True):
            found.setdefault(zone.workspace_id, []).append(area_of(zone))
        _known = (revision, found)
    return _known[1]
