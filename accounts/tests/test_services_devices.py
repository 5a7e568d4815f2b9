"""Devices and their secrets."""

import pytest

from accounts import services, tokens
from accounts.models import AuditRow, Credential, Device
from accounts.selectors import actor_from
from fleet_platform.shared.errors import (
    Conflict,
    Gone,
    Invalid,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    TooMany,
)


def create(actor, workspace, **fields) -> tuple[Device, str]:
    fields = {"kind": "robot", "name": "Cubrick 1", "serial_number": "11000"} | fields
    return services.device_create(actor=actor, workspace_id=workspace.pk, **fields)


def login(identifier, secret, address="10.0.0.1") -> services.DeviceGrant:
    return services.device_login(identifier=str(identifier), secret=secret, address=address)


def still_works(token: str) -> bool:
    return actor_from(tokens.verify(token)) is not None


def test_an_operator_makes_a_device_that_can_sign_in(actor_of, operator, workspace):
    device, secret = create(actor_of(operator), workspace, factory_code="INTE-1")
    assert len(secret) >= 32
    for identifier in ("11000", "INTE-1", device.pk):
        grant = login(identifier, secret)
        assert grant.device_id == device.pk
        assert actor_from(tokens.verify(grant.token)).id == device.pk


def test_the_secret_is_stored_as_a_hash_and_audited_without(actor_of, operator, workspace):
    device, secret = create(actor_of(operator), workspace)
    assert secret not in device.credentials.get().secret_hash
    row = AuditRow.objects.get()
    assert (row.verb, row.target, row.workspace) == (
        "device.add",
        f"device:{device.pk}",
        workspace,
    )
    assert (row.actor, row.actor_name) == (f"user:{operator.pk}", operator.email)
    assert secret not in str(row.after)


def test_a_viewer_may_not_make_a_device_and_a_stranger_sees_no_workspace(
    actor_of, viewer, stranger, workspace
):
    with pytest.raises(NotAllowed):
        create(actor_of(viewer), workspace)
    with pytest.raises(NotFound):
        create(actor_of(stranger), workspace)
    assert not Device.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"), [("kind", "submarine"), ("name", ""), ("name", "x" * 151)]
)
def test_bad_facts_are_named(actor_of, operator, workspace, field, value):
    with pytest.raises(Invalid) as refusal:
        create(actor_of(operator), workspace, **{field: value})
    assert list(refusal.value.fields) == [field]


def test_a_serial_number_is_taken_once(actor_of, operator, workspace):
    create(actor_of(operator), workspace)
    with pytest.raises(Conflict):
        create(actor_of(operator), workspace)


def test_many_devices_may_lack_a_serial_number(actor_of, operator, workspace):
    for _ in range(2):
        create(actor_of(operator), workspace, serial_number="")
    assert Device.objects.filter(serial_number=None).count() == 2


def test_a_rename_is_audited_with_both_names(actor_of, operator, device):
    services.device_update(actor=actor_of(operator), device_id=device.pk, name="New")
    row = AuditRow.objects.get(verb="device.change")
    assert (row.before, row.after) == ({"name": device.name}, {"name": "New"})


def test_a_device_moves_only_between_workspaces_where_one_may(
    actor_of, operator, make_user, device, workspace, other_workspace
):
    with pytest.raises(NotFound):
        services.device_update(
            actor=actor_of(operator), device_id=device.pk, workspace_id=other_workspace.pk
        )
    both = make_user(workspace, ["operator"])
    other_workspace.memberships.create(user=both, role="operator")
    moved = services.device_update(
        actor=actor_of(both), device_id=device.pk, workspace_id=other_workspace.pk
    )
    assert moved.workspace_id == other_workspace.pk


def test_a_stranger_changes_nothing(actor_of, stranger, device):
    for deed in (services.credential_rotate, services.device_remove, services.device_update):
        with pytest.raises(NotFound):
            deed(actor=actor_of(stranger), device_id=device.pk)


def test_a_viewer_changes_nothing(actor_of, viewer, device):
    for deed in (services.credential_rotate, services.device_remove, services.device_update):
        with pytest.raises(NotAllowed):
            deed(actor=actor_of(viewer), device_id=device.pk)


def test_a_device_does_not_give_itself_a_secret(actor_of, device):
    with pytest.raises((NotAllowed, NotFound)):
        services.credential_rotate(actor=actor_of(device), device_id=device.pk)


def test_a_new_secret_ends_the_old_one_and_its_tokens(actor_of, operator, device):
    old = login(device.pk, device.secret).token
    secret = services.credential_rotate(actor=actor_of(operator), device_id=device.pk)
    assert secret != device.secret
    assert not still_works(old)
    with pytest.raises(NotAuthenticated):
        login(device.pk, device.secret)
    assert still_works(login(device.pk, secret).token)
    assert Credential.objects.filter(device=device, revoked_at=None).count() == 1


def test_a_removed_device_keeps_its_row_and_loses_its_tokens(actor_of, admin, device):
    token = login(device.pk, device.secret).token
    services.device_remove(actor=actor_of(admin), device_id=device.pk)
    device.refresh_from_db()
    assert device.removed_at is not None
    assert not device.online
    assert not still_works(token)
    with pytest.raises(Gone):
        login(device.pk, device.secret)
    with pytest.raises(NotAuthenticated):
        login(device.pk, "wrong")


def test_an_operator_may_not_remove_a_device(actor_of, operator, device):
    with pytest.raises(NotAllowed):
        services.device_remove(actor=actor_of(operator), device_id=device.pk)


@pytest.mark.parametrize("identifier", ["nobody", "", "0", "-1", "9" * 30, "\0", "٣", "1.0"])
def test_an_unknown_device_is_refused_like_a_wrong_secret(device, identifier):
    with pytest.raises(NotAuthenticated):
        login(identifier, device.secret)
    with pytest.raises(NotAuthenticated):
        login(device.pk, "wrong")


def test_a_serial_number_that_is_anothers_id_locks_nobody_out(make_device):
    one = make_device()
    other = make_device(serial_number=str(one.pk))
    assert login(one.pk, one.secret).device_id == one.pk
    assert login(one.pk, other.secret).device_id == other.pk


def test_wrong_secrets_lock_the_device_and_the_address(device, make_device, settings):
    settings.LOGIN_TRIES_PER_ACCOUNT, settings.LOGIN_TRIES_PER_ADDRESS = 3, 5
    other = make_device()
    for _ in range(3):
        with pytest.raises(NotAuthenticated):
            login(device.pk, "wrong")
    with pytest.raises(TooMany):
        login(device.pk, device.secret)
    assert login(device.pk, device.secret, address="10.0.0.9")
    for _ in range(2):
        with pytest.raises(NotAuthenticated):
            login("nobody", "wrong")
    with pytest.raises(TooMany):
        login(other.pk, other.secret)


def test_a_fleet_behind_one_address_may_sign_in_again_and_again(make_device, settings):
    settings.LOGIN_TRIES_PER_ACCOUNT = settings.LOGIN_TRIES_PER_ADDRESS = 2
    device = make_device()
    for _ in range(10):
        login(device.pk, device.secret)
