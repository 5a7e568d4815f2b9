"""How the FlyingLet API answers: its errors, its texts, its verbs.

{"error": {"code": <HTTP status>, "message": ..., "fields": {name: [sentence]}}}; `fields` only where input was bad.
"""

from django.http import HttpResponse
from rest_framework.renderers import BaseRenderer, JSONRenderer

from accounts.api.base import ActorView
from fleet_platform.shared.dialect import Dialect, Problem, register


class RobotsDialect(Dialect):
    def body(self, problem: Problem, request) -> dict:
        error = {"code": problem.status, "message": problem.message}
        if problem.fields:
            error["fields"] = dict(problem.fields)
        return {"error": error}


DIALECT = RobotsDialect()
register(
    DIALECT,
    r"^/(Registry|dupcheck|stream|signin|signup|photolog|update)(/|$)",
    r"^/(login|refresh|check_password|upload|sms|codecheck|email|chip_sn|blackbox)$",
    r"^/(send-device-certi|check-device|signin-device|fcode-device)$",
)


class RobotsView(ActorView):
    """Base of the views of this API."""

    dialect = DIALECT


class PlainText(BaseRenderer):
    """Lets a caller ask for text. The bodies are made by `text_answer`."""

    media_type = "text/plain"
    format = "txt"
    charset = "utf-8"

    def render(self, data, accepted_media_type=None, renderer_context=None) -> str:
        return str(data)


class TextView(RobotsView):
    """Base of the views that answer a line of text, to callers who ask for JSON as well."""

    renderer_classes = [PlainText, JSONRenderer]

    @staticmethod
    def text_answer(text: str, status: int = 200) -> HttpResponse:
        return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
