"""What a commit sets off: zones entered and left, values beyond their limits, silences over; once each."""

import pytest

from accounts.models import Device
from fleet_platform.telemetry import store
from fleet_platform.telemetry.models import Alarm, Latest, Zone
from fleet_platform.telemetry.zones.index import Area
from fleet_platform.tests.server import EPOCH_MS, sample

from .batches import checked

pytestmark = pytest.mark.django_db
CORNERS = [[100, 100], [200, 100], [200, 200], [100, 200]]
OUTSIDE, INSIDE, DEEPER = 50, 150, 180


@pytest.fixture
def zone(workspace) -> Zone:
    return Zone.objects.create(workspace=workspace, name="Stairs", map_id="floor", polygon=CORNERS)


@pytest.fixture
def fence(workspace) -> Zone:
    return Zone.objects.create(
        workspace=workspace, name="Hall", kind=Zone.Kind.FENCE, map_id="floor", polygon=CORNERS
    )


@pytest.fixture
def drive(device):
    """`drive(50, 150)`: commits one sample for each place, x and y alike; answers the commit."""
    numbers = iter(range(1, 1000))

    def move(*places, map_id="floor"):
        samples = [sample(next(numbers), x=at, y=at, map_id=map_id) for at in places]
        return store.commit([checked(device, *samples)])

    return move


def alarms() -> list[tuple]:
    return [(one.code, one.state, one.active, one.count) for one in Alarm.objects.order_by("pk")]


def test_entering_a_red_zone_raises_one_alarm(zone, device, drive):
    assert drive(OUTSIDE).events == []
    (event,) = drive(INSIDE).events
    assert event.topic == f"alarms:{device.workspace_id}"
    (alarm,) = Alarm.objects.all()
    assert (alarm.code, alarm.subject, alarm.severity) == ("red_zone", str(zone.pk), "critical")
    assert (alarm.state, alarm.active, alarm.count) == ("raised", True, 1)
    assert alarm.data["zone"] == {"id": zone.pk, "name": "Stairs"}
    assert alarm.data["position"]["x"] == INSIDE


def test_staying_inside_raises_nothing_more(zone, drive):
    drive(OUTSIDE, INSIDE)
    assert drive(DEEPER, INSIDE, DEEPER).events == []
    assert alarms() == [("red_zone", "raised", True, 1)]


def test_each_entry_counts(zone, drive):
    drive(OUTSIDE, INSIDE, OUTSIDE)
    assert alarms() == [("red_zone", "raised", False, 1)]
    drive(INSIDE)
    assert alarms() == [("red_zone", "raised", True, 2)]


def test_a_whole_batch_is_followed_sample_by_sample(zone, drive):
    commit = drive(OUTSIDE, INSIDE, OUTSIDE, INSIDE, OUTSIDE)
    assert alarms() == [("red_zone", "raised", False, 2)]
    assert len(commit.events) == 4


def test_the_first_word_of_a_robot_inside_is_an_entry(zone, drive):
    drive(INSIDE)
    assert alarms() == [("red_zone", "raised", True, 1)]


def test_a_zone_drawn_around_a_robot_is_entered_with_the_next_sample(workspace, drive):
    drive(INSIDE)
    Zone.objects.create(workspace=workspace, name="New", map_id="floor", polygon=CORNERS)
    drive(INSIDE)
    assert alarms() == [("red_zone", "raised", True, 1)]


def test_leaving_ends_an_acknowledged_alarm(zone, drive):
    drive(INSIDE)
    Alarm.objects.update(state="acknowledged")
    drive(OUTSIDE)
    (alarm,) = Alarm.objects.all()
    assert (alarm.state, alarm.active) == ("cleared", False)
    assert alarm.cleared_at is not None


def test_entering_again_after_it_was_cleared_is_a_new_alarm(zone, drive):
    drive(INSIDE)
    Alarm.objects.update(state="acknowledged")
    drive(OUTSIDE, INSIDE)
    assert alarms() == [("red_zone", "cleared", False, 1), ("red_zone", "raised", True, 1)]


