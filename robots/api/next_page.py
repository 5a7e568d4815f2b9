"""The address of the next page, for answers whose body is a bare list."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from rest_framework.request import Request


def with_next(
    response: HttpResponse, request: Request, form: dict[str, Any], more: str | None
) -> HttpResponse:
    """The body stays a bare list; the next page's address is in a header. A POST repeats its body there."""
    if more:
        query = {**request.query_params.dict(), "limit": form["limit"], "cursor": more}
        address = f"{request.build_absolute_uri(request.path)}?{urlencode(query)}"
        response["Link"] = f'<{address}>; rel="next"'
    return response
