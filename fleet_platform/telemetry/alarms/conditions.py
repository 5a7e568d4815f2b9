"""What begins and ends with the samples of a commit: a zone entered or left, a value beyond its limit, a silence over.

What holds is kept with the device's newest state, so that a change is reported once, whichever process writes and
however often it starts anew. Samples that come late say nothing about now and change nothing.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import msgspec

from fleet_platform.shared.clock import rfc3339

from .. import kinds
from ..models import Severity
from ..zones import index
from ..zones.index import Area, Areas
from ..zones.places import place_of
from .codes import FENCE, RED_ZONE, SILENT

POSITION = ""
NEVER = (-1, -1)
INSIDE = "in:"
_decode_position = msgspec.json.Decoder(dict).decode


class ConditionChange(NamedTuple):
    """A condition of a device that begins to hold, or ends. `subject` tells several of one code apart."""

    device_id: int
    workspace_id: int
    code: str
    subject: str
    severity: str
    begins: bool
    data: dict


class ConditionTracker:
    """Over one transaction. Each device's `places` come before its state advances, its `sections` after."""

    def __init__(self):
        self.changes: list[ConditionChange] = []

    @cached_property
    def _areas(self) -> Mapping[int, Areas]:
        return index.areas()

    def places(self, state, rows: Sequence) -> None:
        """Follow the device through the zones of its workspace, sample by sample.

        A red zone that lies between two of them was entered and left.
        """
        mark = state.marks.get(POSITION, NEVER)
        moves = [row for row in rows if row.position != "null" and row[1:3] > mark]
        if not moves:
            return
        areas = self._areas.get(state.facts.workspace_id)
        if not areas and not state.conditions:
            return
        keys = {key for key in state.conditions if key.startswith(INSIDE)}
        known = areas.by_id.keys() if areas else ()
        inside = {int(key.removeprefix(INSIDE)) for key in keys}.intersection(known)
        if areas:
            self._follow(state, areas, inside, sorted(moves, key=lambda row: row[1:3]))
        state.conditions = state.conditions - keys | {f"{INSIDE}{id}" for id in inside}

    def _follow(self, state, areas: Areas, inside: set[int], moves: Sequence) -> None:
        before, before_us = place_of(_position(state)), state.marks.get(POSITION, NEVER)[0]
        for row in moves:
            position = _decode_position(row.position)
            place, apart_us = place_of(position), row.time_us - before_us
            on_way = before and place and before != place and before[0] == place[0]
            for area in areas.near(place, inside):
                was, now = area.id in inside, area.holds(place)
                if now is None and area.is_red:
                    now = False  # on another map it is in none of this one's zones
                if now is not None and now != was:
                    (inside.add if now else inside.discard)(area.id)
                    changes = (now,)
                elif on_way and area.is_red and not now and area.crossed(before, place, apart_us):
                    changes = (True, False)
                else:
                    continue
                self.changes += [
                    _crossing(state.facts, area, into, position, row.time_us) for into in changes
                ]
            before, before_us = place, row.time_us

    def sections(self, state, fresh: Mapping[str, msgspec.Raw]) -> None:
        """Look at the newest values, and end the silence of a device that is back."""
        facts = state.facts
        if SILENT in state.conditions:
            state.conditions -= {SILENT}
            self.changes.append(_silence(facts, False, {}))
        for condition in kinds.get(facts.kind).conditions:
            raw = fresh.get(condition.section)
            holds = None if raw is None else condition.holds(raw)
            if holds is None or holds == (condition.code in state.conditions):
                continue
            change = frozenset({condition.code})
            state.conditions = state.conditions | change if holds else state.conditions - change
            data = {
                "time": rfc3339(state.marks[condition.section][0]),
                condition.section: msgspec.json.decode(raw),
            }
            self.changes.append(
                ConditionChange(
                    facts.device_id,
                    facts.workspace_id,
                    condition.code,
                    "",
                    condition.severity,
                    holds,
                    data,
                )
            )


def _position(state) -> dict:
    return _decode_position(state.position) if state.position != "null" else {}


def fall_silent(state, data: dict) -> ConditionChange:
    state.conditions |= {SILENT}
    return _silence(state.facts, True, data)


def _silence(facts, begins: bool, data: dict) -> ConditionChange:
    return ConditionChange(
        facts.device_id, facts.workspace_id, SILENT, "", Severity.WARNING, begins, data
    )


def settle(state, zone_id: int, area: Area | None) -> bool:
    """Bring what is kept of the device in line with a changed zone; None: there is no such zone any more.

    Answers whether an alarm of the device about the zone is over. A place that would begin one changes nothing here.
    """
    key = frozenset({f"{INSIDE}{zone_id}"})
    if area is None:
        state.conditions -= key
        return True
    now = area.holds(place_of(_position(state)))
    if now is None and not area.is_red:
        return False
    over = bool(now) != area.is_red
    if over:
        state.conditions = state.conditions | key if now else state.conditions - key
    return over


def _crossing(facts, area: Area, inside: bool, position: dict, time_us: int) -> ConditionChange:
    """Into a red zone, or out of a fence, is what an alarm is about."""
    return ConditionChange(
        facts.device_id,
        facts.workspace_id,
        RED_ZONE if area.is_red else FENCE,
        str(area.id),
        Severity.CRITICAL,
        inside == area.is_red,
        {
            "zone": {"id": area.id, "name": area.name},
            "position": position,
            "time": rfc3339(time_us),
        },
    )
