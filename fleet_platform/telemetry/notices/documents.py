"""The channel document. Its owner sees the address; nobody sees the secret."""

from typing import Any

from fleet_platform.shared.clock import from_datetime, rfc3339

from ..models import NotificationChannel


def channel_facts(channel: NotificationChannel) -> dict[str, Any]:
    used = channel.last_used_at
    return {
        "id": channel.pk,
        "workspace_id": channel.workspace_id,
        "kind": channel.kind,
        "address": channel.address,
        "minimum_severity": channel.minimum_severity,
        "on_clear": channel.on_clear,
        "active": channel.active,
        "verified": channel.verified_at is not None,
        "invalid": channel.invalid_at is not None,
        "invalid_reason": channel.invalid_reason,
        "last_used_at": used and rfc3339(from_datetime(used)),
        "created_at": rfc3339(from_datetime(channel.created_at)),
    }
