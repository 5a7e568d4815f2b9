"""Datetimes for people from the microsecond columns."""

from datetime import datetime

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from fleet_platform.shared.clock import to_datetime


class Clocked:
    @property
    @admin.display(description=_("time"), ordering="time_us")
    def time(self) -> datetime | None:
        return None if self.time_us is None else to_datetime(self.time_us)

    @property
    @admin.display(description=_("received"), ordering="received_us")
    def received(self) -> datetime | None:
        return None if self.received_us is None else to_datetime(self.received_us)
