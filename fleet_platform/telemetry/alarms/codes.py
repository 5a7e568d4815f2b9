"""The codes of alarms that the platform itself raises; kinds of devices name their own (`Kind.conditions`)."""

RED_ZONE, FENCE, SILENT = "red_zone", "fence", "silent"
