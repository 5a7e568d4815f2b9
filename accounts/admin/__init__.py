"""The console's pages of identity: people, workspaces, what happened, and the schedule of background work."""

from . import codes, people, records, schedule, workspaces

__all__ = ["codes", "people", "records", "schedule", "workspaces"]
