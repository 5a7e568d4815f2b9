"""People and places by the hour, from readings: examples, and any journey against the definitions."""

from hypothesis import given, settings
from hypothesis import strategies as st

from robots import heat
from robots.readings import Reading, reading
from robots.traffic import Hour, PassersReport, Tally, VisitReport, add_counts, reports

from . import by_definition
from .journeys import START_US, S, journeys

HOUR = START_US - START_US % (3600 * S)


def counted(readings) -> dict:
    tally = Tally()
    for each in readings:
        tally.feed(each)
    return tally.counts


def people(*seen: int, pause: float = 1) -> int:
    """How many, of what a robot saw second by second."""
    readings = [
        Reading(START_US + round(n * pause * S), n, "a", traffic=c) for n, c in enumerate(seen)
    ]
    return sum(hour.people for hours in counted(readings).values() for hour in hours.values())


def test_only_who_comes_into_sight_is_counted():
    assert people(0, 2, 2, 1, 3) == 4


def test_after_a_minute_of_silence_everybody_is_new():
    assert people(2, 2, pause=60) == 2
    assert people(2, 2, pause=61) == 4


def test_people_belong_to_the_hour_in_which_they_came():
    late = HOUR + 3600 * S - S
    counts = counted([Reading(late, 0, "a", traffic=1), Reading(late + 2 * S, 1, "a", traffic=3)])
    assert {hour_us: hour.people for hour_us, hour in counts["a"].items()} == {
        HOUR: 1,
        HOUR + 3600 * S: 2,
    }


def test_a_cell_has_its_samples_the_time_spent_there_and_who_was_seen_from_there():
    places = [(5, 5), (19, 5), (21, 5), (-1, 5)]
    readings = [
        Reading(START_US + n * S, n, "a", x, y, traffic=n) for n, (x, y) in enumerate(places)
    ]
    ((_, hour),) = counted(readings)["a"].items()
    assert hour.cells == {"0,0": [2, 2 * S, 1], "1,0": [1, S, 1], "-1,0": [1, 0, 1]}


@settings(max_examples=100, deadline=None)
@given(journeys)
def test_hours_are_what_the_definitions_say(readings):
    hours = {
        (map_id, hour_us): hour
        for map_id, of_map in counted(readings).items()
        for hour_us, hour in of_map.items()
    }
    assert {k: hour.people for k, hour in hours.items() if hour.people} == by_definition.people(
        readings
    )
    grids = {key: heat.unpack(heat.changed(None, hour)) for key, hour in hours.items()}
    assert {key: grid for key, grid in grids.items() if grid} == by_definition.cells(readings)


@settings(max_examples=100, deadline=None)
@given(journeys, st.integers(0, 60))
def test_what_is_added_and_taken_away_again_leaves_nothing(readings, cut):
    whole, part = counted(readings), counted(readings[:cut])
    rest = counted(readings)
    add_counts(rest, part, -1)
    add_counts(rest, part)
    for map_id, hours in whole.items():
        assert {hour_us: rest[map_id][hour_us] for hour_us in hours} == hours
    add_counts(rest, whole, -1)
    assert all(hour.is_nothing() for hours in rest.values() for hour in hours.values())


# --- what robots count themselves ---


def said(section: str, seconds: float = 0, **row) -> Reading:
    return Reading(START_US + round(seconds * S), 7, "a", own={section: row})


def told(*readings: Reading) -> list:
    return [report for each in readings for report in reports(each)]


def test_a_count_of_an_hour_is_all_of_it_so_far():
    first, again = told(
        said("traffic_count", count="12", add_count=2, start_timestamp=1688453891.0),
        said("traffic_count", 5, count=14.0, start_timestamp=1688453891000, id=3),
    )
    assert first == PassersReport("a", HOUR, "count", 12)
    assert again == PassersReport("a", HOUR, "count", 14)


def test_an_addition_counts_once_for_each_time_it_was_made():
    one, same, other, nameless = told(
        said("traffic_count", add_count=2, update_at=1688453891000),
        said("traffic_count", 5, add_count=2, update_at="2023-07-04T15:58:11+09:00"),
        said("traffic_count", 6, add_count=2, update_at=1688453892),
        said("traffic_count", 7, add_count=2),
    )
    assert one == same and len({one.key, other.key, nameless.key}) == 3


def test_a_visit_goes_by_its_id_and_start():
    row = {"id": 4250108.0, "count": "1", "start_timestamp": 1688453891.0, "map_id": "b"}
    first, longer, other = told(
        said("visitor_count", duration=5.0, position={"x": 1414, "y": 81}, **row),
        said("visitor_count", 60, duration=65.0, **row),
        said("visitor_count", 61, duration=1.0, **{**row, "id": 4250109.0}),
    )
    assert first == VisitReport(first.key, START_US, 7, "b", 1688453891_000_000, 1, 5 * S, 1414, 81)
    assert longer.key == first.key != other.key
    assert (longer.stay_us, longer.x) == (65 * S, None)


def test_odd_values_are_passed_over():
    odd = [
        said("visitor_count", count="many", duration=-5, start_timestamp=False, position=[1, 2]),
        said("visitor_count", id=-1.0, count=1e12, duration=1e12, position={"x": 1e9, "y": 0}),
        said("traffic_count", count="x", add_count=True),
        said("traffic_count", start_timestamp=5, count=1),
    ]
    first, second, third = told(*odd)
    assert (first.people, first.stay_us, first.start_us, first.x) == (1, 0, START_US, None)
    assert (second.people, second.stay_us, second.x) == (1_000_000, 86_400 * S, None)
    assert third.hour_us == HOUR


def test_a_sample_that_no_reader_understands_is_a_reading_of_nothing():
    for text in ("[]", '{"pose": 5}', '{"robot_base_status": []}', "{}"):
        assert reading(5, 1, text) == Reading(5, 1)
    text = '{"pose": {"x": true, "y": 1, "map_id": {}}, "robot_base_status": {"speed": "fast"}}'
    assert reading(5, 1, text) == Reading(5, 1)


def test_ids_are_read_as_they_are_meant():
    text = '{"robot_base_status": {"current_way_point_id": %s, "speed": -0.5}, "pose": {"traffic": "2"}}'
    for form, meant in (("3.0", "3"), ('"3"', "3"), ('""', ""), ("null", None), ("3.5", "3.5")):
        got = reading(5, 1, text.replace("%s", form))
        assert (got.way_point_id, got.speed, got.traffic) == (meant, 0.5, 2)


# --- packed grids ---


def test_a_grid_survives_packing_and_cells_join():
    hour = Hour(0, {"0,0": [1, 2, 3], "1,0": [1, 1, 0], "-1,-1": [4, 0, 0], "5,5": [0, 0, 0]})
    packed = heat.changed(None, hour)
    assert heat.unpack(packed) == {(0, 0): [1, 2, 3], (1, 0): [1, 1, 0], (-1, -1): [4, 0, 0]}
    assert heat.joined([packed, packed], 40) == {(0, 0): [4, 6, 6], (-1, -1): [8, 0, 0]}
    gone = heat.changed(packed, Hour(0, {"0,0": [-1, -2, -3]}))
    assert (0, 0) not in heat.unpack(gone)
