"""The platform's server with a publisher inside: it publishes as the writer does after a commit."""

import itertools
import os

from fleet_platform.asgi import application as platform
from fleet_platform.telemetry import runtime
from fleet_platform.telemetry.store import Change

from .publisher import MESSAGE_BYTES, open_door

DEVICE, WORKSPACE, VERSION = map(int, os.environ.get("BENCH_TOPIC", "1,1,0").split(","))
ENVELOPE = len(b'{"type":"event","topic":"device:","seq":,"data":{"device_id":,"note":""}}')
_versions = itertools.count(VERSION + 1)


def publish() -> None:
    version = next(_versions)
    filling = MESSAGE_BYTES - ENVELOPE - len(f"{DEVICE}{DEVICE}{version}")
    document = b'{"device_id":%d,"note":"%s"}' % (DEVICE, b"x" * filling)
    runtime.publish([Change(DEVICE, WORKSPACE, version, document)])


async def application(scope, receive, send) -> None:
    if scope["type"] == "lifespan":
        await open_door(publish)
    await platform(scope, receive, send)
