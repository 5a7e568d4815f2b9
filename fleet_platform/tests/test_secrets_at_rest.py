"""No secret that was said to the platform, or that it told once, lies readable in the database or in the log.

Everything that the table of rights lets somebody do is done; then every text column of every table is read.
"""

import json
import logging
import re

from django.core.management import call_command
from django.db import connection

from conftest import PASSWORD

from .rights_rules import RULES
from .test_bad_bodies import actor_of
from .test_rights_matrix import client_for, is_api, people, perform, world

__all__ = ["client_for", "people", "world"]  # fixtures

TELLING = re.compile(r"secret|token|ticket|password|code", re.IGNORECASE)
JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
ORDER = ("GET", "POST", "PATCH", "PUT", "DELETE")  # what is there is read before it goes
DONE = [key for key, rule in RULES.items() if is_api(key[1]) and "20" in rule.expected]
SHORTEST = 12  # characters: shorter ones are no secrets


def secrets_of(answer) -> set[str]:
    """Values under telling names, and tokens, in a JSON or text answer."""
    text = answer.content.decode(errors="replace")
    found = set(JWT.findall(text))
    if answer.get("Content-Type", "").startswith("application/json"):
        found |= set(_told(json.loads(text)))
    return {one for one in found if len(one) >= SHORTEST}


def _told(value, name: str = ""):
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _told(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from _told(part, name)
    elif isinstance(value, str) and TELLING.search(name):
        yield value


def stored_texts() -> dict[str, str]:
    """Table -> all of its texts, joined."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found[table] = "\n".join(
                bytes(cell).decode(errors="replace")
                if isinstance(cell, bytes | memoryview)
                else str(cell)
                for row in cursor.fetchall()
                for cell in row
            )
    return found


def test_what_was_told_in_secret_lies_nowhere(world, client_for, caplog):
    said = {PASSWORD, world.own.secret}
    with caplog.at_level(logging.DEBUG):
        for method, route in sorted(DONE, key=lambda key: ORDER.index(key[0])):
            rule = RULES[method, route]
            client = client_for(actor_of(rule), route)
            said.add(client.defaults.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer "))
            answer = perform(client, method, route, rule, world.names)
            if not answer.streaming:
                said |= secrets_of(answer)
    said.discard("")
    assert len(said) > len(DONE)  # each actor's token, and what was told
    texts = stored_texts()
    assert world.own.device.serial_number in texts["accounts_device"]  # the reading reads
    lying = {table: one for table, text in texts.items() for one in said if one in text}
    assert lying == {}
    assert [one for one in said if one in caplog.text] == []


def test_an_export_of_the_database_has_none_either(world, tmp_path):
    out = tmp_path / "dump.json"
    call_command("dumpdata", "--output", str(out), verbosity=0)
    text = out.read_text()
    assert world.own.device.serial_number in text
    assert world.own.secret not in text
    assert PASSWORD not in text
