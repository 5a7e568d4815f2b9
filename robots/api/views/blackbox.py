"""Operation 22: what one robot sent between two dates."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from ... import selectors
from .. import schema, ticks
from ..dialect import RobotsView
from ..next_page import with_next
from ..serializers import BlackBoxRequest, page_of, read, read_span


class BlackBoxView(RobotsView):
    @extend_schema(
        operation_id="blackbox",
        summary="Everything that one robot sent between two dates, oldest first",
        tags=[schema.TAG],
        request=BlackBoxRequest,
        responses=schema.answers({200: schema.TICKS}),
    )
    def post(self, request: Request) -> HttpResponse:
        form = read(BlackBoxRequest, request.data, request.query_params)
        robot = selectors.robot_for(self.actor, form["robot_id"])
        span = read_span(form, "from_date", "to_date", robot.zone)
        samples, more = selectors.black_box_for(self.actor, robot, *span, **page_of(form))
        body = ticks.documents(robot.robot_id, robot.zone, samples)
        return with_next(HttpResponse(body, content_type=ticks.JSON), request, form, more)
