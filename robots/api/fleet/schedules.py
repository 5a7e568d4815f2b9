"""Schedules: planned, changed, dropped, run by hand, and what came of their due times."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import FleetView
from accounts.api.schema import answers
from accounts.principal import Actor
from fleet_platform.telemetry.api import parameters
from fleet_platform.telemetry.commands.selectors import commands_named

from ... import selectors, services
from ...models import Schedule, ScheduleRun
from .schedule_serializers import (
    PreviewRequest,
    PreviewResponse,
    RunPage,
    RunRequest,
    RunResponse,
    SchedulePage,
    SchedulePatch,
    ScheduleRequest,
    ScheduleResponse,
    commands_told,
    preview_body,
    run_body,
    schedule_body,
)

TAG = "schedules"
PAGE, LONGEST_PAGE = 50, 200
CURSOR = OpenApiParameter("cursor", str, description="`next` of the page before")
LIMIT = OpenApiParameter("limit", int, description=f"1 to {LONGEST_PAGE}, else {PAGE}")


def page_of(request: Request) -> dict[str, Any]:
    asked = request.query_params
    limit = parameters.limit(asked.get("limit"), default=PAGE, most=LONGEST_PAGE)
    return {"cursor": asked.get("cursor"), "limit": limit}


def run_bodies(actor: Actor, runs: Sequence[ScheduleRun]) -> list[dict[str, Any]]:
    commands = commands_named(actor, commands_told(runs))
    return [run_body(run, commands) for run in runs]


def schedule_bodies(actor: Actor, schedules: Sequence[Schedule]) -> list[dict[str, Any]]:
    now = timezone.now()
    runs = run_bodies(actor, list(selectors.last_runs(schedules).values()))
    last = {run["schedule_id"]: run for run in runs}
    return [schedule_body(row, now, last.get(row.pk)) for row in schedules]


class SchedulesView(FleetView):
    @extend_schema(
        operation_id="schedules",
        summary="Schedules that you may see, by id",
        tags=[TAG],
        parameters=[
            OpenApiParameter("workspace", int, description="Id of a workspace"),
            OpenApiParameter("floor", int, description="Id of a floor"),
            CURSOR,
            LIMIT,
        ],
        responses=answers({200: SchedulePage}, 400, 401),
    )
    def get(self, request: Request) -> Response:
        rows, following = selectors.schedule_page(
            self.actor,
            workspace_id=parameters.integer(request.query_params, "workspace"),
            floor_id=parameters.integer(request.query_params, "floor"),
            **page_of(request),
        )
        return Response({"results": schedule_bodies(self.actor, rows), "next": following})

    @extend_schema(
        operation_id="schedule_create",
        summary="Plan drives on a floor",
        tags=[TAG],
        request=ScheduleRequest,
        responses=answers({201: ScheduleResponse}, 400, 401, 403, 404, 409),
    )
    def post(self, request: Request) -> Response:
        schedule = services.schedule_create(actor=self.actor, **self.read(ScheduleRequest))
        there = {"Location": f"/api/fleet/schedules/{schedule.pk}"}
        [body] = schedule_bodies(self.actor, [schedule])
        return Response(body, status=201, headers=there)


class SchedulePreviewView(FleetView):
    @extend_schema(
        operation_id="schedule_preview",
        summary="When timers would be due, in words and the next times; nothing is kept",
        tags=[TAG],
        request=PreviewRequest,
        responses=answers({200: PreviewResponse}, 400, 401),
    )
    def post(self, request: Request) -> Response:
        timers = services.schedule_preview(**self.read(PreviewRequest))
        return Response(preview_body(timers, timezone.now()))


class ScheduleView(FleetView):
    @extend_schema(
        operation_id="schedule",
        summary="One schedule with its timers and the next times they are due",
        tags=[TAG],
        responses=answers({200: ScheduleResponse}, 401, 403, 404),
    )
    def get(self, request: Request, schedule_id: int) -> Response:
        return self._answer(selectors.schedule_for(self.actor, schedule_id))

    @extend_schema(
        operation_id="schedule_change",
        summary="Change a schedule; `timers` replaces them all, those with an `id` are changed",
        tags=[TAG],
        request=SchedulePatch,
        responses=answers({200: ScheduleResponse}, 400, 401, 403, 404),
    )
    def patch(self, request: Request, schedule_id: int) -> Response:
        changes = self.read(SchedulePatch)
        return self._answer(
            services.schedule_update(actor=self.actor, schedule_id=schedule_id, **changes)
        )

    @extend_schema(
        operation_id="schedule_remove",
        summary="Drop a schedule",
        tags=[TAG],
        responses=answers({204: None}, 401, 403, 404),
    )
    def delete(self, request: Request, schedule_id: int) -> Response:
        services.schedule_remove(actor=self.actor, schedule_id=schedule_id)
        return Response(status=204)

    def _answer(self, schedule: Schedule) -> Response:
        [body] = schedule_bodies(self.actor, [schedule])
        return Response(body)


class ScheduleRunView(FleetView):
    @extend_schema(
        operation_id="schedule_run",
        summary="Fire a schedule now: one timer, or all in their order",
        tags=[TAG],
        request=RunRequest,
        responses=answers({201: RunResponse(many=True)}, 400, 401, 403, 404, 409),
    )
    def post(self, request: Request, schedule_id: int) -> Response:
        asked = self.read(RunRequest)
        runs = services.schedule_run_now(actor=self.actor, schedule_id=schedule_id, **asked)
        return Response(run_bodies(self.actor, runs), status=201)


class ScheduleRunsView(FleetView):
    @extend_schema(
        operation_id="schedule_runs",
        summary="What came of a schedule's due times, newest first",
        tags=[TAG],
        parameters=[CURSOR, LIMIT],
        responses=answers({200: RunPage}, 400, 401, 403, 404),
    )
    def get(self, request: Request, schedule_id: int) -> Response:
        runs, following = selectors.run_page(self.actor, schedule_id, **page_of(request))
        return Response({"results": run_bodies(self.actor, runs), "next": following})
