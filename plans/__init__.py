"""Plans and the depots that carry them out. Today the app holds what a depot sends, kind.py. Live picture, latest
state and history come from fleet_platform.telemetry."""
