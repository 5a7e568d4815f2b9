"""POST /blackbox."""

import re
from urllib.parse import urlsplit

import pytest

from fleet_platform.shared.paging import encode_cursor

pytestmark = pytest.mark.django_db
DAY = {"from_date": "2026-01-01", "to_date": "2026-01-01"}


@pytest.fixture
def drive(robot, send):
    """Ten ticks, a second apart, from midnight in Seoul on the first of January."""
    start = 1_767_193_200
    ticks = [
        (start + second, {"robot_base_status": {"battery": 90 - second}}) for second in range(10)
    ]
    send(robot, *ticks[5:])
    send(robot, *ticks[:5])
    return start


def batteries(answer) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [document["robot_base_status"]["battery"] for document in answer.json()]


def fields(answer) -> dict:
    assert answer.status_code == 400
    return answer.json()["error"]["fields"]


def ask(client, robot, **body):
    return client.post("/blackbox", {"robot_id": robot.robot_id, **body})


def test_the_documents_come_oldest_first(robot, drive, client_of, viewer):
    answer = ask(client_of(viewer), robot, **DAY)
    assert batteries(answer) == list(range(90, 80, -1))
    assert "Link" not in answer
    assert answer.json()[0]["create_at"] == "2026-01-01T00:00:00+09:00"


def test_both_bounds_are_included(robot, drive, client_of, viewer):
    client = client_of(viewer)
    assert batteries(ask(client, robot, from_date=drive + 2, to_date=drive + 4)) == [88, 87, 86]
    milliseconds = {"from_date": (drive + 2) * 1000, "to_date": str((drive + 4) * 1000)}
    assert batteries(ask(client, robot, **milliseconds)) == [88, 87, 86]
    texts = {"from_date": "2026-01-01T00:00:02+09:00", "to_date": "2025-12-31T15:00:04Z"}
    assert batteries(ask(client, robot, **texts)) == [88, 87, 86]


def test_a_document_s_own_create_at_is_a_bound_that_includes_it(robot, send, client_of, viewer):
    start = 1_767_193_200
    send(
        robot, *[(start + part / 4, {"robot_base_status": {"battery": part}}) for part in range(8)]
    )
    client = client_of(viewer)
    told = [document["create_at"] for document in ask(client, robot, **DAY).json()]
    assert batteries(ask(client, robot, from_date=told[0], to_date=told[-1])) == list(range(8))
    assert batteries(ask(client, robot, from_date=told[0], to_date=told[0])) == [0, 1, 2, 3]


def test_a_day_is_a_day_of_the_workspace_s_zone(robot, drive, send, client_of, viewer):
    send(robot, (drive - 1, {"robot_base_status": {"battery": 91}}))
    send(robot, (drive + 86_399, {"robot_base_status": {"battery": 1}}))
    send(robot, (drive + 86_400, {"robot_base_status": {"battery": 0}}))
    assert batteries(ask(client_of(viewer), robot, **DAY)) == [*range(90, 80, -1), 1]


def test_another_robot_s_ticks_stay_out(robot, drive, make_robot, client_of, viewer):
    assert batteries(ask(client_of(viewer), make_robot(), **DAY)) == []


def test_large_samples_end_a_page_before_its_limit(robot, send, client_of, viewer, monkeypatch):
    monkeypatch.setattr("fleet_platform.telemetry.store.history.FIRST_CHUNK", 2)
    monkeypatch.setattr("fleet_platform.telemetry.store.history.CHUNK_CHARACTERS", 2000)
    monkeypatch.setattr("fleet_platform.telemetry.selectors.PAGE_CHARACTERS", 3000)
    start = 1_767_193_200
    large = [
        (start + second, {"robot_base_status": {"battery": second, "note": "n" * 900}})
        for second in range(12)
    ]
    send(robot, *large)
    answer = ask(client_of(viewer), robot, **DAY)
    seen = [batteries(answer)]
    while "Link" in answer:
        url = urlsplit(re.match("<(.*)>", answer["Link"])[1])
        answer = client_of(viewer).post(
            f"{url.path}?{url.query}", {"robot_id": robot.robot_id, **DAY}
        )
        seen.append(batteries(answer))
    assert [second for page in seen for second in page] == list(range(12))
    assert len(seen) > 2


