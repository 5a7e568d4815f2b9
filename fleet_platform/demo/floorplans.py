"""Floor images drawn from the demo's floors: half-transparent tints and mid-tone walls, for light and dark pages."""

import io

from PIL import Image, ImageDraw

from fleet_platform.telemetry.simulation.floors import HEIGHT, WIDTH, Block, Floor

SCALE = 3  # drawn larger and scaled down: smooth edges
WALL = (100, 116, 139, 255)
THIN = (120, 134, 156, 235)
GROUND = (148, 163, 184, 34)
TINTS = {"room": (59, 130, 246, 26), "service": (100, 116, 139, 52)}
LOOKS = {
    "counter": ((217, 164, 65, 90), (180, 130, 40, 220)),
    "shelf": ((100, 116, 139, 70), (120, 134, 156, 200)),
    "planter": ((22, 163, 74, 80), (22, 140, 74, 210)),
    "escalator": ((100, 116, 139, 40), (100, 116, 139, 220)),
    "void": ((15, 23, 42, 40), (100, 116, 139, 220)),
}


def draw(floor: Floor) -> bytes:
    """A PNG of WIDTH x HEIGHT pixels."""
    image = Image.new("RGBA", (WIDTH * SCALE, HEIGHT * SCALE), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.rectangle(_scaled(20, 20, WIDTH - 20, HEIGHT - 20), fill=GROUND)
    for room in floor.rooms:
        pen.rectangle(_scaled(room.left, room.top, room.right, room.bottom), fill=TINTS[room.tint])
        _door(pen, room)
    for block in floor.blocks:
        _block(pen, block)
    for start, end in floor.walls():
        pen.line(_scaled(*start, *end), fill=WALL, width=6 * SCALE)
        for x, y in (start, end):
            pen.rectangle(_scaled(x - 3, y - 3, x + 3, y + 3), fill=WALL)
    for x, y in floor.pillars:
        pen.ellipse(_scaled(x - 10, y - 10, x + 10, y + 10), fill=WALL)
    for name in floor.chargers:
        _charger(pen, *floor.places[name])
    smooth = image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    smooth.save(out, "PNG", optimize=True)
    return out.getvalue()


def _scaled(*numbers: float) -> list[float]:
    return [number * SCALE for number in numbers]


def _door(pen: ImageDraw.ImageDraw, room) -> None:
    """The threshold and the quarter circle of an open door."""
    side, begin, end = room.door
    width = end - begin
    if side in "ns":
        y = room.top if side == "n" else room.bottom
        inward = 1 if side == "n" else -1
        pen.line(_scaled(begin, y, begin, y + inward * width), fill=THIN, width=2 * SCALE)
        angles = (0, 90) if inward > 0 else (270, 360)
        pen.arc(
            _scaled(begin - width, y - width, begin + width, y + width),
            *angles,
            fill=THIN,
            width=SCALE,
        )
    else:
        x = room.left if side == "w" else room.right
        inward = 1 if side == "w" else -1
        pen.line(_scaled(x, begin, x + inward * width, begin), fill=THIN, width=2 * SCALE)
        angles = (0, 90) if inward > 0 else (90, 180)
        pen.arc(
            _scaled(x - width, begin - width, x + width, begin + width),
            *angles,
            fill=THIN,
            width=SCALE,
        )


def _block(pen: ImageDraw.ImageDraw, block: Block) -> None:
    fill, edge = LOOKS[block.look]
    box = _scaled(block.left, block.top, block.right, block.bottom)
    radius = 12 * SCALE if block.look in {"planter", "counter"} else 2 * SCALE
    pen.rounded_rectangle(box, radius, fill=fill, outline=edge, width=2 * SCALE)
    if block.look == "escalator":
        _steps(pen, block, edge)
    elif block.look == "void":
        pen.line(_scaled(block.left, block.top, block.right, block.bottom), fill=edge, width=SCALE)
        pen.line(_scaled(block.left, block.bottom, block.right, block.top), fill=edge, width=SCALE)


def _steps(pen: ImageDraw.ImageDraw, block: Block, edge: tuple) -> None:
    if block.right - block.left > block.bottom - block.top:
        for x in range(block.left + 10, block.right, 10):
            pen.line(_scaled(x, block.top, x, block.bottom), fill=edge, width=SCALE)
    else:
        for y in range(block.top + 10, block.bottom, 10):
            pen.line(_scaled(block.left, y, block.right, y), fill=edge, width=SCALE)


def _charger(pen: ImageDraw.ImageDraw, x: float, y: float) -> None:
    """A pad with a lightning bolt."""
    pen.rounded_rectangle(
        _scaled(x - 18, y - 18, x + 18, y + 18),
        6 * SCALE,
        outline=(22, 163, 74, 230),
        width=2 * SCALE,
    )
    bolt = [(3, -12), (-8, 2), (-1, 2), (-3, 12), (8, -2), (1, -2)]
    pen.polygon(_scaled(*(n for dx, dy in bolt for n in (x + dx, y + dy))), fill=(22, 163, 74, 230))
