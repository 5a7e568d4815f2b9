"""One device's black box as a file: CSV, NDJSON or GeoJSON, made part by part from pages of stored samples.

What a part needs is its page alone, so a million samples take no more memory than a few hundred.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from fleet_platform.shared.clock import rfc3339

from ..documents import Facts, sample_documents
from ..store import StoredSample
from .cells import REST, cell, csv_lines, flat, placed
from .formats import narrowed, one_line

Pages = Iterable[list[StoredSample]]
Sections = frozenset[str] | None

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.encode
FIRST = ("device_id", "time", "seq", "received_at")


def ndjson(facts: Facts, pages: Pages, sections: Sections) -> Iterator[bytes]:
    """A device document a line, with its `seq`, as the black box has it."""
    for page in pages:
        documents = sample_documents(facts, narrowed(page, sections))
        yield "".join(f"{one_line(document)}\n" for document in documents).encode()


# --- CSV ---


def table(
    facts: Facts, pages: Pages, sections: Sections, columns: Sequence[str]
) -> Iterator[bytes]:
    """`columns` after those that every sample has. What has none is JSON in the last one, `other`."""
    names = [*FIRST, *columns, REST]
    yield csv_lines([names])
    places = {name: index for index, name in enumerate(names)}
    for page in pages:
        rows = (_row(facts, sample, places) for sample in narrowed(page, sections))
        yield csv_lines(rows)


def _row(facts: Facts, sample: StoredSample, places: Mapping[str, int]) -> list[object]:
    time_us, seq, received_us, sections, position = sample
    row: list[object] = [""] * len(places)
    row[: len(FIRST)] = facts.device_id, rfc3339(time_us), seq, rfc3339(received_us)
    rest = {}
    told = {**_decode(sections), "position": _decode(position) or {}}
    for name, value in placed(told, places):
        if (index := places.get(name)) is not None:
            row[index] = cell(value)
        elif value not in (None, {}):
            rest[name] = value
    if rest:
        row[-1] = cell(rest)
    return row


# --- GeoJSON (RFC 7946) ---


def points(facts: Facts, pages: Pages, sections: Sections) -> Iterator[bytes]:
    """A Point for each sample that has a place, with its values as flat properties."""
    maps = Maps()
    yield _head(facts)
    between = b"\n"
    for page in pages:
        features = [
            feature for sample in narrowed(page, sections) if (feature := _point(sample, maps))
        ]
        if features:
            yield between + b",\n".join(features)
            between = b",\n"
    yield maps.tail()


def tracks(facts: Facts, pages: Pages, gap_us: int) -> Iterator[bytes]:
    """A LineString for each stretch on one map without a gap of more than `gap_us` between two places."""
    maps, track = Maps(), Track(gap_us)
    yield _head(facts)
    for page in pages:
        for time_us, _, _, _, text in page:
            if position := _decode(text):
                track.go(time_us, maps.place(position), position.get("map_id"))
        yield track.written()
    track.end()
    yield track.written()
    yield maps.tail()


class Maps:
    """Places as coordinates, and the maps that they are on where they are no places on earth."""

    def __init__(self) -> None:
        self.indoor = False
        self.names: dict[str, None] = {}

    def place(self, position: Mapping) -> list[float]:
        """[longitude, latitude, height?], or pixels of a map."""
        if "longitude" in position:
            place = [position["longitude"], position["latitude"]]
            height = position.get("height")
            return place if height is None else [*place, height]
        self.indoor = True
        if name := position.get("map_id"):
            self.names[name] = None
        return [position["x"], position["y"]]

    def tail(self) -> bytes:
        """The collection's end. It names the pixels last: only now are all maps known."""
        if not self.indoor:
            return b"\n]}\n"
        told = {
            "name": "map-pixels",
            "unit": "pixel of the floor's picture",
            "axes": ["x to the right", "y down"],
            "map_ids": list(self.names),
        }
        return b'\n],"crs":' + _encode({"type": "name", "properties": told}) + b"}\n"


class Track:
    """Lines written point by point: only the first place of a line waits, for a line has two."""

    def __init__(self, gap_us: int) -> None:
        self._gap_us = gap_us
        self._parts: list[bytes] = []
        self._count = 0  # of the places of this line
        self._began_us = self._last_us = 0
        self._place: list[float] = []
        self._map_id: str | None = None
        self._between = b"\n"

    def go(self, time_us: int, place: list[float], map_id: str | None) -> None:
        if self._count and self._breaks(time_us, place, map_id):
            self.end()
        if not self._count:
            self._began_us, self._map_id = time_us, map_id
        elif self._count == 1:
            self._open(b"LineString", b"[" + _encode(self._place))
        if self._count:
            self._parts.append(b"," + _encode(place))
        self._count += 1
        self._last_us, self._place = time_us, place

    def _breaks(self, time_us: int, place: list[float], map_id: str | None) -> bool:
        """A line over the edge of the world (RFC 7946, 3.1.9) would run around it."""
        far = map_id is None and abs(place[0] - self._place[0]) > 180
        return far or map_id != self._map_id or time_us - self._last_us > self._gap_us

    def _open(self, kind: bytes, coordinates: bytes) -> None:
        self._parts.append(
            self._between
            + b'{"type":"Feature","geometry":{"type":"%s","coordinates":%s' % (kind, coordinates)
        )
        self._between = b",\n"

    def end(self) -> None:
        """Of the line that is under way; one place alone is a Point."""
        if not self._count:
            return
        if self._count == 1:
            self._open(b"Point", _encode(self._place))
        told = {
            "map_id": self._map_id,
            "from": rfc3339(self._began_us),
            "to": rfc3339(self._last_us),
            "points": self._count,
        }
        if self._map_id is None:
            del told["map_id"]
        closing = b'},"properties":' if self._count == 1 else b']},"properties":'
        self._parts.append(closing + _encode(told) + b"}")
        self._count = 0

    def written(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _head(facts: Facts) -> bytes:
    device = {"device_id": facts.device_id, "kind": facts.kind, "name": facts.name}
    return b'{"type":"FeatureCollection","device":' + _encode(device) + b',"features":['


def _point(sample: StoredSample, maps: Maps) -> bytes | None:
    time_us, seq, _, sections, text = sample
    position = _decode(text)
    if not position:
        return None
    told = {"time": rfc3339(time_us), "seq": seq}
    for name in ("map_id", "rotate", "heading"):
        if position.get(name) is not None:
            told[name] = position[name]
    told.update(flat(_decode(sections)))
    return b'{"type":"Feature","geometry":{"type":"Point","coordinates":%s},"properties":%s}' % (
        _encode(maps.place(position)),
        _encode(told),
    )
