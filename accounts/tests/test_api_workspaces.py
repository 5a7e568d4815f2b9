"""Who am I; workspaces and members over the wire, for everybody from nobody to the platform's owner."""

import pytest

from accounts.models import Workspace

WORKSPACES = "/api/fleet/workspaces"


def url(workspace, *rest) -> str:
    return "/".join([WORKSPACES, str(workspace.pk), *map(str, rest)])


def test_me_says_who_and_where(client_of, viewer, workspace):
    body = client_of(viewer).get("/api/fleet/me").json()
    places = body.pop("workspaces")
    assert body == {
        "kind": "user",
        "id": viewer.pk,
        "name": "Vera",
        "email": viewer.email,
        "platform_role": "user",
    }
    assert [(place["id"], place["roles"]) for place in places] == [(workspace.pk, ["viewer"])]
    assert places[0]["time_zone"] == "Asia/Seoul"
    assert places[0]["created_at"].endswith("Z")


def test_nobody_is_told_to_sign_in(client_of, workspace, db):
    for path in ("/api/fleet/me", WORKSPACES, url(workspace), url(workspace, "members")):
        response = client_of().get(path)
        assert response.status_code == 401
        assert response["WWW-Authenticate"]
        assert response.json()["type"] == "urn:fleet:problem:not-authenticated"


def test_a_workspace_is_seen_by_its_members_alone(client_of, viewer, stranger, workspace):
    assert client_of(viewer).get(url(workspace)).json()["name"] == "Home"
    assert client_of(stranger).get(url(workspace)).status_code == 404
    assert client_of(viewer).get(url(workspace, "x")).status_code == 404


def test_a_missing_workspace_looks_like_a_foreign_one(
    client_of, stranger, platform_owner, workspace
):
    foreign = client_of(stranger).get(url(workspace)).json()
    missing = client_of(platform_owner).get(f"{WORKSPACES}/999999").json()
    assert foreign["detail"] == missing["detail"]


def test_workspaces_come_in_pages(client_of, platform_owner):
    places = [Workspace.objects.create(name=f"place {number}") for number in range(5)]
    client, seen, cursor = client_of(platform_owner), [], ""
    for _ in range(3):
        page = client.get(WORKSPACES, {"limit": 2, "cursor": cursor}).json()
        seen += [place["id"] for place in page["results"]]
        cursor = page["next"]
    assert seen == [place.pk for place in places]
    assert cursor is None


@pytest.mark.parametrize(
    "asked", [{"limit": "0"}, {"limit": "201"}, {"limit": "x"}, {"cursor": "?"}]
)
def test_a_bad_page_is_named(client_of, viewer, asked):
    response = client_of(viewer).get(WORKSPACES, asked)
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == f"/{next(iter(asked))}"


def test_a_cursor_out_of_range_is_no_crash(client_of, viewer):
    from fleet_platform.shared.paging import encode_cursor

    for number in (-1, 2**63 - 1, 2**64 - 1):
        response = client_of(viewer).get(WORKSPACES, {"cursor": encode_cursor(number)})
        assert response.status_code in (200, 400)


def test_platform_roles_make_workspaces(client_of, platform_admin, owner):
    asked = {"name": "Mall", "time_zone": "Asia/Seoul"}
    response = client_of(platform_admin).post(WORKSPACES, asked)
    assert response.status_code == 201
    assert response.json()["roles"] == ["admin", "owner"]
    assert client_of(owner).post(WORKSPACES, asked).status_code == 403


def test_a_bad_time_zone_is_named(client_of, admin, workspace):
    response = client_of(admin).patch(url(workspace), {"time_zone": "Mars/Olympus"})
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/time_zone"


def test_managers_change_a_workspace(client_of, admin, operator, stranger, workspace):
    response = client_of(admin).patch(url(workspace), {"name": "New"})
    assert (response.status_code, response.json()["name"]) == (200, "New")
    assert client_of(operator).patch(url(workspace), {"name": "X"}).status_code == 403
    assert client_of(stranger).patch(url(workspace), {"name": "X"}).status_code == 404
    assert client_of().patch(url(workspace), {"name": "X"}).status_code == 401


def test_the_crew_sees_the_members_in_pages(client_of, owner, admin, viewer, workspace):
    client = client_of(viewer)
    first = client.get(url(workspace, "members"), {"limit": 2}).json()
    assert [row["email"] for row in first["results"]] == [owner.email, admin.email]
    second = client.get(url(workspace, "members"), {"limit": 2, "cursor": first["next"]}).json()
    assert second == {
        "results": [
            {"user_id": viewer.pk, "email": viewer.email, "name": "Vera", "roles": ["viewer"]}
        ],
        "next": None,
    }


