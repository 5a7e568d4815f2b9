"""GET /api/fleet/devices/{id}/status-changes: when a status became another one."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.api.base import FleetView
from accounts.api.schema import answers, query
from fleet_platform.shared.clock import rfc3339
from fleet_platform.shared.errors import Invalid

from .. import selectors
from . import parameters


class StatusChangeResponse(serializers.Serializer):
    time = serializers.DateTimeField()
    value = serializers.CharField()
    before = serializers.CharField(allow_null=True, help_text="Null where it is not known.")


class StatusChangePage(serializers.Serializer):
    results = StatusChangeResponse(many=True)
    next = serializers.CharField(allow_null=True)


class StatusChangesView(FleetView):
    @extend_schema(
        operation_id="device_status_changes",
        summary="When a text of a section became another one, oldest first",
        tags=["telemetry"],
        responses=answers({200: StatusChangePage}, 400, 401, 404),
        parameters=[
            query("field", str, "section.name, e.g. robot_base_status.drive_status"),
            query("from", str, "First time, included"),
            query("to", str, "Last time, included"),
            query("cursor", str, "`next` of the page before"),
        ],
    )
    def get(self, request, device_id: int) -> Response:
        from_us, to_us = parameters.period(request.GET)
        field = parameters.text(request.GET, "field")
        if field.count(".") != 1:
            raise Invalid({"field": "must be a section and a name with a dot between"})
        page, more = selectors.status_changes_for(
            self.actor,
            device_id,
            field=field,
            from_us=from_us,
            to_us=to_us,
            cursor=request.GET.get("cursor"),
        )
        results = [
            {"time": rfc3339(change.time_us), "value": change.value, "before": change.before}
            for change in page
        ]
        return Response({"results": results, "next": more})
