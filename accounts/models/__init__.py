"""The rows behind identity, by subject."""

from .audit import AuditRow
from .codes import OneTimeCode, TemporaryPassword, Way
from .devices import Credential, Device
from .people import Profile, User, UserManager
from .sessions import LiveTicket, LoginSession, RefreshToken
from .workspaces import Membership, Workspace, validate_time_zone

__all__ = [
    "AuditRow",
    "Credential",
    "Device",
    "LiveTicket",
    "LoginSession",
    "Membership",
    "OneTimeCode",
    "Profile",
    "RefreshToken",
    "TemporaryPassword",
    "User",
    "UserManager",
    "Way",
    "Workspace",
    "validate_time_zone",
]
