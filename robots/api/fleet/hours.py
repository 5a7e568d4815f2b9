"""People and places hour by hour on the fleet API."""

from collections.abc import Callable, Mapping
from functools import partial

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import FleetView
from accounts.api.schema import answers
from fleet_platform.shared import clock
from fleet_platform.shared.clock import SECOND, rfc3339
from fleet_platform.shared.errors import Invalid
from fleet_platform.shared.paging import Page
from fleet_platform.telemetry.api import parameters, tables

from ... import selectors
from ...models import VisitorHour
from ...traffic import CELL_PX

TAG = "people"
DAY_US = 86_400 * SECOND
UNLESS_TOLD_DAYS = 7
LONGEST_DAYS = 366
PAGE, LONGEST_PAGE = 1000, 10_000
TRAFFIC_COLUMNS = {"hour": ["hour", "people"], "weekday": ["weekday", "hour", "people", "hours"]}
CELL_UNLESS_TOLD, LARGEST_CELL = 2 * CELL_PX, 20 * CELL_PX

SPAN = [
    OpenApiParameter("from", str, description=f"Else {UNLESS_TOLD_DAYS} days before `to`"),
    OpenApiParameter("to", str, description=f"Else now; at most {LONGEST_DAYS} days after `from`"),
]


def span_of(asked: Mapping[str, str]) -> selectors.Span:
    """Raises Invalid by the parameter's name."""
    to_us = parameters.time_us(asked, "to", clock.now_us())
    from_us = parameters.time_us(asked, "from", to_us - UNLESS_TOLD_DAYS * DAY_US)
    if from_us > to_us:
        raise Invalid({"from": "is after `to`"})
    if to_us - from_us > LONGEST_DAYS * DAY_US:
        raise Invalid({"from": f"is more than {LONGEST_DAYS} days before `to`"})
    return selectors.Span(from_us, to_us)


class VisitorHourResponse(serializers.Serializer):
    hour = serializers.DateTimeField(help_text="Its start.")
    map_id = serializers.CharField(allow_blank=True)
    visits = serializers.IntegerField()
    people = serializers.IntegerField()
    mean_stay = serializers.FloatField(help_text="Seconds a visit.")


class VisitorPage(serializers.Serializer):
    results = VisitorHourResponse(many=True)
    next = serializers.CharField(allow_null=True)


class VisitorsView(tables.TableView):
    @extend_schema(
        operation_id="device_visitors",
        summary="People who stopped at a robot, by hour, oldest first",
        tags=[TAG],
        parameters=[
            *SPAN,
            OpenApiParameter("cursor", str, description="`next` of the page before"),
            OpenApiParameter("limit", int, description=f"1 to {LONGEST_PAGE}, else {PAGE}"),
            tables.FORMAT,
        ],
        responses=answers({200: VisitorPage} | tables.AS_CSV, 400, 401, 404, 429),
    )
    def get(self, request: Request, device_id: int) -> HttpResponseBase:
        asked = request.query_params
        read = partial(selectors.visitor_page, self.actor, device_id, span_of(asked))
        if self.wants_csv:
            return self._file(request, device_id, partial(read, limit=PAGE))
        limit = parameters.limit(asked.get("limit"), default=PAGE, most=LONGEST_PAGE)
        hours, following = read(cursor=asked.get("cursor"), limit=limit)
        return Response({"results": [visitor_body(hour) for hour in hours], "next": following})

    def _file(
        self, request: Request, device_id: int, read: Callable[..., Page[VisitorHour]]
    ) -> HttpResponseBase:
        pages = tables.all_pages(lambda cursor: read(cursor=cursor))
        bodies = (
            [{"device_id": device_id, **visitor_body(hour)} for hour in page] for page in pages
        )
        columns = ["device_id", *VisitorHourResponse().fields]
        name = f"visitors_{device_id}"
        return tables.csv_answer(request, self.actor, name, columns, bodies)


def visitor_body(hour: VisitorHour) -> dict:
    return {
        "hour": rfc3339(hour.hour_us),
        "map_id": hour.map_id,
        "visits": hour.visits,
        "people": hour.people,
        "mean_stay": round(hour.stay_us / hour.visits / SECOND, 1),
    }


