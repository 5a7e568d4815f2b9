"""The admin console's look and its sidebar. settings.py takes UNFOLD from here."""

from collections.abc import Callable

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
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


def item(title, icon: str, app: str, model: str) -> dict:
    return {
        "title": title,
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
    "SITE_SYMBOL": "precision_manufacturing",
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
                item(_("Robots"), "smart_toy", "robots", "robot"),
                item(_("Devices"), "memory", "accounts", "device"),
                item(_("Commands"), "send", "telemetry", "command"),
                item(_("Alarms"), "notification_important", "telemetry", "alarm"),
                item(_("Newest states"), "monitor_heart", "telemetry", "latest"),
                item(_("Samples"), "timeline", "telemetry", "sample"),
            ),
            group(
                _("Places"),
                item(_("Workspaces"), "apartment", "accounts", "workspace"),
                item(_("Floor maps"), "floor", "robots", "floormap"),
                item(_("Stores"), "storefront", "robots", "store"),
                item(_("Regions"), "crop_free", "robots", "region"),
                item(_("Way point lists"), "route", "robots", "waypointlist"),
                item(_("Zones"), "pentagon", "telemetry", "zone"),
                item(_("Schedules"), "event_repeat", "robots", "schedule"),
                item(_("Retention rules"), "auto_delete", "telemetry", "retentionrule"),
            ),
            group(
                _("People"),
                item(_("Users"), "group", "accounts", "user"),
                item(
                    _("Notification channels"),
                    "notifications",
                    "telemetry",
                    "notificationchannel",
                ),
                item(_("Login sessions"), "login", "accounts", "loginsession"),
                item(_("One-time codes"), "pin", "accounts", "onetimecode"),
                item(_("Temporary passwords"), "lock_clock", "accounts", "temporarypassword"),
            ),
            group(
                _("Records"),
                item(_("Deliveries"), "outgoing_mail", "telemetry", "delivery"),
                item(_("Audit"), "history", "accounts", "auditrow"),
                item(_("Uploads"), "image", "media", "upload"),
                item(_("Photo logs"), "photo_camera", "robots", "photolog"),
                item(_("Schedule runs"), "playlist_add_check", "robots", "schedulerun"),
                item(_("Drives"), "route", "robots", "drive"),
                item(_("People who passed"), "directions_walk", "robots", "hourlytraffic"),
                item(_("Visitors"), "emoji_people", "robots", "visitorhour"),
                item(_("Credentials"), "key", "accounts", "credential"),
                item(_("Schedule"), "schedule", "django_celery_beat", "periodictask"),
            ),
        ],
    },
}
