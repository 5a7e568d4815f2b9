"""A person's own notification channels on the fleet API."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.api.base import FleetView
from accounts.api.schema import answers, query
from fleet_platform.shared.paging import LARGEST_ID, page_by_id

from ..models import NotificationChannel, Severity
from ..notices import services
from ..notices.documents import channel_facts
from ..notices.selectors import channel_of, channels_of
from . import parameters

TAGS = ["notifications"]
UNSTORED = {"Cache-Control": "no-store"}


class ChannelPatch(serializers.Serializer):
    address = serializers.CharField(
        max_length=2000, help_text="An e-mail address, or the URL of a webhook."
    )
    workspace_id = serializers.IntegerField(
        min_value=1,
        max_value=LARGEST_ID,
        required=False,
        allow_null=True,
        help_text="Null: all workspaces that you are a member of.",
    )
    minimum_severity = serializers.ChoiceField(Severity.choices, required=False)
    on_clear = serializers.BooleanField(required=False, help_text="Tell also when it is cleared.")
    active = serializers.BooleanField(required=False)


class ChannelRequest(ChannelPatch):
    kind = serializers.ChoiceField(NotificationChannel.Kind.choices)


class TokenRequest(serializers.Serializer):
    token = serializers.CharField(max_length=2100)


class ChannelDocument(serializers.Serializer):
    id = serializers.IntegerField()
    workspace_id = serializers.IntegerField(allow_null=True)
    kind = serializers.ChoiceField(NotificationChannel.Kind.choices)
    address = serializers.CharField()
    minimum_severity = serializers.ChoiceField(Severity.choices)
    on_clear = serializers.BooleanField()
    active = serializers.BooleanField()
    verified = serializers.BooleanField(help_text="Whether the address has agreed.")
    invalid = serializers.BooleanField(help_text="Whether sending was given up.")
    invalid_reason = serializers.CharField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class ChannelCreated(ChannelDocument):
    secret = serializers.CharField(required=False, help_text="Of a webhook; told this once.")


class ChannelPage(serializers.Serializer):
    results = ChannelDocument(many=True)
    next = serializers.CharField(allow_null=True)


class ChannelSecret(serializers.Serializer):
    id = serializers.IntegerField()
    secret = serializers.CharField(help_text="Told this once.")


class TrialResponse(serializers.Serializer):
    ok = serializers.BooleanField()
    detail = serializers.CharField(help_text="Why it failed.")


class ChannelsView(FleetView):
    @extend_schema(
        operation_id="channels",
        summary="Your notification channels, by id",
        tags=TAGS,
        responses=answers({200: ChannelPage}, 400, 401),
        parameters=[
            query("cursor", str, "`next` of the page before"),
            query("limit", int, "1 to 100, 50 unless told"),
        ],
    )
    def get(self, request) -> Response:
        rows = channels_of(self.actor)
        limit = parameters.limit(request.GET.get("limit"), default=50, most=100)
        channels, following = page_by_id(rows, request.GET.get("cursor"), limit)
        return Response({"results": [channel_facts(one) for one in channels], "next": following})

    @extend_schema(
        operation_id="channel_create",
        summary="Ask to be told of alarms by e-mail or webhook",
        tags=TAGS,
        request=ChannelRequest,
        responses=answers({201: ChannelCreated}, 400, 401, 403, 404, 409, 429),
    )
    def post(self, request) -> Response:
        channel, secret = services.channel_create(actor=self.actor, **self.read(ChannelRequest))
        body = channel_facts(channel) | ({"secret": secret} if secret else {})
        headers = {**UNSTORED, "Location": f"/api/fleet/me/channels/{channel.pk}"}
        return Response(body, status=201, headers=headers)


class ChannelView(FleetView):
    @extend_schema(
        operation_id="channel",
        summary="One of your notification channels",
        tags=TAGS,
        responses=answers({200: ChannelDocument}, 401, 404),
    )
    def get(self, request, channel_id: int) -> Response:
        return Response(channel_facts(channel_of(self.actor, channel_id)))

    @extend_schema(
        operation_id="channel_change",
        summary="Change a notification channel; an address or `active` makes an invalid one valid",
        tags=TAGS,
        request=ChannelPatch,
        responses=answers({200: ChannelDocument}, 400, 401, 403, 404, 429),
    )
    def patch(self, request, channel_id: int) -> Response:
        changes = self.read(ChannelPatch, partial=True)
        channel = services.channel_update(actor=self.actor, channel_id=channel_id, **changes)
        return Response(channel_facts(channel))

    @extend_schema(
        operation_id="channel_remove",
        summary="Delete a notification channel",
        tags=TAGS,
        responses=answers({204: None}, 401, 404),
    )
    def delete(self, request, channel_id: int) -> Response:
        services.channel_remove(actor=self.actor, channel_id=channel_id)
        return Response(status=204)


class ChannelSecretView(FleetView):
    @extend_schema(
        operation_id="channel_rotate_secret",
        summary="Give a webhook a new secret; the old one signs nothing any more",
        tags=TAGS,
        request=None,
        responses=answers({200: ChannelSecret}, 401, 404, 409),
    )
    def post(self, request, channel_id: int) -> Response:
        secret = services.channel_rotate_secret(actor=self.actor, channel_id=channel_id)
        return Response({"id": channel_id, "secret": secret}, headers=UNSTORED)


class ChannelVerifyView(FleetView):
    @extend_schema(
        operation_id="channel_verify",
        summary="Confirm an e-mail address by the code that was sent to it",
        tags=TAGS,
        request=TokenRequest,
        responses=answers({200: ChannelDocument}, 400, 401, 404),
    )
    def post(self, request, channel_id: int) -> Response:
        token = self.read(TokenRequest)["token"]
        channel = services.channel_confirm(actor=self.actor, channel_id=channel_id, token=token)
        return Response(channel_facts(channel))


class ChannelTrialView(FleetView):
    @extend_schema(
        operation_id="channel_test",
        summary="Send a test now; an address that is not confirmed gets its code once more",
        tags=TAGS,
        request=None,
        responses=answers({200: TrialResponse}, 401, 404, 429),
    )
    def post(self, request, channel_id: int) -> Response:
        why = services.channel_try(actor=self.actor, channel_id=channel_id)
        return Response({"ok": not why, "detail": why})
