"""Pages of stored samples as JSON, NDJSON or CSV."""

import csv
import io
from collections.abc import Collection

import msgspec
from django.http import HttpRequest, HttpResponse

from fleet_platform.shared.clock import rfc3339

from ..documents import Facts, sample_documents
from ..resolution import Bucket
from .cells import cell, flat

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.encode
Sample = tuple[int, int, int, str, str]


def narrowed(samples: list[Sample], sections: frozenset[str] | None) -> list[Sample]:
    """Only the named sections; samples without any of them are left out."""
    if sections is None:
        return samples
    kept = []
    for time_us, seq, received_us, text, position in samples:
        parts = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        chosen = {name: part for name, part in parts.items() if name in sections}
        if chosen:
            kept.append((time_us, seq, received_us, _encode(chosen).decode(), position))
    return kept


def json_page(documents: list[str], more: str | None) -> HttpResponse:
    body = f'{{"results":[{",".join(documents)}],"next":{_encode(more).decode()}}}'
    return HttpResponse(body.encode(), content_type="application/json")


def linked(response: HttpResponse, request: HttpRequest, more: str | None) -> HttpResponse:
    """The next page's address in the Link header: formats whose body has no room for it."""
    if more:
        query = request.GET.copy()
        query["cursor"] = more
        response["Link"] = (
            f'<{request.build_absolute_uri(request.path)}?{query.urlencode()}>; rel="next"'
        )
    return response


def samples_page(
    request, facts: Facts, samples: list[Sample], more: str | None, form: str
) -> HttpResponse:
    if form == "csv":
        return linked(_csv_of_samples(facts, samples), request, more)
    documents = sample_documents(facts, samples)
    if form == "ndjson":
        body = "".join(f"{one_line(document)}\n" for document in documents).encode()
        return linked(HttpResponse(body, content_type="application/x-ndjson"), request, more)
    return linked(json_page(documents, more), request, more)


def one_line(document: str) -> str:
    """Sections are spliced in as the device wrote them, line ends between its values included; texts have none."""
    return document.replace("\n", " ").replace("\r", " ")


def summary_page(
    request, buckets: list[Bucket], more: str | None, form: str, texts: Collection[str] = ()
) -> HttpResponse:
    if form == "csv":
        return linked(_csv_of_buckets(buckets), request, more)
    told = [_encode(_bucket(bucket, texts)).decode() for bucket in buckets]
    if form == "ndjson":
        body = "".join(f"{line}\n" for line in told).encode()
        return linked(HttpResponse(body, content_type="application/x-ndjson"), request, more)
    return linked(json_page(told, more), request, more)


def _bucket(bucket: Bucket, texts: Collection[str]) -> dict:
    told = {
        "time": rfc3339(bucket.start_us),
        "samples": bucket.samples,
        "fields": bucket.summary(),
    }
    return {**told, "texts": bucket.texts} if texts else told


def _csv_of_samples(facts: Facts, samples: list[Sample]) -> HttpResponse:
    """A column for every field of the page, named section.field; what is not a plain value is JSON in its cell."""
    rows = []
    for time_us, seq, received_us, sections, position in samples:
        row = {"time": rfc3339(time_us), "seq": seq, "received_at": rfc3339(received_us)}
        row.update(flat(_decode(sections)))
        row.update(flat({"position": _decode(position) or {}}))
        rows.append(row)
    return _csv(
        ["device_id", "time", "seq", "received_at"],
        [{"device_id": facts.device_id, **row} for row in rows],
    )


def _csv_of_buckets(buckets: list[Bucket]) -> HttpResponse:
    rows = []
    for bucket in buckets:
        row: dict[str, object] = {"time": rfc3339(bucket.start_us), "samples": bucket.samples}
        row.update(bucket.texts)
        for name, told in bucket.summary().items():
            row.update({f"{name}.{what}": value for what, value in told.items()})
        rows.append(row)
    return _csv(["time", "samples"], rows)


def _csv(first: list[str], rows: list[dict]) -> HttpResponse:
    columns = list(dict.fromkeys([*first, *(key for row in rows for key in row)]))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows({key: cell(value) for key, value in row.items()} for row in rows)
    return HttpResponse(text.getvalue().encode(), content_type="text/csv; charset=utf-8")
