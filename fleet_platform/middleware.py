"""A request id for every answer, a content security policy that is strict except under the admin, and the time zone of
the admin's pages."""

import uuid

from csp.middleware import CSPMiddleware
from django.utils import timezone

from accounts.authentication import actor_of_request
from accounts.selectors import workspaces_for

CONSOLE = "/admin/"


class RequestIdMiddleware:
    """Gives each request an id, returned as X-Request-ID: what a person copies into a report."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.id = uuid.uuid4().hex[:12]
        response = self.get_response(request)
        response["X-Request-ID"] = request.id
        return response


class ConsoleTimeZoneMiddleware:
    """The console tells the time where its reader's workspaces are; where these lie in several zones, the server's."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if not request.path.startswith(CONSOLE) or not request.user.is_authenticated:
            return self.get_response(request)
        rows = workspaces_for(actor_of_request(request)).order_by()
        zones = list(rows.values_list("time_zone", flat=True).distinct()[:2])
        with timezone.override(zones[0] if len(zones) == 1 else None):
            return self.get_response(request)


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """The admin theme needs inline expressions; everything else gets the strict policy of the settings."""

    def process_response(self, request, response):
        if request.path.startswith(CONSOLE):
            response._csp_replace = {"script-src": ["'self'", "'unsafe-eval'", "'unsafe-inline'"]}
        return super().process_response(request, response)
