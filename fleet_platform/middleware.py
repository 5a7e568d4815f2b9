"""A request id for every answer, and a content security policy that is strict except under the admin."""

import uuid

from csp.middleware import CSPMiddleware


class RequestIdMiddleware:
    """Gives each request an id, returned as X-Request-ID: what a person copies into a report."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.id = uuid.uuid4().hex[:12]
        response = self.get_response(request)
        response["X-Request-ID"] = request.id
        return response


class ContentSecurityPolicyMiddleware(CSPMiddleware):
    """The admin theme needs inline expressions; everything else gets the strict policy of the settings."""

    def process_response(self, request, response):
        if request.path.startswith("/admin/"):
            response._csp_replace = {"script-src": ["'self'", "'unsafe-eval'", "'unsafe-inline'"]}
        return super().process_response(request, response)
