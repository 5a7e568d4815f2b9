"""Floor plans as they may be uploaded: PNG, JPEG or WebP by content, within byte and pixel limits."""

import warnings
from typing import BinaryIO, NamedTuple

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
SUFFIXES = {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp"}


class UnfitImage(ValueError):
    """Why a file is no floor plan, as a sentence."""


class Plan(NamedTuple):
    """What a file holds: the suffix that fits it, and its size in pixels."""

    suffix: str
    width: int
    height: int


def check(file: BinaryIO, size: int) -> Plan:
    """What the file's content is. Only its header is read before the limits are known to hold. Raises UnfitImage."""
    # here, so that a process that never sees an upload does not carry the codecs
    from PIL import Image

    if size > MOST_BYTES:
        raise UnfitImage(f"has {size} bytes; a floor image may have {MOST_BYTES}")
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(file, formats=tuple(SUFFIXES)) as image:
                width, height = image.size
                if width * height > MOST_PIXELS:
                    raise UnfitImage(f"has {width} x {height} pixels; {MOST_PIXELS} are allowed")
                suffix = SUFFIXES[image.format]
                image.verify()
    except UnfitImage:
        raise
    except Exception:  # what a codec raises on broken bytes is its own affair
        raise UnfitImage("is not a PNG, JPEG or WebP image") from None
    file.seek(0)
    return Plan(suffix, width, height)
