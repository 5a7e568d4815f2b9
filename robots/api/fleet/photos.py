"""The photo log on the fleet API: newest first, in the fleet API's own words."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.api.base import FleetView
from accounts.api.schema import answers
from fleet_platform.shared.clock import rfc3339
from fleet_platform.shared.paging import parse_limit

from ... import selectors
from ...models import PhotoLog

PAGE, LONGEST_PAGE = 50, 200


class PhotoResponse(serializers.Serializer):
    id = serializers.IntegerField()
    time = serializers.DateTimeField()
    map_id = serializers.CharField(help_text='"" where the robot had not said it.')
    x = serializers.FloatField()
    y = serializers.FloatField()
    rotate = serializers.FloatField(allow_null=True)
    drive_status = serializers.CharField()


class PhotoPage(serializers.Serializer):
    results = PhotoResponse(many=True)
    next = serializers.CharField(allow_null=True)


def photo_body(photo: PhotoLog) -> dict:
    return {
        "id": photo.pk,
        "time": rfc3339(photo.timestamp_ms * 1000),
        "map_id": photo.map_id,
        "x": photo.pose_x,
        "y": photo.pose_y,
        "rotate": photo.pose_rotate,
        "drive_status": photo.drive_status,
    }


class DevicePhotosView(FleetView):
    @extend_schema(
        operation_id="device_photos",
        summary="Where a robot took pictures, newest first",
        tags=["devices"],
        parameters=[
            OpenApiParameter("cursor", OpenApiTypes.STR, description="`next` of the page before."),
            OpenApiParameter(
                "limit", OpenApiTypes.INT, description=f"1 to {LONGEST_PAGE}, else {PAGE}."
            ),
        ],
        responses=answers({200: PhotoPage}, 400, 401, 404),
    )
    def get(self, request, device_id: int) -> Response:
        limit = parse_limit(request.GET.get("limit"), default=PAGE, most=LONGEST_PAGE)
        page, more = selectors.device_photos_for(
            self.actor, device_id, cursor=request.GET.get("cursor"), limit=limit
        )
        return Response({"results": [photo_body(photo) for photo in page], "next": more})
