"""Who did what: one row per deed, written in the deed's own transaction."""

from collections.abc import Mapping
from typing import Any

from .models import AuditRow
from .principal import Actor

Facts = Mapping[str, Any]


def record(
    actor: Actor,
    verb: str,
    target: str,
    workspace_id: int | None = None,
    before: Facts | None = None,
    after: Facts | None = None,
) -> AuditRow:
    """`target` is `kind:id`. `before` and `after` hold the changed facts alone, never a secret or a password."""
    return AuditRow.objects.create(
        workspace_id=workspace_id,
        actor=str(actor),
        actor_name=actor.name,
        verb=verb,
        target=target,
        before=_plain(before),
        after=_plain(after),
        address=actor.address,
    )


def _plain(facts: Facts | None) -> dict | None:
    """Values that JSON has stay; everything else becomes its text."""
    if facts is None:
        return None
    return {
        name: value
        if value is None or isinstance(value, bool | int | float | str | list | dict)
        else str(value)
        for name, value in facts.items()
    }
