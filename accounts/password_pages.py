"""The page of one's own password: for who is signed in, and for who came with a temporary one; and where that is asked
for."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from fleet_platform.shared.errors import Invalid, TooMany

from .authentication import actor_of_request, client_address
from .models import TemporaryPassword
from .pages import pending_password, refused, safe_next, sign_in, why
from .services import password_change, password_request, password_set


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("old_password", "new_password", "again")
def password_page(request: HttpRequest) -> HttpResponse:
    """Answers 400 or 429 with the form where the new password is not taken."""
    if request.user.is_authenticated:
        return _answer(request, "accounts/password.html", _change)
    temporary = pending_password(request)
    if temporary is None:
        return redirect_to_login(request.get_full_path())
    return _answer(request, "accounts/password_forced.html", _set, temporary)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def forgotten_page(request: HttpRequest) -> HttpResponse:
    """Sends a temporary password, and says the same whether the address has an account or not.

    Answers 400 or 429 with the form where nothing was asked for.
    """
    if request.user.is_authenticated:
        return redirect("settings-password")
    template, email = "accounts/forgotten.html", request.POST.get("email", "").strip()
    told = {"next": safe_next(request), "email": email[:254]}
    if request.method != "POST":
        return render(request, template, told)
    try:
        validate_email(email)
        password_request(email=email, address=client_address(request))
    except ValidationError as error:
        return render(request, template, told | {"error": error.messages[0]}, status=400)
    except TooMany as error:
        return refused(render(request, template, told | {"error": why(error)}), error)
    return render(request, template, told | {"sent": True})


def _answer(request: HttpRequest, template: str, change, *given) -> HttpResponse:
    told = {"next": safe_next(request)}
    if request.method != "POST":
        return render(request, template, told)
    try:
        if request.POST.get("new_password") != request.POST.get("again"):
            raise Invalid({"again": gettext("The two passwords differ.")})
        return change(request, told["next"], *given)
    except Invalid as error:
        return render(request, template, told | {"errors": error.fields}, status=400)
    except TooMany as error:
        return refused(render(request, template, told | {"error": why(error)}), error)


def _change(request: HttpRequest, wanted: str) -> HttpResponse:
    """Other sessions end; this one goes on."""
    user = password_change(
        actor=actor_of_request(request),
        old_password=request.POST.get("old_password", ""),
        new_password=request.POST.get("new_password", ""),
    )
    update_session_auth_hash(request, user)
    messages.success(request, gettext("Your new password is set. Every other session has ended."))
    return redirect(wanted or "settings-password")


def _set(request: HttpRequest, wanted: str, temporary: TemporaryPassword) -> HttpResponse:
    user = password_set(
        temporary=temporary,
        new_password=request.POST.get("new_password", ""),
        address=client_address(request),
    )
    response = sign_in(request, user, wanted)
    messages.success(request, gettext("Your new password is set."))
    return response
