"""The spine: what robots, drones, base stations and depots have in common.

A message's way, file by file: asgi.py (HTTP batch, /ws/device) or gateway.py (MQTT) -> ingest.py (bytes to samples)
-> writer.py (group commit) -> store/ (rows, latest) -> documents.py (the one builder) -> hub.py and bus.py (to the
sockets, here and in other processes) -> live.py (/ws/live). Reading back: selectors.py, api/. What each kind of
device sends is registered with kinds.py by the domain app that owns the kind.
"""
