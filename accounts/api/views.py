"""Identity on the fleet API: parse, call, answer."""

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response

from fleet_platform.shared.paging import cut_page, decode_cursor, page_by_id, parse_limit

from .. import selectors, services
from ..authentication import client_address
from ..tokens import BROWSER
from . import serializers as shapes
from .base import FleetView
from .schema import answers

PAGE, LONGEST_PAGE = 50, 200
UNSTORED = {"Cache-Control": "no-store"}
PAGING = [
    OpenApiParameter("cursor", str, description="`next` of the page before."),
    OpenApiParameter("limit", int, description=f"1 to {LONGEST_PAGE}, else {PAGE}."),
]


def page_asked(asked) -> tuple[str | None, int]:
    """(cursor, rows wanted) of query parameters."""
    return asked.get("cursor"), parse_limit(asked.get("limit"), default=PAGE, most=LONGEST_PAGE)


class DeviceTokenView(FleetView):
    public = True

    @extend_schema(
        operation_id="device_token",
        summary="Trade a device's secret for an access token",
        tags=["devices"],
        request=shapes.DeviceTokenRequest,
        responses=answers({200: shapes.DeviceTokenResponse}, 400, 401, 410, 429),
        auth=[],
    )
    def post(self, request) -> Response:
        asked = self.read(shapes.DeviceTokenRequest)
        grant = services.device_login(
            identifier=asked["device"], secret=asked["secret"], address=client_address(request)
        )
        return Response(
            {
                "token": grant.token,
                "token_type": "Bearer",
                "expires_in": settings.DEVICE_TOKEN_SECONDS,
                "device_id": grant.device_id,
            },
            headers=UNSTORED,
        )


class RotateSecretView(FleetView):
    @extend_schema(
        operation_id="device_rotate_secret",
        summary="Give a device a new secret; the old one and its tokens end at once",
        tags=["devices"],
        request=None,
        responses=answers({200: shapes.SecretResponse}, 401, 403, 404),
    )
    def post(self, request, device_id: int) -> Response:
        secret = services.credential_rotate(actor=self.actor, device_id=device_id)
        return Response({"device_id": device_id, "secret": secret}, headers=UNSTORED)


class MeView(FleetView):
    @extend_schema(
        operation_id="me",
        summary="Who am I, and what may I see",
        tags=["identity"],
        responses=answers({200: shapes.MeResponse}, 401),
    )
    def get(self, request) -> Response:
        who = selectors.self_of(self.actor)
        places = selectors.workspaces_for(self.actor)[:LONGEST_PAGE]
        return Response(shapes.me_body(self.actor, who, places))


class PasswordView(FleetView):
    with_temporary_password = True

    @extend_schema(
        operation_id="password_change",
        summary="Set a new password; every other session of the caller ends",
        tags=["identity"],
        request=shapes.PasswordRequest,
        responses=answers({204: None}, 400, 401, 403, 429),
    )
    def post(self, request) -> Response:
        user = services.password_change(actor=self.actor, **self.read(shapes.PasswordRequest))
        if self.actor.source.kind == BROWSER:  # the caller's own page stays signed in
            request._request.user = user
            update_session_auth_hash(request._request, user)
        return Response(status=204)


class LiveTicketView(FleetView):
    @extend_schema(
        operation_id="live_ticket",
        summary="A one-time pass to /ws/live",
        tags=["identity"],
        request=None,
        responses=answers({200: shapes.TicketResponse}, 401, 429),
    )
    def post(self, request) -> Response:
        ticket = services.ticket_issue(actor=self.actor)
        body = {"ticket": ticket, "expires_in": services.TICKET_SECONDS}
        return Response(body, headers=UNSTORED)


