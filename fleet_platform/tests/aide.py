"""A process of its own beside a server under test, on the same database and data folder: it makes what tests need
and changes what a worker or an administrator would change. Reads one call a line, answers one line; both are JSON.
"""

import json
import os
import re
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


def platform_person(email: str, role: str) -> int:
    """Somebody of the platform, not of any workspace."""
    from accounts.models import User

    return User.objects.create_user(email, PASSWORD, role=role).pk


def code_for(email: str) -> str:
    """The code that an e-mail to this address would bring."""
    from django.core import mail
    from django.test import override_settings

    from accounts.models import OneTimeCode
    from accounts.services import code_request, code_send

    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        code_request(email=email, way="email", address=None)
        code_send(code_id=OneTimeCode.objects.latest("pk").pk)
    return re.search(r"\b\d{6}\b", mail.outbox[-1].body)[0]


def temporary_password_for(email: str) -> str:
    """The temporary password that a message to this account would bring."""
    from django.core import mail
    from django.test import override_settings

    from accounts.models import TemporaryPassword
    from accounts.services import password_request, temporary_password_send

    kept = "django.core.mail.backends.locmem.EmailBackend"
    with override_settings(EMAIL_BACKEND=kept, SMS_BACKEND=""):
        password_request(email=email, address=None)
        temporary_password_send(temporary_id=TemporaryPassword.objects.latest("pk").pk)
    return re.search(r"\b\w{4}-\w{4}-\w{4}\b", mail.outbox[-1].body)[0]


def commit(device_id: int, samples: list[dict]) -> list[int]:
    """Samples that arrive through this process, as through the MQTT gateway: accepted and duplicates."""
    from accounts.models import Device
    from fleet_platform.telemetry import ingest, services

    device = Device.objects.get(pk=device_id)
    sender = ingest.Sender(device.pk, device.kind, device.workspace_id)
    body = json.dumps({"samples": samples}).encode()
    return list(services.batch_commit(ingest.parse_batch(body, sender).rows))


def count_uploads() -> int:
    from fleet_platform.media.models import Upload

    return Upload.objects.count()


def delete_strays(before: float) -> int:
    """As the worker does in the course of some days; epoch seconds."""
    from datetime import UTC, datetime

    from fleet_platform.media.strays import SIGNS, strays_delete

    moment = datetime.fromtimestamp(before, UTC)
    return sum(strays_delete(sign=sign, before=moment) for sign in SIGNS)


def delete_uploads() -> None:
    """As a manager of the platform does in the console."""
    from accounts.principal import Actor
    from accounts.roles import PlatformRole
    from fleet_platform.media.models import Upload
    from fleet_platform.media.services import upload_delete

    actor = Actor("user", None, "test", platform_role=PlatformRole.OWNER)
    for upload_id in list(Upload.objects.values_list("pk", flat=True)):
        upload_delete(actor=actor, upload_id=upload_id)


def floor_map(workspace_id: int, map_id: str) -> int:
    """A floor without a plan."""
    from robots.models import FloorMap

    floor = FloorMap(workspace_id=workspace_id, map_id=map_id, site="Hall", metres_per_pixel=0.05)
    floor.save()
    return floor.pk


def derive() -> None:
    """What the worker does every few seconds: drives, laps and counts of the samples that came."""
    from robots.services import drives_derive_due

    drives_derive_due()


def mark_offline() -> int:
    from fleet_platform.telemetry.services import silent_devices_mark_offline

    return silent_devices_mark_offline()


def expire_commands() -> int:
    from fleet_platform.telemetry.commands.services import commands_expire

    return commands_expire()


def way(workspace_id: int, map_id: str, points: list[dict]) -> int:
    """A floor with one way point list, `tour`; the floor's id."""
    from accounts.principal import Actor
    from accounts.roles import PlatformRole
    from robots.models import WayPointList
    from robots.services import floor_map_create, place_create

    actor = Actor("user", None, "test", platform_role=PlatformRole.OWNER)
    floor = floor_map_create(actor=actor, workspace_id=workspace_id, map_id=map_id)
    facts = {"way_point_id": "tour", "name": "Tour", "points": points}
    place_create(actor=actor, model=WayPointList, floor_id=floor.pk, **facts)
    return floor.pk


def come_due(schedule_id: int) -> None:
    """As if no scheduler had looked for two minutes."""
    from datetime import timedelta

    from django.utils import timezone

    from robots.models import ScheduleTimer

    ago = timezone.now() - timedelta(minutes=2)
    timers = ScheduleTimer.objects.filter(schedule_id=schedule_id)
    timers.update(swept_at=ago, next_due_at=ago + timedelta(minutes=1))


def periodic_task(task: str) -> list[str]:
    """Names of the entries that the scheduler's console has of a task."""
    from django_celery_beat.models import PeriodicTask

    return list(PeriodicTask.objects.filter(task=task, enabled=True).values_list("name", flat=True))


def move(device_id: int, workspace_id: int) -> None:
    from accounts.models import Device
    from fleet_platform.telemetry.services import devices_touch

    Device.objects.filter(pk=device_id).update(workspace_id=workspace_id)
    devices_touch(device_ids=[device_id])


def zone(workspace_id: int, polygon: list, kind: str = "red", map_id: str = "floor") -> int:
    from fleet_platform.telemetry.models import Zone

    made = Zone.objects.create(
        workspace_id=workspace_id, name="Zone", kind=kind, map_id=map_id, polygon=polygon
    )
    return made.pk


def drop_zone(zone_id: int) -> None:
    from fleet_platform.telemetry.models import Zone

    Zone.objects.filter(pk=zone_id).delete()


def leave(user_id: int, workspace_id: int) -> None:
    from accounts.models import Membership

    Membership.objects.filter(user_id=user_id, workspace_id=workspace_id).delete()


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
        code_for,
        temporary_password_for,
        platform_person,
        commit,
        floor_map,
        derive,
        mark_offline,
        count_uploads,
        delete_strays,
        delete_uploads,
        expire_commands,
        way,
        come_due,
        periodic_task,
        move,
        zone,
        drop_zone,
        leave,
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
