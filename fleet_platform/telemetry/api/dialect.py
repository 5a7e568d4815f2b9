"""Telemetry speaks the fleet API's dialect."""

from fleet_platform.shared.problem import DIALECT, FleetDialect

__all__ = ["DIALECT", "FleetDialect"]
