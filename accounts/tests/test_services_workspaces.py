"""Workspaces and members: who may grant what, and the owner that always stays."""

import pytest

from accounts import services
from accounts.models import AuditRow, Membership, Workspace
from fleet_platform.shared.errors import Conflict, Invalid, NotAllowed, NotAuthenticated, NotFound


def roles_of(user, workspace) -> list[str]:
    return sorted(
        Membership.objects.filter(user=user, workspace=workspace).values_list("role", flat=True)
    )


def set_roles(actor, workspace, user, *roles):
    return services.member_set_roles(
        actor=actor, workspace_id=workspace.pk, user_id=user.pk, roles=roles
    )


def test_a_platform_admin_makes_a_workspace_and_owns_it(actor_of, platform_admin):
    place = services.workspace_create(
        actor=actor_of(platform_admin), name="Mall", time_zone="Asia/Seoul"
    )
    assert roles_of(platform_admin, place) == ["owner"]
    assert AuditRow.objects.get().verb == "workspace.add"


def test_nobody_else_makes_workspaces(actor_of, owner, device):
    for actor in (actor_of(owner), actor_of(device)):
        with pytest.raises(NotAllowed):
            services.workspace_create(actor=actor, name="Mine")
    with pytest.raises(NotAuthenticated):
        services.workspace_create(actor=actor_of(None), name="Mine")


@pytest.mark.parametrize("zone", ["", "Seoul", "Asia/Nowhere", "../etc/passwd", "UTC+9", "x" * 70])
def test_a_time_zone_must_be_a_real_one(actor_of, admin, workspace, zone):
    with pytest.raises(Invalid) as refusal:
        services.workspace_update(actor=actor_of(admin), workspace_id=workspace.pk, time_zone=zone)
    assert list(refusal.value.fields) == ["time_zone"]
    assert Workspace.objects.get(pk=workspace.pk).time_zone == "Asia/Seoul"


def test_an_admin_renames_the_workspace_and_an_operator_does_not(
    actor_of, admin, operator, stranger, workspace
):
    services.workspace_update(actor=actor_of(admin), workspace_id=workspace.pk, name="New")
    assert Workspace.objects.get(pk=workspace.pk).name == "New"
    assert AuditRow.objects.get().before == {"name": "Home"}
    with pytest.raises(NotAllowed):
        services.workspace_update(actor=actor_of(operator), workspace_id=workspace.pk, name="X")
    with pytest.raises(NotFound):
        services.workspace_update(actor=actor_of(stranger), workspace_id=workspace.pk, name="X")


def test_an_admin_sets_roles(actor_of, admin, viewer, workspace):
    set_roles(actor_of(admin), workspace, viewer, "operator", "guardian")
    assert roles_of(viewer, workspace) == ["guardian", "operator"]
    row = AuditRow.objects.get(verb="member.roles")
    assert row.before == {"roles": ["viewer"]}
    assert row.after == {"roles": ["guardian", "operator"]}


def test_an_admin_grants_no_ownership_to_others_or_himself(actor_of, admin, viewer, workspace):
    for user in (viewer, admin):
        with pytest.raises(NotAllowed):
            set_roles(actor_of(admin), workspace, user, "owner")
    assert roles_of(viewer, workspace) == ["viewer"]


def test_an_admin_takes_no_ownership(actor_of, admin, owner, workspace, make_user):
    make_user(workspace, ["owner"])
    with pytest.raises(NotAllowed):
        set_roles(actor_of(admin), workspace, owner, "viewer")
    with pytest.raises(NotAllowed):
        services.member_remove(actor=actor_of(admin), workspace_id=workspace.pk, user_id=owner.pk)
    assert roles_of(owner, workspace) == ["owner"]


def test_an_admin_adds_no_owner(actor_of, admin, stranger, workspace):
    with pytest.raises(NotAllowed):
        services.member_add(
            actor=actor_of(admin),
            workspace_id=workspace.pk,
            email=stranger.email,
            roles=["owner"],
        )
    assert roles_of(stranger, workspace) == []


def test_a_platform_admin_is_no_owner_either(actor_of, platform_admin, viewer, workspace):
    with pytest.raises(NotAllowed):
        set_roles(actor_of(platform_admin), workspace, viewer, "owner")


def test_the_last_owner_stays(actor_of, owner, platform_owner, workspace):
    for actor in (actor_of(owner), actor_of(platform_owner)):
        with pytest.raises(Conflict):
            set_roles(actor, workspace, owner, "admin")
        with pytest.raises(Conflict):
            services.member_remove(actor=actor, workspace_id=workspace.pk, user_id=owner.pk)
    assert roles_of(owner, workspace) == ["owner"]


def test_an_owner_makes_another_and_then_leaves(actor_of, owner, viewer, workspace):
    set_roles(actor_of(owner), workspace, viewer, "owner")
    services.member_remove(actor=actor_of(owner), workspace_id=workspace.pk, user_id=owner.pk)
    assert roles_of(owner, workspace) == []
    assert roles_of(viewer, workspace) == ["owner"]


def test_a_viewer_may_leave_but_send_nobody_away(actor_of, viewer, operator, workspace):
    with pytest.raises(NotAllowed):
        services.member_remove(
            actor=actor_of(viewer), workspace_id=workspace.pk, user_id=operator.pk
        )
    services.member_remove(actor=actor_of(viewer), workspace_id=workspace.pk, user_id=viewer.pk)
    assert roles_of(viewer, workspace) == []


def test_who_is_no_member_cannot_be_given_roles_by_id(actor_of, owner, stranger, workspace):
    with pytest.raises(NotFound):
        set_roles(actor_of(owner), workspace, stranger, "viewer")


def test_a_stranger_changes_no_members(actor_of, stranger, viewer, workspace):
    with pytest.raises(NotFound):
        set_roles(actor_of(stranger), workspace, viewer, "operator")
    with pytest.raises(NotFound):
        services.member_remove(
            actor=actor_of(stranger), workspace_id=workspace.pk, user_id=viewer.pk
        )


@pytest.mark.parametrize("roles", [[], ["king"], ["viewer", "king"], ["device"]])
def test_unknown_and_missing_roles_are_refused(actor_of, owner, viewer, workspace, roles):
    with pytest.raises(Invalid) as refusal:
        set_roles(actor_of(owner), workspace, viewer, *roles)
    assert list(refusal.value.fields) == ["roles"]


def test_adding_keeps_the_roles_that_a_member_has(actor_of, owner, viewer, workspace):
    services.member_add(
        actor=actor_of(owner),
        workspace_id=workspace.pk,
        email=viewer.email.upper(),
        roles=["guardian"],
    )
    assert roles_of(viewer, workspace) == ["guardian", "viewer"]


def test_unknown_and_dormant_accounts_are_refused_in_the_same_words(
    actor_of, owner, workspace, make_user
):
    dormant = make_user(is_active=False)
    said = []
    for email in (dormant.email, "nobody@test.example"):
        with pytest.raises(Invalid) as refusal:
            services.member_add(
                actor=actor_of(owner), workspace_id=workspace.pk, email=email, roles=["viewer"]
            )
        said.append(refusal.value.fields)
    assert said[0] == said[1]
