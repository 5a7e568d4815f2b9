"""The photo log.

Times are microseconds since 1970 UTC (`_us`), both bounds included.
"""

from django.db.models import Q

from accounts.principal import Actor
from accounts.selectors import device_for
from fleet_platform.shared.paging import cut_page, decode_cursor, encode_cursor

from ..models import PhotoLog, Robot

NEWEST_PHOTOS = 20


def photo_logs_for(
    actor: Actor, robot: Robot, from_us: int, to_us: int, *, cursor: str | None = None, limit: int
) -> tuple[int, list[PhotoLog], str | None]:
    """How many rows there are in all, a page of them by time, and the cursor of the next page."""
    actor.require("telemetry.view", robot.device.workspace_id)
    first_ms, last_ms = -(-from_us // 1000), to_us // 1000
    rows = PhotoLog.objects.filter(
        device_id=robot.device_id, timestamp_ms__gte=first_ms, timestamp_ms__lte=last_ms
    )
    count = rows.count()
    if cursor:
        at_ms, id = decode_cursor(cursor, int, int)
        rows = rows.filter(Q(timestamp_ms__gt=at_ms) | Q(timestamp_ms=at_ms, id__gt=id))
    page = list(rows.order_by("timestamp_ms", "id")[: limit + 1])
    last = page[limit - 1] if len(page) > limit else None
    return count, page[:limit], encode_cursor(last.timestamp_ms, last.pk) if last else None


def newest_photos_of(robot: Robot) -> list[PhotoLog]:
    """The last few rows of the robot's photo log, newest first."""
    rows = PhotoLog.objects.filter(device_id=robot.device_id)
    return list(rows.order_by("-timestamp_ms", "-id")[:NEWEST_PHOTOS])


def device_photos_for(
    actor: Actor, device_id: int, *, cursor: str | None = None, limit: int
) -> tuple[list[PhotoLog], str | None]:
    """A page of a robot's photo log, newest first. Raises NotFound."""
    device = device_for(actor, device_id, "telemetry.view")
    rows = PhotoLog.objects.filter(device_id=device.pk).order_by("-timestamp_ms", "-id")
    if cursor:
        at_ms, id = decode_cursor(cursor, int, int)
        rows = rows.filter(Q(timestamp_ms__lt=at_ms) | Q(timestamp_ms=at_ms, id__lt=id))
    return cut_page(rows[: limit + 1], limit, lambda row: (row.timestamp_ms, row.pk))