def test_pages_follow_each_other_without_gap_or_repeat(robot, drive, client_of, viewer):
    client = client_of(viewer)
    answer = ask(client, robot, **DAY, limit=4)
    seen = batteries(answer)
    while link := answer.get("Link"):
        address = urlsplit(re.fullmatch(r'<(.*)>; rel="next"', link)[1])
        answer = client.post(f"{address.path}?{address.query}", {"robot_id": robot.robot_id, **DAY})
        seen += batteries(answer)
        assert len(answer.json()) <= 4
    assert seen == list(range(90, 80, -1))


def test_a_full_last_page_has_no_next_one(robot, drive, client_of, viewer):
    assert "Link" not in ask(client_of(viewer), robot, **DAY, limit=10)


def test_a_robot_reads_its_own_black_box(robot, drive, client_of):
    assert len(batteries(ask(client_of(robot.device), robot, **DAY))) == 10


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, {"from_date", "to_date"}),
        ({"from_date": "2026-01-01"}, {"to_date"}),
        ({"from_date": "234i23pj4p234po23", "to_date": "2026-01-01"}, {"from_date"}),
        ({"from_date": "2026-01-01", "to_date": "2026-02-30"}, {"to_date"}),
        ({"from_date": None, "to_date": True}, {"from_date", "to_date"}),
        ({"from_date": {"$gt": ""}, "to_date": []}, {"from_date", "to_date"}),
        ({"from_date": "2026-01-02", "to_date": "2026-01-01"}, {"from_date"}),
        ({"from_date": "2026-01-01", "to_date": "2026-03-01"}, {"to_date"}),
        ({"from_date": 10**40, "to_date": -1}, {"from_date", "to_date"}),
        ({"from_date": "1970-01-01", "to_date": "1970-01-01"}, {"from_date"}),
        ({"from_date": "2100-01-01", "to_date": "2100-01-01"}, {"to_date"}),
        ({**DAY, "robot_id": ""}, {"robot_id"}),
        ({**DAY, "robot_id": None}, {"robot_id"}),
        ({**DAY, "robot_id": "a\0b"}, {"robot_id"}),
        ({**DAY, "limit": 0}, {"limit"}),
        ({**DAY, "limit": 10_001}, {"limit"}),
        ({**DAY, "limit": "many"}, {"limit"}),
        ({**DAY, "cursor": "nonsense"}, {"cursor"}),
        ({**DAY, "cursor": encode_cursor(2**64 - 1, 0)}, {"cursor"}),
        ({**DAY, "cursor": 5}, {"cursor"}),
    ],
)
def test_bad_input_gets_400_that_names_the_field(robot, client_of, viewer, body, named):
    assert set(fields(ask(client_of(viewer), robot, **body))) == named


def test_too_long_a_range_is_told_the_limit(robot, client_of, viewer, settings):
    settings.FLYINGLET_BLACKBOX_MAX_DAYS = 7
    week = {"from_date": "2026-01-01", "to_date": "2026-01-07"}
    assert ask(client_of(viewer), robot, **week).status_code == 200
    week["to_date"] = "2026-01-08"
    assert "7 days" in fields(ask(client_of(viewer), robot, **week))["to_date"][0]


@pytest.mark.parametrize("ticks", [1, 10])
def test_the_black_box_costs_the_same_queries_for_any_number_of_ticks(
    robot, drive, client_of, viewer, django_assert_num_queries, ticks
):
    client = client_of(viewer)
    with django_assert_num_queries(4):  # session, memberships, robot, samples
        assert len(batteries(ask(client, robot, **DAY, limit=ticks))) == ticks
