"""The plan of a floor with what lies on it, to look at beside a form."""

from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from fleet_platform.telemetry.models import Zone

from ..models import FloorMap, Region, Store, WayPointList
from ..plan_drawing import draw
from ..selectors import places_of

ZONES_AT_MOST = 200


def plan_picture(floor: FloorMap, strong: Any = None) -> SafeString:
    """SVG; `strong` is the place that the form is about. A form's template asks several times: drawn once a row."""
    row = floor if strong is None else strong
    if not hasattr(row, "_plan_picture"):
        row._plan_picture = _picture(floor, strong)
    return row._plan_picture


def _picture(floor: FloorMap, strong: Any) -> SafeString:
    places = [place for model in (Region, Store, WayPointList) for place in places_of(model, floor)]
    zones = Zone.objects.filter(
        workspace_id=floor.workspace_id, crs=Zone.Crs.MAP, map_id=floor.map_id
    )[:ZONES_AT_MOST]
    told = {
        "drawing": draw(floor, places, zones, strong),
        "image": floor.image_url,
        "title": str(floor),
    }
    return render_to_string("admin/robots/plan.html", told)
