"""Everything that changes identity, by subject: signing in, devices, workspaces and their members, live tickets."""

from .devices import (
    DeviceGrant,
    credential_rotate,
    device_create,
    device_login,
    device_remove,
    device_update,
)
from .signing import (
    password_change,
    session_end,
    sessions_end,
    sessions_forget,
    user_check,
    user_login,
    user_logout,
)
from .tickets import TICKET_SECONDS, ticket_issue, ticket_spend
from .workspaces import (
    account_of,
    member_add,
    member_remove,
    member_set_roles,
    membership_check,
    workspace_create,
    workspace_update,
)

__all__ = [
    "TICKET_SECONDS",
    "DeviceGrant",
    "account_of",
    "credential_rotate",
    "device_create",
    "device_login",
    "device_remove",
    "device_update",
    "member_add",
    "member_remove",
    "member_set_roles",
    "membership_check",
    "password_change",
    "session_end",
    "sessions_end",
    "sessions_forget",
    "ticket_issue",
    "ticket_spend",
    "user_check",
    "user_login",
    "user_logout",
    "workspace_create",
    "workspace_update",
]
