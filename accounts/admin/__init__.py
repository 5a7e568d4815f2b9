"""The console's pages of identity: people, workspaces, what happened, and the schedule of background work."""

from . import people, records, schedule, workspaces

__all__ = ["people", "records", "schedule", "workspaces"]