def test_entering_again_raises_an_acknowledged_alarm_anew(zone, drive):
    drive(INSIDE, OUTSIDE)
    Alarm.objects.update(state="acknowledged")
    drive(INSIDE)
    assert alarms() == [("red_zone", "raised", True, 2)]


def test_the_same_batch_again_changes_nothing(zone, device):
    batch = checked(device, sample(1, x=OUTSIDE, y=OUTSIDE), sample(2, x=INSIDE, y=INSIDE))
    assert len(store.commit([batch]).events) == 1
    assert store.commit([batch]).events == []
    assert alarms() == [("red_zone", "raised", True, 1)]


def test_what_comes_late_says_nothing_about_now(zone, device):
    store.commit([checked(device, sample(10, x=OUTSIDE, y=OUTSIDE))])
    commit = store.commit([checked(device, sample(5, x=INSIDE, y=INSIDE))])
    assert commit.events == []
    assert alarms() == []


def test_a_batch_out_of_order_is_followed_by_time(zone, device):
    samples = [
        sample(number, x=at, y=at) for number, at in [(3, OUTSIDE), (2, INSIDE), (1, OUTSIDE)]
    ]
    store.commit([checked(device, *samples)])
    assert alarms() == [("red_zone", "raised", False, 1)]


def test_the_same_pixels_of_another_map_are_outside(zone, drive):
    drive(INSIDE, map_id="other_floor")
    assert alarms() == []
    drive(INSIDE)
    drive(INSIDE, map_id="other_floor")
    assert alarms() == [("red_zone", "raised", False, 1)]


@pytest.mark.parametrize("fields", [{"active": False}, {"map_id": "other_floor"}])
def test_only_zones_in_force_on_that_map_count(zone, drive, fields):
    Zone.objects.filter(pk=zone.pk).update(**fields)
    drive(OUTSIDE, INSIDE)
    assert alarms() == []


def test_zones_of_another_workspace_do_not_count(other_workspace, drive):
    Zone.objects.create(workspace=other_workspace, name="Theirs", map_id="floor", polygon=CORNERS)
    drive(OUTSIDE, INSIDE)
    assert alarms() == []


def test_two_zones_over_one_place_raise_two_alarms(zone, workspace, drive):
    Zone.objects.create(workspace=workspace, name="Second", map_id="floor", polygon=CORNERS)
    drive(OUTSIDE, INSIDE)
    assert alarms() == [("red_zone", "raised", True, 1)] * 2


def test_leaving_a_fence_raises_and_coming_back_ends(fence, drive):
    drive(INSIDE)
    assert alarms() == []
    drive(OUTSIDE)
    assert alarms() == [("fence", "raised", True, 1)]
    drive(INSIDE)
    assert alarms() == [("fence", "raised", False, 1)]


def test_who_was_never_inside_a_fence_does_not_leave_it(fence, drive):
    drive(OUTSIDE, OUTSIDE)
    assert alarms() == []


def test_another_map_is_not_outside_of_a_fence(fence, drive):
    drive(INSIDE)
    drive(OUTSIDE, map_id="other_floor")
    assert alarms() == []


def test_a_deleted_zone_is_forgotten(zone, device, drive):
    drive(INSIDE)
    zone.delete()
    drive(OUTSIDE, INSIDE)
    assert Latest.objects.get(device=device).conditions == "[]"


def test_an_aircraft_enters_a_zone_in_degrees(workspace, make_device):
    drone = make_device(workspace, kind=Device.Kind.DRONE)
    Zone.objects.create(
        workspace=workspace,
        name="Airport",
        crs=Zone.Crs.WGS84,
        polygon=[[126.7, 37.5], [126.9, 37.5], [126.9, 37.6], [126.7, 37.6]],
    )
    osd = [
        {
            "time": EPOCH_MS + number,
            "seq": number,
            "sections": {"osd": {"longitude": longitude, "latitude": 37.55, "height": 40}},
        }
        for number, longitude in enumerate([126.6, 126.8])
    ]
    store.commit([checked(drone, *osd)])
    assert alarms() == [("red_zone", "raised", True, 1)]


