"""The form of identity on the fleet API."""

from rest_framework import serializers

from fleet_platform.shared.clock import from_datetime, rfc3339

from ..models import Device, User, Workspace
from ..principal import Actor
from ..roles import Role
from ..selectors import roles_in


class DeviceTokenRequest(serializers.Serializer):
    device = serializers.CharField(
        max_length=100, help_text="Serial number, factory code or device id."
    )
    secret = serializers.CharField(max_length=1024, trim_whitespace=False)


class DeviceTokenResponse(serializers.Serializer):
    token = serializers.CharField()
    token_type = serializers.ChoiceField(["Bearer"])
    expires_in = serializers.IntegerField(help_text="Seconds.")
    device_id = serializers.IntegerField()


class WorkspaceRequest(serializers.Serializer):
    name = serializers.CharField(max_length=150)
    time_zone = serializers.CharField(
        max_length=64, required=False, help_text="IANA name, e.g. Asia/Seoul."
    )


class WorkspaceResponse(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    time_zone = serializers.CharField()
    created_at = serializers.DateTimeField()
    roles = serializers.ListField(child=serializers.CharField(), help_text="The caller's own.")


class WorkspacePage(serializers.Serializer):
    results = WorkspaceResponse(many=True)
    next = serializers.CharField(allow_null=True)


class RolesRequest(serializers.Serializer):
    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices), max_length=8)


class MemberRequest(RolesRequest):
    email = serializers.EmailField(max_length=254)


class MemberResponse(serializers.Serializer):
    user_id = serializers.IntegerField()
    email = serializers.EmailField()
    name = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())


class MemberPage(serializers.Serializer):
    results = MemberResponse(many=True)
    next = serializers.CharField(allow_null=True)


class MeResponse(serializers.Serializer):
    kind = serializers.ChoiceField(["user", "device"])
    id = serializers.IntegerField()
    name = serializers.CharField()
    email = serializers.EmailField(required=False, help_text="Of a user.")
    platform_role = serializers.CharField(required=False, help_text="Of a user.")
    workspaces = WorkspaceResponse(
        many=True, help_text="At most 200; GET /api/fleet/workspaces pages through all."
    )


class PasswordRequest(serializers.Serializer):
    old_password = serializers.CharField(
        max_length=1024,
        trim_whitespace=False,
        help_text="The password in use, or the temporary one that the session was begun with.",
    )
    new_password = serializers.CharField(max_length=1024, trim_whitespace=False)


class SecretResponse(serializers.Serializer):
    device_id = serializers.IntegerField()
    secret = serializers.CharField(help_text="Shown this once.")


class TicketResponse(serializers.Serializer):
    ticket = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds.")


def workspace_body(actor: Actor, workspace: Workspace) -> dict:
    return WorkspaceResponse(
        {
            "id": workspace.pk,
            "name": workspace.name,
            "time_zone": workspace.time_zone,
            "created_at": rfc3339(from_datetime(workspace.created_at)),
            "roles": roles_in(actor, workspace.pk),
        }
    ).data


def member_body(user: User, roles: list[str]) -> dict:
    return {"user_id": user.pk, "email": user.email, "name": user.name, "roles": roles}


def me_body(actor: Actor, who: User | Device, workspaces: list[Workspace]) -> dict:
    body = {"kind": actor.kind, "id": actor.id, "name": who.name}
    if isinstance(who, User):
        body |= {"email": who.email, "platform_role": who.role}
    return body | {"workspaces": [workspace_body(actor, place) for place in workspaces]}
