"""What commands and their sources are called, for people."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

NAMES = {
    "stop": _("Stop"),
    "resume": _("Resume"),
    "go_to": _("Go to"),
    "drive_route": _("Drive the route"),
    "return_to_charger": _("Return to the charger"),
    "locate": _("Show itself"),
}
SOURCES = {"api": _("Asked directly"), "stop-all": _("Stop all")}


def name_of(name: str) -> Any:
    """Lazy text; a name that nobody gave words to stands for itself."""
    return NAMES.get(name, name)


def source_of(source: str) -> str:
    kind, _colon, id = source.partition(":")
    if kind == "schedule" and id:
        return gettext("Schedule %s") % id
    return str(SOURCES.get(source, source))
