"""Alarms of every kind of device: conditions.py (what begins and ends with a commit) -> engine.py (the rows)."""
