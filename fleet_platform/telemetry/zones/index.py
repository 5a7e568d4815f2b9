"""The zones in force, by workspace, as the engine asks for them on every commit.

Read again when a zone was added, changed or deleted, by whichever process; one small query tells.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection

from ..models import Zone
from .geometry import Point, beside, bounds, contains, meets, unrolled
from .places import Place, is_way

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

    def holds(self, place: Place | None) -> bool | None:
        """Whether the place is inside; None where it is of another map or of other coordinates."""
        if place is None or place[0] != self.map_id:
            return None
        _, x, y = place
        if self.map_id is None:
            x = beside(x, self.polygon[0][0])
        left, top, right, bottom = self.bounds
        return left <= x <= right and top <= y <= bottom and contains(self.polygon, x, y)

    def crossed(self, before: Place, now: Place, apart_us: int) -> bool:
        """Whether the way from one place of a map to another leads through it and begins outside.

        That it ends there is known already.
        """
        (_, x1, y1), (map_id, x2, y2) = before, now
        if map_id != self.map_id:
            return False
        if map_id is None:
            x2 = beside(x2, self.polygon[0][0])
            x1 = beside(x1, x2)
        left, top, right, bottom = self.bounds
        if (x1 < left and x2 < left) or (x1 > right and x2 > right):
            return False
        if (y1 < top and y2 < top) or (y1 > bottom and y2 > bottom):
            return False
        begin, end = (x1, y1), (x2, y2)
        return (
            is_way(begin, end, apart_us, on_map=map_id is not None)
            and meets(self.polygon, begin, end)
            and not contains(self.polygon, x1, y1)
        )


@dataclass(frozen=True)
class Areas:
    """Of one workspace, in the order of their ids. `by_map`: map id -> its areas; None has those of the globe."""

    by_id: Mapping[int, Area]
    by_map: Mapping[str | None, Sequence[Area]]

    def near(self, place: Place | None, inside: Collection[int]) -> list[Area]:
        """All that a device at the place may be in, or may have left: those of the map, and those it was inside of."""
        here = self.by_map.get(place[0], ()) if place else ()
        left = [self.by_id[id] for id in sorted(inside)]
        return [*here, *(area for area in left if place is None or area.map_id != place[0])]


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


_known: tuple[Revision | None, dict[int, Areas]] = (None, {})


def areas() -> Mapping[int, Areas]:
    """Workspace id -> its active zones."""
    global _known
    revision = _revision()
    if revision != _known[0]:
        found: dict[int, list[Area]] = {}
        for zone in Zone.objects.filter(active=True).order_by("pk"):
            found.setdefault(zone.workspace_id, []).append(area_of(zone))
        _known = (revision, {id: _grouped(some) for id, some in found.items()})
    return _known[1]


def _grouped(some: Sequence[Area]) -> Areas:
    by_map: dict[str | None, list[Area]] = {}
    for area in some:
        by_map.setdefault(area.map_id, []).append(area)
    return Areas({area.id: area for area in some}, by_map)