def test_zones_cost_no_query_more_than_one(zone, device, drive, django_assert_max_num_queries):
    drive(OUTSIDE)
    with django_assert_max_num_queries(8) as asked:
        drive(OUTSIDE)
    about_zones = [one for one in asked.captured_queries if "telemetry_zone" in one["sql"]]
    assert len(about_zones) == 1


# --- zones between two samples ---

BAR = [[100, 0], [102, 0], [102, 300], [100, 300]]


@pytest.fixture
def bar(workspace) -> Zone:
    """Thinner than the way from one sample to the next."""
    return Zone.objects.create(workspace=workspace, name="Door", map_id="floor", polygon=BAR)


@pytest.fixture
def go(device):
    """`go((0, 90), (100, 110))`: a sample of (milliseconds, x) each, in one commit."""

    def move(*places, y=150, map_id="floor"):
        samples = [
            sample(number, x=x, y=y, map_id=map_id) | {"time": EPOCH_MS + number}
            for number, x in places
        ]
        return store.commit([checked(device, *samples)])

    return move


def test_a_zone_between_two_samples_raises_one_alarm_that_is_over(bar, go):
    commit = go((0, 90), (100, 110))
    assert len(commit.events) == 2
    (alarm,) = Alarm.objects.all()
    assert (alarm.code, alarm.state, alarm.active, alarm.count) == ("red_zone", "raised", False, 1)
    assert alarm.data["position"]["x"] == 110
    assert Latest.objects.get().conditions == "[]"


def test_a_zone_between_two_commits_does_too(bar, go):
    assert go((0, 90)).events == []
    assert len(go((100, 110)).events) == 2
    assert len(go((200, 115)).events) == 0
    assert alarms() == [("red_zone", "raised", False, 1)]


def test_each_crossing_counts(bar, go):
    go((0, 90), (100, 110), (200, 90))
    assert alarms() == [("red_zone", "raised", False, 2)]


def test_a_crossing_after_the_alarm_was_cleared_is_a_new_one(bar, go):
    go((0, 90), (100, 110))
    Alarm.objects.update(state="cleared")
    go((200, 90))
    assert alarms() == [("red_zone", "cleared", False, 1), ("red_zone", "raised", False, 1)]


@pytest.mark.parametrize(
    "places",
    [
        [(0, 90), (100, 95)],
        [(0, 90), (30, 110)],  # faster than 500 pixels a second
        [(0, 90), (5001, 110)],  # it may have gone round
        [(0, 90), (0, 90)],
    ],
)
def test_no_way_is_no_crossing(bar, go, places):
    go(*places)
    assert alarms() == []


@pytest.mark.parametrize("places", [[(0, 90), (40, 110)], [(0, 90), (5000, 110)]])
def test_a_way_may_be_as_fast_and_as_long_as_that(bar, go, places):
    go(*places)
    assert alarms() == [("red_zone", "raised", False, 1)]


def test_a_way_past_the_end_of_a_zone_is_no_crossing(bar, go):
    go((0, 90), (100, 110), y=301)
    assert alarms() == []


def test_a_way_from_another_map_is_no_crossing(bar, go):
    go((0, 90), map_id="other_floor")
    go((100, 110))
    go((200, 90), map_id="other_floor")
    go((300, 110), map_id="other_floor")
    assert alarms() == []


def test_what_comes_late_crosses_nothing(bar, go):
    go((100, 110))
    go((0, 90))
    assert alarms() == []


def test_who_stood_where_a_zone_was_drawn_leaves_it_without_a_word(workspace, go):
    go((0, 101))
    Zone.objects.create(workspace=workspace, name="New", map_id="floor", polygon=BAR)
    go((100, 110))
    assert alarms() == []


def test_a_corner_of_a_fence_that_is_cut_off_is_not_left(workspace, go):
    corner = [[0, 0], [200, 0], [200, 300], [105, 300], [105, 100], [95, 100], [95, 300], [0, 300]]
    fence = Zone.Kind.FENCE
    Zone.objects.create(workspace=workspace, name="U", kind=fence, map_id="floor", polygon=corner)
    go((0, 90), (100, 110))
    assert alarms() == []


