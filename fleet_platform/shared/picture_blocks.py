"""PNG, JPEG, WebP and GIF taken apart block by block, without decoding a pixel.

Each walker gives the picture's size and the blocks that draw it: colours, frames, and which way up it is. Places,
times, comments, thumbnails and whatever lies behind the picture's end are left out. What a file costs is bounded: it
may have MOST_BLOCKS blocks, and runs of what draws nothing are passed over at once. Raises Broken.
"""

import re
import struct
import zlib
from typing import NamedTuple

MOST_BLOCKS = 20_000  # segments, chunks, frames: far more than any camera or animation writes
MOST_SUB_BLOCKS = 100_000  # of a GIF, whose data come in pieces of at most 255 bytes
MOST_ENTRIES = 1000  # of an EXIF block
UPRIGHT = 1
ORIENTATION = 0x0112  # the one EXIF tag that says how to draw the picture

JPEG_SIZES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # the markers of frames
JPEG_END, JPEG_SCAN = 0xD9, 0xDA
JPEG_JFIF = 0xE0
JPEG_KEPT = {JPEG_JFIF: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}  # of the APP segments
JPEG_COMMENT = 0xFE
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"acTL", b"fcTL", b"fdAT"),
    *(b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"pHYs", b"bKGD"),
}
WEBP_KEPT = {b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"ICCP"}
WEBP_FRAMES = {b"VP8 ", b"VP8L", b"ANMF"}
WEBP_EXIF, WEBP_XMP = 0x08, 0x04  # flags of VP8X
GIF_EXTENSION, GIF_IMAGE, GIF_END = 0x21, 0x2C, 0x3B
GIF_CONTROL, GIF_APPLICATION = 0xF9, 0xFF
GIF_LOOPS = (b"\x0bNETSCAPE2.0", b"\x0bANIMEXTS1.0")

_scan_end = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_segment = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")  # markers without a length begin none


class Broken(ValueError):
    """The file is not what its first bytes say, or ends too early."""


class Walked(NamedTuple):
    """`size`: the largest width and height that the file asks a reader to draw, in pixels."""

    size: tuple[int, int]
    kept: bytes


