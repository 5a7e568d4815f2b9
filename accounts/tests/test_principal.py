"""Actors: what each may, and which rows it sees."""

import pytest

from accounts.models import Device, Workspace
from accounts.principal import ANONYMOUS
from accounts.selectors import devices_for, highest_role, workspaces_for
from fleet_platform.shared.errors import NotAllowed, NotAuthenticated, NotFound


def test_nobody_must_sign_in(workspace):
    with pytest.raises(NotAuthenticated):
        ANONYMOUS.require("device.view", workspace.pk)


def test_a_stranger_learns_nothing(actor_of, stranger, workspace):
    with pytest.raises(NotFound):
        actor_of(stranger).require("device.view", workspace.pk)


def test_a_member_of_a_lesser_role_is_told_so(actor_of, viewer, workspace):
    actor_of(viewer).require("device.view", workspace.pk)
    with pytest.raises(NotAllowed):
        actor_of(viewer).require("device.manage", workspace.pk)


def test_a_device_that_may_not_is_told_nothing(actor_of, device, workspace):
    with pytest.raises(NotFound):
        actor_of(device).require("device.manage", workspace.pk)


def test_roles_in_one_workspace_say_nothing_about_another(actor_of, owner, other_workspace):
    assert not actor_of(owner).may("device.view", other_workspace.pk)


def test_several_roles_add_up(actor_of, make_user, workspace):
    user = make_user(workspace, ["guardian", "viewer"])
    assert actor_of(user).may("device.view", workspace.pk)


def test_platform_roles_act_in_every_workspace(
    actor_of, platform_owner, platform_admin, workspace, other_workspace
):
    for place in (workspace.pk, other_workspace.pk, None):
        assert actor_of(platform_owner).may("workspace.remove", place)
        assert actor_of(platform_admin).may("workspace.manage", place)
        assert not actor_of(platform_admin).may("workspace.remove", place)


def test_people_see_the_devices_of_their_workspaces(
    actor_of, make_device, viewer, stranger, platform_owner, other_workspace
):
    here, there = make_device(), make_device(workspace=other_workspace)
    assert list(devices_for(actor_of(viewer))) == [here]
    assert list(devices_for(actor_of(stranger))) == [there]
    assert list(devices_for(actor_of(platform_owner))) == [here, there]


def test_a_device_sees_itself_alone(actor_of, make_device):
    one, _another = make_device(), make_device()
    assert list(devices_for(actor_of(one))) == [one]


def test_a_device_sees_no_rows_that_have_no_device(actor_of, device):
    rows = actor_of(device).scope("map.view", Workspace.objects.all(), workspace="id")
    assert not rows.exists()


def test_nobody_sees_nothing(make_device):
    make_device()
    assert not devices_for(ANONYMOUS).exists()
    assert not ANONYMOUS.scope("telemetry.view", Device.objects.all(), device="id").exists()


def test_workspaces_are_those_one_belongs_to(actor_of, viewer, device, workspace, other_workspace):
    assert list(workspaces_for(actor_of(viewer))) == [workspace]
    assert list(workspaces_for(actor_of(device))) == [workspace]
    assert not workspaces_for(ANONYMOUS).exists()


def test_the_highest_role_counts_platform_roles(
    owner, viewer, platform_admin, platform_owner, make_user
):
    people = (owner, viewer, platform_admin, platform_owner, make_user())
    assert [highest_role(person) for person in people] == [
        "owner",
        "viewer",
        "admin",
        "owner",
        None,
    ]
