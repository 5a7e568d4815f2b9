"""Which pictures are taken, by their content alone, and that nothing but the picture is kept of them."""

import io
import random
import struct
import sys
import tracemalloc
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image, ImageOps

from fleet_platform.shared import media, picture_blocks
from fleet_platform.shared.media import ImageTooLarge, UnfitImage, absolute, picture_of

from .drawings import GPS, ORIENTATION, SECRET, animated, drawn, png_claiming, telling

PHOTOS = Path(settings.BASE_DIR).parent / "shared" / "data" / "photos"
KINDS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}


def taken(data: bytes, **options) -> media.Picture:
    return picture_of(io.BytesIO(data), len(data), **options)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize(("kind", "content_type"), KINDS.items())
def test_a_picture_is_known_by_its_content(kind, content_type):
    picture = taken(drawn(kind, (33, 17)))
    assert (picture.content_type, picture.width, picture.height) == (content_type, 33, 17)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {"mode": "L"}),
        ("PNG", {"mode": "RGBA"}),
        ("PNG", {"mode": "I;16"}),
        ("JPEG", {"quality": 95}),
        ("JPEG", {"progressive": True}),
        ("JPEG", {"mode": "CMYK"}),
        ("JPEG", {"size": (400, 300), "restart_marker_blocks": 4}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"mode": "RGBA"}),
        ("WEBP", {"size": (31, 15)}),
        ("GIF", {"mode": "L"}),
    ],
)
def test_no_pixel_changes(kind, options):
    if options.get("mode") == "I;16":
        file = io.BytesIO()
        Image.new("I;16", (9, 9), 40_000).save(file, "PNG")
        data = file.getvalue()
    else:
        data = drawn(kind, **options)
    before, after = opened(data), opened(taken(data).data)
    assert (before.mode, before.size) == (after.mode, after.size)
    assert before.tobytes() == after.tobytes()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", [None, 1, 3, 6, 8, 77])
def test_places_and_names_go_and_the_way_up_stays(kind, orientation):
    data = telling(kind, orientation)
    assert SECRET.encode() in data
    picture = taken(data)
    assert SECRET.encode() not in picture.data
    image = opened(picture.data)
    exif = image.getexif()
    assert GPS not in exif
    wanted = orientation if orientation in {3, 6, 8} else None
    assert exif.get(ORIENTATION) == wanted
    assert set(exif) == ({ORIENTATION} if wanted else set())
    turned = ImageOps.exif_transpose(image)
    assert turned.size == ((24, 32) if wanted in {6, 8} else (32, 24))


def test_texts_and_comments_go():
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Author", SECRET)
    info.add_itxt("XML:com.adobe.xmp", SECRET, zip=False)
    for data in (
        drawn("PNG", pnginfo=info),
        drawn("JPEG", comment=SECRET),
        drawn("JPEG", xmp=SECRET.encode()),
        drawn("WEBP", xmp=SECRET.encode()),
        drawn("GIF", mode="L", comment=SECRET),
    ):
        assert SECRET.encode() in data
        assert SECRET.encode() not in taken(data).data


def test_thumbnails_of_a_jpeg_go_and_its_density_stays():
    data = drawn("JPEG", dpi=(300, 150))
    assert data[2:4] == b"\xff\xe0"
    rest = data[4 + int.from_bytes(data[4:6], "big") :]
    thumbnail = SECRET.encode() * 3  # 6 x 3 pixels of three bytes, one byte a letter
    jfif = data[6:18] + b"\6\3" + thumbnail
    jfxx = b"JFXX\0\x13\6\3" + thumbnail
    parts = [b"\xff\xe0" + struct.pack(">H", len(one) + 2) + one for one in (jfif, jfxx)]
    picture = taken(b"\xff\xd8" + b"".join(parts) + rest)
    assert picture.data == data
    assert opened(picture.data).info["dpi"] == (300, 150)


def test_colour_profiles_stay():
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in ("PNG", "JPEG", "WEBP"):
        kept = opened(taken(drawn(kind, icc_profile=profile)).data)
        assert kept.info["icc_profile"] == profile, kind


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_moving_pictures_go_on_moving(kind):
    data = animated(kind)
    before, after = Image.open(io.BytesIO(data)), Image.open(io.BytesIO(taken(data).data))
    assert after.n_frames == before.n_frames == 3
    assert after.info.get("loop") == before.info.get("loop")
    for number in range(3):
        before.seek(number)
        after.seek(number)
        assert before.convert("RGB").tobytes() == after.convert("RGB").tobytes()
    assert SECRET.encode() not in taken(data).data