class TrafficResponse(serializers.Serializer):
    """By hour: `hour` and `people`. By day of the week: `weekday`, `hour`, `people`, `hours`."""

    hour = serializers.CharField(help_text="A time; by day of the week 0 to 23.")
    weekday = serializers.IntegerField(required=False, help_text="0 is Sunday.")
    people = serializers.IntegerField()
    hours = serializers.IntegerField(required=False, help_text="So many such hours were counted.")


class TrafficList(serializers.Serializer):
    by = serializers.ChoiceField(["hour", "weekday"])
    time_zone = serializers.CharField(help_text="Of days and hours of the week; else UTC.")
    results = TrafficResponse(many=True)


class FloorTrafficView(tables.TableView):
    @extend_schema(
        operation_id="floor_traffic",
        summary="People who passed the robots of a floor, by hour or day of the week",
        tags=[TAG],
        parameters=[
            *SPAN,
            OpenApiParameter("by", str, description="hour (else) or weekday"),
            tables.FORMAT,
        ],
        responses=answers({200: TrafficList} | tables.AS_CSV, 400, 401, 403, 404, 429),
    )
    def get(self, request: Request, floor_id: int) -> HttpResponseBase:
        asked = request.query_params
        span, by = span_of(asked), parameters.choice(asked, "by", "hour", "hour", "weekday")
        zone, results = self._rows(floor_id, span, by)
        if not self.wants_csv:
            return Response({"by": by, "time_zone": zone, "results": results})
        rows = [{"floor_id": floor_id, "time_zone": zone, **row} for row in results]
        columns = ["floor_id", "time_zone", *TRAFFIC_COLUMNS[by]]
        name = f"traffic_{floor_id}_by_{by}"
        return tables.csv_answer(request, self.actor, name, columns, iter([rows]))

    def _rows(self, floor_id: int, span: selectors.Span, by: str) -> tuple[str, list[dict]]:
        """The name of the time zone, and the rows."""
        if by == "weekday":
            hours, zone = selectors.traffic_by_week_day(self.actor, floor_id, span)
            results = [
                {
                    "weekday": row.week_day,
                    "hour": row.hour,
                    "people": row.people,
                    "hours": row.hours,
                }
                for row in hours
            ]
            return zone.key, results
        results = [
            {"hour": rfc3339(hour_us), "people": people}
            for hour_us, people in selectors.traffic_by_hour(self.actor, floor_id, span)
        ]
        return "UTC", results


class HeatResponse(serializers.Serializer):
    cell = serializers.IntegerField(help_text="Pixels of the plan, each way.")
    results = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()),
        help_text="[column, row, samples, seconds, people]; column 0 begins at pixel 0.",
    )


class FloorHeatView(FleetView):
    @extend_schema(
        operation_id="floor_heat",
        summary="Where the robots of a floor were, and where people came into their sight",
        tags=[TAG],
        parameters=[
            *SPAN,
            OpenApiParameter(
                "cell",
                int,
                description=f"Pixels, a multiple of {CELL_PX} up to {LARGEST_CELL};"
                f" else {CELL_UNLESS_TOLD}",
            ),
        ],
        responses=answers({200: HeatResponse}, 400, 401, 403, 404),
    )
    def get(self, request: Request, floor_id: int) -> Response:
        cell = cell_of(request.query_params)
        grid = selectors.heat_for(self.actor, floor_id, span_of(request.query_params), cell)
        results = [
            [*at, samples, round(us / SECOND, 1), people]
            for at, (samples, us, people) in sorted(grid.items())
        ]
        return Response({"cell": cell, "results": results})


def cell_of(asked: Mapping[str, str]) -> int:
    cell = parameters.integer(asked, "cell")
    if cell is None:
        return CELL_UNLESS_TOLD
    if cell % CELL_PX or not CELL_PX <= cell <= LARGEST_CELL:
        raise Invalid({"cell": f"must be a multiple of {CELL_PX}, at most {LARGEST_CELL}"})
    return cell
