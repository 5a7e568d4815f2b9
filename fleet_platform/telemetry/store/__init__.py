"""Where samples and the newest state lie. Nothing else writes these two tables' rows.

`commit` takes any number of batches in one transaction: rows are appended (the same device, time and sequence again
is a duplicate, counted), each section of the newest state moves forward only, and the version of a device's topic
rises by one when its document changed. The same statements serve SQLite and PostgreSQL.
"""

from .derivation import Taken, derivation_done, derivation_put_back, derivation_take
from .history import (
    StoredSample,
    characters_of,
    delete_before,
    newest_sample,
    sample_chunks,
    sample_counts,
    samples,
    unheard_devices,
)
from .silence import raise_silence_alarms
from .state import FACTS_SEQ, Change, Mark, State, hold_devices, hold_workspaces, states
from .writing import (
    Commit,
    Written,
    add_facts,
    commit,
    forget_conditions,
    heard,
    mark_offline,
    settle_zone,
    touch,
)

__all__ = [
    "FACTS_SEQ",
    "Change",
    "Commit",
    "Mark",
    "State",
    "StoredSample",
    "Taken",
    "Written",
    "add_facts",
    "characters_of",
    "commit",
    "delete_before",
    "derivation_done",
    "derivation_put_back",
    "derivation_take",
    "forget_conditions",
    "heard",
    "hold_devices",
    "hold_workspaces",
    "mark_offline",
    "newest_sample",
    "raise_silence_alarms",
    "sample_chunks",
    "sample_counts",
    "samples",
    "settle_zone",
    "states",
    "touch",
    "unheard_devices",
]
