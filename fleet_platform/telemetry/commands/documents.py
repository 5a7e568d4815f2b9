"""The command document, for people and programs, and the messages that devices get."""

from datetime import datetime
from typing import Any

import msgspec

from fleet_platform.shared.clock import from_datetime, rfc3339

from ..events import Event
from ..models import Command


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(from_datetime(moment))


def command_facts(command: Command) -> dict[str, Any]:
    """`requested_by` is an e-mail address; null where no person asked."""
    return {
        "id": command.pk,
        "device_id": command.device_id,
        "device_name": command.device.name,
        "kind": command.device.kind,
        "workspace_id": command.workspace_id,
        "name": command.name,
        "params": command.params,
        "state": command.state,
        "detail": command.detail,
        "source": command.source,
        "requested_by": command.requested_by and command.requested_by.email,
        "requested_at": _time(command.requested_at),
        "sent_at": _time(command.sent_at),
        "accepted_at": _time(command.accepted_at),
        "finished_at": _time(command.finished_at),
        "expires_at": _time(command.expires_at),
    }


def command_document(command: Command) -> bytes:
    return msgspec.json.encode(command_facts(command))


def event_of(command: Command) -> Event:
    topic = f"commands:{command.workspace_id}"
    return Event(topic, command.workspace_id, command_document(command))


def command_message(command: Command) -> dict[str, Any]:
    """What its device gets, by socket or MQTT. The same id again is the same command."""
    return {
        "type": "command",
        "id": command.pk,
        "name": command.name,
        "params": command.params,
        "expires_at": _time(command.expires_at),
    }


def cancel_message(command: Command) -> dict[str, Any]:
    return {"type": "cancel", "id": command.pk}
