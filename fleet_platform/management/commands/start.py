"""`make run`: everything that a small installation needs, in one command, stopped by Ctrl-C."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand

from fleet_platform.demo import password as demo_password
from fleet_platform.demo.roster import ACCOUNTS, OPERATOR
from fleet_platform.demo.seed import demo_seed
from fleet_platform.shared import environ
from fleet_platform.staticfiles import StaticState
from fleet_platform.supervisor import Child, Supervisor, lines_to

MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]


class Command(BaseCommand):
    help = "Start the web server, the worker with its scheduler, the MQTT gateway and the demo."

    def add_arguments(self, parser):
        parser.add_argument("--no-simulators", action="store_true", help="seed, but send nothing")

    def handle(self, *args, no_simulators: bool = False, **options):
        demo = environ.flag("DEMO", True)
        self.refuse_taken_port()
        self.stdout.write("Preparing the database")
        call_command("migrate", verbosity=0, interactive=False)
        self.collect_static()
        password = self.seed() if demo else None
        children = [web(), worker()]
        if settings.MQTT_URL:
            children.append(Child("mqtt", [*MANAGE, "mqtt_gateway"]))
        if demo and not no_simulators:
            children.append(simulators())
        greeting = Greeting(self.stdout, demo, password)
        code = Supervisor(children, lines_to(settings.DATA_DIR / "logs")).run(greeting.when_ready)
        self.stdout.write("Everything has stopped.")
        sys.exit(code)

    def refuse_taken_port(self) -> None:
        family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.HOST, settings.PORT))
            except OSError as error:
                raise CommandError(
                    f"Cannot listen on {settings.HOST} port {settings.PORT}: {error.strerror}. "
                    f"Stop the other program or take another port: PORT={settings.PORT + 1} make run"
                ) from None

    def collect_static(self) -> None:
        state = StaticState()
        if settings.DEBUG or state.unchanged():
            return
        self.stdout.write("Collecting static files")
        # A process of its own: this one has read its settings before there was a manifest.
        subprocess.run(
            [*MANAGE, "collectstatic", "--noinput", "--clear", "--verbosity", "0"],
            env={**os.environ, "STATIC_MANIFEST": "1"},
            check=True,
        )
        state.remember()

    def seed(self) -> str | None:
        """Returns the password where people must be told it now, None where it is as it was."""
        self.stdout.write("Seeding the demo")
        password, is_new = demo_password.choose()
        demo_seed(password)
        return password if is_new else None


def web() -> Child:
    command = [
        *(sys.executable, "-m", "uvicorn", "fleet_platform.asgi:application"),
        *("--host", settings.HOST, "--port", str(settings.PORT)),
        *("--workers", str(settings.WEB_PROCESSES), "--http", "h11", "--loop", "uvloop"),
        *("--ws", "fleet_platform.telemetry.frames:FrameProtocol"),
        *("--ws-max-size", "1200000", "--ws-per-message-deflate", "false"),
        *("--no-access-log", "--log-level", "warning", "--timeout-graceful-shutdown", "5"),
        # A machine that is busy for seconds must not cost a web process its life.
        *("--timeout-worker-healthcheck", "60"),
        *("--lifespan", "auto", "--no-server-header"),
        # Behind a proxy everybody would count as one address, and one guesser lock out all.
        "--proxy-headers" if settings.BEHIND_PROXY else "--no-proxy-headers",
    ]
    return Child("web", command, {"STATIC_MANIFEST": "0" if settings.DEBUG else "1"})


def worker() -> Child:
    """One process: threads run the tasks, and the scheduler is embedded."""
    command = [
        *(sys.executable, "-m", "celery", "--app", "fleet_platform", "--quiet", "worker"),
        # Threads enough that a provider who lets messages wait does not hold up the tasks of the clock.
        *("--beat", "--pool", "threads", "--concurrency", "4", "--loglevel", "WARNING"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]
    # Celery warns of a worker that runs as root: so does everything else that was started here.
    quiet = {"PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges"}
    return Child("worker", command, quiet)


def simulators() -> Child:
    url = settings.PUBLIC_URL if settings.HTTPS else local_address()
    command = [*MANAGE, "simulate_fleet", "--url", url, "--email", OPERATOR]
    return Child("simulator", command, {"FLEET_PASSWORD": demo_password.read()}, ready=is_ready)


def local_address() -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.HOST, settings.HOST)
    return f"http://{host}:{settings.PORT}"


def is_ready() -> bool:
    try:
        with urllib.request.urlopen(f"{local_address()}/readyz", timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


class Greeting:
    """Says once, as soon as the server answers, where it is and who may sign in."""

    def __init__(self, out, demo: bool, password: str | None):
        self.out, self.demo, self.password = out, demo, password
        self.said = False
        self.next_try = 0.0

    def when_ready(self) -> None:
        if self.said or time.monotonic() < self.next_try:
            return
        self.next_try = time.monotonic() + 0.5
        if is_ready():
            self.said = True
            self.out.write("\n".join(["", *self.lines(), ""]))
            self.out.flush()

    def lines(self) -> list[str]:
        lines = [f"Fleet Platform is running at {settings.PUBLIC_URL}/"]
        if self.demo:
            lines += ["", "Demo accounts:", *(f"  {email:<28}{role}" for email, role in ACCOUNTS)]
            lines.append(f"  Password: {self.password or self.unchanged()}")
        return [*lines, "", "Ctrl-C stops everything."]

    def unchanged(self) -> str:
        return f"unchanged since it was chosen (kept in {demo_password.path()})"
