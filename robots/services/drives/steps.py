"""One step of working through a robot's samples: what is read and computed, before anything is written.

Samples are folded slot by slot, each a minute. Before the first sample of a slot its checkpoint keeps what was known by
then, and with it how many samples the slot has and what they added to the hourly counts. Late samples show in that
number: work begins anew at the first slot where it is wrong, and ends where what is known is again what the next
checkpoint says, or at the last sample.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from fleet_platform.shared import clock
from fleet_platform.telemetry import store

from ...derivation import BLANK, NOTHING, Begun, Fold, is_same
from ...drives import FindRoute, Log
from ...models import Checkpoint, Derivation, Drive
from ...readings import Reading, reading
from ...traffic import Counts, Report, add_counts

SLOT_US = 60 * clock.SECOND
SAMPLES_A_STEP = 5000
PAGE = 1000
STALE = -1  # a checkpoint whose samples are to be worked through anew
decode_counts = msgspec.json.Decoder(Counts).decode


def slot_of(time_us: int) -> int:
    return time_us - time_us % SLOT_US


@dataclass
class Slot:
    """`state`: what was known before it."""

    slot_us: int
    state: str
    samples: int = 0
    counts: Counts = field(default_factory=dict)


class Start(NamedTuple):
    """`after`: the last sample that `state` knows. `slot`: the one that goes on, None where the next sample opens one.

    `since_us`: logs that begin from here on are computed anew. `known`: checkpoints from here on, with the ones among
    them whose samples changed.
    """

    after: store.Mark
    state: str
    slot: Slot | None
    since_us: int
    known: frozenset[int] = frozenset()
    stale: frozenset[int] = frozenset()


@dataclass
class Step:
    """What to write. Logs that begin from `since_us` on, before `until_us` (None: all), are replaced by these.

    `is_late`: samples came in among those known already. `begun` and `ahead`: what was under way at the start, and
    before `until_us`. `met`: the checkpoint at which the step ended. `left_us`: where the next step goes on; None when
    there is nothing more.
    """

    revision: int
    since_us: int
    begun: Begun
    is_late: bool = False
    slots: list[Slot] = field(default_factory=list)
    until_us: int | None = None
    met: Slot | None = None
    ahead: Begun = NOTHING
    closed: list[Log] = field(default_factory=list)
    unfinished: list[Log] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    own_sections: set[str] = field(default_factory=set)
    tip: tuple[store.Mark, str] | None = None
    folded: int = 0
    is_news: bool = False
    left_us: int | None = None


def next_step(row: Derivation, from_us: int, horizon_us: int, find_route: FindRoute) -> Step:
    """Read samples from `from_us` on, none before `horizon_us`.

    About SAMPLES_A_STEP of them; more where late samples are among them, until a drive is over. For rows behind the end
    of a step must not belong to what the step replaces.
    """
    start = _start(row, from_us, horizon_us)
    return _Walk(row, start, Fold(start.state, find_route)).step()


def _start(row: Derivation, from_us: int, horizon_us: int) -> Start:
    if row.time_us is None:
        since_us = max(from_us, horizon_us)
        return Start((since_us - 1, store.FACTS_SEQ), BLANK, None, since_us)
    return (from_us <= row.time_us and _anew(row, from_us, horizon_us)) or _onward(row)


def _onward(row: Derivation) -> Start:
    """From the last sample on. Its slot goes on too."""
    found = Checkpoint.objects.get(device_id=row.device_id, slot_us=slot_of(row.time_us))
    slot = Slot(found.slot_us, found.state, found.samples, decode_counts(found.counts))
    return Start((row.time_us, row.seq), row.state, slot, row.time_us + 1)


def _anew(row: Derivation, from_us: int, horizon_us: int) -> Start | None:
    """From the first checkpoint whose samples changed; None where all is as it was."""
    checkpoints = Checkpoint.objects.filter(device_id=row.device_id)
    before = checkpoints.filter(slot_us__lte=from_us).order_by("-slot_us").first()
    lower_us = before.slot_us if before else slot_of(from_us)
    if lower_us < horizon_us:  # some of its samples may be gone
        after = checkpoints.filter(slot_us__gte=horizon_us).order_by("slot_us").first()
        if after is None:
            return None
        lower_us = after.slot_us
    known = dict(
        checkpoints.filter(slot_us__gte=lower_us)
        .order_by("slot_us")
        .values_list("slot_us", "samples")
    )
    stale = _stale(known, store.sample_counts(row.device_id, lower_us, row_mark(row), SLOT_US))
    if not stale:
        return None
    first_us, state = min(stale), BLANK
    if first_us in known:
        state = checkpoints.values_list("state", flat=True).get(slot_us=first_us)
    return Start(
        (first_us - 1, store.FACTS_SEQ),
        state,
        None,
        first_us,
        frozenset(known),
        frozenset(stale),
    )


def _stale(known: dict[int, int], counted: dict[int, int]) -> set[int]:
    """Checkpoints whose number of samples is another by now; a slot before all of them is one as well."""
    starts = list(known)
    found: dict[int, int] = dict.fromkeys(starts, 0)
    for slot_us, count in counted.items():
        place = bisect_right(starts, slot_us)
        owner = starts[place - 1] if place else slot_us
        found[owner] = found.get(owner, 0) + count
    return {slot_us for slot_us, count in found.items() if known.get(slot_us) != count}


def row_mark(row: Derivation) -> store.Mark:
    return row.time_us, row.seq


class _Walk:
    """From a start, over the samples, to the end of a step."""

    def __init__(self, row: Derivation, start: Start, fold: Fold):
        self.row, self.start, self.fold = row, start, fold
        self.result = Step(row.revision, start.since_us, fold.begun(), bool(start.stale))
        self.slot = start.slot
        self.last = start.after

    def step(self) -> Step:
        for read in self._readings():
            if (self.slot is None or slot_of(read.time_us) > self.slot.slot_us) and self._next_slot(
                read.time_us
            ):
                return self._done()
            self.fold.feed(read)
            self.slot.samples += 1
            self.result.folded += 1
            self.last = (read.time_us, read.seq)
        self._end()
        return self._done()

    def _readings(self) -> Iterator[Reading]:
        after = self.start.after
        while True:
            page = store.samples(self.row.device_id, 0, after=after, limit=PAGE)
            for time_us, seq, _, sections, _ in page:
                if seq < store.FACTS_SEQ:
                    yield reading(time_us, seq, sections)
            if len(page) < PAGE:
                return
            after = page[-1][:2]

    def _next_slot(self, time_us: int) -> bool:
        """Close the slot and open the next one, unless the step ends between them."""
        slot_us = slot_of(time_us)
        self._close_slot()
        if slot_us in self.start.known - self.start.stale and self._meets(slot_us, time_us):
            return True
        if self.result.folded >= SAMPLES_A_STEP and self._pauses(slot_us, time_us):
            return True
        self.slot = Slot(slot_us, self.fold.text())
        return False

    def _close_slot(self) -> None:
        if self.slot is not None:
            add_counts(self.slot.counts, self.fold.take_counts())
            self.result.slots.append(self.slot)
            self.slot = None

    def _meets(self, slot_us: int, time_us: int) -> bool:
        """Whether the old checkpoint still holds: then so does all that was derived from there on."""
        found = Checkpoint.objects.get(device_id=self.row.device_id, slot_us=slot_us)
        state = self.fold.text()
        if not is_same(state, found.state, time_us):
            return False
        self.fold.segmenter.pass_gap(time_us)
        self._meet(Slot(slot_us, state, found.samples))
        later = [stale for stale in self.start.stale if stale > slot_us]
        self.result.left_us = min(later, default=self.row.time_us + 1)
        return True

    def _pauses(self, slot_us: int, time_us: int) -> bool:
        """Whether this is enough for one step. What lies behind stays as it was known before, until the next step."""
        if self.row.time_us is None or time_us > self.row.time_us:
            self._end()
        elif self.fold.begun() == NOTHING and not self._is_in_drive(slot_us):
            self._meet(Slot(slot_us, self.fold.text(), STALE))
        else:
            return False
        self.result.left_us = time_us
        return True

    def _is_in_drive(self, slot_us: int) -> bool:
        """As it was known before."""
        before = Drive.objects.filter(device_id=self.row.device_id, start_us__lt=slot_us)
        last = before.order_by("-start_us").first()
        return last is not None and last.end_us >= slot_us

    def _meet(self, checkpoint: Slot) -> None:
        self.result.met, self.result.until_us = checkpoint, checkpoint.slot_us
        self.result.ahead = self.fold.begun()

    def _end(self) -> None:
        self._close_slot()
        if self.row.time_us is None and not self.result.folded:
            return
        self.result.is_news = self.row.time_us is None or self.last > row_mark(self.row)
        over = not self.result.is_news and self.row.ends_us is None
        self.result.tip = (self.last, self.fold.text())
        self.result.unfinished = list(self.fold.segmenter.unfinished(over=over))

    def _done(self) -> Step:
        self.result.closed = self.fold.segmenter.closed
        self.result.reports = self.fold.reports
        self.result.own_sections = self.fold.own_sections
        return self.result


def ending_step(row: Derivation, find_route: FindRoute) -> Step:
    """Nothing came for a while: what is under way is over."""
    fold = Fold(row.state, find_route)
    step = Step(row.revision, (row.time_us or 0) + 1, fold.begun())
    step.unfinished = list(fold.segmenter.unfinished(over=True))
    return step
