"""The page of what a person chooses for himself: language, appearance, keys and tone of this device, notifications."""

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from fleet_platform.shared.errors import Invalid

from .authentication import actor_of_request
from .pages import keep_language, page
from .principal import Actor
from .roles import Role
from .selectors import roles_in, self_of, workspaces_for
from .services import language_choose

WORKSPACES_SHOWN = 200


@page
def settings_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    words = dict(Role.choices)
    places = [
        {"id": row.pk, "name": row.name, "roles": [words[role] for role in roles_in(actor, row.pk)]}
        for row in workspaces_for(actor)[:WORKSPACES_SHOWN]
    ]
    told = {
        "section": "settings",
        "me": self_of(actor),
        "places": places,
        "severities": severities(),
    }
    return render(request, "accounts/settings.html", told)


def severities() -> list[tuple[str, str]]:
    """From which severity on a channel tells; the values are those of alarms."""
    return [
        ("critical", gettext("Critical alone")),
        ("warning", gettext("Warning and worse")),
        ("info", gettext("Every alarm")),
    ]


@require_POST
def language_page(request: HttpRequest) -> HttpResponse:
    """Keeps the language with the account, so that mails have it, and in the browser's cookie."""
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("settings"))
    try:
        user = language_choose(
            actor=actor_of_request(request), language=request.POST.get("language", "")
        )
    except Invalid:
        return HttpResponse(status=400)
    response = redirect(reverse("settings"))
    keep_language(request, response, user.language)
    return response
