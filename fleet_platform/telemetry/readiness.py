"""Whether the parts that this installation uses are there. Each check has a short timeout and names what is missing."""

import socket
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

TIMEOUT = 2.0


def parts() -> dict[str, str | None]:
    """Part -> None where it is ready, else why not."""
    checks = {"database": _database, "migrations": _migrations}
    if settings.REDIS_URL:
        checks["live layer"] = _redis
    if settings.MQTT_URL:
        checks["broker"] = _broker
    return {name: _why_not(check) for name, check in checks.items()}


def _why_not(check) -> str | None:
    try:
        return check()
    except Exception as error:  # whatever is wrong with a part, the answer is that it is not ready
        return type(error).__name__


def _database() -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return None if cursor.fetchone() == (1,) else "does not answer"


def _migrations() -> str | None:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} to apply" if waiting else None


def _redis() -> str | None:
    import redis

    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT
    )
    with client:
        return None if client.ping() else "does not answer"


def _broker() -> str | None:
    parts = urlsplit(settings.MQTT_URL)
    port = parts.port or (8883 if parts.scheme == "mqtts" else 1883)
    with socket.create_connection((parts.hostname, port), timeout=TIMEOUT):
        return None
