"""The demo's two floors as plain shapes: walls, doors, furniture, and the way points that robots drive between.

Pixels, x to the right, y down; 25 pixels are one metre. The floor images are drawn from the same shapes.
"""

from dataclasses import dataclass

PIXELS_PER_METRE = 25
WIDTH, HEIGHT = 1600, 900
Point = tuple[float, float]
Wall = tuple[Point, Point]


@dataclass(frozen=True)
class Room:
    """A rectangle of walls. `door` is a gap in one side: (side, from, to) along that side; side is n, e, s or w."""

    left: int
    top: int
    right: int
    bottom: int
    door: tuple[str, int, int]
    tint: str = "room"

    def walls(self) -> list[Wall]:
        corners = {
            "n": ((self.left, self.top), (self.right, self.top)),
            "s": ((self.left, self.bottom), (self.right, self.bottom)),
            "w": ((self.left, self.top), (self.left, self.bottom)),
            "e": ((self.right, self.top), (self.right, self.bottom)),
        }
        side, begin, end = self.door
        walls = [wall for name, wall in corners.items() if name != side]
        (x0, y0), (x1, y1) = corners[side]
        if side in "ns":
            return [*walls, ((x0, y0), (begin, y0)), ((end, y0), (x1, y0))]
        return [*walls, ((x0, y0), (x0, begin)), ((x0, end), (x0, y1))]


@dataclass(frozen=True)
class Block:
    """Something that a robot goes round: a counter, a planter, an escalator. A rectangle."""

    left: int
    top: int
    right: int
    bottom: int
    look: str = "counter"


@dataclass(frozen=True)
class Floor:
    map_id: str
    name: str
    rooms: tuple[Room, ...]
    blocks: tuple[Block, ...]
    pillars: tuple[Point, ...]
    places: dict[str, Point]
    ways: tuple[tuple[str, str], ...]
    chargers: tuple[str, ...]

    def walls(self) -> list[Wall]:
        corners = [(20, 20), (WIDTH - 20, 20), (WIDTH - 20, HEIGHT - 20), (20, HEIGHT - 20)]
        outer = list(zip(corners, corners[1:] + corners[:1], strict=True))
        return outer + [wall for room in self.rooms for wall in room.walls()]

    def neighbours(self, place: str) -> list[str]:
        found = [b for a, b in self.ways if a == place] + [a for a, b in self.ways if b == place]
        return sorted(found)


FIRST = Floor(
    map_id="thehyundai_1f",
    name="1F",
    rooms=(
        Room(20, 20, 340, 260, ("s", 150, 220)),
        Room(340, 20, 660, 220, ("s", 460, 530)),
        Room(940, 20, 1180, 220, ("s", 1030, 1100), "service"),
        Room(1180, 20, 1580, 280, ("w", 225, 275)),
        Room(20, 620, 420, 880, ("n", 190, 260)),
        Room(420, 680, 720, 880, ("n", 530, 600)),
        Room(880, 680, 1180, 880, ("n", 1000, 1070)),
        Room(1180, 620, 1580, 880, ("n", 1330, 1400), "service"),
    ),
    blocks=(
        Block(720, 60, 880, 130, "escalator"),
        Block(560, 380, 760, 450, "counter"),
        Block(860, 380, 1060, 450, "counter"),
        Block(740, 800, 860, 850, "planter"),
        Block(80, 70, 140, 180, "shelf"),
        Block(240, 70, 300, 180, "shelf"),
        Block(400, 60, 600, 90, "shelf"),
        Block(1290, 70, 1500, 110, "shelf"),
        Block(80, 780, 340, 830, "shelf"),
        Block(470, 820, 670, 850, "shelf"),
        Block(930, 820, 1130, 850, "shelf"),
    ),
    pillars=((280, 390), (480, 535), (810, 560), (1130, 560), (1360, 375), (180, 500)),
    places={
        "west": (120, 420),
        "shop1": (185, 215),
        "door1": (185, 320),
        "north-west": (395, 320),
        "door2": (495, 300),
        "shop2": (495, 150),
        "atrium-north": (810, 300),
        "escalator": (810, 200),
        "door3": (1065, 300),
        "dock": (1065, 120),
        "north-east": (1120, 330),
        "door4": (1130, 250),
        "shop4": (1260, 250),
        "shop4-in": (1420, 200),
        "east": (1500, 420),
        "cross-east": (1240, 420),
        "south-east": (1365, 530),
        "store": (1365, 700),
        "centre": (810, 415),
        "south-west": (330, 530),
        "door5": (225, 560),
        "shop5": (225, 700),
        "door6": (565, 610),
        "shop6": (565, 760),
        "south": (810, 640),
        "garden": (810, 750),
        "door7": (1035, 610),
        "shop7": (1035, 760),
    },
    ways=(
        ("west", "door1"),
        ("door1", "shop1"),
        ("door1", "north-west"),
        ("west", "south-west"),
        ("north-west", "south-west"),
        ("north-west", "door2"),
        ("door2", "shop2"),
        ("door2", "atrium-north"),
        ("atrium-north", "escalator"),
        ("atrium-north", "centre"),
        ("atrium-north", "door3"),
        ("door3", "dock"),
        ("door3", "north-east"),
        ("north-east", "door4"),
        ("door4", "shop4"),
        ("shop4", "shop4-in"),
        ("north-east", "cross-east"),
        ("cross-east", "east"),
        ("cross-east", "south-east"),
        ("east", "south-east"),
        ("south-east", "store"),
        ("south-west", "door5"),
        ("door5", "shop5"),
        ("south-west", "door6"),
        ("door6", "shop6"),
        ("door6", "south"),
        ("south", "garden"),
        ("south", "door7"),
        ("door7", "shop7"),
        ("door7", "south-east"),
    ),
    chargers=("dock", "store"),
)

