"""Measurements of the platform beside a yardstick, each started by one command: `python -m benchmarks.ingest`."""
