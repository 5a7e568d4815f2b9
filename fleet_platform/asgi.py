"""ASGI entry: the device ends first, then sockets by Channels, then Django."""

import gc
import importlib
import os
import warnings

import django

# What is made while the site loads lives as long as the process: the garbage collector need not look through it,
# neither now (a tenth of the start's CPU) nor later (a full collection would stop every request for 50 ms).
gc.disable()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleet_platform.settings")
# WhiteNoise hands files out in pieces read by a thread; each is small enough to be read whole.
warnings.filterwarnings("ignore", "StreamingHttpResponse must consume synchronous iterators")
django.setup(set_prefix=False)  # before anything that imports models

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import path  # noqa: E402

from fleet_platform.body_limit import BodyLimit  # noqa: E402
from fleet_platform.lifespan import Lifespan  # noqa: E402
from fleet_platform.request_threads import PooledHandler  # noqa: E402
from fleet_platform.telemetry import close_codes  # noqa: E402
from fleet_platform.telemetry.asgi import TelemetryEndpoint, device_socket  # noqa: E402
from fleet_platform.telemetry.live import LiveConsumer  # noqa: E402


async def refuse(scope, receive, send) -> None:
    """A websocket at an address that has none."""
    await send({"type": "websocket.close", "code": close_codes.NOT_FOUND})


sockets = URLRouter(
    [
        path("ws/live", LiveConsumer.as_asgi()),
        path("ws/device", device_socket),
        path("<path:rest>", refuse),
        path("", refuse),
    ]
)
requests = TelemetryEndpoint(BodyLimit(PooledHandler(settings.REQUEST_THREADS)))
application = ProtocolTypeRouter({"http": requests, "websocket": sockets, "lifespan": Lifespan()})

importlib.import_module(settings.ROOT_URLCONF)  # else the first request would wait for it
gc.freeze()
gc.enable()
