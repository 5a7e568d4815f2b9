"""The console's pages of robots, floors, what lies on them, schedules, photos, and what is derived from samples."""

from . import drives, floors, photos, places, registry, schedules

__all__ = ["drives", "floors", "photos", "places", "registry", "schedules"]
