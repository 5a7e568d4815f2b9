"""Therapy at home. Today the app holds what a base station sends, kind.py: treatments and the room's climate.
Live picture, latest state and history come from fleet_platform.telemetry."""
