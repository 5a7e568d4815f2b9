"""A recorded drive or flight sent through the public API, at its own pace or as fast as it goes."""

import asyncio
import os
import time
from datetime import datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from fleet_platform.shared import clock
from fleet_platform.telemetry.simulation import recordings
from fleet_platform.telemetry.simulation.account import Away, DeviceLogin, Person, Refused
from fleet_platform.telemetry.simulation.transports import (
    Answer,
    Broker,
    HttpTransport,
    MqttTransport,
    Transport,
    WebSocketTransport,
)

BATCH = 500
TICK_SECONDS = 0.2  # how often a paced replay sends what is due
TRIES = 8


class Command(BaseCommand):
    help = (
        "Send a CSV recording as one device's telemetry. Columns: seconds and x_m, y_m, rotate_deg, "
        "speed_mps (robots) or latitude_deg, longitude_deg, height_m, horizontal_speed_mps (drones)."
    )
    requires_system_checks = ()

    def add_arguments(self, parser):
        add = parser.add_argument
        add("file", type=Path)
        add("--device", required=True, help="device id, serial number or factory code")
        add("--url", default="http://127.0.0.1:8000", help="address of the platform")
        add("--secret", help="the device's secret (or the variable DEVICE_SECRET)")
        add(
            "--email", help="without --secret: an operator's account; gives the device a new secret"
        )
        add("--password-env", default="FLEET_PASSWORD", help="variable that holds the password")
        add("--speed", type=float, default=1.0, help="2 is twice as fast; 0 as fast as it goes")
        add("--start", help="time of second 0 (RFC 3339 or epoch); without it, so that it ends now")
        add("--transport", choices=("http", "websocket", "mqtt"), default="http")
        add(
            "--mqtt-url",
            default=os.environ.get("MQTT_URL", ""),
            help="broker, for --transport mqtt",
        )
        add("--mqtt-prefix", default=os.environ.get("MQTT_TOPIC_PREFIX", ""))
        add("--pixels-per-metre", type=float, default=25.0, help="scale of the map (robots)")
        add(
            "--origin",
            default="0,0",
            help="map pixel of the recording's x = y = 0, as x,y (robots)",
        )
        add("--map", help="map id (robots)")

    def handle(self, *args, **options):
        rows = self.rows(options)
        try:
            transport = self.transport(options)
            start_us = self.start_us(options, rows[-1].seconds)
            self.stdout.write(f"{len(rows)} rows from {clock.rfc3339(start_us)}")
            total = asyncio.run(send_all(transport, rows, start_us, options["speed"]))
        except (Away, Refused) as error:
            raise CommandError(str(error)) from None
        self.conclude(total, len(rows))

    def rows(self, options) -> list[recordings.Recorded]:
        try:
            x, y = (float(part) for part in options["origin"].split(","))
        except ValueError:
            raise CommandError("--origin must be two numbers: x,y") from None
        frame = recordings.MapFrame(options["pixels_per_metre"], x, y, options["map"])
        try:
            with options["file"].open(newline="", encoding="utf-8-sig") as file:
                rows = list(recordings.read(file, frame))
        except (OSError, UnicodeDecodeError, recordings.NotARecording) as error:
            raise CommandError(str(error)) from None
        if not rows:
            raise CommandError(f"{options['file']} has no rows.")
        return rows

    def transport(self, options) -> Transport:
        device, secret = options["device"], options["secret"] or os.environ.get("DEVICE_SECRET")
        if not secret:
            device, secret = self.secret_by_account(options)
        login = DeviceLogin(options["url"], device, secret)
        login.token()
        if options["transport"] == "http":
            return HttpTransport(login)
        if options["transport"] == "websocket":
            return WebSocketTransport(login)
        if not options["mqtt_url"]:
            raise CommandError("--transport mqtt needs --mqtt-url or the variable MQTT_URL.")
        return MqttTransport(Broker(options["mqtt_url"], options["mqtt_prefix"]), login.device_id)

    def secret_by_account(self, options) -> tuple[str, str]:
        password = os.environ.get(options["password_env"], "")
        if not (options["email"] and password):
            raise CommandError(
                f"Give --secret, or --email and the password in {options['password_env']}."
            )
        person = Person(options["url"], options["email"], password)
        device_id = find(person, options["device"])
        self.stdout.write(f"Device {device_id} gets a new secret; its old one ends.")
        return str(device_id), person.new_secret(device_id)

    def start_us(self, options, seconds: float) -> int:
        if options["start"]:
            said = options["start"]
            try:
                return clock.parse_us(float(said) if said.replace(".", "", 1).isdigit() else said)
            except ValueError as error:
                raise CommandError(f"--start {error}") from None
        speed = options["speed"]
        back = seconds if speed == 0 else max(0.0, seconds * (1 - 1 / speed))
        return clock.from_datetime(datetime.now().astimezone()) - round(back * clock.SECOND)

    def conclude(self, total: Answer, rows: int) -> None:
        if total.accepted is None:
            self.stdout.write(f"{rows} rows acknowledged by the broker.")
            return
        self.stdout.write(
            f"accepted {total.accepted}, duplicates {total.duplicates}, rejected {len(total.rejected)}"
        )
        for one in total.rejected[:10]:
            self.stdout.write(f"  {one.get('pointer', '')} {one['detail']}")
        if total.accepted == 0 and total.duplicates == rows:
            self.stdout.write("Nothing was added: every row was there already.")
        if total.rejected:
            raise CommandError("Some rows were rejected.")


def find(person: Person, said: str) -> int:
    """The id of the device that has this id, or is found by this serial number or factory code."""
    matches = list(person.devices(said))
    if len(matches) == 1:
        return matches[0].id
    if said.isdigit():
        return person.device(int(said)).id
    raise CommandError(f"{said} names {len(matches)} devices; give the id.")


async def send_all(
    transport: Transport, rows: list[recordings.Recorded], start_us: int, speed: float
) -> Answer:
    """The sum over all batches, in the file's order."""
    total = Answer(None, None, [])
    began = time.monotonic()
    position = 0
    try:
        while position < len(rows):
            end = min(position + BATCH, len(rows))
            if speed:
                due = (time.monotonic() - began) * speed + rows[0].seconds
                while end > position and rows[end - 1].seconds > due:
                    end -= 1
                if end == position:
                    await asyncio.sleep(TICK_SECONDS)
                    continue
            answer = await _send(transport, [row.sample(start_us) for row in rows[position:end]])
            total = _sum(total, answer, position)
            position = end
        return total
    finally:
        await transport.close()


async def _send(transport: Transport, samples: list[dict]) -> Answer:
    """Sends the same batch again while the server is away: what it has already is counted as a duplicate."""
    for attempt in range(TRIES):
        try:
            return await transport.send(samples)
        except Away as error:
            if attempt == TRIES - 1:
                raise
            await asyncio.sleep(max(error.after, 0.5 * 2**attempt))
    raise AssertionError("the loop returns or raises")


def _sum(total: Answer, answer: Answer, position: int) -> Answer:
    rejected = [
        {**one, "pointer": f"row {position + one['index'] + 1}"} if "index" in one else one
        for one in answer.rejected
    ]
    if answer.accepted is None:
        return Answer(None, None, total.rejected + rejected)
    return Answer(
        (total.accepted or 0) + answer.accepted,
        (total.duplicates or 0) + answer.duplicates,
        total.rejected + rejected,
    )
