"""Made-up journeys for property tests: readings with all that can go wrong between a robot and its clock."""

from hypothesis import strategies as st

from robots.drives import route
from robots.readings import Reading

START_US = 1_688_453_891_000_000
S = 1_000_000
PAUSES_US = (0, S // 10, S, 4 * S, 6 * S, 20 * S, 59 * S, 60 * S, 61 * S, 3600 * S)
WAY = route([(0, 0), (40, 0), (40, 40), (0, 40)], 8)
LINE = route([(0, 0), (60, 0), (120, 0)], 8)
SPUR = route([(0, 0), (40, 0), (40, 40), (40, 0), (80, 0)], 8)
ROUTES = {"square": WAY, "line": LINE, "spur": SPUR}


def find_route(way_point_id: str, map_id: str):
    return ROUTES.get(way_point_id) if map_id != "b" else None


maybe = st.none()
moves = st.sampled_from(
    [(0, 0), (0.4, 0), (2, 0), (0, 2), (6, 0), (0, 6), (-6, 0), (0, -6), (900, 0)]
)
steps = st.fixed_dictionaries(
    {
        "pause_us": st.sampled_from([*PAUSES_US, S, S, S, S, S, S]),
        "move": st.none() | moves,
        "driving": st.none() | st.booleans(),
        "speed": st.sampled_from([None, None, 0.0, 0.04, 0.394, 0.8]),
        "way_point_id": st.sampled_from([None, None, None, None, "square", "line", "far", ""]),
        "map_id": st.sampled_from([None, "a", "a", "a", "a", "a", "b"]),
        "traffic": st.sampled_from([None, None, 0, 1, 3]),
    }
)


def journey(taken: list[dict]) -> list[Reading]:
    readings, time_us, x, y = [], START_US, 0.0, 0.0
    for seq, step in enumerate(taken):
        time_us += step["pause_us"]
        if step["move"]:
            x, y = x + step["move"][0], y + step["move"][1]
        readings.append(
            Reading(
                time_us,
                seq,
                step["map_id"],
                x if step["move"] else None,
                y if step["move"] else None,
                step["driving"],
                step["speed"],
                step["way_point_id"],
                step["traffic"],
            )
        )
    return readings


free_journeys = st.lists(steps, max_size=60).map(journey)


@st.composite
def tours(draw) -> list[Reading]:
    """Round the square or along the line and back, second by second, with pauses here and there."""
    name = draw(st.sampled_from(sorted(ROUTES)))
    corners = ROUTES[name].points
    laps = draw(st.integers(1, 3))
    stride = draw(st.sampled_from([3, 7, 11]))
    readings, time_us, (x, y) = [], START_US, corners[0]
    for target in [*corners[1:], corners[0]] * laps:
        for _ in range(60):
            dx, dy = target[0] - x, target[1] - y
            far = max(abs(dx), abs(dy))
            if far == 0:
                break
            x += dx * min(1, stride / far)
            y += dy * min(1, stride / far)
            time_us += draw(st.sampled_from([S, S, S, S, S, S, 7 * S, 61 * S]))
            readings.append(Reading(time_us, len(readings), "a", x, y, None, None, name))
    return readings


journeys = free_journeys | tours()
