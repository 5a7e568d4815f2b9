"""Simulated devices and the replay of recordings, over the public protocols alone.

floors.py (the demo's two floors) -> paths.py (robots on them), flights.py (drones), stations.py (depot, base station):
pure motion, no network. recordings.py turns CSV rows into samples. account.py signs in and gets device secrets,
transports.py sends samples and waits for the acknowledgement, fleet.py runs many devices in one process.
"""
