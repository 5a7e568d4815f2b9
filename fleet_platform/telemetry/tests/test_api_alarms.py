"""/api/fleet/alarms: the contract's keys, filters, pages, and what the two deeds answer."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from fleet_platform.telemetry.models import Alarm

pytestmark = pytest.mark.django_db
URL = "/api/fleet/alarms"
CONTRACT = {
    "id", "device_id", "code", "severity", "state", "raised_at", "acknowledged_at",
    "acknowledged_by", "cleared_at", "count", "data",
}  # fmt: skip


@pytest.fixture
def make_alarm(device):
    def make(of=device, **facts) -> Alarm:
        facts = {"code": "fault", "severity": "critical", **facts}
        return Alarm.objects.create(device=of, workspace=of.workspace, **facts)

    return make


@pytest.fixture
def alarm(make_alarm) -> Alarm:
    return make_alarm(data={"zone": {"id": 3}})


def test_an_alarm_tells_at_least_the_contracts_keys(client_of, viewer, alarm, device):
    told = client_of(viewer).get(f"{URL}/{alarm.pk}").json()
    assert set(told) >= CONTRACT
    assert (told["device_id"], told["device_name"], told["kind"]) == (
        device.pk,
        device.name,
        "robot",
    )
    assert told["data"] == {"zone": {"id": 3}}
    assert told["raised_at"].endswith("Z") and len(told["raised_at"]) == 24
    assert told["acknowledged_by"] is None


def test_acknowledging_answers_the_alarm_as_it_is_then(client_of, operator, alarm):
    client = client_of(operator)
    told = client.post(f"{URL}/{alarm.pk}/acknowledge", {"note": "seen"}).json()
    assert (told["state"], told["acknowledged_by"], told["note"]) == (
        "acknowledged",
        operator.email,
        "seen",
    )
    again = client.post(f"{URL}/{alarm.pk}/acknowledge")
    assert (again.status_code, again.json()) == (200, told)
    assert client.get(f"{URL}/{alarm.pk}").json() == told


def test_clearing_answers_the_alarm_as_it_is_then(client_of, operator, alarm):
    client = client_of(operator)
    told = client.post(f"{URL}/{alarm.pk}/clear").json()
    assert (told["state"], told["cleared_by"]) == ("cleared", operator.email)
    assert client.post(f"{URL}/{alarm.pk}/clear").json() == told


def test_several_at_once(client_of, operator, make_alarm):
    ids = [make_alarm(code=f"c{number}").pk for number in range(3)]
    answer = client_of(operator).post(f"{URL}/acknowledge", {"ids": [*ids, 999_999], "note": "x"})
    assert answer.status_code == 200
    assert sorted(one["id"] for one in answer.json()["results"]) == ids
    assert {one["state"] for one in answer.json()["results"]} == {"acknowledged"}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/ids"),
        ({"ids": 5}, "/ids"),
        ({"ids": ["x"]}, "/ids/0"),
        ({"ids": [0]}, "/ids/0"),
        ({"ids": [1] * 201}, "/ids"),
        ({"ids": [1], "note": "x" * 1001}, "/note"),
    ],
)
def test_a_bad_list_is_named(client_of, operator, body, pointer):
    answer = client_of(operator).post(f"{URL}/acknowledge", body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_alarms_are_filtered(client_of, viewer, make_alarm, make_device, other_workspace):
    other, foreign = make_device(), make_device(other_workspace)
    make_alarm(code="a")
    make_alarm(code="b", state="acknowledged")
    make_alarm(code="c", state="cleared")
    make_alarm(code="d", severity="warning")
    make_alarm(of=other, code="e", severity="info")
    make_alarm(of=foreign, code="f")
    client = client_of(viewer)

    def asked(query: str) -> list[str]:
        return [one["code"] for one in client.get(f"{URL}?{query}").json()["results"]]

    assert asked("") == ["e", "d", "c", "b", "a"]
    assert asked("state=raised") == ["e", "d", "a"]
    assert asked("state=raised,acknowledged") == ["e", "d", "b", "a"]
    assert asked("severity=warning,info") == ["e", "d"]
    assert asked(f"device={other.pk}") == ["e"]
    assert asked(f"device={foreign.pk}") == []
    assert asked(f"workspace={other_workspace.pk}") == []
    assert asked(f"workspace={other.workspace_id}&state=cleared") == ["c"]


@pytest.mark.parametrize(
    "query",
    [
        "state=open",
        "state=raised,open",
        "severity=bad",
        "device=x",
        "limit=9999",
        "cursor=!",
        "code=a%00b",
        "kind=boat",
        "kind=robot,boat",
        "from=soon",
        "to=yesterday",
        "from=5&to=4",
        "format=xml",
    ],
)
def test_a_bad_filter_is_named(client_of, viewer, query):
    answer = client_of(viewer).get(f"{URL}?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == f"/{query.split('=')[0]}"


def codes(client, query: str) -> list[str]:
    answer = client.get(f"{URL}?{query}")
    assert answer.status_code == 200, answer.content
    return [one["code"] for one in answer.json()["results"]]


def test_alarms_are_filtered_by_code_and_kind_of_device(client_of, viewer, make_alarm, make_device):
    drone, depot = make_device(kind="drone"), make_device(kind="depot")
    make_alarm(code="red_zone")
    make_alarm(of=drone, code="fence")
    make_alarm(of=depot, code="silent")
    client = client_of(viewer)
    assert codes(client, "code=fence") == ["fence"]
    assert codes(client, "code=fence, red_zone") == ["fence", "red_zone"]
    assert codes(client, "code=never_heard_of") == []
    assert codes(client, "kind=drone,depot") == ["silent", "fence"]
    assert codes(client, "kind=robot&code=fence") == []


def test_alarms_are_those_raised_between_two_times_be_it_again(client_of, viewer, make_alarm):
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    hour = timedelta(hours=1)
    make_alarm(code="early", raised_at=noon - hour, last_raised_at=noon - hour)
    make_alarm(code="again", raised_at=noon - hour, last_raised_at=noon + hour)
    make_alarm(code="late", raised_at=noon + 2 * hour, last_raised_at=noon + 2 * hour)
    client = client_of(viewer)
    assert codes(client, "from=2026-01-01T12:00:00Z") == ["late", "again"]
    assert codes(client, "to=2026-01-01T12:00:00Z") == ["again", "early"]
    assert codes(client, "from=2026-01-01T21:00:00%2B09:00&to=1767272400") == ["again"]
    assert codes(client, "from=2026-01-01T14:00:00Z&to=2026-01-01T14:00:00Z") == ["late"]
    assert codes(client, "to=999999999999999") == ["late", "again", "early"]


@pytest.fixture
def table(client_of):
    """`table(who, query)`: the rows of the list as CSV."""

    def get(who, query: str = "") -> list[dict]:
        answer = client_of(who).get(f"{URL}?format=csv&{query}")
        assert answer.status_code == 200, answer.content
        return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))

    return get


def test_csv_is_every_alarm_as_one_file(table, viewer, device, make_alarm, monkeypatch):
    monkeypatch.setattr("fleet_platform.telemetry.api.alarms.MOST", 3)
    ids = [make_alarm(code=f"c{number}", data={"n": number}).pk for number in range(7)]
    rows = table(viewer)
    assert [int(row["id"]) for row in rows] == ids[::-1]
    assert set(rows[0]) >= CONTRACT | {"device_name", "note"}
    assert (rows[0]["device_name"], rows[0]["data"]) == (device.name, '{"n":6}')
    assert rows[0]["acknowledged_by"] == ""


def test_csv_has_the_filters_and_the_scope_of_the_list(
    table, viewer, stranger, owner, make_alarm, make_device, other_workspace
):
    make_alarm(code="a", state="cleared")
    make_alarm(code="b")
    make_alarm(of=make_device(other_workspace), code="foreign")
    assert [row["code"] for row in table(viewer)] == ["b", "a"]
    assert [row["code"] for row in table(owner, "state=raised")] == ["b"]
    assert [row["code"] for row in table(stranger)] == ["foreign"]
    assert table(viewer, f"workspace={other_workspace.pk}") == []


def test_csv_runs_no_formula(table, viewer, make_alarm):
    make_alarm(note="=HYPERLINK(1)")
    assert table(viewer)[0]["note"] == "'=HYPERLINK(1)"


def test_csv_is_a_file_with_a_name_and_may_be_asked_for_by_accept(client_of, viewer, alarm):
    answer = client_of(viewer).get(URL, headers={"Accept": "text/csv"})
    assert answer.streaming and answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="alarms_2')
    assert client_of(None).get(f"{URL}?format=csv").status_code == 401


def test_a_bad_filter_is_named_for_csv_too(client_of, viewer):
    answer = client_of(viewer).get(f"{URL}?format=csv&kind=boat")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/kind"


def test_who_asks_for_files_without_end_waits(settings, client_of, viewer, owner):
    settings.EXPORTS_PER_HOUR = 2
    client = client_of(viewer)
    assert [client.get(f"{URL}?format=csv").status_code for _ in range(3)] == [200, 200, 429]
    assert (
        client.get(URL).status_code == client_of(owner).get(f"{URL}?format=csv").status_code == 200
    )


def test_pages_neither_skip_nor_repeat_while_alarms_come_and_come_again(
    client_of, viewer, make_alarm
):
    ids = [make_alarm(code=f"c{number}").pk for number in range(7)]
    client, found, cursor = client_of(viewer), [], ""
    while cursor is not None:
        page = client.get(f"{URL}?limit=3&cursor={cursor}").json()
        found += [one["id"] for one in page["results"]]
        cursor = page["next"]
        make_alarm(code=f"new{cursor}")
        Alarm.objects.filter(pk=ids[0]).update(count=9)
    assert found == ids[::-1]


def test_a_list_takes_the_same_few_queries_however_long(
    client_of, viewer, operator, make_alarm, make_device, django_assert_max_num_queries
):
    for number in range(20):
        make_alarm(of=make_device(), code=f"c{number}", acknowledged_by=operator)
    client = client_of(viewer)
    with django_assert_max_num_queries(6):
        assert len(client.get(URL).json()["results"]) == 20
