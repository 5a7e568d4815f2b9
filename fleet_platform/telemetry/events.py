"""What happens in a workspace beside telemetry: alarms, commands. An event carries one document, to one topic.

A topic `<subject>:<workspace id>` is registered with the verb that reading it takes and the snapshot that a reader
begins with.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

SNAPSHOT_DOCUMENTS = 200


class Event(NamedTuple):
    """`topic`: `<subject>:<workspace id>`; `document`: JSON."""

    topic: str
    workspace_id: int
    document: bytes


@dataclass(frozen=True)
class Subject:
    """`snapshot(workspace_id)`: the documents that matter now, newest first, at most SNAPSHOT_DOCUMENTS."""

    name: str
    verb: str
    snapshot: Callable[[int], list[bytes]]


_subjects: dict[str, Subject] = {}


def register(subject: Subject) -> None:
    _subjects[subject.name] = subject


def subjects() -> list[str]:
    return list(_subjects)


def subject(name: str) -> Subject | None:
    return _subjects.get(name)
