"""GET /stream and GET /stream/robot."""

import pytest

from accounts.roles import Role

pytestmark = pytest.mark.django_db
FIRST, SECOND = "2026-01-01T00:00:01Z", "2026-01-01T00:00:02Z"


def status(battery: int) -> dict:
    return {"robot_base_status": {"battery": battery}}


def battery_of(answer) -> int:
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    return answer.json()["robot_base_status"]["battery"]


def test_the_newest_tick_of_one_robot(robot, make_robot, send, client_of, viewer):
    send(robot, (FIRST, status(50)), (SECOND, status(49)))
    send(make_robot(), ("2026-01-01T00:00:03Z", status(10)))
    answer = client_of(viewer).get(f"/stream/robot?robot_id={robot.robot_id}")
    assert battery_of(answer) == 49
    assert answer.json()["create_at"] == "2026-01-01T09:00:02+09:00"
    assert answer.json()["robot_base_status"]["robot_id"] == robot.robot_id


def test_the_newest_tick_over_all_robots(robot, make_robot, send, client_of, viewer):
    send(robot, (SECOND, status(49)))
    send(make_robot(), (FIRST, status(10)))
    assert battery_of(client_of(viewer).get("/stream")) == 49


def test_a_late_sample_does_not_become_the_newest_tick(robot, send, client_of, viewer):
    send(robot, (SECOND, status(49)))
    send(robot, (FIRST, status(50)))
    assert battery_of(client_of(viewer).get("/stream")) == 49


def test_a_stranger_s_stream_holds_nothing_of_ours(robot, send, client_of, stranger):
    send(robot, (FIRST, status(50)))
    assert battery_of(client_of(stranger).get("/stream")) is False


def test_a_stream_of_nothing_tells_the_time_of_the_workspace(client_of, make_user, workspace):
    guardian = make_user(workspace, [Role.GUARDIAN])
    assert client_of(guardian).get("/stream").json()["create_at"].endswith("+09:00")
    assert client_of(make_user()).get("/stream").json()["create_at"].endswith("+00:00")


def test_a_robot_s_stream_is_its_own(robot, make_robot, send, client_of):
    other = make_robot()
    send(robot, (FIRST, status(50)))
    send(other, (SECOND, status(10)))
    assert battery_of(client_of(robot.device).get("/stream")) == 50


def test_a_robot_that_never_spoke_has_a_tick_without_changes(robot, client_of, viewer):
    document = client_of(viewer).get(f"/stream/robot?robot_id={robot.robot_id}").json()
    assert document.pop("create_at").endswith("+09:00")
    assert len(document) == 16
    assert not any(value for row in document.values() for value in row.values())


@pytest.mark.parametrize("query", ["", "?robot_id=", "?robot=5"])
def test_a_stream_of_no_named_robot_gets_400_that_names_the_field(client_of, viewer, query):
    answer = client_of(viewer).get(f"/stream/robot{query}")
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == ["robot_id"]


@pytest.mark.parametrize("robots", [1, 8])
def test_the_stream_costs_the_same_queries_for_any_number_of_robots(
    make_robot, send, client_of, viewer, django_assert_num_queries, robots
):
    for _ in range(robots):
        send(make_robot(), (FIRST, status(50)))
    client = client_of(viewer)
    with django_assert_num_queries(5):  # session, memberships, newest, robot, sample
        client.get("/stream")
