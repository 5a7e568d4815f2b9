"""The real PostgreSQL, Redis and Mosquitto: a database, a key prefix and a topic prefix of each module's own.

Where a server is absent its tests are skipped with the reason. With FLEET_REQUIRE_SERVICES=1 a skipped test fails.
"""

import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from django.conf import settings

from fleet_platform.tests.server import Aide, Server, environment_of, manage, until

HERE = Path(__file__).parent
POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/0")
MQTT = os.environ.get("TEST_MQTT_URL", "mqtt://127.0.0.1:1883")
REQUIRED = os.environ.get("FLEET_REQUIRE_SERVICES") == "1"


def absent(url: str) -> bool:
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname, parts.port), timeout=2):
            return False
    except OSError:
        return True


def pytest_collection_modifyitems(items):
    missing = [
        urlsplit(url)._replace(path="").geturl() for url in (POSTGRES, REDIS, MQTT) if absent(url)
    ]
    if missing:
        mark = pytest.mark.skip(reason=f"no server at {', '.join(missing)}")
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(mark)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if REQUIRED and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and FLEET_REQUIRE_SERVICES is set: {report.longrepr}"
    return report


@dataclass
class Installation:
    """One installation on the real services; `web` and `gateway` start its processes."""

    folder: Path
    changes: dict[str, str]
    world: dict
    processes: list = field(default_factory=list)

    def web(self) -> Server:
        server = Server(self.folder, self.world, changes=self.changes).start()
        self.processes.append(server)
        return server

    def gateway(self, client_id: str) -> subprocess.Popen:
        """The gateway command, once it has subscribed."""
        log = self.folder / f"gateway-{uuid.uuid4().hex[:6]}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "mqtt_gateway", "--client-id", client_id],
                cwd=settings.BASE_DIR,
                env=environment_of(self.folder, {**self.changes, "PYTHONUNBUFFERED": "1"}),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        self.processes.append(process)
        process.log = log
        until(lambda: b"Reading telemetry" in log.read_bytes())
        return process

    @property
    def topics(self) -> str:
        return self.changes["MQTT_TOPIC_PREFIX"]

    def end(self) -> None:
        for process in self.processes:
            if isinstance(process, Server):
                process.stop()
            elif process.poll() is None:
                process.terminate()
                process.wait(20)


@pytest.fixture(scope="module")
def installation(tmp_path_factory) -> Iterator[Installation]:
    name = f"fleet_test_{uuid.uuid4().hex[:10]}"
    with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    changes = {
        "DATABASE_URL": f"{POSTGRES}/{name}?pool=8",
        "REDIS_URL": REDIS,
        "KEY_PREFIX": name,
        "MQTT_URL": MQTT,
        "MQTT_TOPIC_PREFIX": f"{name}/",
    }
    folder = tmp_path_factory.mktemp("services")
    made = None
    try:
        manage(folder, "migrate", "--verbosity", "0", changes=changes)
        aide = Aide(folder, changes)
        try:
            made = Installation(folder, changes, aide.world())
        finally:
            aide.close()
        yield made
    finally:
        if made:
            made.end()
        with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        with redis.Redis.from_url(REDIS) as keys:
            for key in keys.scan_iter(f"*{name}*"):
                keys.delete(key)
