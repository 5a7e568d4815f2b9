"""What every test may ask for: a workspace with one person of each rank, a stranger with a workspace of her own,
and makers of users, devices, tokens and clients."""

import itertools

import pytest
from django.core.cache import cache
from django.db import connection
from rest_framework.test import APIClient

from accounts import services, tokens
from accounts.models import Device, Membership, User, Workspace
from accounts.principal import ANONYMOUS
from accounts.roles import PlatformRole, Role
from accounts.selectors import actor_of_device, actor_of_user
from accounts.sms import memory
from accounts.tests.post import PostOffice

PASSWORD = "correct horse battery"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """PostgreSQL drops no database in use: threads of ended tests may still hold pooled connections to it."""
    yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )


@pytest.fixture(autouse=True)
def fresh_process(settings):
    """No tries counted by an earlier test, and hashing that costs nothing (tests about hashing set their own)."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.SMS_BACKEND = "accounts.sms.memory.SmsBackend"
    memory.outbox.clear()
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(scope="session", autouse=True)
def queue_of_this_process():
    """Test processes share a data folder, and must not take each other's tasks."""
    from fleet_platform.celery import app

    app.conf.broker_url = "memory://"


@pytest.fixture
def post_office(django_capture_on_commit_callbacks) -> PostOffice:
    """`with post_office(): client.post(...)` carries out what was queued; then ask it for `.code` and the like."""
    return PostOffice(django_capture_on_commit_callbacks)


@pytest.fixture
def make_user(db):
    """`make_user(workspace=..., roles=("viewer",), **fields)`; the password is conftest.PASSWORD."""

    def make(workspace=None, roles=(), email=None, password=PASSWORD, **fields) -> User:
        email = email or f"person{next(_numbers)}@test.example"
        user = User.objects.create_user(email, password, **fields)
        for role in roles:
            Membership.objects.create(user=user, workspace=workspace, role=role)
        return user

    return make


@pytest.fixture
def workspace(db) -> Workspace:
    return Workspace.objects.create(name="Home", time_zone="Asia/Seoul")


@pytest.fixture
def other_workspace(db) -> Workspace:
    return Workspace.objects.create(name="Elsewhere")


@pytest.fixture
def owner(make_user, workspace) -> User:
    return make_user(workspace, [Role.OWNER], email="owner@test.example", name="Olga")


@pytest.fixture
def admin(make_user, workspace) -> User:
    return make_user(workspace, [Role.ADMIN], email="admin@test.example", name="Adam")


@pytest.fixture
def operator(make_user, workspace) -> User:
    return make_user(workspace, [Role.OPERATOR], email="operator@test.example", name="Opal")


@pytest.fixture
def viewer(make_user, workspace) -> User:
    return make_user(workspace, [Role.VIEWER], email="viewer@test.example", name="Vera")


@pytest.fixture
def stranger(make_user, other_workspace) -> User:
    """An owner, but of another workspace."""
    return make_user(other_workspace, [Role.OWNER], email="stranger@test.example", name="Sten")


@pytest.fixture
def platform_owner(make_user) -> User:
    return make_user(email="root@test.example", role=PlatformRole.OWNER)


@pytest.fixture
def platform_admin(make_user) -> User:
    return make_user(email="ground@test.example", role=PlatformRole.ADMIN)


@pytest.fixture
def make_device(db, workspace, make_user):
    """A device with its secret at `.secret`."""

    def make(workspace=workspace, kind=Device.Kind.ROBOT, name=None, **fields) -> Device:
        number = next(_numbers)
        maker = make_user(role=PlatformRole.OWNER)
        device, secret = services.device_create(
            actor=actor_of_user(maker),
            workspace_id=workspace.pk,
            kind=kind,
            name=name or f"device {number}",
            serial_number=fields.pop("serial_number", f"SN-{number}"),
            **fields,
        )
        device.secret = secret
        return device

    return make


@pytest.fixture
def device(make_device) -> Device:
    return make_device()


@pytest.fixture
def actor_of():
    """The Actor of a user, a device or nobody."""

    def make(somebody):
        if somebody is None:
            return ANONYMOUS
        return (
            actor_of_device(somebody) if isinstance(somebody, Device) else actor_of_user(somebody)
        )

    return make


@pytest.fixture
def token_of(db):
    """An access token of a user's new login session."""
    return lambda user: tokens.issue(user, "user").access


@pytest.fixture
def device_token(db):
    """An access token of a device that make_device made."""
    return lambda device: tokens.issue_for_device(device.credentials.get(revoked_at=None))


@pytest.fixture
def client_of(token_of, device_token):
    """A REST client of a user, a device or nobody (None), by bearer token."""

    def make(somebody=None) -> APIClient:
        client = APIClient()
        if somebody is not None:
            token = device_token(somebody) if isinstance(somebody, Device) else token_of(somebody)
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        return client

    return make
