"""Deeds and what they were done to, in words: rows of the audit hold codes such as `device.add` and `device:12`."""

from typing import Any

from django.apps import apps
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

DEEDS = {
    "acknowledge": _("acknowledged"),
    "add": _("added"),
    "cancel": _("canceled"),
    "certify": _("certified"),
    "change": _("edited"),
    "clear": _("cleared"),
    "confirm": _("confirmed"),
    "delete": _("deleted"),
    "end": _("ended"),
    "password": _("new password"),
    "remove": _("removed"),
    "roles": _("roles changed"),
    "run": _("run by hand"),
    "secret": _("new secret"),
    "send": _("sent"),
    "sign_up": _("signed up"),
    "temporary_password": _("temporary password"),
}
KINDS = {  # those that are not called as their model is
    "channel": _("notification channel"),
    "member": _("member"),
    "session": _("login session"),
    "waypointlist": _("way point list"),
}


def deed_words(verb: str) -> str:
    """`device.add` -> "Device · added"."""
    kind, _dot, deed = verb.partition(".")
    return " · ".join(str(part) for part in (_kind(kind), DEEDS.get(deed, deed)) if part)


def target_words(target: str) -> str:
    """`device:12` -> "Device 12"."""
    kind, _colon, id = target.partition(":")
    return f"{_kind(kind)} {id}".strip()


def _kind(name: str) -> str:
    """A kind that nobody gave words to stands for itself."""
    return capfirst(str(KINDS.get(name) or _model_names().get(name) or name))


def _model_names() -> dict[str, Any]:
    return {model._meta.model_name: model._meta.verbose_name for model in apps.get_models()}
