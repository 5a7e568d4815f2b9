"""The cells of a heat grid: packed for a row of the database, taken apart, and joined to larger cells. No ORM."""

from collections.abc import Iterable, Mapping

import msgspec

from .traffic import CELL_PX, Cell, Hour

Grid = dict[tuple[int, int], Cell]  # by column and row; samples, microseconds, people
_decode = msgspec.msgpack.Decoder(list[int]).decode
_encode = msgspec.msgpack.encode
NUMBERS = 5  # of a packed cell: column, row, samples, microseconds, people


def pack(grid: Mapping[tuple[int, int], Cell]) -> bytes:
    """Cells with nothing in them are left out."""
    return _encode([number for at, cell in grid.items() if any(cell) for number in (*at, *cell)])


def unpack(packed: bytes | memoryview) -> Grid:
    numbers = _decode(packed)
    return {
        (numbers[i], numbers[i + 1]): numbers[i + 2 : i + NUMBERS]
        for i in range(0, len(numbers), NUMBERS)
    }


def changed(packed: bytes | memoryview | None, hour: Hour) -> bytes:
    """The cells with what an hour adds to them, or takes away."""
    grid = unpack(packed) if packed else {}
    for key, values in hour.cells.items():
        column, row = map(int, key.split(","))
        cell = grid.setdefault((column, row), [0, 0, 0])
        for index, value in enumerate(values):
            cell[index] += value
    return pack(grid)


def joined(packs: Iterable[bytes | memoryview], cell_px: int) -> Grid:
    """Many grids as one of larger cells; `cell_px` is a multiple of CELL_PX."""
    factor = cell_px // CELL_PX
    grid: Grid = {}
    for packed in packs:
        numbers = _decode(packed)
        for i in range(0, len(numbers), NUMBERS):
            at = (numbers[i] // factor, numbers[i + 1] // factor)
            cell = grid.get(at)
            if cell is None:
                grid[at] = numbers[i + 2 : i + NUMBERS]
                continue
            cell[0] += numbers[i + 2]
            cell[1] += numbers[i + 3]
            cell[2] += numbers[i + 4]
    return grid
