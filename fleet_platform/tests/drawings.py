"""Pictures for tests, honest and otherwise."""

import io
import struct
import zlib

from PIL import Image

GPS = 0x8825
ORIENTATION = 0x0112
SECRET = "somewhere-in-Seoul"


def drawn(kind: str = "PNG", size=(32, 24), mode: str = "RGB", **options) -> bytes:
    """Stripes, so that turning or cutting would show."""
    file = io.BytesIO()
    image = Image.new(mode, size)
    image.putdata([_pixel(mode, x, y) for y in range(size[1]) for x in range(size[0])])
    image.save(file, kind, **options)
    return file.getvalue()


def _pixel(mode: str, x: int, y: int):
    values = (x * 7 % 256, y * 11 % 256, (x + y) * 5 % 256, 255 - x % 256)
    return values[0] if len(mode) == 1 else values[: len(mode)]


def telling(kind: str, orientation: int | None = None, **options) -> bytes:
    """A picture that tells where it was taken, by whom, and which way up it is."""
    exif = Image.Exif()
    exif[0x010E] = SECRET
    exif[GPS] = {1: "N", 2: (37.0, 31.0, 44.0), 3: "E", 4: (127.0, 1.0, 30.0)}
    if orientation:
        exif[ORIENTATION] = orientation
    return drawn(kind, exif=exif.tobytes(), **options)


def animated(kind: str) -> bytes:
    file = io.BytesIO()
    frames = [Image.new("RGB", (20, 10), color) for color in ("red", "lime", "blue")]
    frames[0].save(
        file, kind, save_all=True, append_images=frames[1:], duration=80, loop=0, comment=SECRET
    )
    return file.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    """A few bytes that ask for any number of pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 100)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