@pytest.mark.parametrize("kind", KINDS)
def test_what_hangs_behind_the_picture_is_cut_off(kind):
    """Two files in one: a picture, and an archive or a page behind its end."""
    for tail in (b"PK\x03\x04 an archive", b"<html><script>alert(1)</script>", b"%PDF-1.7"):
        picture = taken(drawn(kind) + tail)
        assert tail not in picture.data
        opened(picture.data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 50,
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7 \x89PNG\r\n\x1a\n",
        b"GIF8",
        b"GIF89a=1;alert(1)//",
        b"\xff\xd8\xff<script>alert(1)</script>",
        b"\x89PNG\r\n\x1a\n<script>alert(1)</script>",
        b"RIFF\x04\0\0\0WEBP",
        b"RIFF\xff\xff\xff\xffWEBPVP8 ",
        b"BM" + b"\0" * 100,
        b"II*\0" + b"\0" * 100,
        b"\xff\xd8\xff\xd9",
    ],
)
def test_what_is_no_sound_picture_is_refused(data):
    with pytest.raises(UnfitImage):
        taken(data)


@pytest.mark.parametrize("side", [50_000, 2**31 - 1, 0])
def test_a_small_file_that_claims_very_many_pixels_costs_nothing(side):
    data = png_claiming(side, side)
    tracemalloc.start()
    with pytest.raises(UnfitImage):
        taken(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * 1024 * 1024


def test_a_later_frame_may_not_be_larger_either():
    data = bytearray(animated("GIF"))
    at = data.rindex(b"\x2c\0\0\0\0")
    data[at + 5 : at + 9] = struct.pack("<HH", 65_535, 65_535)
    with pytest.raises(UnfitImage):
        taken(bytes(data))


def test_a_file_beyond_the_limit_is_not_read(monkeypatch):
    monkeypatch.setattr(media, "MOST_BYTES", 100)

    class Unreadable(io.BytesIO):
        def read(self, *_):
            raise AssertionError("read")

    with pytest.raises(ImageTooLarge):
        picture_of(Unreadable(), 101)


def test_a_file_that_is_longer_than_it_says_is_read_to_the_limit_alone(monkeypatch):
    monkeypatch.setattr(media, "MOST_BYTES", 100)
    with pytest.raises(UnfitImage):
        picture_of(io.BytesIO(drawn("PNG", (200, 200))), 10)


MEGABYTE = 1024 * 1024
EXIF_ENTRIES = b"MM\0*\0\0\0\x08\x13\x88" + b"\x01\0\0\3\0\0\0\1\0\0\0\0" * 5000


def jpeg_with(segments: bytes) -> bytes:
    return b"\xff\xd8" + segments + drawn("JPEG")[2:]


def webp_with(chunks: bytes) -> bytes:
    whole = drawn("WEBP")[8:] + chunks
    return b"RIFF" + struct.pack("<I", len(whole)) + whole


def gif_with(blocks: bytes) -> bytes:
    return drawn("GIF", mode="L")[:-1] + blocks + b"\x3b"


def png_with(chunk: bytes, count: int) -> bytes:
    whole, at = drawn("PNG"), len(drawn("PNG")) - 12
    return whole[:at] + chunk * count + whole[at:]


TINY_PNG_CHUNK = bytes.fromhex("0000000049444154 35af061e")
TINY = {
    "bare JPEG markers": jpeg_with(b"\xff\x01" * (MEGABYTE // 2)),
    "JPEG segments": jpeg_with(b"\xff\xfe\0\2" * (MEGABYTE // 4)),
    "JPEG EXIF": jpeg_with((b"\xff\xe1\xea\x72Exif\0\0" + EXIF_ENTRIES) * 17),
    "WebP chunks": webp_with(b"none\0\0\0\0" * (MEGABYTE // 8)),
    "GIF sub-blocks": gif_with(b"\x21\xfe" + b"\1a" * (MEGABYTE // 2) + b"\0"),
    "GIF extensions": gif_with(b"\x21\xfe\0" * (MEGABYTE // 3)),
    "PNG chunks": png_with(TINY_PNG_CHUNK, MEGABYTE // 12),
}


def steps_of(work) -> int:
    """How many lines of the walkers run."""
    count = 0

    def trace(frame, event, _):
        nonlocal count
        if frame.f_code.co_filename != picture_blocks.__file__:
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("what", TINY)
def test_very_many_tiny_blocks_cost_no_more_than_the_most_that_a_picture_may_have(
    monkeypatch, what
):
    monkeypatch.setattr(picture_blocks, "MOST_BLOCKS", 1000, raising=False)
    monkeypatch.setattr(picture_blocks, "MOST_SUB_BLOCKS", 1000, raising=False)

    def walk():
        try:
            taken(TINY[what])
        except UnfitImage as error:
            assert "broken" in str(error)

    assert steps_of(walk) < 50_000


@pytest.mark.parametrize("what", ["JPEG segments", "WebP chunks", "GIF extensions", "PNG chunks"])
def test_a_picture_of_too_many_blocks_is_broken(what):
    with pytest.raises(UnfitImage, match="broken"):
        taken(TINY[what])


def test_bare_markers_are_passed_over_and_dropped():
    assert taken(TINY["bare JPEG markers"]).data == taken(drawn("JPEG")).data


def test_a_large_progressive_photo_is_taken():
    image = Image.effect_noise((3400, 3000), 90).convert("RGB")
    file = io.BytesIO()
    image.save(file, "JPEG", quality=93, progressive=True, restart_marker_blocks=8)
    data = file.getvalue()
    assert 6 * MEGABYTE < len(data) <= media.MOST_BYTES
    assert opened(taken(data).data).tobytes() == opened(data).tobytes()


def test_a_large_animation_is_taken():
    frames = [Image.effect_noise((420, 420), 90 + n) for n in range(36)]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=40)
    data = file.getvalue()
    assert 6 * MEGABYTE < len(data) <= media.MOST_BYTES
    assert Image.open(io.BytesIO(taken(data).data)).n_frames == 36


def test_the_first_exif_block_says_which_way_up():
    first, second = (telling("JPEG", way)[2:] for way in (6, 3))
    segment = second[second.index(b"\xff\xe1") : second.index(b"\xff\xdb")]
    data = b"\xff\xd8" + first[: first.index(b"\xff\xdb")] + segment
    data += first[first.index(b"\xff\xdb") :]
    assert opened(taken(data).data).getexif()[ORIENTATION] == 6


def test_only_the_kinds_asked_for_are_taken():
    with pytest.raises(UnfitImage, match="PNG, JPEG"):
        taken(drawn("GIF"), formats=(media.PNG, media.JPEG))


@pytest.mark.parametrize("kind", KINDS)
def test_no_damage_makes_anything_but_a_refusal(kind):
    """Cut anywhere, or with any bytes changed: refused, or taken as what it still is."""
    chance = random.Random(7)
    whole = telling(kind, 6) if kind != "GIF" else animated("GIF")
    for _ in range(400):
        data = bytearray(whole[: chance.randrange(len(whole))] if chance.random() < 0.5 else whole)
        for _ in range(chance.randrange(4)):
            if data:
                data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            picture = taken(bytes(data))
        except UnfitImage:
            continue
        assert len(picture.data) <= len(data) + 64
        assert picture.width * picture.height <= media.MOST_PIXELS


@pytest.mark.skipif(not PHOTOS.exists(), reason=f"no photos at {PHOTOS}")
def test_a_drones_photo_stays_the_same_and_forgets_where_it_was():
    seen = 0
    for path in sorted(PHOTOS.glob("*.[jJ][pP][gG]")):
        data = path.read_bytes()
        if len(data) > media.MOST_BYTES:
            continue
        picture = taken(data)
        assert GPS in Image.open(path).getexif()
        assert GPS not in Image.open(io.BytesIO(picture.data)).getexif()
        assert b"drone-dji" in data and b"drone-dji" not in picture.data
        assert opened(data).tobytes() == opened(picture.data).tobytes()
        seen += 1
    assert seen


def test_only_our_own_addresses_get_the_public_name(settings):
    settings.PUBLIC_URL = "https://fleet.example/"
    assert absolute("/uploads/a.png") == "https://fleet.example/uploads/a.png"
    assert absolute("/robot_model/base.png") == "/robot_model/base.png"
    assert absolute("https://app.example/a.png") == "https://app.example/a.png"
    assert absolute("") == ""
