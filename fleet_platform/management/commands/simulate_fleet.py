"""Simulated robots, drones and stations over the public protocols: demo, load test and example for device makers."""

import asyncio
import contextlib
import os
import signal
import time
import uuid
from collections.abc import Callable

from django.core.management.base import BaseCommand, CommandError

from fleet_platform.telemetry.simulation.account import Away, DeviceLogin, Found, Person, Refused
from fleet_platform.telemetry.simulation.fleet import (
    Simulated,
    Tally,
    model_for,
    period_of,
    run_fleet,
    say,
)
from fleet_platform.telemetry.simulation.floors import FLOORS, Floor
from fleet_platform.telemetry.simulation.transports import (
    Broker,
    HttpTransport,
    MqttTransport,
    WebSocketTransport,
)

KINDS = ("robot", "drone", "remote_controller", "depot", "base_station")
LOCKED_OUT_PAUSE_SECONDS = 600
REPORT_SECONDS = 300


class Command(BaseCommand):
    help = (
        "Drive simulated devices. Finds the devices of your workspaces whose serial number begins with "
        "SIM-, or makes new ones with --create, gives each a new secret, and sends telemetry."
    )
    requires_system_checks = ()

    def add_arguments(self, parser):
        add = parser.add_argument
        add("--url", default="http://127.0.0.1:8000", help="address of the platform")
        add("--email", required=True, help="an operator's account")
        add("--password-env", default="FLEET_PASSWORD", help="variable that holds the password")
        add("--prefix", default="SIM-", help="beginning of the serial numbers to drive")
        add("--kinds", default=",".join(KINDS), help="kinds of devices, separated by commas")
        add("--count", type=int, help="at most so many devices")
        add("--create", type=int, default=0, help="make so many new devices and drive these alone")
        add("--rate", type=float, default=2.0, help="samples a second of each robot (default 2)")
        add("--transport", choices=("http", "websocket", "mqtt"), default="websocket")
        add(
            "--mqtt-url",
            default=os.environ.get("MQTT_URL", ""),
            help="broker, for --transport mqtt",
        )
        add("--mqtt-prefix", default=os.environ.get("MQTT_TOPIC_PREFIX", ""))
        add("--duration", type=float, help="seconds; without it until Ctrl-C")

    def handle(self, *args, **options):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        password = os.environ.get(options["password_env"], "")
        kinds = [kind.strip() for kind in options["kinds"].split(",")]
        if not password:
            raise CommandError(f"Put the password into the variable {options['password_env']}.")
        if unknown := set(kinds) - set(KINDS):
            raise CommandError(f"Unknown kinds: {', '.join(sorted(unknown))}.")
        if options["transport"] == "mqtt" and not options["mqtt_url"]:
            raise CommandError("--transport mqtt needs --mqtt-url or the variable MQTT_URL.")
        if options["rate"] <= 0:
            raise CommandError("--rate must be more than 0.")
        person = Person(options["url"], options["email"], password)
        tally = Tally()
        with contextlib.suppress(KeyboardInterrupt):
            devices = patiently(lambda: self.prepare(person, kinds, tally, options))
            if not devices:
                raise CommandError(
                    f"No device has a serial number that begins with {options['prefix']}."
                )
            say(f"Driving {len(devices)} devices by {options['transport']}")
            asyncio.run(drive(devices, options["duration"], tally))
        say(summary(tally))

    def prepare(self, person: Person, kinds: list[str], tally: Tally, options) -> list[Simulated]:
        with_secrets = (
            created(person, kinds, options["create"])
            if options["create"]
            else found(person, kinds, options["prefix"], options["count"])
        )
        floors = floors_by_device(person, options["prefix"])
        broker = None
        if options["transport"] == "mqtt":
            broker = Broker(options["mqtt_url"], options["mqtt_prefix"])
        return [
            Simulated(
                device=device,
                model=model_for(device, index, floors.get(device.id)),
                transport=transport(options["transport"], login, device, broker),
                login=login,
                period=period_of(device.kind, options["rate"]),
                tally=tally,
            )
            for index, (device, secret) in enumerate(with_secrets)
            for login in [DeviceLogin(person.url, str(device.id), secret)]
        ]


def floors_by_device(person: Person, prefix: str) -> dict[int, Floor]:
    """Serial numbers such as SIM-2F-... say where a robot belongs."""
    return {
        device.id: floor
        for floor in FLOORS
        for device in person.devices(f"{prefix}{floor.name}-", kind="robot")
    }


def found(person: Person, kinds: list[str], prefix: str, count: int | None):
    for number, device in enumerate(
        device for device in person.devices(prefix) if device.kind in kinds
    ):
        if count is not None and number >= count:
            return
        yield device, person.new_secret(device.id)


def created(person: Person, kinds: list[str], count: int):
    workspace, batch = person.first_workspace(), uuid.uuid4().hex[:6].upper()
    for number in range(count):
        kind = kinds[number % len(kinds)]
        name = f"Simulated {kind.replace('_', ' ')} {number + 1}"
        device_id, secret = person.create(workspace, kind, name, f"SIM-{batch}-{number + 1:04d}")
        yield Found(device_id, kind, name, {}), secret


def transport(name: str, login: DeviceLogin, device: Found, broker: Broker | None):
    if name == "http":
        return HttpTransport(login)
    if name == "websocket":
        return WebSocketTransport(login)
    return MqttTransport(broker, device.id)


def patiently(work: Callable) -> list[Simulated]:
    """Try until the server is there. A refused password is not tried again soon: it would lock the account."""
    pause = 1.0
    while True:
        try:
            return work()
        except Away as error:
            say(f"The server is away ({error}); next try in {pause:.0f} s")
            time.sleep(max(pause, error.after))
            pause = min(pause * 2, 30)
        except Refused as error:
            if error.status != 401:
                raise CommandError(str(error)) from None
            say(f"The account was refused ({error}); next try in {LOCKED_OUT_PAUSE_SECONDS} s")
            time.sleep(LOCKED_OUT_PAUSE_SECONDS)


async def drive(devices: list[Simulated], duration: float | None, tally: Tally) -> None:
    reporter = asyncio.create_task(report(tally))
    try:
        await run_fleet(devices, duration, say)
    finally:
        reporter.cancel()


async def report(tally: Tally) -> None:
    while True:
        await asyncio.sleep(REPORT_SECONDS)
        say(summary(tally))


def summary(tally: Tally) -> str:
    return (
        f"{tally.sent} samples acknowledged: {tally.accepted} accepted, {tally.duplicates} duplicates, "
        f"{tally.rejected} rejected; {tally.dropped} dropped, {tally.breaks} breaks; "
        f"{tally.commands} words on commands"
    )
