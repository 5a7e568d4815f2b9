"""Fills the database of a benchmark and prints, as one line of JSON, what the others need to know of it.

A process of its own, so that the benchmarks themselves never import the platform. Its argument is a JSON object:
devices, kind, users, rows (samples in all, devices interleaved) and port of the server to come.
"""

import json
import os
import sys
import time

import django
from django.conf import settings
from django.core.management import call_command

from . import samples

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleet_platform.settings")
ROWS_AT_ONCE = 10_000


def main() -> None:
    wanted = json.loads(sys.argv[1])
    os.environ["PORT"] = str(wanted.get("port", 8000))
    django.setup()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    call_command("migrate", verbosity=0, interactive=False)
    told = people(wanted.get("users", 1))
    told["devices"] = devices(
        told["workspace_id"], wanted.get("kind", "drone"), wanted.get("devices", 1)
    )
    if count := wanted.get("rows"):
        fill([device["id"] for device in told["devices"]], count, wanted.get("kind", "drone"))
    from fleet_platform.management.commands.start import web

    told["command"] = list(web().command)
    told["database"] = str(settings.DATABASES["default"]["NAME"])
    print(json.dumps(told))


def people(count: int) -> dict:
    from accounts import tokens
    from accounts.models import Membership, User, Workspace

    workspace = Workspace.objects.create(name="Benchmark")
    users = []
    for number in range(count):
        user = User.objects.create_user(f"viewer{number}@bench.example", "a long password")
        Membership.objects.create(user=user, workspace=workspace, role="operator")
        users.append(tokens.issue(user, "user").access)
    return {"workspace_id": workspace.pk, "users": users}


def devices(workspace_id: int, kind: str, count: int) -> list[dict]:
    from accounts import tokens
    from accounts.models import Credential, User
    from accounts.selectors import actor_of_user
    from fleet_platform.telemetry import store
    from fleet_platform.telemetry.services import device_register

    maker = User.objects.create_superuser("maker@bench.example", "a long password")
    made = []
    for number in range(count):
        device, _ = device_register(
            actor=actor_of_user(maker),
            workspace_id=workspace_id,
            kind=kind,
            name=f"{kind} {number}",
            serial_number=f"BENCH-{number}",
        )
        token = tokens.issue_for_device(Credential.objects.get(device=device))
        made.append({"id": device.pk, "token": token})
    known = store.states(device["id"] for device in made)
    return [{**device, "version": known[device["id"]].version} for device in made]


def fill(ids: list[int], count: int, kind: str) -> None:
    """Every device in turn, ten times a second each, the last of them now."""
    from django.db import transaction

    from fleet_platform.telemetry.store.writing import sample_rows

    end_us = time.time_ns() // 1000
    step_us = 100_000
    turns = count // len(ids)
    rows = (
        (id, at := end_us - (turns - turn) * step_us, 0, at, *samples.stored(kind, turn))
        for turn in range(turns)
        for id in ids
    )
    while part := [row for _, row in zip(range(ROWS_AT_ONCE), rows, strict=False)]:
        with transaction.atomic():
            sample_rows.run(part)


if __name__ == "__main__":
    main()
