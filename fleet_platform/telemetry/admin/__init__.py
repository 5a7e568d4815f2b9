"""The console's pages of the spine, by subject."""

from . import alarms, commands, devices, notices, retention, samples, zones

__all__ = ["alarms", "commands", "devices", "notices", "retention", "samples", "zones"]
