"""The corners of a zone as somebody gives them, checked."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from fleet_platform.shared.errors import Invalid

from .geometry import area, bounds, crosses_itself, unrolled

CORNERS_LEAST, CORNERS_MOST = 3, 500
PIXELS_MOST = 1_000_000
SLIMMEST = 1e-9  # of the area of its bounds
Corners = list[list[float]]


def checked(said: Any, *, on_map: bool) -> Corners:
    """The corners without repeats: a first one that comes again at the end closes the ring as GeoJSON does.

    Raises Invalid by `polygon` or `polygon.<number>`.
    """
    if not isinstance(said, list):
        raise Invalid({"polygon": _("must be a list of corners: [[x, y], ...]")})
    if len(said) > CORNERS_MOST + 1:
        raise _wrong_number()
    corners = _without_repeats([_corner(one, at, on_map) for at, one in enumerate(said)])
    if not CORNERS_LEAST <= len(corners) <= CORNERS_MOST:
        raise _wrong_number()
    _check_shape(corners if on_map else unrolled(corners))
    return corners


def _wrong_number() -> Invalid:
    told = _("must have %(least)d to %(most)d different corners")
    return Invalid({"polygon": told % {"least": CORNERS_LEAST, "most": CORNERS_MOST}})


def _corner(said: Any, at: int, on_map: bool) -> list[float]:
    name = f"polygon.{at}"
    if not isinstance(said, list) or len(said) != 2 or not all(_is_number(one) for one in said):
        raise Invalid({name: _("must be two numbers: [x, y]")})
    x, y = said
    if on_map and not (abs(x) <= PIXELS_MOST and abs(y) <= PIXELS_MOST):
        raise Invalid({name: _("must be pixels of the map, at most %d") % PIXELS_MOST})
    if not on_map and not (abs(x) <= 180 and abs(y) <= 90):
        raise Invalid({name: _("must be longitude -180 to 180 and latitude -90 to 90")})
    return said


def _is_number(said: Any) -> bool:
    return isinstance(said, int | float) and not isinstance(said, bool)


def _without_repeats(corners: Corners) -> Corners:
    """Each corner once where it stands several times in a row, round the end too."""
    return [corner for at, corner in enumerate(corners) if corner != corners[at - 1]]


def _check_shape(corners: Sequence) -> None:
    left, top, right, bottom = bounds(corners)
    if area(corners) <= SLIMMEST * (right - left) * (bottom - top):
        raise Invalid({"polygon": _("must enclose an area: its corners lie on one line")})
    if crosses_itself(corners):
        raise Invalid({"polygon": _("must not cross itself")})
