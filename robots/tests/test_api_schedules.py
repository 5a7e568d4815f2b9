"""The wire of schedules: bodies, pages, runs by hand."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from fleet_platform.telemetry.models import Command
from robots.models import Schedule

PATH = "/api/fleet/schedules"


@pytest.fixture
def client(client_of, operator):
    return client_of(operator)


@pytest.fixture
def body(floor, way, robot) -> dict:
    timers = [{"hours": 9, "minutes": 30, "way_point_id": way, "repeats": 2, "go_charger": True}]
    return {
        "floor_id": floor.pk,
        "title": "Morning round",
        "week_days": [1, 2, 3, 4, 5],
        "robots": [robot.robot_id],
        "timers": timers,
    }


def test_a_new_schedule_tells_when_it_is_due(client, body, floor):
    answer = client.post(PATH, body)
    assert answer.status_code == 201
    told = answer.json()
    assert answer["Location"] == f"{PATH}/{told['id']}"
    assert {name: told[name] for name in body if name != "timers"} == {
        name: value for name, value in body.items() if name != "timers"
    }
    assert (told["state"], told["time_zone"], told["map_id"]) == (
        "active",
        "Asia/Seoul",
        floor.map_id,
    )
    [timer] = told["timers"]
    assert timer["cron"] == "30 9 * * 1,2,3,4,5"
    assert len(told["next"]) == 5
    assert told["next"][0] == {"at": timer["next_due_at"], "timer_id": timer["id"]}
    for one in told["next"]:
        at = datetime.fromisoformat(one["at"]).astimezone(ZoneInfo("Asia/Seoul"))
        assert (at.hour, at.minute) == (9, 30) and at.isoweekday() <= 5
    assert client.get(answer["Location"]).json() == told


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"title": None}, "/title"),
        ({"floor_id": "x"}, "/floor_id"),
        ({"week_days": [8]}, "/week_days/0"),
        ({"week_days": "daily"}, "/week_days"),
        ({"cron_format": "x"}, "/cron_format"),
        ({"time_zone": "Nowhere"}, "/time_zone"),
        ({"robots": [1.5, {}]}, "/robots/1"),
        ({"robots": ["nobody"]}, "/robots"),
        ({"timers": [{"hours": 25, "minutes": 0, "go_charger": True}]}, "/timers/0/hours"),
        ({"timers": [{"hours": 9, "go_charger": True}]}, "/timers/0/minutes"),
        (
            {"timers": [{"hours": 9, "minutes": 0, "way_point_id": "x"}]},
            "/timers/0/way_point_id",
        ),
        ({"timers": {"hours": 9}}, "/timers/body"),
    ],
)
def test_bad_input_is_named(client, body, changes, pointer):
    answer = client.post(PATH, {**body, **changes})
    assert answer.status_code == 400
    assert pointer in {one["pointer"] for one in answer.json()["errors"]}
    assert not Schedule.objects.exists()


def test_a_floor_abroad_is_a_missing_one(client_of, stranger, body):
    answer = client_of(stranger).post(PATH, body)
    assert answer.status_code == 404


def test_it_is_changed_in_part(client, body):
    made = client.post(PATH, body).json()
    path, [timer] = f"{PATH}/{made['id']}", made["timers"]
    paused = client.patch(path, {"state": "paused"}).json()
    assert (paused["state"], paused["next"], paused["title"]) == ("paused", [], made["title"])
    changed = client.patch(
        path, {"state": "active", "timers": [{"id": timer["id"], "hours": 10}]}
    ).json()
    [after] = changed["timers"]
    assert (after["id"], after["hours"], after["minutes"]) == (timer["id"], 10, 30)
    assert client.patch(path, {"robots": []}).json()["robots"] == []
    assert client.patch(path, {"timers": [{"id": 999_999}]}).status_code == 400


def test_it_is_dropped(client, body):
    path = f"{PATH}/{client.post(PATH, body).json()['id']}"
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


def test_a_list_in_pages_by_floor(client, client_of, stranger, body, floor):
    ids = [client.post(PATH, body).json()["id"] for _ in range(3)]
    first = client.get(f"{PATH}?floor={floor.pk}&limit=2").json()
    assert [one["id"] for one in first["results"]] == ids[:2]
    rest = client.get(f"{PATH}?limit=2&cursor={first['next']}").json()
    assert [one["id"] for one in rest["results"]] == ids[2:]
    assert client.get(f"{PATH}?floor=999999").json()["results"] == []
    assert client_of(stranger).get(PATH).json()["results"] == []


def test_a_list_asks_the_database_as_often_for_many_as_for_one(
    client, body, django_assert_max_num_queries
):
    for _ in range(8):
        client.post(PATH, body)
    with django_assert_max_num_queries(12):
        assert len(client.get(PATH).json()["results"]) == 8


def test_the_same_request_again_drives_nobody_off_twice(client, body):
    timers = [*body["timers"], {"hours": 23, "minutes": 1, "go_charger": True}]
    path = client.post(PATH, {**body, "timers": timers}).headers["Location"]
    asked = {"request_id": "mine-1"}
    first = client.post(f"{path}/run", asked)
    again = client.post(f"{path}/run", asked)
    assert (again.status_code, again.json()) == (201, first.json())
    assert len(first.json()) == len(timers)
    sent = sum(len(run["command_ids"]) for run in first.json())
    assert Command.objects.count() == sent
    of_one = {**asked, "timer_id": first.json()[0]["timer_id"]}
    assert client.post(f"{path}/run", of_one).status_code == 409
    assert client.post(f"{path}/run", {"request_id": "with blanks"}).status_code == 400
    assert client.post(f"{path}/run", {"request_id": "mine-2"}).status_code == 201
    assert Command.objects.count() == 2 * sent


def test_it_is_run_by_hand_and_on_record(client, body, robot):
    path = f"{PATH}/{client.post(PATH, body).json()['id']}"
    answer = client.post(f"{path}/run")
    assert answer.status_code == 201
    [run] = answer.json()
    assert (run["state"], run["by_hand"], len(run["command_ids"])) == ("fired", True, 2)
    assert set(Command.objects.values_list("pk", flat=True)) == set(run["command_ids"])
    assert client.get(f"{path}/runs").json() == {"results": [run], "next": None}
    assert client.post(f"{path}/run", {"timer_id": 999_999}).status_code == 400


def test_its_commands_tell_where_they_come_from(client, body, robot):
    id = client.post(PATH, body).json()["id"]
    client.post(f"{PATH}/{id}/run")
    commands = client.get(f"/api/fleet/devices/{robot.device_id}/commands").json()["results"]
    assert [one["name"] for one in commands] == ["return_to_charger", "drive_route"]
    assert {one["source"] for one in commands} == {f"schedule:{id}"}


def test_its_timers_are_told_in_words_of_the_reader(client, body):
    path = f"{PATH}/{client.post(PATH, body).json()['id']}"
    days = "Monday to Friday"
    assert client.get(path).json()["timers"][0]["words"] == f"09:30 on {days}"
    korean = client.get(path, headers={"accept-language": "ko"}).json()["timers"][0]["words"]
    assert "월요일" in korean


def test_what_became_of_its_commands_is_told_with_each_run(client, body, robot):
    id = client.post(PATH, body).json()["id"]
    assert client.get(PATH).json()["results"][0]["last_run"] is None
    client.post(f"{PATH}/{id}/run")
    [run] = client.post(f"{PATH}/{id}/run").json()
    Command.objects.filter(pk=run["command_ids"][0]).update(state="failed", detail="no way there")
    [newest, _] = client.get(f"{PATH}/{id}/runs").json()["results"]
    told = [(one["name"], one["state"], one["detail"]) for one in newest["commands"]]
    assert told == [("drive_route", "failed", "no way there"), ("return_to_charger", "asked", "")]
    assert {(one["device_id"], one["device_name"]) for one in newest["commands"]} == {
        (robot.device_id, robot.device.name)
    }
    assert client.get(PATH).json()["results"][0]["last_run"] == newest
    assert client.get(f"{PATH}/{id}").json()["last_run"] == newest


def test_a_run_tells_of_no_command_to_a_device_that_left_the_workspace(
    client, body, robot, other_workspace
):
    path = f"{PATH}/{client.post(PATH, body).json()['id']}"
    [run] = client.post(f"{path}/run").json()
    Command.objects.update(workspace=other_workspace)
    [after] = client.get(f"{path}/runs").json()["results"]
    assert after == {**run, "commands": []}


# --- what is being typed ---


@pytest.fixture
def preview(client):
    def ask(timers=(), **facts):
        body = {"time_zone": "Asia/Seoul", "timers": list(timers), **facts}
        return client.post(f"{PATH}/preview", body)

    return ask


def test_a_preview_tells_words_and_the_next_times(preview):
    timers = [{"hours": 9, "minutes": 30}, {"cron_format": "0 18 * * *"}, {}]
    told = preview(timers, week_days=[1], cron_format="0 12 * * 2").json()
    assert told["timers"] == [
        {"cron": "30 9 * * 1", "words": "09:30 on Monday"},
        {"cron": "0 18 * * *", "words": "18:00"},
        {"cron": "0 12 * * 2", "words": "12:00 on Tuesday"},
    ]
    times = [(datetime.fromisoformat(one["at"]), one["timer"]) for one in told["next"]]
    assert len(times) == 5 and times == sorted(times)
    hours = {0: 9, 1: 18, 2: 12}
    for at, timer in times:
        assert at.astimezone(ZoneInfo("Asia/Seoul")).hour == hours[timer]
    assert not Schedule.objects.exists()


@pytest.mark.parametrize(
    ("timer", "facts", "pointer"),
    [
        ({"cron_format": "x"}, {}, "/timers/0/cron_format"),
        ({"hours": 9}, {}, "/timers/0/minutes"),
        ({}, {}, "/timers/0/cron_format"),
        ({"hours": 9, "minutes": 0}, {"time_zone": "Nowhere"}, "/time_zone"),
        ({"hours": 9, "minutes": 0}, {"week_days": [9]}, "/week_days/0"),
        ({}, {"cron_format": "99 * * * *"}, "/cron_format"),
    ],
)
def test_a_preview_names_what_is_wrong(preview, timer, facts, pointer):
    answer = preview([timer], **facts)
    assert answer.status_code == 400
    assert pointer in {one["pointer"] for one in answer.json()["errors"]}


def test_a_wrong_entry_is_explained_in_the_language_of_the_reader(client):
    body = {"time_zone": "UTC", "timers": [{"cron_format": "99 * * * *"}]}
    for language, said in [("en", "has no minute '99': it is 0 to 59"), ("ko", "분 값이")]:
        headers = {"accept-language": language}
        [error] = client.post(f"{PATH}/preview", body, headers=headers).json()["errors"]
        assert said in error["detail"]
