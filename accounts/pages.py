"""Pages of identity: sign in, sign out and theme; what every page's shell shows; and who may open a page."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial, wraps

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fleet_platform.shared.errors import NotAllowed, NotAuthenticated, NotFound, TooMany

from .authentication import (
    ACCESS_COOKIE,
    actor_of_request,
    client_address,
    drop_api_cookies,
)
from .models import TemporaryPassword, User, Workspace
from .selectors import temporary_password_in_use, workspaces_for
from .services import sign_in_check, temporary_password_spend, user_logout
from .tokens import CHANGE_SECONDS, verify

THEMES = ("light", "dark", "auto")
THEME_COOKIE = "theme"
YEAR_SECONDS = 365 * 24 * 3600
SHOWN_WORKSPACES = 8
PENDING = "temporary_password"  # in the browser's session: the row that was used up to get there
TOLD_WORKSPACES = 90  # a page follows two topics of each, and a socket has 200
TOLD_VERBS = ("alarm.view", "alarm.manage", "command.view", "command.send", "map.manage")


def shell(request: HttpRequest) -> dict:
    """Context processor: one name, so that it cannot meet a variable of the admin theme."""
    theme = request.COOKIES.get(THEME_COOKIE)
    return {
        "shell": {
            "theme": theme if theme in THEMES else "auto",
            "languages": settings.LANGUAGES,
            "workspaces": SimpleLazyObject(lambda: _workspaces(request)[:SHOWN_WORKSPACES]),
            "told": partial(_told, request),
            "sees_schedules": partial(_may_anywhere, request, "schedule.view"),
            "watches": partial(_watches, request),
        }
    }


def _workspaces(request: HttpRequest) -> list[Workspace]:
    if not hasattr(request, "_workspaces"):
        rows = workspaces_for(actor_of_request(request))[:TOLD_WORKSPACES]
        request._workspaces = list(rows)
    return request._workspaces


def _may_anywhere(request: HttpRequest, verb: str) -> bool:
    return actor_of_request(request).may_anywhere(verb)


def _told(request: HttpRequest) -> list[dict]:
    """The workspaces as scripts of every page know them, each with what this person may do there."""
    actor = actor_of_request(request)
    return [
        {
            "id": row.pk,
            "name": row.name,
            "may": [verb for verb in TOLD_VERBS if actor.may(verb, row.pk)],
        }
        for row in _workspaces(request)
    ]


def _watches(request: HttpRequest) -> bool:
    """Whether there is anything that a page could follow live for this person."""
    actor = actor_of_request(request)
    return any(actor.may("telemetry.view", row.pk) for row in _workspaces(request))


def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page for signed-in people: `view(request, actor, ...)`. Refusals become the sign-in, 404 and 403 pages."""

    @wraps(view)
    @require_safe
    def guarded(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        try:
            response = view(request, actor_of_request(request), *args, **kwargs)
        except NotFound as error:
            raise Http404 from error
        except NotAllowed as error:
            raise PermissionDenied from error
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    return guarded


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password")
def login_page(request: HttpRequest) -> HttpResponse:
    """E-mail and password; throttled as every other way in. Answers 401 or 429 with the form."""
    wanted = safe_next(request)
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(wanted or settings.LOGIN_REDIRECT_URL)
        if pending_password(request):
            return redirect_to_password(wanted)
        return render(request, "accounts/login.html", {"next": wanted})
    email = request.POST.get("email", "")
    try:
        proof = sign_in_check(
            email=email,
            password=request.POST.get("password", ""),
            address=client_address(request),
        )
        if proof.temporary:
            return _begin_change(request, proof.temporary, wanted)
    except (NotAuthenticated, TooMany) as error:
        told = {"next": wanted, "email": email[:254], "error": why(error)}
        return refused(render(request, "accounts/login.html", told), error)
    return sign_in(request, proof.user, wanted)


def sign_in(request: HttpRequest, user: User, wanted: str) -> HttpResponse:
    """Begin the browser's session and go where the person wanted to."""
    if PENDING in request.session:
        request.session.flush()  # it was meant to be short
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    response = redirect(wanted or settings.LOGIN_REDIRECT_URL)
    drop_api_cookies(response)
    if user.language and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        keep_language(request, response, user.language)
    return response


def keep_language(request: HttpRequest, response: HttpResponse, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, samesite="Lax", secure=request.is_secure()
    )


def pending_password(request: HttpRequest) -> TemporaryPassword | None:
    """The temporary password that this browser came in with: it is signed in nowhere until a new one is set."""
    return temporary_password_in_use(request.session.get(PENDING))


def redirect_to_password(wanted: str) -> HttpResponse:
    query = f"?{urlencode({'next': wanted})}" if wanted else ""
    return redirect(reverse("settings-password") + query)


def _begin_change(request: HttpRequest, temporary: TemporaryPassword, wanted: str) -> HttpResponse:
    """No session of the user's yet, only leave to set a new password: so no page, API or socket opens before that."""
    temporary_password_spend(temporary, address=client_address(request))
    request.session.flush()
    request.session[PENDING] = temporary.pk
    request.session.set_expiry(CHANGE_SECONDS)
    response = redirect_to_password(wanted)
    drop_api_cookies(response)
    return response


def why(error: Exception) -> str:
    if isinstance(error, TooMany):
        minutes = -(-error.retry_after // 60)
        return gettext("Too many tries. Wait %(minutes)d min and try again.") % {"minutes": minutes}
    return gettext("The e-mail address or the password is wrong.")


def refused(response: HttpResponse, error: Exception) -> HttpResponse:
    response.status_code = 401
    if isinstance(error, TooMany):
        response.status_code = 429
        response["Retry-After"] = str(error.retry_after)
    return response


@require_POST
def logout_page(request: HttpRequest) -> HttpResponse:
    """Ends the browser's session, and the login session of an API cookie in the same browser."""
    with suppress(NotAuthenticated):
        user_logout(source=verify(request.COOKIES.get(ACCESS_COOKIE, "")))
    logout(request)
    response = redirect(settings.LOGOUT_REDIRECT_URL)
    drop_api_cookies(response)
    return response


@require_POST
def theme_page(request: HttpRequest) -> HttpResponse:
    """Keeps the theme in a cookie, so that the server writes it into the page and nothing flashes."""
    theme = request.POST.get("theme")
    if theme not in THEMES:
        return HttpResponse(status=400)
    scripted = request.headers.get("Accept") == "application/json"
    response = HttpResponse(status=204) if scripted else redirect(safe_next(request) or "/")
    response.set_cookie(
        THEME_COOKIE, theme, max_age=YEAR_SECONDS, samesite="Lax", secure=request.is_secure()
    )
    return response


def safe_next(request: HttpRequest) -> str:
    """The page asked for before signing in; "" unless it is one of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours else ""
