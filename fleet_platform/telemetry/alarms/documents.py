"""The alarm document: one builder for REST and websocket."""

from typing import Any

import msgspec
from django.utils import timezone

from fleet_platform.shared.clock import from_datetime, rfc3339

from ..models import Alarm


def _time(moment: timezone.datetime | None) -> str | None:
    return None if moment is None else rfc3339(from_datetime(moment))


def alarm_facts(alarm: Alarm) -> dict[str, Any]:
    """`acknowledged_by` and `cleared_by` are e-mail addresses; null where nobody did."""
    return {
        "id": alarm.pk,
        "device_id": alarm.device_id,
        "device_name": alarm.device.name,
        "kind": alarm.device.kind,
        "workspace_id": alarm.workspace_id,
        "code": alarm.code,
        "subject": alarm.subject,
        "severity": alarm.severity,
        "state": alarm.state,
        "active": alarm.active,
        "count": alarm.count,
        "raised_at": _time(alarm.raised_at),
        "last_raised_at": _time(alarm.last_raised_at),
        "acknowledged_at": _time(alarm.acknowledged_at),
        "acknowledged_by": alarm.acknowledged_by and alarm.acknowledged_by.email,
        "cleared_at": _time(alarm.cleared_at),
        "cleared_by": alarm.cleared_by and alarm.cleared_by.email,
        "note": alarm.note,
        "data": alarm.data,
    }


def alarm_document(alarm: Alarm) -> bytes:
    return msgspec.json.encode(alarm_facts(alarm))
