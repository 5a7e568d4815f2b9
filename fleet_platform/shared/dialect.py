"""How each API says no. A dialect knows its status codes and error bodies; nothing else in the platform does.

Every app's api/dialect.py registers one instance with the path prefixes that speak it, so that unknown
urls and crashes below those paths are answered in the same shape.
"""

import logging
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext
from rest_framework import exceptions as drf
from rest_framework.views import set_rollback

from . import errors

logger = logging.getLogger("fleet.errors")

STATUSES: list[tuple[type[errors.DomainError], int, str]] = [
    (errors.Invalid, 400, "invalid"),
    (errors.NotAuthenticated, 401, "not-authenticated"),
    (errors.MustChangePassword, 403, "must-change-password"),
    (errors.NotAllowed, 403, "not-allowed"),
    (errors.NotFound, 404, "not-found"),
    (errors.Gone, 410, "gone"),
    (errors.Conflict, 409, "conflict"),
    (errors.TooLarge, 413, "too-large"),
    (errors.Unavailable, 503, "unavailable"),
    (errors.TooMany, 429, "too-many"),
]


@dataclass(frozen=True)
class Problem:
    """One refusal, before a dialect gives it a body. `fields`: field name or JSON pointer -> sentences."""

    status: int
    code: str
    message: str
    fields: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


class Dialect:
    """Base of all dialects. Subclasses shape `body` and may change statuses by overriding `problem`."""

    content_type = "application/json"

    def body(self, problem: Problem, request: HttpRequest | None) -> dict:
        raise NotImplementedError

    def problem(self, error: Exception) -> Problem:
        if isinstance(error, errors.DomainError):
            return _from_domain(error)
        if isinstance(error, drf.APIException):
            return _from_framework(error)
        raise error

    def answer(self, error: Exception, request: HttpRequest | None = None) -> HttpResponse:
        return self.render(self.problem(error), request)

    def render(self, problem: Problem, request: HttpRequest | None = None) -> HttpResponse:
        response = JsonResponse(
            self.body(problem, request),
            status=problem.status,
            json_dumps_params={"ensure_ascii": False},
        )
        response["Content-Type"] = self.content_type
        for name, value in problem.headers.items():
            response[name] = value
        return response

    def exception_handler(self, error: Exception, context: dict) -> HttpResponse:
        """DRF's hook: `get_exception_handler` of the base view returns this method."""
        from django.core.exceptions import PermissionDenied, RequestDataTooBig
        from django.http import Http404

        set_rollback()
        if isinstance(error, Http404):
            error = errors.NotFound()
        elif isinstance(error, PermissionDenied):
            error = errors.NotAllowed()
        elif isinstance(error, RequestDataTooBig):
            error = errors.TooLarge()
        if not isinstance(error, errors.DomainError | drf.APIException):
            raise error
        return self.answer(error, context["request"])


def _from_domain(error: errors.DomainError) -> Problem:
    status, code = next(
        (status, code) for kind, status, code in STATUSES if isinstance(error, kind)
    )
    headers = {}
    if isinstance(error, errors.NotAuthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="fleet"'
    if isinstance(error, errors.TooMany):
        headers["Retry-After"] = str(error.retry_after)
    return Problem(status, code, gettext(error.message), getattr(error, "fields", {}), headers)


def _from_framework(error: drf.APIException) -> Problem:
    if isinstance(error, drf.ValidationError):
        return Problem(400, "invalid", gettext(errors.Invalid.message), flatten(error.detail))
    if isinstance(error, drf.NotAuthenticated | drf.AuthenticationFailed):
        return _from_domain(errors.NotAuthenticated())
    headers = {}
    if isinstance(error, drf.Throttled) and error.wait:
        headers["Retry-After"] = str(int(error.wait) + 1)
    return Problem(
        error.status_code, str(error.default_code).replace("_", "-"), str(error.detail), {}, headers
    )


def flatten(detail, name: str = "") -> dict[str, list[str]]:
    """DRF's nested details -> {"a.b.0": [sentence, ...]}."""
    if isinstance(detail, Mapping):
        parts = detail.items()
    elif isinstance(detail, list) and any(isinstance(part, Mapping | list) for part in detail):
        parts = enumerate(detail)
    else:
        return {
            name or "body": [
                str(said) for said in (detail if isinstance(detail, list) else [detail])
            ]
        }
    flat: dict[str, list[str]] = {}
    for key, part in parts:
        key = "body" if key == "non_field_errors" else str(key)
        flat.update(flatten(part, f"{name}.{key}" if name else key))
    return flat


_routes: list[tuple[re.Pattern, Dialect]] = []


def register(dialect: Dialect, *patterns: str) -> None:
    """`patterns`: regular expressions matched at the start of the path, first registered first asked."""
    _routes.extend((re.compile(pattern), dialect) for pattern in patterns)


def dialect_for(path: str) -> Dialect | None:
    return next((dialect for pattern, dialect in _routes if pattern.match(path)), None)


def crash(request: HttpRequest) -> HttpResponse:
    """handler500: the request id in the answer finds the traceback in the log."""
    request_id = getattr(request, "id", None) or uuid.uuid4().hex[:12]
    dialect = dialect_for(request.path)
    message = gettext("Something went wrong on our side. Request id: %s") % request_id
    if dialect is None:
        from django.template.loader import render_to_string

        return HttpResponse(render_to_string("500.html", {"request_id": request_id}), status=500)
    return dialect.render(Problem(500, "crash", message), request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400: what Django itself refuses before or beside a view, such as an unknown host or a bad form."""
    dialect = dialect_for(request.path)
    if dialect is None:
        from django.views.defaults import bad_request as plain

        return plain(request, exception)
    return dialect.answer(errors.Invalid({}), request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: a page for a form; JSON for a client that sent JSON to the page beside an API's path."""
    dialect = dialect_for(request.path.rstrip("/"))
    if dialect is None or request.content_type != "application/json":
        from django.views.csrf import csrf_failure as plain

        return plain(request, reason)
    return dialect.answer(errors.NotAllowed(), request)


def unknown_url(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404."""
    dialect = dialect_for(request.path)
    if dialect is None:
        from django.views.defaults import page_not_found

        return page_not_found(request, exception)
    return dialect.render(
        Problem(404, "not-found", gettext("There is nothing at this address.")), request
    )
