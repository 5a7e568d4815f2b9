"""Operations 23 and 24: the photo log."""

from django.http import HttpResponse
from django.utils.translation import gettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from ... import selectors, services
from .. import schema
from ..dialect import RobotsView, TextView
from ..next_page import with_next
from ..serializers import PhotoListRequest, RobotRequest, page_of, photo_document, read, read_span


class PhotoLogView(TextView):
    @extend_schema(
        operation_id="photolog",
        summary="Store the robot's present pose as a row of the photo log",
        tags=[schema.TAG],
        request=RobotRequest,
        responses=schema.answers({(201, "text/plain"): OpenApiTypes.STR}),
    )
    def post(self, request: Request) -> HttpResponse:
        robot_id = read(RobotRequest, request.data)["robot_id"]
        services.photo_log_create(actor=self.actor, robot_id=robot_id)
        return self.text_answer(gettext("The robot's pose was stored in the photo log."), 201)


class PhotoListView(RobotsView):
    @extend_schema(
        operation_id="photolog_list",
        summary="Where one robot took pictures between two times",
        tags=[schema.TAG],
        parameters=[PhotoListRequest],
        responses=schema.answers({200: schema.PHOTOS}),
    )
    def get(self, request: Request) -> Response:
        return self._answer(request, request.query_params)

    @extend_schema(
        operation_id="photolog_list_by_body",
        summary="The same, parameters in the body",
        tags=[schema.TAG],
        request=PhotoListRequest,
        responses=schema.answers({200: schema.PHOTOS}),
    )
    def post(self, request: Request) -> Response:
        return self._answer(request, request.data, request.query_params)

    def _answer(self, request: Request, *said) -> Response:
        form = read(PhotoListRequest, *said)
        robot = selectors.robot_for(self.actor, form["robot_id"])
        span = read_span(form, "start_timestamp", "end_timestamp", robot.zone)
        count, photos, more = selectors.photo_logs_for(self.actor, robot, *span, **page_of(form))
        body = {"count": count, "result": [photo_document(photo) for photo in photos]}
        return with_next(Response(body), request, form, more)