def test_the_list_of_members_costs_the_same_however_many(
    client_of, owner, workspace, make_user, django_assert_max_num_queries
):
    for _ in range(20):
        make_user(workspace, ["viewer", "guardian"])
    client = client_of(owner)
    with django_assert_max_num_queries(6):
        assert len(client.get(url(workspace, "members")).json()["results"]) == 21


def test_strangers_guardians_and_devices_see_no_members(
    client_of, stranger, make_user, device, workspace
):
    guardian = make_user(workspace, ["guardian"])
    assert client_of(stranger).get(url(workspace, "members")).status_code == 404
    assert client_of(guardian).get(url(workspace, "members")).status_code == 403
    assert client_of(device).get(url(workspace, "members")).status_code in (403, 404)


def test_an_admin_adds_changes_and_removes_a_member(client_of, admin, stranger, workspace):
    client = client_of(admin)
    added = client.post(url(workspace, "members"), {"email": stranger.email, "roles": ["viewer"]})
    assert (added.status_code, added.json()["roles"]) == (201, ["viewer"])
    member = url(workspace, "members", stranger.pk)
    changed = client.put(member, {"roles": ["operator"]})
    assert (changed.status_code, changed.json()["roles"]) == (200, ["operator"])
    assert client.delete(member).status_code == 204
    assert client.delete(member).status_code == 404


def test_an_address_without_account_is_refused_neutrally(client_of, admin, workspace):
    asked = {"email": "nobody@test.example", "roles": ["viewer"]}
    response = client_of(admin).post(url(workspace, "members"), asked)
    assert response.status_code == 400
    assert response.json()["errors"] == [
        {"pointer": "/email", "detail": "No account with this address can be added."}
    ]


def test_trying_addresses_is_throttled(client_of, admin, workspace, monkeypatch):
    monkeypatch.setattr("accounts.services.workspaces.ADDS_PER_HOUR", 2)
    client = client_of(admin)
    said = [
        client.post(
            url(workspace, "members"), {"email": f"guess{number}@x.example", "roles": ["viewer"]}
        ).status_code
        for number in range(3)
    ]
    assert said == [400, 400, 429]


def test_the_last_owner_stays(client_of, owner, workspace):
    member = url(workspace, "members", owner.pk)
    assert client_of(owner).delete(member).status_code == 409
    assert client_of(owner).put(member, {"roles": ["viewer"]}).status_code == 409


def test_an_admin_makes_no_owner(client_of, admin, viewer, workspace):
    member = url(workspace, "members", viewer.pk)
    assert client_of(admin).put(member, {"roles": ["owner"]}).status_code == 403


def test_lesser_roles_change_no_members(client_of, operator, viewer, stranger, device, workspace):
    member = url(workspace, "members", viewer.pk)
    for somebody, status in ((operator, 403), (stranger, 404), (None, 401)):
        client = client_of(somebody)
        assert client.put(member, {"roles": ["operator"]}).status_code == status
        assert client.delete(member).status_code == status
    assert client_of(device).delete(member).status_code in (403, 404)


@pytest.mark.parametrize(
    "body", [{}, {"roles": []}, {"roles": "viewer"}, {"roles": ["king"]}, {"roles": [["viewer"]]}]
)
def test_bad_roles_are_named(client_of, admin, viewer, workspace, body):
    response = client_of(admin).put(url(workspace, "members", viewer.pk), body)
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"].startswith("/roles")


def test_a_cookie_writes_from_our_own_pages_alone(client_of, token_of, admin, workspace):
    client = client_of()
    client.cookies["access_token"] = token_of(admin)
    ours = {"HTTP_ORIGIN": "http://testserver", "HTTP_SEC_FETCH_SITE": "same-origin"}
    theirs = {"HTTP_ORIGIN": "https://evil.example", "HTTP_SEC_FETCH_SITE": "cross-site"}
    assert client.patch(url(workspace), {"name": "A"}, **ours).status_code == 200
    assert client.patch(url(workspace), {"name": "B"}, **theirs).status_code == 403
    assert client.get(url(workspace), **theirs).status_code == 200


def test_the_browsers_session_counts_too(admin, workspace, client):
    client.force_login(admin)
    assert client.get(url(workspace)).json()["id"] == workspace.pk
    response = client.patch(
        url(workspace),
        {"name": "B"},
        content_type="application/json",
        HTTP_ORIGIN="https://evil.example",
    )
    assert response.status_code == 403
