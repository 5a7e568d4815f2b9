"""Alarms on the fleet API."""

from functools import partial

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.api.base import FleetView
from accounts.api.schema import answers, query
from accounts.models import Device
from fleet_platform.shared.paging import LARGEST_ID, page_by_id

from ..alarms import services
from ..alarms.documents import alarm_facts
from ..alarms.selectors import alarm_for, alarms_for
from ..models import Alarm, Severity
from . import parameters, tables

TAGS = ["alarms"]
MOST = 500  # of a page


class NoteRequest(serializers.Serializer):
    note = serializers.CharField(
        max_length=services.NOTE_LONGEST, required=False, default="", allow_blank=True
    )


class AlarmsRequest(NoteRequest):
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID),
        max_length=services.AT_ONCE,
    )


class AlarmDocument(serializers.Serializer):
    id = serializers.IntegerField()
    device_id = serializers.IntegerField()
    device_name = serializers.CharField()
    kind = serializers.CharField()
    workspace_id = serializers.IntegerField()
    code = serializers.CharField()
    subject = serializers.CharField(help_text="Of red_zone and fence the zone's id.")
    severity = serializers.ChoiceField(Severity.choices)
    state = serializers.ChoiceField(Alarm.State.choices)
    active = serializers.BooleanField(help_text="Whether what it is about still holds.")
    count = serializers.IntegerField(help_text="How often it was raised while it was open.")
    raised_at = serializers.DateTimeField()
    last_raised_at = serializers.DateTimeField()
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    acknowledged_by = serializers.EmailField(allow_null=True)
    cleared_at = serializers.DateTimeField(allow_null=True)
    cleared_by = serializers.EmailField(allow_null=True, help_text="Null where it ended by itself.")
    note = serializers.CharField()
    data = serializers.DictField()


class AlarmPage(serializers.Serializer):
    results = AlarmDocument(many=True)
    next = serializers.CharField(allow_null=True)


class AlarmList(serializers.Serializer):
    results = AlarmDocument(many=True)


def asked_alarms(request: HttpRequest) -> dict:
    said = request.GET
    return {
        "states": parameters.choices(said, "state", *Alarm.State.values),
        "severities": parameters.choices(said, "severity", *Severity.values),
        "device_id": parameters.integer(said, "device"),
        "workspace_id": parameters.integer(said, "workspace"),
        "codes": parameters.names(said, "code"),
        "kinds": parameters.choices(said, "kind", *Device.Kind.values),
        "raised_us": parameters.period(said) if said.get("from") or said.get("to") else None,
    }


class AlarmsView(tables.TableView):
    @extend_schema(
        operation_id="alarms",
        summary="Alarms that you may see, the ones raised last first",
        tags=TAGS,
        responses=answers({200: AlarmPage} | tables.AS_CSV, 400, 401, 429),
        parameters=[
            query("state", str, "raised, acknowledged, cleared; several with commas between"),
            query("severity", str, "info, warning, critical; several with commas between"),
            query("device", int, "Id of a device"),
            query("workspace", int, "Id of a workspace"),
            query("code", str, "red_zone, silent ...; several with commas between"),
            query("kind", str, "Of the device: robot, drone ...; several with commas between"),
            query("from", str, "Raised then or later, be it again"),
            query("to", str, "Raised for the first time then or earlier"),
            query("cursor", str, "`next` of the page before"),
            query("limit", int, "1 to 500, 100 unless told"),
            tables.FORMAT,
        ],
    )
    def get(self, request) -> HttpResponseBase:
        rows = alarms_for(self.actor, **asked_alarms(request))
        if self.wants_csv:
            pages = tables.all_pages(partial(page_by_id, rows, limit=MOST, newest_first=True))
            bodies = (map(alarm_facts, page) for page in pages)
            columns = list(AlarmDocument().fields)
            return tables.csv_answer(request, self.actor, "alarms", columns, bodies)
        limit = parameters.limit(request.GET.get("limit"), default=100, most=MOST)
        cursor = request.GET.get("cursor")
        alarms, following = page_by_id(rows, cursor, limit, newest_first=True)
        return Response({"results": [alarm_facts(alarm) for alarm in alarms], "next": following})


class AlarmView(FleetView):
    @extend_schema(
        operation_id="alarm",
        summary="One alarm",
        tags=TAGS,
        responses=answers({200: AlarmDocument}, 401, 404),
    )
    def get(self, request, alarm_id: int) -> Response:
        return Response(alarm_facts(alarm_for(self.actor, alarm_id)))


class AcknowledgeView(FleetView):
    @extend_schema(
        operation_id="alarm_acknowledge",
        summary="Say that an alarm was seen; one whose condition is over is cleared by that",
        tags=TAGS,
        request=NoteRequest,
        responses=answers({200: AlarmDocument}, 400, 401, 403, 404),
    )
    def post(self, request, alarm_id: int) -> Response:
        said = self.read(NoteRequest)
        alarm = services.alarm_acknowledge(actor=self.actor, alarm_id=alarm_id, note=said["note"])
        return Response(alarm_facts(alarm))


class ClearView(FleetView):
    @extend_schema(
        operation_id="alarm_clear",
        summary="End an alarm by hand",
        tags=TAGS,
        request=None,
        responses=answers({200: AlarmDocument}, 401, 403, 404),
    )
    def post(self, request, alarm_id: int) -> Response:
        return Response(alarm_facts(services.alarm_clear(actor=self.actor, alarm_id=alarm_id)))


class AcknowledgeManyView(FleetView):
    @extend_schema(
        operation_id="alarms_acknowledge",
        summary="Acknowledge several alarms at once; unknown ones are left out of the answer",
        tags=TAGS,
        request=AlarmsRequest,
        responses=answers({200: AlarmList}, 400, 401, 403),
    )
    def post(self, request) -> Response:
        said = self.read(AlarmsRequest)
        alarms = services.alarms_acknowledge(
            actor=self.actor, alarm_ids=said["ids"], note=said["note"]
        )
        return Response({"results": [alarm_facts(alarm) for alarm in alarms]})
