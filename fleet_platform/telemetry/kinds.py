"""What a domain app registers for its kind of device: the sections it sends, their checks, and its position.

A section is a table of fields. From the table comes a typed decoder that checks a section in about a microsecond
and keeps unknown keys as they came. Fields may always be absent or null.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec

LONGEST_TEXT = 4096


def Number(low: float | None = None, high: float | None = None) -> Any:
    """A finite number, ends included."""
    return Annotated[float, msgspec.Meta(ge=low, le=high)] | None


def Integer(low: int | None = -(2**53), high: int | None = 2**53) -> Any:
    return Annotated[int, msgspec.Meta(ge=low, le=high)] | None


def Text(longest: int = LONGEST_TEXT) -> Any:
    return Annotated[str, msgspec.Meta(max_length=longest)] | None


NumberOrText = (
    Annotated[float, msgspec.Meta()] | Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT)] | None
)
Flag = bool | None
Anything = Any


def Nested(**fields: Any) -> Any:
    """An object with typed fields of its own."""
    return _struct("nested", fields) | None


def _struct(
    name: str, fields: Mapping[str, Any], default: Any = None, **options: Any
) -> type[msgspec.Struct]:
    """Python names may not be any text (DJI has keys like "4g_quality"): each field gets a number and is renamed."""
    numbered = {f"f{index}": wire for index, wire in enumerate(fields)}
    return msgspec.defstruct(
        "".join(part.title() for part in name.split("_")),
        [(attribute, fields[wire], default) for attribute, wire in numbered.items()],
        rename=numbered,
        gc=False,
        **options,
    )


@dataclass(frozen=True)
class Section:
    """`fields`: wire name -> type made by the functions above. `summary`: what the section tells, for the docs."""

    fields: Mapping[str, Any]
    summary: str = ""
    struct: type[msgspec.Struct] = field(init=False, repr=False, compare=False)
    decode: Callable[[msgspec.Raw], Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        object.__setattr__(self, "struct", _struct("section", self.fields))
        object.__setattr__(self, "decode", msgspec.json.Decoder(self.struct).decode)


Sections = Mapping[str, dict]  # section name -> decoded object


@dataclass(frozen=True)
class Condition:
    """Something to raise an alarm about while it holds.

    `holds(raw)` reads the newest `section` as it arrived, checked: true, false, or None where it does not say (or says
    neither: between two limits, so that a value at the limit does not ring all the time). `title`: what people read.
    """

    code: str
    severity: str
    section: str
    holds: Callable[[msgspec.Raw], bool | None]
    title: Any = ""


@dataclass(frozen=True)
class Kind:
    """One kind of device.

    `sections`: the ones that the device itself may send. `position(sections)` gives {map_id, x, y, rotate} or
    {longitude, latitude, height, heading} from one sample's sections, None where they say no place. `carries`:
    kinds of devices whose samples this one may send on their behalf. `enroll(device, extra)` makes the domain's own
    row of a device that was just registered, inside that transaction; `extra` is what the caller gave beside the
    facts that every device has. It raises Invalid or Conflict by the names of `extra`. `zone_changed(zone, removed)`
    hears of each zone that was made, changed or is about to be deleted, inside that transaction; and
    `device_changed(device_id, removed)` of a device whose facts changed, or that is about to leave; and
    `channel_changed(channel, removed)` of a notification channel. `conditions`: what
    raises an alarm. `derives`: whether something is computed from its samples later (store/derivation.py). `moves`:
    whether it drives or flies, so that it can be told to stop.
    """

    name: str
    sections: Mapping[str, Section]
    position: Callable[[Sections], dict | None] = lambda sections: None
    carries: tuple[str, ...] = ()
    enroll: Callable[[Any, Mapping[str, Any]], None] | None = None
    zone_changed: Callable[[Any, bool], None] | None = None
    device_changed: Callable[[int, bool], None] | None = None
    channel_changed: Callable[[Any, bool], None] | None = None
    conditions: tuple[Condition, ...] = ()
    derives: bool = False
    moves: bool = False
    decode: Callable[[msgspec.Raw], Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        """`decode` checks all sections of a sample at once, and refuses those that the kind does not send."""
        sections = {
            name: section.struct | msgspec.UnsetType for name, section in self.sections.items()
        }
        struct = _struct("sections", sections, msgspec.UNSET, forbid_unknown_fields=True)
        object.__setattr__(self, "decode", msgspec.json.Decoder(struct).decode)


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    _kinds[kind.name] = kind


def get(name: str) -> Kind:
    """The registered kind; one without sections where no app knows the name."""
    return _kinds.get(name) or Kind(name, {})


def all_kinds() -> list[Kind]:
    return list(_kinds.values())


TopicResolver = Callable[[str], int | None]

topic_resolvers: dict[str, TopicResolver] = {}


def register_topic(prefix: str, resolve: TopicResolver) -> None:
    """Let `<prefix>:<name>` stand for a device's live topic. `resolve(name)` gives its id, None for no such."""
    topic_resolvers[prefix] = resolve
