"""POST /photolog and /photolog/list."""

import re

import pytest

from robots.models import PhotoLog
from robots.services import photo_logs_purge

pytestmark = pytest.mark.django_db
POSE = {
    "x": 1213,
    "y": 78,
    "rotate": -32.25,
    "map_id": "thehyundai_1f",
    "store_id": 3,
    "traffic": 2,
}


@pytest.fixture
def placed(robot, send):
    send(
        robot,
        ("2026-01-01T00:00:00.250Z", {"pose": POSE}),
        ("2026-01-01T00:00:01Z", {"robot_base_status": {"drive_status": "Stop", "battery": 50}}),
    )
    return robot


def photograph(client, robot):
    return client.post("/photolog", {"robot_id": robot.robot_id})


def listing(client, robot, start="2026-01-01T00:00:00Z", end=None, **query):
    end = end or PhotoLog.objects.latest("timestamp_ms").timestamp_ms
    query = {"robot_id": robot.robot_id, "start_timestamp": start, "end_timestamp": end, **query}
    return client.get("/photolog/list", query)


@pytest.fixture
def years(settings):
    settings.FLYINGLET_BLACKBOX_MAX_DAYS = 36_500


def test_a_photo_stores_the_present_pose(placed, client_of, operator, years):
    answer = photograph(client_of(operator), placed)
    assert answer.status_code == 201
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    body = listing(client_of(operator), placed).json()
    assert body["count"] == 1
    photo = body["result"][0]
    assert photo["pose"] == {
        "x": 1213,
        "y": 78,
        "rotate": -32.25,
        "timestamp": 1_767_225_600_250,
        "traffic": 2,
    }
    assert photo["drive_status"] == "Stop"
    assert photo["map_id"] == "thehyundai_1f"
    assert photo["store_id"] == 3


def test_a_robot_logs_its_own_photo(placed, client_of):
    assert photograph(client_of(placed.device), placed).status_code == 201


def test_a_viewer_may_look_but_not_photograph(placed, client_of, viewer):
    answer = photograph(client_of(viewer), placed)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == 403
    assert not PhotoLog.objects.exists()


def test_a_robot_without_a_place_gets_400(robot, client_of, operator):
    answer = photograph(client_of(operator), robot)
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == ["robot_id"]


def test_a_caller_that_asks_for_json_gets_its_text_too(placed, client_of, operator):
    client = client_of(operator)
    body = {"robot_id": placed.robot_id}
    answer = client.post("/photolog", body, HTTP_ACCEPT="application/json")
    assert answer.status_code == 201
    assert answer["Content-Type"].startswith("text/plain")


def rows(robot, *timestamps):
    for timestamp in timestamps:
        PhotoLog.objects.create(
            device=robot.device,
            robot_id=robot.robot_id,
            pose_x=1.5,
            pose_y=2,
            pose_timestamp_ms=timestamp,
            timestamp_ms=timestamp,
        )


def times(answer) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [row["timestamp"] for row in answer.json()["result"]]


T = 1_767_225_600_000


def test_both_bounds_are_included_to_the_millisecond(robot, client_of, viewer):
    rows(robot, T - 1, T, T + 5, T + 6)
    assert times(listing(client_of(viewer), robot, T, T + 5)) == [T, T + 5]


def test_the_list_takes_its_parameters_from_a_post_s_query_or_body(robot, client_of, viewer):
    rows(robot, T)
    client = client_of(viewer)
    body = {"robot_id": robot.robot_id, "start_timestamp": T, "end_timestamp": T}
    assert times(client.post("/photolog/list", body)) == [T]
    query = "&".join(f"{name}={value}" for name, value in body.items())
    assert times(client.post(f"/photolog/list?{query}")) == [T]


def test_count_is_of_all_rows_and_pages_follow_each_other(robot, client_of, viewer):
    rows(robot, *[T] * 5, T + 1)
    client = client_of(viewer)
    answer = listing(client, robot, T, T + 1, limit=2)
    seen, keys = times(answer), [row["_id"]["$oid"] for row in answer.json()["result"]]
    while link := answer.get("Link"):
        answer = client.get(re.fullmatch(r'<(.*)>; rel="next"', link)[1])
        assert answer.json()["count"] == 6
        seen += times(answer)
        keys += [row["_id"]["$oid"] for row in answer.json()["result"]]
    assert seen == [*[T] * 5, T + 1]
    assert len(set(keys)) == 6


def test_another_robot_s_photos_stay_out(robot, make_robot, client_of, viewer):
    rows(make_robot(), T)
    rows(robot, T + 1)
    assert times(listing(client_of(viewer), robot, T, T + 9)) == [T + 1]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"start_timestamp": ""}, {"start_timestamp"}),
        ({"start_timestamp": "soon"}, {"start_timestamp"}),
        ({"end_timestamp": "NaN"}, {"end_timestamp"}),
        ({"start_timestamp": T + 1, "end_timestamp": T}, {"start_timestamp"}),
        ({"start_timestamp": 0, "end_timestamp": T}, {"end_timestamp"}),
        ({"robot_id": ""}, {"robot_id"}),
        ({"limit": "-1"}, {"limit"}),
    ],
)
def test_bad_input_gets_400_that_names_the_field(robot, client_of, viewer, query, named):
    fine = {"robot_id": robot.robot_id, "start_timestamp": T, "end_timestamp": T + 1}
    answer = client_of(viewer).get("/photolog/list", {**fine, **query})
    assert answer.status_code == 400
    assert set(answer.json()["error"]["fields"]) == named


def test_old_photos_are_purged_and_others_stay(robot, make_robot, other_workspace):
    elsewhere = make_robot(workspace=other_workspace)
    rows(robot, T - 1, T)
    rows(elsewhere, T - 1)
    assert sum(photo_logs_purge(robot.device.workspace_id, T * 1000)) == 1
    assert list(PhotoLog.objects.order_by("id").values_list("device_id", "timestamp_ms")) == [
        (robot.device_id, T),
        (elsewhere.device_id, T - 1),
    ]