SECOND = Floor(
    map_id="thehyundai_2f",
    name="2F",
    rooms=(
        Room(20, 20, 300, 400, ("e", 170, 240)),
        Room(20, 400, 300, 880, ("e", 600, 670)),
        Room(500, 20, 800, 240, ("s", 610, 680)),
        Room(800, 20, 1100, 240, ("s", 910, 980)),
        Room(1300, 20, 1580, 330, ("w", 160, 230), "service"),
        Room(1300, 520, 1580, 880, ("w", 640, 710)),
        Room(500, 660, 1100, 880, ("n", 760, 840)),
    ),
    blocks=(
        Block(640, 400, 960, 500, "void"),
        Block(360, 60, 440, 200, "escalator"),
        Block(60, 80, 110, 330, "shelf"),
        Block(60, 470, 110, 800, "shelf"),
        Block(540, 50, 760, 80, "shelf"),
        Block(840, 50, 1060, 80, "shelf"),
        Block(560, 820, 1040, 850, "shelf"),
        Block(1500, 560, 1550, 820, "shelf"),
        Block(1170, 40, 1240, 90, "planter"),
        Block(1170, 810, 1240, 860, "planter"),
    ),
    pillars=((570, 385), (1040, 340), (560, 570), (1040, 570), (1200, 420)),
    places={
        "west-door": (390, 260),
        "shop1-door": (340, 205),
        "shop1": (190, 205),
        "west": (400, 440),
        "south-west": (400, 635),
        "shop2": (200, 635),
        "shop2-in": (200, 800),
        "north-west": (600, 295),
        "north": (800, 295),
        "shop3-door": (645, 280),
        "shop3": (645, 150),
        "shop4-door": (945, 280),
        "shop4": (945, 150),
        "north-east": (1150, 295),
        "dock-door": (1230, 195),
        "dock": (1440, 195),
        "east": (1260, 470),
        "south-east": (1150, 620),
        "shop6-door": (1240, 675),
        "shop6": (1420, 675),
        "south": (800, 605),
        "hall": (800, 745),
        "hall-west": (600, 745),
        "hall-east": (1000, 745),
    },
    ways=(
        ("west-door", "shop1-door"),
        ("shop1-door", "shop1"),
        ("west-door", "west"),
        ("west", "south-west"),
        ("south-west", "shop2"),
        ("shop2", "shop2-in"),
        ("west-door", "north-west"),
        ("west", "north-west"),
        ("north-west", "shop3-door"),
        ("shop3-door", "shop3"),
        ("shop3-door", "north"),
        ("north", "shop4-door"),
        ("shop4-door", "shop4"),
        ("shop4-door", "north-east"),
        ("north-east", "dock-door"),
        ("dock-door", "dock"),
        ("north-east", "east"),
        ("east", "south-east"),
        ("south-east", "shop6-door"),
        ("shop6-door", "shop6"),
        ("south-east", "south"),
        ("south", "south-west"),
        ("south", "hall"),
        ("hall", "hall-west"),
        ("hall", "hall-east"),
    ),
    chargers=("dock",),
)

FLOORS = (FIRST, SECOND)
