"""A process of its own beside a server under test, on the same database and data folder: it makes what tests need
and changes what a worker or an administrator would change. Reads one call a line, answers one line; both are JSON.
"""

import json
import os
import sys

import django

PASSWORD = "correct horse battery"
MEMBERS = ("owner", "admin", "operator", "viewer")


def world(robots: int = 4) -> dict:
    """Two workspaces with their people, robots in the first one and one robot in the other."""
    from accounts.models import Membership, User, Workspace
    from accounts.roles import Role

    home = Workspace.objects.create(name="Home", time_zone="Asia/Seoul")
    elsewhere = Workspace.objects.create(name="Elsewhere")
    for role in MEMBERS:
        user = User.objects.create_user(f"{role}@test.example", PASSWORD)
        Membership.objects.create(user=user, workspace=home, role=role)
    stranger = User.objects.create_user("stranger@test.example", PASSWORD)
    Membership.objects.create(user=stranger, workspace=elsewhere, role=Role.OWNER)
    made = [register(home.pk, f"bot-{number}") for number in range(1, robots + 1)]
    foreign = register(elsewhere.pk, "bot-elsewhere")
    return {"home": home.pk, "elsewhere": elsewhere.pk, "robots": made, "foreign": foreign}


def register(workspace_id: int, name: str) -> dict:
    from accounts.principal import Actor
    from accounts.roles import PlatformRole
    from fleet_platform.telemetry.services import device_register

    actor = Actor("user", None, "test", platform_role=PlatformRole.OWNER)
    device, secret = device_register(
        actor=actor,
        workspace_id=workspace_id,
        kind="robot",
        name=name,
        serial_number=name,
        extra={"robot_id": name},
    )
    return {"id": device.pk, "name": name, "secret": secret}


def person(workspace_id: int, email: str, role: str) -> int:
    from accounts.models import Membership, User

    user = User.objects.create_user(email, PASSWORD)
    Membership.objects.create(user=user, workspace_id=workspace_id, role=role)
    return user.pk


def commit(device_id: int, samples: list[dict]) -> list[int]:
    """Samples that arrive through this process, as through the MQTT gateway: accepted and duplicates."""
    from accounts.models import Device
    from fleet_platform.telemetry import ingest, services

    device = Device.objects.get(pk=device_id)
    sender = ingest.Sender(device.pk, device.kind, device.workspace_id)
    body = json.dumps({"samples": samples}).encode()
    return list(services.batch_commit(ingest.parse_batch(body, sender).rows))


def mark_silent() -> int:
    from fleet_platform.telemetry.services import silent_devices_mark_offline

    return silent_devices_mark_offline()


def move(device_id: int, workspace_id: int) -> None:
    from accounts.models import Device
    from fleet_platform.telemetry.services import devices_touch

    Device.objects.filter(pk=device_id).update(workspace_id=workspace_id)
    devices_touch(device_ids=[device_id])


def browser_session(email: str) -> str:
    """The key of a browser's session, as after the login page."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from accounts.models import User

    user = User.objects.get(email=email)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return session.session_key


def end_browser_session(key: str) -> None:
    from django.contrib.sessions.backends.db import SessionStore

    SessionStore(key).delete()


def stored(device_id: int) -> list[list[int]]:
    """(time in milliseconds, sequence) of every sample of a device, oldest first, read past the API."""
    from fleet_platform.telemetry.models import Sample

    rows = Sample.objects.filter(device_id=device_id).order_by("time_us", "seq")
    return [[time_us // 1000, seq] for time_us, seq in rows.values_list("time_us", "seq")]


CALLS = {
    call.__name__: call
    for call in (
        world,
        register,
        person,
        commit,
        mark_silent,
        move,
        browser_session,
        end_browser_session,
        stored,
    )
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleet_platform.settings")
    django.setup()
    for line in sys.stdin:
        name, arguments = json.loads(line)
        try:
            answer = {"result": CALLS[name](*arguments)}
        except Exception as error:
            answer = {"error": repr(error)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
