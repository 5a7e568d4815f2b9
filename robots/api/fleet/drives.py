"""A robot's drives on the fleet API."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.schema import answers
from fleet_platform.shared.clock import SECOND, rfc3339
from fleet_platform.shared.errors import Invalid
from fleet_platform.shared.paging import Page
from fleet_platform.telemetry.api import parameters, tables

from ... import selectors
from ...log_rows import Scale
from ...models import Drive, Lap, Log, RouteRun, SectionRun

TAG = "drives"
PAGE, LONGEST_PAGE, LONGEST_WITH_PARTS = 50, 200, 20
INCLUDE = ("", "laps", "sections")


class StretchResponse(serializers.Serializer):
    id = serializers.IntegerField()
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    drive_time = serializers.FloatField(help_text="Seconds of driving, stops left out.")
    distance = serializers.FloatField(help_text="In the drive's `unit`.")


class SectionResponse(StretchResponse):
    from_index = serializers.IntegerField(help_text="Way point of the list, the first is 0.")
    to_index = serializers.IntegerField()


class LapResponse(StretchResponse):
    number = serializers.IntegerField()
    complete = serializers.BooleanField(help_text="From the first way point to the last.")
    under_way = serializers.BooleanField()
    sections = SectionResponse(many=True, required=False)


class RouteRunResponse(StretchResponse):
    way_point_id = serializers.CharField()
    under_way = serializers.BooleanField()
    laps = LapResponse(many=True)


class DriveResponse(StretchResponse):
    map_id = serializers.CharField(allow_blank=True)
    under_way = serializers.BooleanField()
    unit = serializers.ChoiceField(["m", "px"], help_text="px: the floor has no scale.")
    average_speed = serializers.FloatField(allow_null=True)
    max_speed = serializers.FloatField(allow_null=True)
    min_speed = serializers.FloatField(allow_null=True)
    speed_unit = serializers.ChoiceField(["m/s", "px/s"])
    routes = RouteRunResponse(many=True, required=False)


class TotalResponse(serializers.Serializer):
    unit = serializers.ChoiceField(["m", "px"])
    drives = serializers.IntegerField()
    drive_time = serializers.FloatField()
    distance = serializers.FloatField()


class DrivePage(serializers.Serializer):
    results = DriveResponse(many=True)
    next = serializers.CharField(allow_null=True)
    totals = TotalResponse(many=True, help_text="Of all drives that the robot ever made.")
    cut = serializers.BooleanField(help_text="Some laps or sections are left out.")


class DrivesView(tables.TableView):
    @extend_schema(
        operation_id="device_drives",
        summary="What a robot drove, newest first",
        tags=[TAG],
        parameters=[
            OpenApiParameter("from", str, description="Drives that end then or later"),
            OpenApiParameter("to", str, description="Drives that start then or earlier"),
            OpenApiParameter("include", str, description="laps, or sections (with their laps)"),
            OpenApiParameter("cursor", str, description="`next` of the page before"),
            OpenApiParameter(
                "limit",
                int,
                description=f"1 to {LONGEST_PAGE}, else {PAGE}; to {LONGEST_WITH_PARTS} with parts",
            ),
            tables.FORMAT,
        ],
        responses=answers({200: DrivePage} | tables.AS_CSV, 400, 401, 404, 429),
    )
    def get(self, request: Request, device_id: int) -> HttpResponseBase:
        if self.wants_csv:
            return self._file(request, device_id)
        asked = request.query_params
        from_us, to_us = parameters.period(asked)
        include = parameters.choice(asked, "include", "", *INCLUDE)
        most = LONGEST_WITH_PARTS if include else LONGEST_PAGE
        limit = parameters.limit(asked.get("limit"), default=min(PAGE, most), most=most)
        (drives, following), scales = selectors.drive_page(
            self.actor,
            device_id,
            from_us=from_us,
            to_us=to_us,
            cursor=asked.get("cursor"),
            limit=limit,
        )
        parts = selectors.Parts()
        if include:
            parts = selectors.parts_of(drives, sections=include == "sections")
        bodies = [drive_body(drive, scales) for drive in drives]
        if include:
            for body, drive in zip(bodies, drives, strict=True):
                scale = scales.get(drive.map_id, Scale(None))
                body["routes"] = routes_body(drive, parts, scale, include)
        totals = [total_body(total) for total in selectors.totals_of(device_id, scales)]
        return Response({"results": bodies, "next": following, "totals": totals, "cut": parts.cut})

    def _file(self, request: Request, device_id: int) -> HttpResponseBase:
        """Drives alone: laps and sections have no place in a row."""
        asked = request.query_params
        if asked.get("include"):
            raise Invalid({"include": "has no place in csv: ask for json"})
        from_us, to_us = parameters.period(asked)

        def read(cursor: str | None) -> Page[dict]:
            (drives, following), scales = selectors.drive_page(
                self.actor,
                device_id,
                from_us=from_us,
                to_us=to_us,
                cursor=cursor,
                limit=LONGEST_PAGE,
            )
            return [
                {"device_id": device_id, **drive_body(one, scales)} for one in drives
            ], following

        columns = ["device_id", *(name for name in DriveResponse().fields if name != "routes")]
        name = f"drives_{device_id}"
        return tables.csv_answer(request, self.actor, name, columns, tables.all_pages(read))


def drive_body(drive: Drive, scales: selectors.Scales) -> dict[str, Any]:
    scale = scales.get(drive.map_id, Scale(None))
    in_metres = drive.told or scale.unit == "m"
    return {
        **_stretch(drive, scale),
        "map_id": drive.map_id,
        "under_way": drive.open,
        "unit": scale.unit,
        "average_speed": scale.speed(drive.average_speed, drive.told),
        "max_speed": scale.speed(drive.max_speed, drive.told),
        "min_speed": scale.speed(drive.min_speed, drive.told),
        "speed_unit": "m/s" if in_metres else "px/s",
    }


def routes_body(drive: Drive, parts: selectors.Parts, scale: Scale, include: str) -> list[dict]:
    return [_run(run, parts, scale, include) for run in parts.runs.get(drive.pk, ())]


def _run(run: RouteRun, parts: selectors.Parts, scale: Scale, include: str) -> dict[str, Any]:
    return {
        **_stretch(run, scale),
        "way_point_id": run.way_point_id,
        "under_way": run.open,
        "laps": [_lap(lap, parts, scale, include) for lap in parts.laps.get(run.pk, ())],
    }


def _lap(lap: Lap, parts: selectors.Parts, scale: Scale, include: str) -> dict[str, Any]:
    body = {
        **_stretch(lap, scale),
        "number": lap.number,
        "complete": lap.complete,
        "under_way": lap.open,
    }
    if include == "sections":
        body["sections"] = [_section(one, scale) for one in parts.sections.get(lap.pk, ())]
    return body


def _section(section: SectionRun, scale: Scale) -> dict[str, Any]:
    return {
        **_stretch(section, scale),
        "from_index": section.index,
        "to_index": section.to_index,
    }


def _stretch(row: Log, scale: Scale) -> dict[str, Any]:
    return {
        "id": row.pk,
        "start": rfc3339(row.start_us),
        "end": rfc3339(row.end_us),
        "drive_time": row.seconds,
        "distance": scale.length(row.distance),
    }


def total_body(total: selectors.Total) -> dict[str, Any]:
    return {
        "unit": total.unit,
        "drives": total.drives,
        "drive_time": round(total.time_us / SECOND, 1),
        "distance": total.distance,
    }
