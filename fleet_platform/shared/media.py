"""Pictures that people and devices send: which are taken, and what is kept of them."""

import secrets
from collections.abc import Callable, Collection
from typing import BinaryIO, NamedTuple

from django.conf import settings
from django.utils.translation import gettext

from .picture_blocks import Broken, Walked, walk_gif, walk_jpeg, walk_png, walk_webp

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
PNG, JPEG, WEBP, GIF = "image/png", "image/jpeg", "image/webp", "image/gif"
SUFFIXES = {PNG: ".png", JPEG: ".jpg", WEBP: ".webp", GIF: ".gif"}
NAMES = {PNG: "PNG", JPEG: "JPEG", WEBP: "WebP", GIF: "GIF"}
WALKERS: dict[str, Callable[[bytes], Walked]] = {
    PNG: walk_png,
    JPEG: walk_jpeg,
    WEBP: walk_webp,
    GIF: walk_gif,
}


class UnfitImage(ValueError):
    """Why a file is not taken, as the end of a sentence that begins with its name."""


class ImageTooLarge(UnfitImage):
    """It has more bytes than are allowed."""


class Picture(NamedTuple):
    """What a file holds. `data` draws the same picture without what it told beside: places, times, comments."""

    content_type: str
    width: int
    height: int
    data: bytes

    @property
    def suffix(self) -> str:
        return SUFFIXES[self.content_type]


def picture_of(file: BinaryIO, size: int, formats: Collection[str] = tuple(SUFFIXES)) -> Picture:
    """A picture by its content, whatever its name says; read from the start, `size` bytes. Raises UnfitImage.

    Nothing is decoded: what a file claims to be is known from its blocks.
    """
    if size > MOST_BYTES:
        said = {"size": size, "most": MOST_BYTES}
        raise ImageTooLarge(gettext("has %(size)d bytes; %(most)d are allowed") % said)
    file.seek(0)
    data = file.read(MOST_BYTES + 1)
    file.seek(0)
    content_type = content_type_of(data)
    if content_type not in formats:
        names = ", ".join(NAMES[one] for one in formats)
        raise UnfitImage(gettext("is not a picture of these kinds: %s") % names)
    try:
        (width, height), kept = WALKERS[content_type](data)
    except Broken:
        said = gettext("is a broken %s picture") % NAMES[content_type]
        raise UnfitImage(said) from None
    _check_pixels(width, height)
    return Picture(content_type, width, height, kept)


def _check_pixels(width: int, height: int) -> None:
    if not width or not height:
        raise UnfitImage(gettext("has no pixels"))
    if width * height > MOST_PIXELS:
        said = {"width": width, "height": height, "most": MOST_PIXELS}
        raise UnfitImage(gettext("has %(width)d x %(height)d pixels; %(most)d are allowed") % said)


def content_type_of(data: bytes) -> str | None:
    """By the first bytes; None for what is no picture."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    return WEBP if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def unguessable(suffix: str) -> str:
    """A file name that nobody finds by trying: 192 random bits."""
    return secrets.token_urlsafe(24) + suffix


def absolute(address: str) -> str:
    """An address of ours with this installation's public name before it; any other stays as it is."""
    return settings.PUBLIC_URL.rstrip("/") + address if is_own(address) else address


def is_own(address: str) -> bool:
    """Whether it is the path of an uploaded file of this installation."""
    return address.startswith("/uploads/")
