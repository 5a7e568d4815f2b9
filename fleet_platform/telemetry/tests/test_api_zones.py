"""/api/fleet/zones: the contract's keys, filters, pages, and refusals that name the field."""

import pytest

from fleet_platform.telemetry.models import Zone

pytestmark = pytest.mark.django_db
SQUARE = [[100, 100], [200, 100], [200, 200], [100, 200]]
URL = "/api/fleet/zones"


@pytest.fixture
def zone(workspace) -> Zone:
    return Zone.objects.create(workspace=workspace, name="Stairs", map_id="1f", polygon=SQUARE)


@pytest.fixture
def body(workspace) -> dict:
    return {"workspace_id": workspace.pk, "name": "Stairs", "map_id": "1f", "polygon": SQUARE}


def test_a_new_zone_is_answered_with_exactly_the_contracts_keys(client_of, operator, body):
    answer = client_of(operator).post(URL, body)
    assert answer.status_code == 201
    told = answer.json()
    assert answer["Location"] == f"{URL}/{told['id']}"
    assert told == {
        "id": Zone.objects.get().pk,
        **body,
        "kind": "red",
        "crs": "map",
        "color": "#B3261E",
        "active": True,
    }
    assert client_of(operator).get(answer["Location"]).json() == told


def test_a_fence_in_degrees(client_of, operator, body):
    ring = [[126.97, 37.56], [126.98, 37.56], [126.98, 37.57], [126.97, 37.56]]
    body |= {"kind": "fence", "crs": "wgs84", "map_id": None, "polygon": ring, "color": "#00ff00"}
    told = client_of(operator).post(URL, body).json()
    assert (told["kind"], told["crs"], told["map_id"]) == ("fence", "wgs84", None)
    assert len(told["polygon"]) == 3


def test_a_zone_is_changed_in_part(client_of, operator, zone):
    answer = client_of(operator).patch(f"{URL}/{zone.pk}", {"active": False, "name": "Steps"})
    assert answer.status_code == 200
    assert (answer.json()["active"], answer.json()["name"]) == (False, "Steps")
    assert answer.json()["polygon"] == SQUARE


def test_a_zone_stays_in_its_workspace(client_of, operator, zone, other_workspace):
    client_of(operator).patch(f"{URL}/{zone.pk}", {"workspace_id": other_workspace.pk})
    zone.refresh_from_db()
    assert zone.workspace_id != other_workspace.pk


def test_a_deleted_zone_is_gone(client_of, operator, zone):
    client = client_of(operator)
    assert client.delete(f"{URL}/{zone.pk}").status_code == 204
    assert client.get(f"{URL}/{zone.pk}").status_code == 404
    assert client.delete(f"{URL}/{zone.pk}").status_code == 404


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"polygon": "square"}, "/polygon"),
        ({"polygon": [[0, 0], [9, 0], [0, "9"]]}, "/polygon/2"),
        ({"polygon": [[0, 0], [5, 5], [9, 9]]}, "/polygon"),
        ({"kind": "blue"}, "/kind"),
        ({"crs": "mars"}, "/crs"),
        ({"map_id": None}, "/map_id"),
        ({"color": "red"}, "/color"),
        ({"name": " "}, "/name"),
        ({"active": "perhaps"}, "/active"),
        ({"workspace_id": "here"}, "/workspace_id"),
    ],
)
def test_bad_input_is_named(client_of, operator, body, changes, pointer):
    answer = client_of(operator).post(URL, body | changes)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


@pytest.mark.parametrize("missing", ["workspace_id", "name", "polygon"])
def test_what_must_be_given_is_named(client_of, operator, body, missing):
    del body[missing]
    answer = client_of(operator).post(URL, body)
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{missing}"]


def names(answer) -> list[str]:
    return [zone["name"] for zone in answer.json()["results"]]


def test_zones_are_filtered(client_of, viewer, workspace, other_workspace):
    def draw(name, place=workspace, **facts):
        facts = {"map_id": "1f", "polygon": SQUARE, **facts}
        Zone.objects.create(workspace=place, name=name, **facts)

    draw("red")
    draw("fence", kind="fence")
    draw("upstairs", map_id="2f")
    draw("field", crs="wgs84", map_id="")
    draw("off", active=False)
    draw("foreign", other_workspace)
    client = client_of(viewer)

    def asked(query):
        return names(client.get(f"{URL}?{query}"))

    assert asked("") == ["red", "fence", "upstairs", "field", "off"]
    assert asked("map_id=2f") == ["upstairs"]
    assert asked("kind=fence") == ["fence"]
    assert asked("crs=wgs84&active=true") == ["field"]
    assert asked("active=false") == ["off"]
    assert asked(f"workspace={workspace.pk}&kind=red&crs=map&active=1") == ["red", "upstairs"]
    assert asked(f"workspace={other_workspace.pk}") == []


@pytest.mark.parametrize("query", ["kind=blue", "crs=mars", "active=x", "limit=0", "cursor=x"])
def test_a_bad_filter_is_named(client_of, viewer, query):
    answer = client_of(viewer).get(f"{URL}?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == f"/{query.split('=')[0]}"


def test_pages_neither_skip_nor_repeat(client_of, viewer, workspace):
    for number in range(7):
        Zone.objects.create(workspace=workspace, name=f"{number}", map_id="1f", polygon=SQUARE)
    client, found, cursor = client_of(viewer), [], ""
    while cursor is not None:
        page = client.get(f"{URL}?limit=3&cursor={cursor}").json()
        found += [zone["name"] for zone in page["results"]]
        cursor = page["next"]
    assert found == [f"{number}" for number in range(7)]


def test_a_list_takes_the_same_few_queries_however_long(
    client_of, viewer, workspace, django_assert_max_num_queries
):
    for number in range(30):
        Zone.objects.create(workspace=workspace, name=f"{number}", map_id="1f", polygon=SQUARE)
    client = client_of(viewer)
    with django_assert_max_num_queries(6):
        assert len(client.get(URL).json()["results"]) == 30
