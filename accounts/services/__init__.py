"""Everything that changes identity, by subject: signing in, devices, workspaces and their members, live tickets."""

from .codes import code_check, code_request, code_send
from .devices import (
    DeviceGrant,
    credential_rotate,
    device_create,
    device_login,
    device_prove,
    device_remove,
    device_update,
)
from .passwords import (
    password_change,
    password_request,
    password_set,
    temporary_password_send,
    temporary_password_spend,
)
from .preferences import language_choose
from .rate_limits import count_lookup
from .sign_up import admin_check, admin_sign_up, sign_up
from .signing import (
    Proof,
    session_end,
    sessions_end,
    sessions_forget,
    sign_in_check,
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
    "Proof",
    "account_of",
    "admin_check",
    "admin_sign_up",
    "code_check",
    "code_request",
    "code_send",
    "count_lookup",
    "credential_rotate",
    "device_create",
    "device_login",
    "device_prove",
    "device_remove",
    "device_update",
    "language_choose",
    "member_add",
    "member_remove",
    "member_set_roles",
    "membership_check",
    "password_change",
    "password_request",
    "password_set",
    "session_end",
    "sessions_end",
    "sessions_forget",
    "sign_in_check",
    "sign_up",
    "temporary_password_send",
    "temporary_password_spend",
    "ticket_issue",
    "ticket_spend",
    "user_check",
    "user_login",
    "user_logout",
    "workspace_create",
    "workspace_update",
]
