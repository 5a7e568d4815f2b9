"""The spine's rows, by subject."""

from .alarms import Alarm, Severity
from .commands import Command
from .notices import Delivery, NotificationChannel
from .samples import Latest, RetentionRule, Sample
from .zones import Zone

__all__ = [
    "Alarm",
    "Command",
    "Delivery",
    "Latest",
    "NotificationChannel",
    "RetentionRule",
    "Sample",
    "Severity",
    "Zone",
]
