"""Section 4: random directions and signs, and how often Assumption 4 (i) holds (Proposition 2)."""

from dataclasses import dataclass

import numpy as np

from companion.study import Study
from twolayer.coverage import satisfies_assumption

_AT_ONCE = 4_000_000  # normal numbers drawn in one go


@dataclass(frozen=True)
class Cell:
    """Draws of networks of a width on points of which so many have a positive and so many a negative label.

    ``signs`` is "drawn" (fair coins, Assumption 3), "alternating", or "one" (all positive, as in Figure 1).
    """

    positive: int
    negative: int
    width: int
    signs: str
    draws: int
    seed: int


def draw_signs(rng, kind, shape):
    """Draw signs of output weights.

    Parameters
    ----------
    rng : numpy.random.Generator
        Used only for drawn signs.
    kind : str
        "drawn", "alternating" or "one".
    shape : tuple of int
        (draws, m).

    Returns
    -------
    ndarray
        Of 1 and -1.

    Raises
    ------
    ValueError
        If the kind is unknown.
    """
    if kind == "drawn":
        return rng.choice(np.array([-1, 1], dtype=np.int8), shape)
    if kind == "alternating":
        return np.broadcast_to(np.where(np.arange(shape[1]) % 2, -1, 1), shape)
    if kind == "one":
        return np.ones(shape, dtype=np.int8)
    raise ValueError(f"signs must be 'drawn', 'alternating' or 'one', got {kind!r}")


def compute(cell):
    """Count the draws in which all points are covered, and those in which all of the assumption holds."""
    y = np.r_[np.ones(cell.positive), -np.ones(cell.negative)]
    sizes = (cell.positive, cell.negative, cell.width)
    rng = np.random.default_rng([cell.seed, *sizes, ["drawn", "alternating", "one"].index(cell.signs)])
    piece = max(1, _AT_ONCE // (cell.width * y.size))
    rows = everything = empty = 0
    for begin in range(0, cell.draws, piece):
        count = min(piece, cell.draws - begin)
        signs = draw_signs(rng, cell.signs, (count, cell.width))
        # Isotropic directions, in the coordinates of the data; their length does not matter.
        active = rng.standard_normal((count, cell.width, y.size), dtype=np.float32) > 0
        covered, satisfied = satisfies_assumption(active, signs, y)
        rows += int(covered.sum())
        everything += int(satisfied.sum())
        useful = active & ((y > 0) == (signs > 0)[..., None])
        empty += int((~useful.any(axis=-1)).any(axis=-1).sum())
    return [{"covered": rows, "satisfied": everything, "idle": empty}]


_WIDTHS = {
    16: (8, 12, 16, 20, 24, 32, 48, 64),
    32: (8, 12, 16, 20, 24, 32, 64),
    64: (8, 12, 16, 20, 24, 32, 48),
    128: (12, 16, 20, 24, 28, 32, 40),
    256: (12, 16, 20, 24, 28, 34, 44),
    1024: (16, 20, 24, 28, 34, 40, 48),
    4096: (20, 24, 28, 34, 40),
}


def cells(scale):
    """Return the grid of balanced labels, unbalanced ones, and networks whose signs are not drawn."""
    if scale == "quick":
        sizes = [(8, 8, 12), (8, 8, 24), (32, 32, 12), (32, 32, 24), (60, 4, 24)]
        chosen = [(*size, "drawn") for size in sizes] + [(32, 32, 16, "alternating"), (64, 0, 6, "one")]
        return [Cell(*entry, 400, 0) for entry in chosen]
    balanced = [(n // 2, n // 2, m, "drawn") for n, widths in _WIDTHS.items() for m in widths]
    skewed = [(p, 64 - p, m, "drawn") for p in (48, 56, 60, 64) for m in (16, 24, 32)]
    fixed = [(n // 2, n // 2, m, "alternating") for n in (64, 1024) for m in (12, 16, 24, 28)]
    one = [(64, 0, m, "one") for m in (4, 6, 8, 10, 12)]
    return [Cell(*entry, 4000, 0) for entry in balanced + skewed + fixed + one]


COVERING_DRAWS = Study(
    name="incremental/covering-draws",
    description="How often random neurons cover all points, and how often all of Assumption 4 (i) holds: 4000 draws "
    "for each number of points and of neurons, with drawn signs, alternating signs, and signs of one kind.",
    compute=compute,
    cells=cells,
)
