"""Edits of the reference tables enter the robots' streams, as facts that the platform made."""

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import Device, Workspace
from fleet_platform.telemetry.services import devices_hold, facts_publish

from .. import reference_rows
from ..models import zone_named

MAP_ZONE = ("red", "map")  # kind and coordinates of the zones that this wire knows


def robots_tell(*, workspace_id: int, rows: Mapping[str, Mapping[str, Any]]) -> None:
    """One changed row a section, to every robot of the workspace; inside the caller's transaction."""
    facts_publish(facts=dict.fromkeys(robots_of([workspace_id]), rows))


def robots_of(workspace_ids: Iterable[int]) -> list[int]:
    """Device ids of the workspaces' robots."""
    robots = Device.objects.filter(
        workspace_id__in=workspace_ids, kind=Device.Kind.ROBOT, removed_at=None
    )
    return list(robots.values_list("pk", flat=True))


def workspace_zone(workspace_id: int) -> ZoneInfo:
    names = Workspace.objects.filter(pk=workspace_id).values_list("time_zone", flat=True)
    return zone_named(names.first() or "")


def zone_tell(zone: Any, removed: bool) -> None:
    """A zone of the spine was made, changed or is about to be deleted: FlyingLet's red zones are those on maps."""
    if (zone.kind, zone.crs) != MAP_ZONE:
        return
    row = reference_rows.red_zone(zone, workspace_zone(zone.workspace_id), removed=removed)
    robots_tell(workspace_id=zone.workspace_id, rows={"red_zone": row})


def channel_tell(channel: Any, removed: bool) -> None:
    """A notification channel of the spine, to the robots of the workspaces that it is for."""
    ids = [channel.workspace_id]
    if channel.workspace_id is None:
        ids = sorted({one.workspace_id for one in channel.user.memberships.all()})
    devices_hold(robots_of(ids))
    for workspace_id in ids:
        zone = workspace_zone(workspace_id)
        row = reference_rows.notification_token(channel, workspace_id, zone, removed=removed)
        robots_tell(workspace_id=workspace_id, rows={"notification_token": row})
