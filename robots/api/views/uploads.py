"""Operation 12: a picture comes in, its address goes out."""

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.translation import gettext
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from fleet_platform.media.services import picture_upload
from fleet_platform.shared.errors import Invalid
from fleet_platform.shared.media import absolute

from .. import schema
from ..dialect import TextView


class UploadView(TextView):
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="upload",
        summary="Store a picture (PNG, JPEG, WebP, GIF); answers its address",
        tags=[schema.TAG],
        request={"multipart/form-data": schema.UPLOAD},
        responses=schema.answers({(201, "text/plain"): OpenApiTypes.URI}),
    )
    def post(self, request: Request) -> HttpResponse:
        field, file = _one_file(request)
        upload = picture_upload(
            actor=self.actor, file=file, size=file.size, file_name=file.name, field=field
        )
        return self.text_answer(absolute(upload.address), 201)


def _one_file(request: Request) -> tuple[str, UploadedFile]:
    """The one file of the form, under whatever name. Raises Invalid for none and for several."""
    files = [(field, file) for field, some in request.FILES.lists() for file in some]
    if not files:
        raise Invalid({"file": gettext("is missing: send a form with one file")})
    if len(files) > 1:
        raise Invalid({field: gettext("is not the only file: send one") for field, _ in files[1:]})
    return files[0]
