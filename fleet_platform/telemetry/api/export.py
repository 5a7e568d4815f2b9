"""GET /api/fleet/devices/{id}/export: one device's black box as a file, streamed."""

import re
from collections.abc import Iterator

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.api.base import FleetView
from accounts.api.schema import answers, query
from fleet_platform.shared import clock
from fleet_platform.shared.streaming import SteadyResponse

from .. import kinds, selectors
from . import cells, exports, parameters
from .renderers import CsvRenderer, GeoJsonRenderer, NamedFormat, NdjsonRenderer
from .tables import throttle_files

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "geojson": "application/geo+json",
}
GAP_US = 60 * clock.SECOND  # a track is broken where nothing was heard for longer


class DeviceExportView(FleetView):
    renderer_classes = [CsvRenderer, NdjsonRenderer, GeoJsonRenderer]
    content_negotiation_class = NamedFormat

    @extend_schema(
        operation_id="device_export",
        summary="The black box of a device as a file, oldest first",
        tags=["telemetry"],
        responses=answers(
            {
                (200, "text/csv"): OpenApiTypes.STR,
                (200, "application/x-ndjson"): OpenApiTypes.STR,
                (200, "application/geo+json"): OpenApiTypes.OBJECT,
            },
            *(400, 401, 404, 429),
        ),
        parameters=[
            query("format", str, "csv (unless told), ndjson or geojson"),
            query("from", str, "First time, included; RFC 3339 or epoch seconds or milliseconds"),
            query("to", str, "Last time, included; now unless told"),
            query("sections", str, "Names with commas between; all unless told"),
            query("geometry", str, "Of geojson: point (unless told) or track"),
        ],
    )
    def get(self, request: Request, device_id: int) -> HttpResponse:
        span = parameters.export_period(request.GET)
        geometry = parameters.choice(request.GET, "geometry", "point", "point", "track")
        form = request.accepted_renderer.format
        history = selectors.history_for(self.actor, device_id, *span)
        throttle_files(self.actor)
        parts = _parts(history, form, geometry, parameters.sections(request.GET))
        name = _file_name(history.facts.name, span, form)
        return SteadyResponse(
            iter(()) if request.method == "HEAD" else parts,
            content_type=CONTENT_TYPES[form],
            headers={"Content-Disposition": content_disposition_header(True, name)},
        )


def _parts(
    history: selectors.History, form: str, geometry: str, sections: frozenset[str] | None
) -> Iterator[bytes]:
    facts, pages = history.facts, history.pages
    if form == "ndjson":
        return exports.ndjson(facts, pages, sections)
    if form == "csv":
        return exports.table(facts, pages, sections, _columns(history, sections))
    if geometry == "track":
        return exports.tracks(facts, pages, GAP_US)
    return exports.points(facts, pages, sections)


def _columns(history: selectors.History, sections: frozenset[str] | None) -> list[str]:
    """Made from what the device has ever sent, so that no first reading is needed to know them."""
    newest = {
        name: part
        for name, part in history.sections.items()
        if sections is None or name in sections
    }
    known = kinds.get(history.facts.kind).sections
    declared = {name: tuple(section.fields) for name, section in known.items()}
    return cells.columns_of({**newest, "position": history.position}, declared)


def _file_name(device: str, span: tuple[int, int], form: str) -> str:
    """`<device>_20261121T020000Z_20261122T020000Z.csv`"""
    plain = re.sub(r"[^\w.-]+", "_", device).strip("_.") or "device"
    first, last = (f"{clock.to_datetime(us):%Y%m%dT%H%M%SZ}" for us in span)
    return f"{plain}_{first}_{last}.{form}"
