"""The FlyingLet operations on robots: registry, stream, black box, photo log."""

from datetime import UTC
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils.translation import gettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from .. import selectors, services
from . import schema, ticks
from .dialect import RobotsView, TextView
from .serializers import (
    BlackBoxForm,
    PhotoListForm,
    RobotForm,
    page_of,
    photo_document,
    read,
    read_span,
    registry_document,
)

JSON = "application/json"
TAG = "FlyingLet"


class RegistryView(RobotsView):
    @extend_schema(
        operation_id="registry",
        summary="A robot's registry document",
        tags=[TAG],
        responses={200: schema.REGISTRY},
    )
    def get(self, request: Request, robot_id: str) -> Response:
        robot = selectors.robot_for(self.actor, robot_id)
        newest = selectors.robot_newest(robot)
        photos = selectors.newest_photos_of(robot)
        return Response({"data": registry_document(robot, newest, photos)})


class StreamView(RobotsView):
    @extend_schema(
        operation_id="stream",
        summary="The newest tick over all robots that the caller may see",
        tags=[TAG],
        responses={200: schema.TICK},
    )
    def get(self, request: Request) -> HttpResponse:
        return _tick_answer(selectors.stream_tick_for(self.actor))


class RobotStreamView(RobotsView):
    @extend_schema(
        operation_id="stream_robot",
        summary="The newest tick of one robot",
        tags=[TAG],
        parameters=[RobotForm],
        responses={200: schema.TICK},
    )
    def get(self, request: Request) -> HttpResponse:
        robot_id = read(RobotForm, request.query_params)["robot_id"]
        return _tick_answer(selectors.stream_tick_for(self.actor, robot_id))


class BlackBoxView(RobotsView):
    @extend_schema(
        operation_id="blackbox",
        summary="Everything that one robot sent between two dates, oldest first",
        tags=[TAG],
        request=BlackBoxForm,
        responses={200: schema.TICKS},
    )
    def post(self, request: Request) -> HttpResponse:
        form = read(BlackBoxForm, request.data, request.query_params)
        robot = selectors.robot_for(self.actor, form["robot_id"])
        span = read_span(form, "from_date", "to_date", robot.zone)
        samples, more = selectors.black_box_for(self.actor, robot, *span, **page_of(form))
        body = ticks.documents(robot.robot_id, robot.zone, samples)
        return _with_next(HttpResponse(body, content_type=JSON), request, form, more)


class PhotoLogView(TextView):
    @extend_schema(
        operation_id="photolog",
        summary="Store the robot's present pose as a row of the photo log",
        tags=[TAG],
        request=RobotForm,
        responses={(201, "text/plain"): OpenApiTypes.STR},
    )
    def post(self, request: Request) -> HttpResponse:
        robot_id = read(RobotForm, request.data)["robot_id"]
        services.photo_log_create(actor=self.actor, robot_id=robot_id)
        return self.text_answer(gettext("The robot's pose was stored in the photo log."), 201)


class PhotoListView(RobotsView):
    @extend_schema(
        operation_id="photolog_list",
        summary="Where one robot took pictures between two times",
        tags=[TAG],
        parameters=[PhotoListForm],
        responses={200: schema.PHOTOS},
    )
    def get(self, request: Request) -> Response:
        return self._answer(request, request.query_params)

    @extend_schema(
        operation_id="photolog_list_by_body",
        summary="The same, parameters in the body",
        tags=[TAG],
        request=PhotoListForm,
        responses={200: schema.PHOTOS},
    )
    def post(self, request: Request) -> Response:
        return self._answer(request, request.data, request.query_params)

    def _answer(self, request: Request, *said) -> Response:
        form = read(PhotoListForm, *said)
        robot = selectors.robot_for(self.actor, form["robot_id"])
        span = read_span(form, "start_timestamp", "end_timestamp", robot.zone)
        count, photos, more = selectors.photo_logs_for(self.actor, robot, *span, **page_of(form))
        body = {"count": count, "result": [photo_document(photo) for photo in photos]}
        return _with_next(Response(body), request, form, more)


def _tick_answer(tick: selectors.Tick | None) -> HttpResponse:
    body = ticks.document(*tick) if tick else ticks.blank_document(UTC)
    return HttpResponse(body, content_type=JSON)


def _with_next(
    response: HttpResponse, request: Request, form: dict[str, Any], more: str | None
) -> HttpResponse:
    """The body stays a bare list; the next page's address is in a header. A POST repeats its body there."""
    if more:
        query = {**request.query_params.dict(), "limit": form["limit"], "cursor": more}
        address = f"{request.build_absolute_uri(request.path)}?{urlencode(query)}"
        response["Link"] = f'<{address}>; rel="next"'
    return response
