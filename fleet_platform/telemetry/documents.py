"""The device document: one builder for REST, websocket and black box.

{device_id, kind, name, workspace_id, online, silence_limit_seconds, time, received_at, sections, position}, as bytes
of JSON. What the device sent is spliced in as it was stored; nothing is decoded to be encoded again.
"""

from functools import lru_cache
from typing import NamedTuple

import msgspec

from fleet_platform.shared.clock import rfc3339


class Facts(NamedTuple):
    """What the registry says of a device."""

    device_id: int
    kind: str
    name: str
    workspace_id: int
    online: bool
    silence_limit_seconds: int | None
    removed: bool = False


@lru_cache(maxsize=8192)
def _head(facts: Facts) -> str:
    told = facts._asdict()
    if not told.pop("removed"):
        return msgspec.json.encode(told).decode()[:-1]
    return msgspec.json.encode({**told, "removed": True}).decode()[:-1]


def device_document(
    facts: Facts, time_us: int | None, received_us: int | None, sections: str, position: str
) -> bytes:
    """The newest state of a device; `time` and `received_at` are null before its first sample."""
    time = f'"{rfc3339(time_us)}"' if time_us is not None else "null"
    received = f'"{rfc3339(received_us)}"' if received_us is not None else "null"
    return (
        f'{_head(facts)},"time":{time},"received_at":{received},'
        f'"sections":{sections},"position":{position}}}'
    ).encode()


def sample_documents(facts: Facts, samples: list[tuple[int, int, int, str, str]]) -> list[str]:
    """The same document for each stored sample (time_us, seq, received_us, sections, position), with its `seq`."""
    head = _head(facts._replace(online=True))
    return [
        f'{head},"time":"{rfc3339(time_us)}","seq":{seq},"received_at":"{rfc3339(received_us)}",'
        f'"sections":{sections},"position":{position}}}'
        for time_us, seq, received_us, sections, position in samples
    ]