class Reader:
    """A cursor over bytes that never runs past their end, nor past MOST_BLOCKS blocks."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0
        self.blocks = self.sub_blocks = 0

    def count_block(self) -> None:
        self.blocks += 1
        if self.blocks > MOST_BLOCKS:
            raise Broken("has too many blocks")

    def take(self, count: int) -> bytes:
        end = self.at + count
        if count < 0 or end > len(self.data):
            raise Broken("ends too early")
        part, self.at = self.data[self.at : end], end
        return part

    def number(self, form: str) -> int:
        """One number, `form` as the module struct writes it."""
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]


def _require(frames: object) -> None:
    if not frames:
        raise Broken("draws nothing")


def larger(size: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return max(size[0], other[0]), max(size[1], other[1])


# --- JPEG ---


def walk_jpeg(data: bytes) -> Walked:
    reader, size, orientation, scans, parts = Reader(data), (0, 0), None, 0, []
    reader.take(2)
    while (marker := _next_marker(reader)) != JPEG_END:
        body = reader.take(reader.number(">H") - 2)
        if marker in JPEG_SIZES:
            size = larger(size, _jpeg_size(body))
        if marker == 0xE1 and body.startswith(b"Exif\0\0"):
            orientation = orientation or orientation_of(body[6:])
        if _draws(marker, body):
            parts.append(_jpeg_segment(marker, _without_thumbnail(marker, body)))
        if marker == JPEG_SCAN:
            scans += 1
            parts.append(reader.take(_distance(reader, _scan_end)))
    _require(scans)
    if (orientation or UPRIGHT) != UPRIGHT:
        parts.insert(0, _jpeg_segment(0xE1, b"Exif\0\0" + exif_of(orientation)))
    return Walked(size, b"\xff\xd8" + b"".join(parts) + b"\xff\xd9")


def _next_marker(reader: Reader) -> int:
    """Past filling bytes, bare markers, and what some cameras leave between segments."""
    reader.count_block()
    reader.at += _distance(reader, _segment) + 1
    return reader.number("B")


def _draws(marker: int, body: bytes) -> bool:
    if 0xE0 <= marker <= 0xEF:
        return marker in JPEG_KEPT and body.startswith(JPEG_KEPT[marker])
    return marker != JPEG_COMMENT


def _without_thumbnail(marker: int, body: bytes) -> bytes:
    """Of JFIF its version and density alone, and a thumbnail of 0 x 0."""
    return body[:12].ljust(12, b"\0") + b"\0\0" if marker == JPEG_JFIF else body


def _jpeg_size(body: bytes) -> tuple[int, int]:
    _, height, width = struct.unpack(">BHH", Reader(body).take(5))
    return width, height


def _jpeg_segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _distance(reader: Reader, marker: re.Pattern[bytes]) -> int:
    """How many bytes there are before the next such marker."""
    found = marker.search(reader.data, reader.at)
    if found is None:
        raise Broken("ends too early")
    return found.start() - reader.at


# --- PNG ---


def walk_png(data: bytes) -> Walked:
    reader, orientation, parts, kind = Reader(data), None, [], b""
    reader.take(len(PNG_SIGNATURE))
    while kind != b"IEND":
        reader.count_block()
        length, kind = struct.unpack(">I4s", reader.take(8))
        body = reader.take(length)
        if zlib.crc32(kind + body) != reader.number(">I"):
            raise Broken("has a damaged block")
        if not parts and (kind, length) != (b"IHDR", 13):
            raise Broken("does not begin with its size")
        if kind == b"eXIf":
            orientation = orientation or orientation_of(body)
        elif kind in PNG_KEPT:
            parts.append(_png_chunk(kind, body))
    _require(any(part[4:8] == b"IDAT" for part in parts))
    size = struct.unpack(">II", parts[0][8:16])
    if (orientation or UPRIGHT) != UPRIGHT:
        parts.insert(1, _png_chunk(b"eXIf", exif_of(orientation)))
    return Walked(size, PNG_SIGNATURE + b"".join(parts))


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body), kind) + body + struct.pack(">I", zlib.crc32(kind + body))


# --- WebP ---


def walk_webp(data: bytes) -> Walked:
    reader, size, orientation, parts = Reader(data), (0, 0), None, []
    reader.take(4)
    inner = Reader(reader.take(reader.number("<I")))
    inner.take(4)
    while inner.at < len(inner.data):
        inner.count_block()
        kind, length = struct.unpack("<4sI", inner.take(8))
        body = inner.take(length)
        inner.at += length % 2
        size = larger(size, _webp_size(kind, body))
        if kind == b"EXIF":
            orientation = orientation or orientation_of(body.removeprefix(b"Exif\0\0"))
        elif kind in WEBP_KEPT:
            parts.append((kind, body))
    _require(WEBP_FRAMES.intersection(kind for kind, _ in parts))
    turned = WEBP_EXIF if (orientation or UPRIGHT) != UPRIGHT else 0
    if turned:
        parts.append((b"EXIF", exif_of(orientation)))
    whole = b"WEBP" + b"".join(_webp_chunk(kind, body, turned) for kind, body in parts)
    return Walked(size, struct.pack("<4sI", b"RIFF", len(whole)) + whole)


def _webp_size(kind: bytes, body: bytes) -> tuple[int, int]:
    reader = Reader(body)
    if kind == b"VP8X":
        reader.take(4)
        return _number24(reader) + 1, _number24(reader) + 1
    if kind == b"ANMF":
        reader.take(6)
        return _number24(reader) + 1, _number24(reader) + 1
    if kind == b"VP8L":
        _, packed = struct.unpack("<BI", reader.take(5))
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        reader.take(6)
        return reader.number("<H") & 0x3FFF, reader.number("<H") & 0x3FFF
    return 0, 0


def _number24(reader: Reader) -> int:
    return int.from_bytes(reader.take(3), "little")


def _webp_chunk(kind: bytes, body: bytes, turned: int) -> bytes:
    if kind == b"VP8X":
        body = bytes([body[0] & ~(WEBP_EXIF | WEBP_XMP) | turned]) + body[1:]
    return struct.pack("<4sI", kind, len(body)) + body + b"\0" * (len(body) % 2)


# --- GIF ---


def walk_gif(data: bytes) -> Walked:
    reader = Reader(data)
    reader.take(6)
    *size, flags, _, _ = struct.unpack("<HHBBB", reader.take(7))
    reader.take(_palette_bytes(flags))
    size, frames, parts = tuple(size), 0, [data[: reader.at]]
    while (kind := reader.number("B")) != GIF_END:
        reader.count_block()
        start = reader.at - 1
        if kind == GIF_IMAGE:
            size, frames = larger(size, _gif_image(reader)), frames + 1
            parts.append(data[start : reader.at])
        elif kind != GIF_EXTENSION:
            raise Broken("has bytes between its blocks")
        elif _gif_extension(reader):
            parts.append(data[start : reader.at])
    _require(frames)
    return Walked(size, b"".join(parts) + b"\x3b")


def _palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _gif_image(reader: Reader) -> tuple[int, int]:
    left, top, width, height, flags = struct.unpack("<HHHHB", reader.take(9))
    reader.take(_palette_bytes(flags) + 1)
    _skip_blocks(reader)
    return left + width, top + height


def _gif_extension(reader: Reader) -> bool:
    """Whether the extension draws: the timing of frames, and how often they repeat."""
    label, start = reader.number("B"), reader.at
    _skip_blocks(reader)
    loops = reader.data.startswith(GIF_LOOPS, start)
    return label == GIF_CONTROL or (label == GIF_APPLICATION and loops)


def _skip_blocks(reader: Reader) -> None:
    data, at, end, most = reader.data, reader.at, len(reader.data), MOST_SUB_BLOCKS
    for count in range(reader.sub_blocks, most):
        if at >= end:
            raise Broken("ends too early")
        length = data[at]
        at += length + 1
        if not length:
            reader.at, reader.sub_blocks = at, count + 1
            return
    raise Broken("has too many blocks")


# --- EXIF ---


def orientation_of(tiff: bytes) -> int:
    """1 to 8 as EXIF says; 1 where it says nothing that can be read."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return UPRIGHT
    try:
        reader = Reader(tiff)
        reader.take(4)
        reader.at = reader.number(order + "I")
        for _ in range(min(reader.number(order + "H"), MOST_ENTRIES)):
            tag, kind, count, value, _ = struct.unpack(order + "HHIHH", reader.take(12))
            if (tag, kind, count) == (ORIENTATION, 3, 1):
                return value if 1 <= value <= 8 else UPRIGHT
    except Broken:
        pass
    return UPRIGHT


def exif_of(orientation: int) -> bytes:
    """The smallest EXIF block: which way up, and nothing else."""
    entry = struct.pack("<HHIHH", ORIENTATION, 3, 1, orientation, 0)
    return b"II*\0" + struct.pack("<IH", 8, 1) + entry + b"\0\0\0\0"
