"""How the FlyingLet API answers: its errors, its texts, its verbs.

{"error": {"code": <HTTP status>, "message": ..., "fields": {name: [sentence]}}}; `fields` only where input was bad.
"""

import json

from django.http import Http404, HttpResponse
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
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
    r"^/login$",  # /login/ is the page
    r"^/(refresh|check_password|upload|sms|codecheck|email|chip_sn|blackbox)/?$",
    r"^/(send-device-certi|check-device|signin-device|fcode-device)/?$",
)


class Negotiation(DefaultContentNegotiation):
    def filter_renderers(self, renderers, format):
        """`?format=xml` is a format that is not there (406), not a page that is not there."""
        try:
            return super().filter_renderers(renderers, format)
        except Http404:
            raise NotAcceptable(available_renderers=renderers) from None


class RobotsView(ActorView):
    """Base of the views of this API."""

    dialect = DIALECT
    content_negotiation_class = Negotiation


class PlainText(BaseRenderer):
    """Lets a caller ask for text. The bodies are made by `text_answer`."""

    media_type = "text/plain"
    format = "txt"
    charset = "utf-8"

    def render(self, data, accepted_media_type=None, renderer_context=None) -> str:
        """Of the framework's own answers alone, such as the one to OPTIONS."""
        return data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)


class TextView(RobotsView):
    """Base of the views that answer a line of text, to callers who ask for JSON as well."""

    renderer_classes = [PlainText, JSONRenderer]

    @staticmethod
    def text_answer(text: str, status: int = 200) -> HttpResponse:
        return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
