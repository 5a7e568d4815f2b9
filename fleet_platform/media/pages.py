"""`/uploads/<name>`: the file itself, from a folder or a bucket alike.

Open to whoever knows the name, since clients show pictures in `<img>`, which sends no token. What is served can run
no script and is shown as nothing but the picture that its content is.
"""

from collections.abc import Iterator

from django.core.files import File
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_safe

from fleet_platform.shared.errors import NotFound, Unavailable
from fleet_platform.shared.media import SUFFIXES
from fleet_platform.shared.streaming import SteadyResponse

from .models import Upload
from .selectors import upload_named

CHUNK = 64 * 1024
DAY_SECONDS = 86_400  # a deleted file is gone from caches after that


@require_safe
def upload_file(request: HttpRequest, name: str) -> HttpResponse:
    try:
        upload = upload_named(name)
    except NotFound as error:
        raise Http404 from error
    if request.headers.get("If-None-Match") == _tag(upload):
        return _with_headers(HttpResponseNotModified(), upload)
    return _with_headers(_body(request, upload), upload)


def _body(request: HttpRequest, upload: Upload) -> HttpResponse:
    if request.method == "HEAD":
        return HttpResponse(headers={"Content-Length": upload.size})
    try:
        file = default_storage.open(upload.stored_as)
    except FileNotFoundError as error:
        raise Http404 from error
    except Unavailable as error:
        return HttpResponse(status=503, headers={"Retry-After": str(error.retry_after)})
    return SteadyResponse(_parts(file), headers={"Content-Length": upload.size})


def _parts(file: File) -> Iterator[bytes]:
    with file:
        yield from file.chunks(CHUNK)


def _tag(upload: Upload) -> str:
    """A name never gets another content."""
    return f'"{upload.name}"'


def _with_headers(response: HttpResponse, upload: Upload) -> HttpResponse:
    if response.status_code == 503:
        return response
    if response.status_code == 200:
        response["Content-Type"] = upload.content_type
    if upload.content_type not in SUFFIXES:
        response["Content-Disposition"] = "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cache-Control"] = f"public, max-age={DAY_SECONDS}"
    response["ETag"] = _tag(upload)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
