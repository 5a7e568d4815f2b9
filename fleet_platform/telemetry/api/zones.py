"""Zones on the fleet API."""

from django.http import HttpRequest
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from accounts.api.base import FleetView
from accounts.api.schema import answers, query
from fleet_platform.shared.paging import LARGEST_ID, page_by_id

from ..models import Zone
from ..zones.documents import zone_facts
from ..zones.selectors import zone_for, zones_for
from ..zones.services import zone_create, zone_remove, zone_update
from . import parameters


@extend_schema_field(
    {
        "type": "array",
        "items": {
            "type": "array",
            "items": {"type": "number"},
            "minItems": 2,
            "maxItems": 2,
        },
        "minItems": 3,
        "maxItems": 500,
    }
)
class Polygon(serializers.JSONField):
    """Corners, checked by the service."""


class ZonePatch(serializers.Serializer):
    name = serializers.CharField(max_length=150)
    kind = serializers.ChoiceField(Zone.Kind.choices, required=False)
    crs = serializers.ChoiceField(Zone.Crs.choices, required=False)
    map_id = serializers.CharField(
        max_length=100,
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="Of a zone in map pixels.",
    )
    polygon = Polygon(help_text="Map pixels, or longitude and latitude.")
    color = serializers.CharField(max_length=9, required=False, help_text="#RRGGBB")
    active = serializers.BooleanField(required=False)

    def validate_map_id(self, said: str | None) -> str:
        return said or ""


class ZoneRequest(ZonePatch):
    workspace_id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)


class ZoneDocument(serializers.Serializer):
    id = serializers.IntegerField()
    workspace_id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(Zone.Kind.choices)
    crs = serializers.ChoiceField(Zone.Crs.choices)
    map_id = serializers.CharField(allow_null=True)
    polygon = Polygon()
    color = serializers.CharField()
    active = serializers.BooleanField()


class ZonePage(serializers.Serializer):
    results = ZoneDocument(many=True)
    next = serializers.CharField(allow_null=True)


def asked_zones(request: HttpRequest) -> dict:
    said = request.GET
    return {
        "workspace_id": parameters.integer(said, "workspace"),
        "map_id": parameters.text(said, "map_id"),
        "kind": parameters.choice(said, "kind", "", "", *Zone.Kind.values),
        "crs": parameters.choice(said, "crs", "", "", *Zone.Crs.values),
        "active": parameters.flag(said, "active"),
    }


class ZonesView(FleetView):
    @extend_schema(
        operation_id="zones",
        summary="Zones that you may see, by id",
        tags=["zones"],
        responses=answers({200: ZonePage}, 400, 401),
        parameters=[
            query("workspace", int, "Id of a workspace"),
            query("map_id", str, "Zones in the pixels of this map"),
            query("kind", str, "red or fence"),
            query("crs", str, "map or wgs84"),
            query("active", bool, ""),
            query("cursor", str, "`next` of the page before"),
            query("limit", int, "1 to 500, 100 unless told"),
        ],
    )
    def get(self, request) -> Response:
        rows = zones_for(self.actor, **asked_zones(request))
        limit = parameters.limit(request.GET.get("limit"), default=100, most=500)
        zones, following = page_by_id(rows, request.GET.get("cursor"), limit)
        return Response({"results": [zone_facts(zone) for zone in zones], "next": following})

    @extend_schema(
        operation_id="zone_create",
        summary="Draw a zone",
        tags=["zones"],
        request=ZoneRequest,
        responses=answers({201: ZoneDocument}, 400, 401, 403, 404, 409),
    )
    def post(self, request) -> Response:
        zone = zone_create(actor=self.actor, **self.read(ZoneRequest))
        headers = {"Location": f"/api/fleet/zones/{zone.pk}"}
        return Response(zone_facts(zone), status=201, headers=headers)


class ZoneView(FleetView):
    @extend_schema(
        operation_id="zone",
        summary="One zone",
        tags=["zones"],
        responses=answers({200: ZoneDocument}, 401, 404),
    )
    def get(self, request, zone_id: int) -> Response:
        return Response(zone_facts(zone_for(self.actor, zone_id)))

    @extend_schema(
        operation_id="zone_change",
        summary="Change a zone; alarms that no longer hold end",
        tags=["zones"],
        request=ZonePatch,
        responses=answers({200: ZoneDocument}, 400, 401, 403, 404),
    )
    def patch(self, request, zone_id: int) -> Response:
        changes = self.read(ZonePatch, partial=True)
        return Response(zone_facts(zone_update(actor=self.actor, zone_id=zone_id, **changes)))

    @extend_schema(
        operation_id="zone_remove",
        summary="Delete a zone; its alarms end",
        tags=["zones"],
        responses=answers({204: None}, 401, 403, 404),
    )
    def delete(self, request, zone_id: int) -> Response:
        zone_remove(actor=self.actor, zone_id=zone_id)
        return Response(status=204)
