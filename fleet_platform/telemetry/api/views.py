"""The fleet API's devices, their newest state and their black box."""

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

from accounts.api.base import FleetView
from accounts.api.schema import answers, query

from .. import ingest, selectors, services, store
from ..answers import ack
from ..token_cache import sender_of
from . import formats, parameters, serializers
from .renderers import CsvRenderer, NamedFormat, NdjsonRenderer


class DevicesView(FleetView):
    @extend_schema(
        operation_id="devices",
        summary="Devices that you may see, by id",
        tags=["devices"],
        responses=answers({200: serializers.DevicePage}, 400, 401),
        parameters=[
            query("kind", str, "robot, drone, remote_controller, depot or base_station"),
            query("workspace", int, "Id of a workspace"),
            query("online", bool, ""),
            query("search", str, "Part of the name, serial number or factory code"),
            query("cursor", str, "`next` of the page before"),
            query("limit", int, "1 to 500, 100 unless told"),
        ],
    )
    def get(self, request) -> HttpResponse:
        page, more = selectors.documents_for(
            self.actor,
            kind=parameters.text(request.GET, "kind"),
            workspace_id=parameters.integer(request.GET, "workspace"),
            online=parameters.flag(request.GET, "online"),
            search=parameters.text(request.GET, "search"),
            cursor=request.GET.get("cursor"),
            limit=parameters.limit(request.GET.get("limit"), default=100, most=500),
        )
        return formats.json_page([document.decode() for document in page], more)

    @extend_schema(
        operation_id="device_register",
        summary="Register a device; its secret is told this once",
        tags=["devices"],
        request=serializers.DeviceRequest,
        responses=answers({201: serializers.DeviceCreated}, 400, 401, 403, 404, 409),
    )
    def post(self, request) -> HttpResponse:
        form = serializers.DeviceRequest(data=request.data)
        form.is_valid(raise_exception=True)
        device, secret = services.device_register(
            actor=self.actor, **form.validated_data, extra=form.extra()
        )
        document = selectors.document_for(self.actor, device.pk)
        body = document[:-1] + b',"secret":%s}' % msgspec.json.encode(secret)
        response = HttpResponse(body, status=201, content_type="application/json")
        response["Location"] = f"/api/fleet/devices/{device.pk}"
        return response


class DeviceView(FleetView):
    @extend_schema(
        operation_id="device",
        summary="The newest state of a device",
        tags=["devices"],
        responses=answers({200: serializers.DeviceDocument}, 401, 404),
    )
    def get(self, request, device_id: int) -> HttpResponse:
        document = selectors.document_for(self.actor, device_id)
        return HttpResponse(document, content_type="application/json")

    @extend_schema(
        operation_id="device_change",
        summary="Rename a device or change its numbers",
        tags=["devices"],
        request=serializers.DevicePatch,
        responses=answers({200: serializers.DeviceDocument}, 400, 401, 403, 404, 409),
    )
    def patch(self, request, device_id: int) -> HttpResponse:
        changes = self.read(serializers.DevicePatch)
        services.device_change(actor=self.actor, device_id=device_id, **changes)
        return self.get(request, device_id)

    @extend_schema(
        operation_id="device_remove",
        summary="Remove a device; its history stays",
        tags=["devices"],
        responses=answers({204: None}, 401, 403, 404),
    )
    def delete(self, request, device_id: int) -> HttpResponse:
        services.device_leave(actor=self.actor, device_id=device_id)
        return HttpResponse(status=204)


class DeviceTelemetryView(FleetView):
    renderer_classes = [JSONRenderer, NdjsonRenderer, CsvRenderer]
    content_negotiation_class = NamedFormat

    @extend_schema(
        operation_id="device_telemetry",
        summary="The black box of a device, oldest first",
        tags=["telemetry"],
        responses=answers({200: serializers.SamplePage}, 400, 401, 404),
        parameters=[
            query("from", str, "First time, included; RFC 3339 or epoch seconds or milliseconds"),
            query("to", str, "Last time, included"),
            query("sections", str, "Names with commas between; all unless told"),
            query("resolution", float, "Seconds: answers minimum, maximum and mean per bucket"),
            query(
                "texts",
                str,
                f"With a resolution: up to {parameters.TEXTS_AT_MOST} of section.field with commas"
                " between; answers the last text of each per bucket",
            ),
            query("limit", int, "1 to 10000, 1000 unless told"),
            query("cursor", str, "`next` of the page before"),
            query("format", str, "json, ndjson or csv"),
        ],
    )
    def get(self, request, device_id: int) -> HttpResponse:
        from_us, to_us = parameters.period(request.GET)
        sections = parameters.sections(request.GET)
        texts = parameters.texts(request.GET)
        form = request.accepted_renderer.format
        page = {
            "from_us": from_us,
            "to_us": to_us,
            "cursor": request.GET.get("cursor"),
            "limit": parameters.limit(request.GET.get("limit"), default=1000, most=10_000),
        }
        if bucket_us := parameters.resolution_us(request.GET):
            buckets, more = selectors.summary_for(
                self.actor, device_id, bucket_us=bucket_us, sections=sections, texts=texts, **page
            )
            return formats.summary_page(request, buckets, more, form, texts)
        facts, samples, more = selectors.samples_for(self.actor, device_id, **page)
        return formats.samples_page(request, facts, formats.narrowed(samples, sections), more, form)


class AnyParser(BaseParser):
    """Hands the body on as it came: ingest has its own limits and reader."""

    media_type = "*/*"

    def parse(self, stream, media_type=None, parser_context=None):
        return stream.read()


class TelemetryView(FleetView):
    """The same batch by Django's own way: for WSGI workers, and for the API's description."""

    parser_classes = [AnyParser]

    @extend_schema(
        operation_id="telemetry_send",
        summary="Send a batch of samples as a device; answered after the commit",
        tags=["telemetry"],
        request=serializers.BatchRequest,
        responses=answers(
            {200: serializers.BatchResponse, 400: serializers.BatchResponse},
            400,
            401,
            403,
            413,
            503,
        ),
    )
    def post(self, request) -> HttpResponse:
        sender = sender_of(self.actor)
        body = ingest.unpack(request.body, request.headers.get("Content-Encoding", ""))
        parsed = ingest.parse_batch(body, sender, selectors.carried_sender)
        written = services.batch_commit(parsed.rows) if parsed.rows else store.Written(0, 0)
        answer = msgspec.json.encode(ack(written.accepted, written.duplicates, parsed.rejected))
        return HttpResponse(
            answer, status=200 if parsed.rows else 400, content_type="application/json"
        )
