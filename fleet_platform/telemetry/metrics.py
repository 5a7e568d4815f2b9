"""Counters that /metrics shows. Names end in their unit; no label has one value a device."""

from prometheus_client import Counter, Gauge, Histogram

SAMPLES = Counter("fleet_samples_committed_total", "Samples committed")
DUPLICATES = Counter("fleet_samples_duplicate_total", "Samples that were stored before")
REJECTED = Counter("fleet_samples_rejected_total", "Samples refused by the checks")
REFUSED_BUSY = Counter(
    "fleet_batches_refused_busy_total", "Batches refused because the queue was full"
)
WRITE_ERRORS = Counter("fleet_batches_failed_total", "Batches that the database refused")
COMMIT_SECONDS = Histogram(
    "fleet_commit_seconds",
    "Time of one group commit",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
SOCKETS = Gauge("fleet_live_sockets", "Open live sockets")
DELIVERIES = Counter("fleet_live_deliveries_total", "Frames handed to live sockets")
CONFLATED = Counter(
    "fleet_live_conflated_total", "Events that a slow or rate-limited reader did not get singly"
)
BUS_DROPPED = Counter(
    "fleet_bus_dropped_total", "Changes not sent to other processes because the bus was behind"
)
COMMANDS = Counter("fleet_commands_total", "Commands that came into a state", ["state"])