def test_an_aircraft_crosses_a_zone_over_the_date_line(workspace, make_device):
    drone = make_device(workspace, kind=Device.Kind.DRONE)
    strait = [[179.9999, 10], [-179.9999, 10], [-179.9999, 11], [179.9999, 11]]
    Zone.objects.create(workspace=workspace, name="Strait", crs=Zone.Crs.WGS84, polygon=strait)

    def fly(number: int, longitude: float) -> list[tuple]:
        osd = {"longitude": longitude, "latitude": 10.5, "height": 40}
        flown = {"time": EPOCH_MS + 1000 * number, "seq": number, "sections": {"osd": osd}}
        store.commit([checked(drone, flown)])
        return alarms()

    assert fly(0, 179.9997) == []
    assert fly(1, -179.9997) == [("red_zone", "raised", False, 1)]
    assert fly(2, 179.9997) == [("red_zone", "raised", False, 2)]
    assert fly(3, -179.9) == [("red_zone", "raised", False, 2)]  # 11 km in a second


# --- values ---


def status(number: int, **fields) -> dict:
    return {
        "time": EPOCH_MS + 100 * number,
        "seq": number,
        "sections": {"robot_base_status": fields},
    }


def test_a_battery_that_runs_low_warns_once_and_clears_when_charged(device):
    for number, battery in enumerate([40, 16, 14, 14.9, 15, 19, 3], 1):
        store.commit([checked(device, status(number, battery=battery))])
    assert alarms() == [("battery_low", "raised", True, 1)]
    store.commit([checked(device, status(9, battery=20))])
    assert alarms() == [("battery_low", "cleared", False, 1)]


def test_a_fault_is_critical_and_stays_until_somebody_has_seen_it(device):
    store.commit([checked(device, status(1, drive_status="Motor Error"))])
    (alarm,) = Alarm.objects.all()
    assert (alarm.code, alarm.severity) == ("fault", "critical")
    assert alarm.data["robot_base_status"]["drive_status"] == "Motor Error"
    store.commit([checked(device, status(2, drive_status="Stop"))])
    assert alarms() == [("fault", "raised", False, 1)]


def test_a_value_that_is_not_told_changes_nothing(device):
    store.commit([checked(device, status(1, battery=3))])
    store.commit([checked(device, status(2, speed=0.4, battery=None))])
    assert alarms() == [("battery_low", "raised", True, 1)]


def test_a_late_low_battery_is_no_news(device):
    store.commit([checked(device, status(5, battery=90))])
    assert store.commit([checked(device, status(4, battery=3))]).events == []


def test_nothing_is_raised_when_the_commit_fails(zone, device, monkeypatch):
    def fail(*_):
        raise RuntimeError

    monkeypatch.setattr(store.writing.engine, "event_of", fail)
    with pytest.raises(RuntimeError):
        store.commit([checked(device, sample(1, x=INSIDE, y=INSIDE))])
    assert alarms() == []
    assert store.samples(device.pk) == []


def test_only_zones_of_the_map_and_those_left_are_looked_at(workspace, drive, monkeypatch):
    elsewhere = [
        Zone.objects.create(workspace=workspace, name="Far", map_id=f"m{number}", polygon=CORNERS)
        for number in range(5)
    ]
    here = Zone.objects.create(workspace=workspace, name="Stairs", map_id="floor", polygon=CORNERS)
    looked_at = []
    real = Area.holds
    monkeypatch.setattr(
        Area, "holds", lambda area, place: looked_at.append(area.id) or real(area, place)
    )
    drive(INSIDE)
    assert looked_at == [here.pk]
    drive(INSIDE, map_id="m0")
    assert looked_at == [here.pk, elsewhere[0].pk, here.pk]
    assert {(one.subject, one.active) for one in Alarm.objects.all()} == {
        (str(here.pk), False),
        (str(elsewhere[0].pk), True),
    }
