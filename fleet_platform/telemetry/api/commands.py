"""The fleet API's commands: asking devices to do something, and what became of it."""

from django.http import HttpRequest
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.api.base import FleetView
from accounts.api.schema import answers, query
from accounts.principal import Actor

from ..commands import forms, selectors, services
from ..commands.documents import command_facts
from ..commands.transitions import REPLIES, STATES
from ..models import Command
from . import parameters

TAGS = ["commands"]
SHOWN_AT_MOST = 500


def expires_in(default: int) -> serializers.FloatField:
    return serializers.FloatField(
        min_value=1,
        max_value=forms.LONGEST_SECONDS,
        default=default,
        help_text="Seconds within which the device must accept it.",
    )


class CommandRequest(serializers.Serializer):
    name = serializers.CharField(
        max_length=64, help_text=f"{', '.join(forms.STANDARD)}, or one that your device knows."
    )
    params = serializers.DictField(required=False, help_text="At most 16 KiB.")
    expires_in = expires_in(forms.DEFAULT_SECONDS)
    request_id = serializers.CharField(
        max_length=64,
        required=False,
        help_text="Your own name of this request: the same again answers the first command.",
    )


class StopAllRequest(serializers.Serializer):
    expires_in = expires_in(services.STOP_SECONDS)


class ReplyRequest(serializers.Serializer):
    state = serializers.ChoiceField(REPLIES)
    detail = serializers.CharField(
        max_length=forms.DETAIL_CHARACTERS, required=False, allow_blank=True, default=""
    )


class CommandDocument(serializers.Serializer):
    id = serializers.IntegerField()
    device_id = serializers.IntegerField()
    device_name = serializers.CharField()
    kind = serializers.CharField()
    workspace_id = serializers.IntegerField()
    name = serializers.CharField()
    params = serializers.DictField()
    state = serializers.ChoiceField(STATES)
    detail = serializers.CharField(help_text="What the device says of it.")
    source = serializers.CharField(help_text="api, stop-all or schedule:<id>.")
    requested_by = serializers.EmailField(allow_null=True, help_text="Not told to devices.")
    requested_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)
    accepted_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField()


class CommandPage(serializers.Serializer):
    results = CommandDocument(many=True)
    next = serializers.CharField(allow_null=True)


class StopAllResponse(serializers.Serializer):
    count = serializers.IntegerField()
    commands = CommandDocument(many=True, help_text=f"The first {SHOWN_AT_MOST}.")


def body_of(actor: Actor, command: Command) -> dict:
    """Devices are not told who in the company asked."""
    facts = command_facts(command)
    return facts | {"requested_by": None} if actor.kind == "device" else facts


def states_asked(request: HttpRequest) -> list[str]:
    said = parameters.text(request.GET, "state")
    return [part.strip() for part in said.split(",") if part.strip()]


class DeviceCommandsView(FleetView):
    @extend_schema(
        operation_id="device_commands",
        summary="A device's commands, newest first",
        tags=TAGS,
        parameters=[
            query("state", str, f"One or more of {', '.join(STATES)}, with commas between"),
            query("cursor", str, "`next` of the page before"),
            query("limit", int, "1 to 500, 100 unless told"),
        ],
        responses=answers({200: CommandPage}, 400, 401, 403, 404),
    )
    def get(self, request, device_id: int) -> Response:
        page, more = selectors.commands_for(
            self.actor,
            device_id,
            states=states_asked(request),
            cursor=request.GET.get("cursor"),
            limit=parameters.limit(request.GET.get("limit"), default=100, most=500),
        )
        bodies = [body_of(self.actor, command) for command in page]
        return Response({"results": bodies, "next": more})

    @extend_schema(
        operation_id="device_command_send",
        summary="Ask a device to do something",
        tags=TAGS,
        request=CommandRequest,
        responses=answers(
            {201: CommandDocument, 200: CommandDocument}, 400, 401, 403, 404, 409, 429
        ),
    )
    def post(self, request, device_id: int) -> Response:
        asked = self.read(CommandRequest)
        command, new = services.command_request(actor=self.actor, device_id=device_id, **asked)
        where = {"Location": f"/api/fleet/commands/{command.pk}"}
        return Response(body_of(self.actor, command), status=201 if new else 200, headers=where)


class CommandView(FleetView):
    @extend_schema(
        operation_id="command",
        summary="One command and what became of it",
        tags=TAGS,
        responses=answers({200: CommandDocument}, 401, 403, 404),
    )
    def get(self, request, command_id: int) -> Response:
        return Response(body_of(self.actor, selectors.command_for(self.actor, command_id)))


class CommandCancelView(FleetView):
    @extend_schema(
        operation_id="command_cancel",
        summary="Cancel a command that is not over; a device that has it is told",
        tags=TAGS,
        request=None,
        responses=answers({200: CommandDocument}, 401, 403, 404, 409),
    )
    def post(self, request, command_id: int) -> Response:
        command = services.command_cancel(actor=self.actor, command_id=command_id)
        return Response(body_of(self.actor, command))


class CommandReplyView(FleetView):
    @extend_schema(
        operation_id="command_reply",
        summary="Answer a command, as its device",
        tags=TAGS,
        request=ReplyRequest,
        responses=answers({200: CommandDocument}, 400, 401, 403, 404, 409),
    )
    def post(self, request, command_id: int) -> Response:
        said = self.read(ReplyRequest)
        command = services.command_reply(actor=self.actor, command_id=command_id, **said)
        return Response(body_of(self.actor, command))


class StopAllView(FleetView):
    @extend_schema(
        operation_id="workspace_stop_all",
        summary="Ask everything that drives or flies to stop; drop what was asked and has not begun",
        tags=TAGS,
        request=StopAllRequest,
        responses=answers({201: StopAllResponse}, 400, 401, 403, 404),
    )
    def post(self, request, workspace_id: int) -> Response:
        asked = self.read(StopAllRequest)
        commands = services.workspace_stop_all(actor=self.actor, workspace_id=workspace_id, **asked)
        shown = [body_of(self.actor, command) for command in commands[:SHOWN_AT_MOST]]
        return Response({"count": len(commands), "commands": shown}, status=201)
