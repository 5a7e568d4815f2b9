"""The project package: wiring on top, shared code in shared/, the telemetry spine in telemetry/.

Read settings.py, urls.py and asgi.py for the wiring, docs/architecture.md for the map of the house.
"""
