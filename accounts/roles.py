"""One table says which role may do which verb. REST, sockets, pages, admin and the test matrix all read it."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What a member may be in a workspace, highest first. A member may have several."""

    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Admin")
    OPERATOR = "operator", _("Operator")
    VIEWER = "viewer", _("Viewer")
    FACE_ADMIN = "face-admin", _("Face admin")
    GUARDIAN = "guardian", _("Guardian")
    CLINICIAN = "clinician", _("Clinician")
    KIOSK = "kiosk", _("Kiosk")


class PlatformRole(TextChoices):
    """What a user is on the whole installation. Nobody grants this to himself."""

    USER = "user", _("User")
    ADMIN = "admin", _("Platform admin")  # acts as admin in every workspace
    OWNER = "owner", _("Platform owner")  # acts as owner in every workspace


DEVICE = "device"  # the role of a device in its own workspace; it acts for itself only

MANAGERS = frozenset({Role.OWNER, Role.ADMIN})
STAFF = MANAGERS | {Role.OPERATOR}
CREW = STAFF | {Role.VIEWER}
MEMBERS = frozenset(Role)

VERBS: dict[str, frozenset[str]] = {
    "workspace.view": MEMBERS,
    "workspace.manage": MANAGERS,
    "workspace.create": MANAGERS,  # asked of the installation, so platform roles alone
    "workspace.remove": frozenset({Role.OWNER}),
    "user.manage": MANAGERS,  # asked of the installation, so platform roles alone
    "member.view": CREW,
    "member.manage": MANAGERS,
    "device.view": CREW | {DEVICE},
    "device.manage": STAFF,
    "device.secret": STAFF,
    "device.remove": MANAGERS,
    "telemetry.view": CREW | {DEVICE},
    "telemetry.write": frozenset({DEVICE}),
    "map.view": CREW | {DEVICE},
    "map.manage": STAFF,
    "photo.create": STAFF | {DEVICE},
    "alarm.view": CREW,
    "alarm.manage": STAFF,
    "command.view": CREW | {DEVICE},
    "command.send": STAFF,
    "schedule.view": CREW,
    "schedule.manage": STAFF,
    "upload.manage": MANAGERS,
    "audit.view": MANAGERS,
}


def may(roles: frozenset[str], verb: str) -> bool:
    """Whether any of the roles carries the verb. An unknown verb is a mistake of ours: KeyError."""
    return not VERBS[verb].isdisjoint(roles)