class WorkspacesView(FleetView):
    @extend_schema(
        operation_id="workspace_list",
        summary="Workspaces that the caller belongs to",
        tags=["workspaces"],
        parameters=PAGING,
        responses=answers({200: shapes.WorkspacePage}, 400, 401),
    )
    def get(self, request) -> Response:
        cursor, limit = page_asked(request.query_params)
        rows = selectors.workspaces_for(self.actor)
        places, following = page_by_id(rows, cursor, limit)
        bodies = [shapes.workspace_body(self.actor, place) for place in places]
        return Response({"results": bodies, "next": following})

    @extend_schema(
        operation_id="workspace_create",
        summary="Make a workspace (platform roles only)",
        tags=["workspaces"],
        request=shapes.WorkspaceRequest,
        responses=answers({201: shapes.WorkspaceResponse}, 400, 401, 403),
    )
    def post(self, request) -> Response:
        asked = self.read(shapes.WorkspaceRequest)
        place = services.workspace_create(actor=self.actor, **asked)
        owner = selectors.actor_from(self.actor.source)
        return Response(shapes.workspace_body(owner, place), status=201)


class WorkspaceView(FleetView):
    @extend_schema(
        operation_id="workspace_get",
        summary="One workspace",
        tags=["workspaces"],
        responses=answers({200: shapes.WorkspaceResponse}, 401, 404),
    )
    def get(self, request, workspace_id: int) -> Response:
        place = selectors.workspace_for(self.actor, workspace_id)
        return Response(shapes.workspace_body(self.actor, place))

    @extend_schema(
        operation_id="workspace_update",
        summary="Rename a workspace or set its time zone",
        tags=["workspaces"],
        request=shapes.WorkspaceRequest,
        responses=answers({200: shapes.WorkspaceResponse}, 400, 401, 403, 404),
    )
    def patch(self, request, workspace_id: int) -> Response:
        asked = self.read(shapes.WorkspaceRequest, partial=True)
        place = services.workspace_update(actor=self.actor, workspace_id=workspace_id, **asked)
        return Response(shapes.workspace_body(self.actor, place))


class MembersView(FleetView):
    @extend_schema(
        operation_id="member_list",
        summary="Members of a workspace and their roles",
        tags=["workspaces"],
        parameters=PAGING,
        responses=answers({200: shapes.MemberPage}, 400, 401, 403, 404),
    )
    def get(self, request, workspace_id: int) -> Response:
        cursor, limit = page_asked(request.query_params)
        (after,) = decode_cursor(cursor, int) if cursor else (0,)
        rows = selectors.members_of(self.actor, workspace_id, after=after, most=limit + 1)
        members, following = cut_page(rows, limit, lambda row: (row[0].pk,))
        bodies = [shapes.member_body(user, roles) for user, roles in members]
        return Response({"results": bodies, "next": following})

    @extend_schema(
        operation_id="member_add",
        summary="Give an existing account roles in a workspace",
        tags=["workspaces"],
        request=shapes.MemberRequest,
        responses=answers({201: shapes.MemberResponse}, 400, 401, 403, 404, 429),
    )
    def post(self, request, workspace_id: int) -> Response:
        asked = self.read(shapes.MemberRequest)
        user, roles = services.member_add(actor=self.actor, workspace_id=workspace_id, **asked)
        return Response(shapes.member_body(user, sorted(roles)), status=201)


class MemberView(FleetView):
    @extend_schema(
        operation_id="member_set_roles",
        summary="Replace a member's roles",
        tags=["workspaces"],
        request=shapes.RolesRequest,
        responses=answers({200: shapes.MemberResponse}, 400, 401, 403, 404, 409),
    )
    def put(self, request, workspace_id: int, user_id: int) -> Response:
        asked = self.read(shapes.RolesRequest)
        user, roles = services.member_set_roles(
            actor=self.actor, workspace_id=workspace_id, user_id=user_id, roles=asked["roles"]
        )
        return Response(shapes.member_body(user, sorted(roles)))

    @extend_schema(
        operation_id="member_remove",
        summary="Take a member out of a workspace, or leave it",
        tags=["workspaces"],
        responses=answers({204: None}, 401, 403, 404, 409),
    )
    def delete(self, request, workspace_id: int, user_id: int) -> Response:
        services.member_remove(actor=self.actor, workspace_id=workspace_id, user_id=user_id)
        return Response(status=204)
