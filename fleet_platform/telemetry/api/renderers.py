"""Formats that a client may ask for by `format` or Accept, where the view writes the bytes itself."""

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer

from fleet_platform.shared.errors import Invalid


class Written(BaseRenderer):
    def render(self, data, accepted_media_type=None, renderer_context=None):
        return data


class NdjsonRenderer(Written):
    media_type = "application/x-ndjson"
    format = "ndjson"


class CsvRenderer(Written):
    media_type = "text/csv"
    format = "csv"


class GeoJsonRenderer(Written):
    media_type = "application/geo+json"
    format = "geojson"


class ImageRenderer(Written):
    media_type = "image/*"
    format = "image"


class NamedFormat(DefaultContentNegotiation):
    """A format that is not offered is a bad parameter here, not a page that is not there."""

    def filter_renderers(self, renderers, format):
        found = [renderer for renderer in renderers if renderer.format == format]
        if not found:
            known = ", ".join(renderer.format for renderer in renderers)
            raise Invalid({"format": f"must be one of {known}"})
        return found
