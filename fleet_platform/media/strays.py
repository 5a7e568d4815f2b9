"""Files without a row: what stored them died before its row was committed, or after its row was deleted.

Names are random, so a run looks at those that begin with one sign: a small and even share of any number of files.
"""

import logging
import re
import string
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from itertools import islice

from django.core.files.storage import default_storage

logger = logging.getLogger("fleet.media")

Named = Callable[[Sequence[str]], Collection[str]]
SIGNS = string.ascii_letters + string.digits + "-_"  # those of shared.media.unguessable
OURS = re.compile(r"[\w-]{22,}\.[a-z]{3,7}", re.ASCII)  # what somebody laid there by hand stays
CHUNK = 500
MOST = 100

_shelves: dict[str, Named] = {}


def register(folder: str, named: Named) -> None:
    """`named(names)`: those of the stored names that some row has."""
    _shelves[folder] = named


def strays_delete(*, sign: str, before: datetime) -> int:
    """Delete files that were stored before then, begin with the sign and have no row; at most MOST of each folder.

    `before` leaves uploads under way the time to write their rows. Raises Unavailable where the storage is away.
    """
    deleted = sum(_sweep(folder, named, sign, before) for folder, named in _shelves.items())
    if deleted:
        logger.info("deleted %d stored files that no row names", deleted)
    return deleted


def _sweep(folder: str, named: Named, sign: str, before: datetime) -> int:
    listed = default_storage.stored(f"{folder}/{sign}")
    old = (name for name, written in listed if written < before and _is_ours(name))
    deleted = 0
    while deleted < MOST and (part := list(islice(old, CHUNK))):
        strays = sorted(set(part) - set(named(part)))[: MOST - deleted]
        for name in strays:
            default_storage.delete(name)
        deleted += len(strays)
    return deleted


def _is_ours(name: str) -> bool:
    return OURS.fullmatch(name.rpartition("/")[2]) is not None
