"""Lists of the fleet API as CSV: every row of the list as one file, made page by page while it is sent."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TypeVar

from django.conf import settings
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from accounts.api.base import FleetView
from accounts.api.schema import query
from accounts.principal import Actor
from fleet_platform.shared import clock, throttle
from fleet_platform.shared.paging import Page
from fleet_platform.shared.streaming import SteadyResponse

from .cells import cell, csv_lines
from .renderers import CsvRenderer, NamedFormat

CONTENT_TYPE = "text/csv; charset=utf-8"
AS_CSV = {(200, "text/csv"): OpenApiTypes.STR}
FORMAT = query("format", str, "json (unless told), or csv: all pages as one file")
HOUR = 3600
Row = TypeVar("Row")


class TableView(FleetView):
    """A list that may be asked for as CSV too, by `format` or Accept."""

    renderer_classes = [JSONRenderer, CsvRenderer]
    content_negotiation_class = NamedFormat

    @property
    def wants_csv(self) -> bool:
        return self.request.accepted_renderer.format == "csv"


def throttle_files(actor: Actor) -> None:
    """Raises TooMany where somebody has made more files than an hour allows."""
    throttle.hit("export", str(actor), limit=settings.EXPORTS_PER_HOUR, window=HOUR)


def csv_answer(
    request: Request,
    actor: Actor,
    name: str,
    columns: Sequence[str],
    pages: Iterator[Iterable[Mapping]],
) -> HttpResponse:
    """`pages` of rows by column. The first is read at once, so that a refusal is an answer and no broken file."""
    first = next(pages, ())
    throttle_files(actor)
    now = clock.to_datetime(clock.now_us())
    return SteadyResponse(
        iter(()) if request.method == "HEAD" else _parts(columns, first, pages),
        content_type=CONTENT_TYPE,
        headers={
            "Content-Disposition": content_disposition_header(
                True, f"{name}_{now:%Y%m%dT%H%M%SZ}.csv"
            )
        },
    )


def all_pages(read: Callable[[str | None], Page[Row]]) -> Iterator[list[Row]]:
    """`read(cursor)` again and again, until a page says that it is the last."""
    rows, cursor = read(None)
    yield rows
    while cursor is not None:
        rows, cursor = read(cursor)
        yield rows


def _parts(
    columns: Sequence[str], first: Iterable[Mapping], rest: Iterable[Iterable[Mapping]]
) -> Iterator[bytes]:
    yield csv_lines([columns])
    for page in chain([first], rest):
        yield csv_lines([cell(row[name]) for name in columns] for row in page)
