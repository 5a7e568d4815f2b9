"""Reads telemetry from the MQTT broker until it is told to stop."""

import signal
import socket
import threading

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from fleet_platform.telemetry import runtime
from fleet_platform.telemetry.gateway import RECEIVE_MAXIMUM, Gateway, session_forget


class Command(BaseCommand):
    help = (
        "Take telemetry from the broker of MQTT_URL. Several gateways share the work; each needs a "
        "client id of its own and keeps it over restarts, so that nothing sent with QoS 1 is lost."
    )

    def add_arguments(self, parser):
        default = f"{settings.KEY_PREFIX}-gateway-{socket.gethostname()}"
        parser.add_argument("--client-id", default=default)
        parser.add_argument("--group", default=f"{settings.KEY_PREFIX}-gateway")
        parser.add_argument("--session-seconds", type=int, default=7 * 86_400)
        parser.add_argument("--receive-maximum", type=int, default=RECEIVE_MAXIMUM)
        parser.add_argument(
            "--forget",
            action="store_true",
            help="end the session of a gateway that will not come back, else the broker keeps its share",
        )

    def handle(self, *args, client_id, group, session_seconds, receive_maximum, forget, **options):
        if not settings.MQTT_URL:
            raise CommandError("Set MQTT_URL, e.g. mqtt://localhost:1883.")
        if forget:
            if not session_forget(client_id):
                raise CommandError("The broker did not answer.")
            self.stdout.write(f"The broker has forgotten {client_id}.")
            return
        done = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: done.set())
        gateway = Gateway(
            runtime.writer(),
            client_id=client_id,
            group=group,
            session_seconds=session_seconds,
            receive_maximum=receive_maximum,
        )
        gateway.start()
        done.wait()
        gateway.stop()
        runtime.writer().stop()
