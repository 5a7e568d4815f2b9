"""The form of floors and of what lies on them, on the fleet API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from fleet_platform.shared.clock import rfc3339

from ... import selectors
from ...models import FloorMap, Region, Store, WayPointList

OUTLINE = {
    "type": "array",
    "items": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    "example": [[100, 100], [200, 100], [200, 180]],
}
WAY = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["x", "y"],
        "properties": {
            "x": {"type": "number"},
            "y": {"type": "number"},
            "rotate": {"type": "number", "description": "Degrees."},
            "name": {"type": "string"},
            "stay": {"type": "number", "description": "Seconds."},
        },
    },
}


@extend_schema_field(OUTLINE)
class OutlineField(serializers.JSONField):
    """Corners in map pixels; the model says which are none."""


@extend_schema_field(WAY)
class WayField(serializers.JSONField):
    """Stops in map pixels; the model says which are none."""


class StoreRequest(serializers.Serializer):
    store_id = serializers.CharField(max_length=100)
    name = serializers.CharField(max_length=150)
    polygon = OutlineField()


class RegionRequest(serializers.Serializer):
    region_id = serializers.CharField(max_length=100)
    name = serializers.CharField(max_length=150, required=False, allow_blank=True)
    x = serializers.FloatField()
    y = serializers.FloatField()
    width = serializers.FloatField()
    height = serializers.FloatField()


class WayPointListRequest(serializers.Serializer):
    way_point_id = serializers.CharField(max_length=100)
    name = serializers.CharField(max_length=150)
    points = WayField()
    color = serializers.CharField(max_length=7, required=False, help_text="#rrggbb")
    available = serializers.BooleanField(required=False)


class PlaceResponse(serializers.Serializer):
    id = serializers.IntegerField()
    floor_id = serializers.IntegerField()
    updated_at = serializers.DateTimeField()


class StoreResponse(PlaceResponse, StoreRequest):
    center = serializers.ListField(child=serializers.FloatField(), help_text="[x, y]")


class RegionResponse(PlaceResponse, RegionRequest):
    pass


class WayPointListResponse(PlaceResponse, WayPointListRequest):
    version = serializers.IntegerField(help_text="Counts edits.")
    drive_distance = serializers.FloatField(
        allow_null=True, help_text="Metres; null while the floor has no scale."
    )
    drive_time = serializers.FloatField(allow_null=True, help_text="Seconds, an estimate.")


class FloorResponse(serializers.Serializer):
    id = serializers.IntegerField()
    workspace_id = serializers.IntegerField()
    map_id = serializers.CharField()
    site = serializers.CharField()
    name = serializers.CharField()
    floor_order = serializers.IntegerField()
    width = serializers.IntegerField(allow_null=True, help_text="Pixels of the plan.")
    height = serializers.IntegerField(allow_null=True)
    metres_per_pixel = serializers.FloatField(allow_null=True)
    invert_in_dark = serializers.BooleanField()
    image = serializers.CharField(
        allow_null=True, help_text="Address of the plan; a new picture has a new one."
    )


class FloorPage(serializers.Serializer):
    results = FloorResponse(many=True)
    next = serializers.CharField(allow_null=True)


class FloorWithPlaces(FloorResponse):
    stores = StoreResponse(many=True)
    regions = RegionResponse(many=True)
    way_points = WayPointListResponse(many=True)


def floor_body(floor: FloorMap) -> dict[str, Any]:
    return {
        "id": floor.pk,
        "workspace_id": floor.workspace_id,
        "map_id": floor.map_id,
        "site": floor.site,
        "name": str(floor),
        "floor_order": floor.floor_order,
        "width": floor.width,
        "height": floor.height,
        "metres_per_pixel": floor.metres_per_pixel,
        "invert_in_dark": floor.invert_in_dark,
        "image": floor.image_url or None,
    }


def floor_with_places(floor: FloorMap) -> dict[str, Any]:
    places = selectors.places_of
    return floor_body(floor) | {
        "stores": [store_body(store) for store in places(Store, floor)],
        "regions": [region_body(region) for region in places(Region, floor)],
        "way_points": [way_body(way) for way in places(WayPointList, floor)],
    }


def store_body(store: Store) -> dict[str, Any]:
    return {
        "id": store.pk,
        "floor_id": store.floor_id,
        "store_id": store.store_id,
        "name": store.name,
        "polygon": store.polygon,
        "center": [store.center_x, store.center_y],
        "updated_at": rfc3339(store.updated_us),
    }


def region_body(region: Region) -> dict[str, Any]:
    return {
        "id": region.pk,
        "floor_id": region.floor_id,
        "region_id": region.region_id,
        "name": region.name,
        "x": region.x,
        "y": region.y,
        "width": region.width,
        "height": region.height,
        "updated_at": rfc3339(region.updated_us),
    }


def way_body(way: WayPointList) -> dict[str, Any]:
    return {
        "id": way.pk,
        "floor_id": way.floor_id,
        "way_point_id": way.way_point_id,
        "name": way.name,
        "points": way.points,
        "color": way.color,
        "available": way.available,
        "version": way.version,
        "drive_distance": way.drive_distance,
        "drive_time": way.drive_time,
        "updated_at": rfc3339(way.updated_us),
    }
