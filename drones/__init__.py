"""Drones and their remote controllers. Today the app holds what they send, kind.py: DJI's telemetry, checked, and
the place that it tells. Live picture, latest state and history come from fleet_platform.telemetry."""
