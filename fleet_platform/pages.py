"""The page that needs several apps at once: the fleet overview, with devices from telemetry and floors from robots."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from accounts.models import Device
from accounts.pages import page
from accounts.principal import Actor
from accounts.selectors import workspaces_for
from fleet_platform.telemetry.pages import map_data
from robots.pages import floor_data
from robots.selectors import floor_maps_for

WORKSPACES_AT_MOST = 90  # as many as the shell tells; who sees more picks from the admin console
FLOORS_AT_MOST = 500


@page
def fleet_page(request: HttpRequest, actor: Actor) -> HttpResponse:
    seen = [row for row in workspaces_for(actor) if actor.may("telemetry.view", row.pk)]
    data = {
        "workspaces": [{"id": row.pk, "name": row.name} for row in seen[:WORKSPACES_AT_MOST]],
        "floors": [floor_data(row) for row in floor_maps_for(actor)[:FLOORS_AT_MOST]],
        **map_data(),
    }
    told = {"data": data, "section": "fleet", "kinds": Device.Kind.choices, "statuses": statuses()}
    return render(request, "fleet/overview.html", told)


def statuses() -> list[tuple[str, str]]:
    """Status chips in their order; static/js/kinds.js derives the same five from documents."""
    return [
        ("moving", gettext("Moving")),
        ("idle", gettext("Idle")),
        ("charging", gettext("Charging")),
        ("fault", gettext("Fault")),
        ("offline", gettext("Offline")),
    ]
