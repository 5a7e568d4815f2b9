"""Operations 4 and 5: the newest tick, of all robots or of one."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from ... import selectors
from .. import schema, ticks
from ..dialect import RobotsView
from ..serializers import RobotRequest, read


class StreamView(RobotsView):
    @extend_schema(
        operation_id="stream",
        summary="The newest tick over all robots that the caller may see",
        tags=[schema.TAG],
        responses=schema.answers({200: schema.TICK}),
    )
    def get(self, request: Request) -> HttpResponse:
        tick = selectors.stream_tick_for(self.actor)
        if tick is None:
            body = ticks.blank_document(selectors.zone_of(self.actor))
            return HttpResponse(body, content_type=ticks.JSON)
        return _tick_answer(tick)


class RobotStreamView(RobotsView):
    @extend_schema(
        operation_id="stream_robot",
        summary="The newest tick of one robot",
        tags=[schema.TAG],
        parameters=[RobotRequest],
        responses=schema.answers({200: schema.TICK}),
    )
    def get(self, request: Request) -> HttpResponse:
        robot_id = read(RobotRequest, request.query_params)["robot_id"]
        return _tick_answer(selectors.stream_tick_for(self.actor, robot_id))


def _tick_answer(tick: selectors.Tick) -> HttpResponse:
    return HttpResponse(ticks.document(*tick), content_type=ticks.JSON)
