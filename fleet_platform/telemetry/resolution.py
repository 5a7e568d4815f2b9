"""Numbers over time, thinned out: minimum, maximum and mean of each numeric field per bucket. Knows no Django."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

MOST = 1e300  # beyond it a sum may be no number any more
_decode = msgspec.json.Decoder().decode


@dataclass
class Bucket:
    """`fields`: "section.path.to.field" -> [minimum, maximum, sum, count]. Times in microseconds since 1970 UTC.

    `texts`: "section.field" -> the last text of those asked for.
    """

    start_us: int
    samples: int = 0
    fields: dict[str, list[float]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def add(self, sections: dict, texts: Collection[str] = ()) -> None:
        self.samples += 1
        for name in texts:
            if (said := text_at(sections, name)) is not None:
                self.texts[name] = said
        for name, value in numbers(sections):
            known = self.fields.get(name)
            if known is None:
                self.fields[name] = [value, value, value, 1]
                continue
            known[0] = min(known[0], value)
            known[1] = max(known[1], value)
            known[2] += value
            known[3] += 1

    def summary(self) -> dict[str, dict[str, float]]:
        return {
            name: {"min": low, "max": high, "mean": total / count}
            for name, (low, high, total, count) in self.fields.items()
        }


def numbers(value: dict, prefix: str = "") -> Iterator[tuple[str, float]]:
    """Every number below an object with its dotted path; lists, booleans and what no sum holds are passed over."""
    for key, part in value.items():
        if isinstance(part, dict):
            yield from numbers(part, f"{prefix}{key}.")
        elif isinstance(part, int | float) and not isinstance(part, bool) and -MOST < part < MOST:
            yield f"{prefix}{key}", part


def text_at(sections: dict, name: str) -> str | None:
    section, _, key = name.partition(".")
    part = sections.get(section)
    said = part.get(key) if isinstance(part, dict) else None
    return said if isinstance(said, str) else None


def summarise(
    rows: Iterable[tuple],
    bucket_us: int,
    sections: frozenset[str] | None,
    *,
    limit: int,
    texts: Collection[str] = (),
) -> list[Bucket]:
    """Buckets of `bucket_us`, aligned to 1970, of rows (time_us, seq, received_us, sections, position), oldest first.

    Stops before the bucket after `limit`.
    """
    buckets: list[Bucket] = []
    for time_us, _, _, text, _ in rows:
        start = time_us - time_us % bucket_us
        if not buckets or buckets[-1].start_us != start:
            if len(buckets) == limit:
                break
            buckets.append(Bucket(start))
        decoded = _decode(text)
        if sections is not None:
            decoded = {name: part for name, part in decoded.items() if name in sections}
        buckets[-1].add(decoded, texts)
    return buckets
