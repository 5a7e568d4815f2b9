"""Floors: their list, one with all that lies on it, and its plan."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import FleetView
from accounts.api.schema import answers
from fleet_platform.telemetry.api import parameters
from fleet_platform.telemetry.api.renderers import ImageRenderer

from ... import selectors
from . import serializers as shapes

TAG = "places"
PAGE, LONGEST_PAGE = 100, 200
PLAN_SECONDS = 3600  # a plan may be kept by its reader for so long


class FloorsView(FleetView):
    @extend_schema(
        operation_id="floors",
        summary="Floors that you may see, by id",
        tags=[TAG],
        parameters=[
            OpenApiParameter("workspace", int, description="Id of a workspace"),
            OpenApiParameter("map_id", str, description="As robots name the map"),
            OpenApiParameter("cursor", str, description="`next` of the page before"),
            OpenApiParameter("limit", int, description=f"1 to {LONGEST_PAGE}, else {PAGE}"),
        ],
        responses=answers({200: shapes.FloorPage}, 400, 401),
    )
    def get(self, request: Request) -> Response:
        asked = request.query_params
        floors, following = selectors.floor_page(
            self.actor,
            workspace_id=parameters.integer(asked, "workspace"),
            map_id=parameters.text(asked, "map_id"),
            cursor=asked.get("cursor"),
            limit=parameters.limit(asked.get("limit"), default=PAGE, most=LONGEST_PAGE),
        )
        return Response({"results": [shapes.floor_body(one) for one in floors], "next": following})


class FloorView(FleetView):
    @extend_schema(
        operation_id="floor",
        summary="One floor with its stores, regions and way point lists",
        tags=[TAG],
        responses=answers({200: shapes.FloorWithPlaces}, 401, 404),
    )
    def get(self, request: Request, floor_id: int) -> Response:
        return Response(shapes.floor_with_places(selectors.floor_for(self.actor, floor_id)))


class FloorImageView(FleetView):
    renderer_classes = [ImageRenderer, JSONRenderer]

    @extend_schema(
        operation_id="floor_image",
        summary="The plan of a floor, as PNG, JPEG or WebP",
        tags=[TAG],
        responses={(200, "image/png"): OpenApiTypes.BINARY, **answers({}, 401, 404)},
    )
    def get(self, request: Request, floor_id: int) -> HttpResponse:
        content, media_type = selectors.floor_plan(self.actor, floor_id)
        response = HttpResponse(content, content_type=media_type)
        response["Cache-Control"] = f"private, max-age={PLAN_SECONDS}"
        return response
