"""The photo log on the fleet API."""

import pytest

from robots.models import PhotoLog


@pytest.fixture
def photos(device):
    """Three pictures, a second apart, the last two at one moment."""
    return [
        PhotoLog.objects.create(
            device=device,
            robot_id="r",
            pose_x=10 * at,
            pose_y=5,
            pose_rotate=None,
            pose_timestamp_ms=at,
            map_id="hall_1f",
            drive_status="Driving",
            timestamp_ms=1_767_225_600_000 + 1000 * min(at, 2),
        )
        for at in (1, 2, 3)
    ]


def url(device, query="") -> str:
    return f"/api/fleet/devices/{device.pk}/photos{query}"


def test_a_viewer_reads_where_pictures_were_taken_newest_first(client_of, viewer, device, photos):
    body = client_of(viewer).get(url(device)).json()
    assert [row["id"] for row in body["results"]] == [photo.pk for photo in reversed(photos)]
    assert body["results"][-1] == {
        "id": photos[0].pk,
        "time": "2026-01-01T00:00:01.000Z",
        "map_id": "hall_1f",
        "x": 10.0,
        "y": 5.0,
        "rotate": None,
        "drive_status": "Driving",
    }
    assert body["next"] is None


def test_pages_join_though_two_pictures_have_one_time(client_of, viewer, device, photos):
    client, cursor, found = client_of(viewer), "", []
    while cursor is not None:
        body = client.get(url(device, f"?limit=1&cursor={cursor}")).json()
        found += [row["id"] for row in body["results"]]
        cursor = body["next"]
    assert found == [photo.pk for photo in reversed(photos)]


def test_another_robots_pictures_are_not_among_them(client_of, viewer, make_device, photos):
    assert client_of(viewer).get(url(make_device())).json()["results"] == []


def test_a_device_reads_its_own_and_no_others(client_of, device, make_device, photos):
    assert len(client_of(device).get(url(device)).json()["results"]) == 3
    assert client_of(make_device()).get(url(device)).status_code == 404


def test_a_stranger_gets_404_and_nobody_401(client_of, stranger, device, photos):
    assert client_of(stranger).get(url(device)).status_code == 404
    assert client_of(None).get(url(device)).status_code == 401


@pytest.mark.parametrize("query", ["?limit=0", "?limit=201", "?limit=x", "?cursor=%21"])
def test_a_bad_page_is_refused_by_name(client_of, viewer, device, query):
    answer = client_of(viewer).get(url(device, query))
    assert answer.status_code == 400
    assert answer.json()["errors"]
