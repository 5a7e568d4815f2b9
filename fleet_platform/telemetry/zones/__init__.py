"""Zones of every kind of device: geometry.py (arithmetic) -> index.py (what the engine asks on every commit)

and corners.py (input) -> services.py (writes), selectors.py (reads).
"""
