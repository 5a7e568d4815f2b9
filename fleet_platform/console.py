"""The admin console's look and its sidebar. settings.py takes UNFOLD from here."""

from collections.abc import Callable

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import lazy
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

ACCENT = {
    "50": "#F1FBFA",
    "100": "#DFF7F4",
    "200": "#BCEEE7",
    "300": "#8DE1D6",
    "400": "#4FD1C0",
    "500": "#2D9E91",
    "600": "#0B6B62",
    "700": "#0A5A53",
    "800": "#094B45",
    "900": "#083D37",
    "950": "#06201D",
}


def sees(app: str, model: str) -> Callable[[HttpRequest], bool]:
    """Whether the signed-in user may open the list of a model."""

    def permission(request: HttpRequest) -> bool:
        from django.apps import apps
        from django.contrib import admin

        page = admin.site._registry.get(apps.get_model(app, model))
        return page is not None and page.has_view_permission(request)

    return permission


def name_of(app: str, model: str) -> str:
    """The model's own name, as the console's index and lists have it."""
    from django.apps import apps

    return capfirst(str(apps.get_model(app, model)._meta.verbose_name_plural))


def item(icon: str, app: str, model: str) -> dict:
    return {
        "title": lazy(name_of, str)(app, model),
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{model}_changelist"),
        "permission": sees(app, model),
    }


def group(title, *items: dict) -> dict:
    return {"title": title, "collapsible": False, "items": list(items)}


UNFOLD = {
    "SITE_TITLE": "Fleet Platform",
    "SITE_HEADER": "Fleet Platform",
    "SITE_SUBHEADER": _("Console"),
    "SITE_URL": "/",
    "SITE_ICON": lambda request: static("img/mark.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("img/mark.svg")}
    ],
    "SHOW_LANGUAGES": True,
    "SHOW_VIEW_ON_SITE": True,
    "SHOW_BACK_BUTTON": True,
    "SCRIPTS": [lambda request: static("js/console_theme.js")],
    "COLORS": {"primary": ACCENT},
    "SIDEBAR": {
        "show_search": True,
        "navigation": [
            group(
                _("Fleet"),
                {
                    "title": _("Live map"),
                    "icon": "map",
                    "link": "/",
                    "active": lambda request: False,
                },
                item("smart_toy", "robots", "robot"),
                item("memory", "accounts", "device"),
                item("send", "telemetry", "command"),
                item("notification_important", "telemetry", "alarm"),
                item("monitor_heart", "telemetry", "latest"),
                item("timeline", "telemetry", "sample"),
            ),
            group(
                _("Places"),
                item("apartment", "accounts", "workspace"),
                item("floor", "robots", "floormap"),
                item("storefront", "robots", "store"),
                item("crop_free", "robots", "region"),
                item("route", "robots", "waypointlist"),
                item("pentagon", "telemetry", "zone"),
                item("event_repeat", "robots", "schedule"),
                item("auto_delete", "telemetry", "retentionrule"),
            ),
            group(
                _("People"),
                item("group", "accounts", "user"),
                item("notifications", "telemetry", "notificationchannel"),
                item("login", "accounts", "loginsession"),
                item("pin", "accounts", "onetimecode"),
                item("lock_clock", "accounts", "temporarypassword"),
            ),
            group(
                _("Records"),
                item("outgoing_mail", "telemetry", "delivery"),
                item("history", "accounts", "auditrow"),
                item("image", "media", "upload"),
                item("photo_camera", "robots", "photolog"),
                item("playlist_add_check", "robots", "schedulerun"),
                item("route", "robots", "drive"),
                item("directions_walk", "robots", "hourlytraffic"),
                item("emoji_people", "robots", "visitorhour"),
                item("key", "accounts", "credential"),
                item("schedule", "django_celery_beat", "periodictask"),
            ),
        ],
    },
}
