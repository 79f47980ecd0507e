r"""Figure 6: the norm that gradient descent ends with, against the width, from small and from uniform starts; n = 32.

The small starts are those of Figure 5, trained at rate 1; the uniform ones have the bound
:math:`1/\sqrt{\text{fan in}}` of PyTorch's linear layers or :math:`\sqrt{6/\text{fan in}}` of He, and the paper's rate
0.001. Since the rate hardly matters, they are trained at a much larger stable rate, too. Labels are the same in all
runs.
"""

from dataclasses import dataclass

from companion.study import Study
from studies.incremental.norm_against_points import DESCENT_TOLERANCES, EPOCHS, train
from studies.incremental.random_networks import UNIFORM_BOUNDS, fixed_labels, uniform_start
from twolayer.log_scaled_descent import orthogonal_descent

POINTS = 32
RATE = 1.0
UNIFORM_RATE = 1e-3
STOP = 1e-8
SCALES = (-3, -6, -20)

WIDTHS = {"paper": tuple(2**k for k in range(4, 15)), "quick": (16, 32, 64, 128, 256, 512)}
UNIFORM_WIDTHS = {"paper": WIDTHS["paper"], "quick": (32, 64, 128)}
LADDER = {
    "paper": (-1, -2, -3, -4, -6, -9, -12, -16, -20, -30, -40, -60, -100, -200),
    "quick": (-1, -3, -6, -20),
}
LADDER_WIDTHS = {"paper": (2**8, 2**11, 2**14, 2**16), "quick": (2**8, 2**11)}
REPETITIONS = 3
UNIFORM_REPETITIONS = {"paper": REPETITIONS, "quick": 2}


def fast_rate(kind, m):
    r"""Return :math:`\min(0.05, 80/(b^2 m))`, about a sixth of the rate at which descent becomes unstable for large m.

    At a uniform start of bound b the tangent kernel has the largest eigenvalue near :math:`b^2 m/16` if n = 32, and
    the mean square multiplies it by 2/n.
    """
    return min(0.05, 80.0 / (UNIFORM_BOUNDS[kind] ** 2 * m))


@dataclass(frozen=True)
class Cell:
    """One run: ``start`` is "default" or "He", and the rate is the paper's unless fast."""

    m: int
    start: str
    fast: bool
    repetition: int


@dataclass(frozen=True)
class SmallCell:
    """One run from a small start."""

    m: int
    log10_scale: int
    repetition: int


def compute_uniform(cell):
    """Train one network from a uniform start; return one row."""
    hidden, output = uniform_start(cell.start, POINTS, cell.m, cell.repetition)
    rate = fast_rate(cell.start, cell.m) if cell.fast else UNIFORM_RATE
    path = orthogonal_descent(
        hidden, output, fixed_labels(POINTS), rate=rate, factor=2.0, stop_loss=STOP, epochs=EPOCHS
    )
    return [
        {
            "rate": rate,
            "initial": float((hidden**2).sum() + (output**2).sum()),
            "squared_norm": path.squared_norm,
            "epochs": int(path.epochs[-1]),
            "outcome": path.outcome,
            "loss": float(path.losses[-1]),
        }
    ]


def compute_small(cell):
    """Train one network from a small start; return one row."""
    return [train(fixed_labels(POINTS), cell.m, cell.log10_scale, cell.repetition, rate=RATE, stop_loss=STOP)]


def uniform_cells(scale):
    """Return the runs from uniform starts, the widest first."""
    return [
        Cell(m, start, fast, repetition)
        for m in reversed(UNIFORM_WIDTHS[scale])
        for start in UNIFORM_BOUNDS
        for fast in (False, True)
        for repetition in range(UNIFORM_REPETITIONS[scale])
    ]


def small_cells(scale):
    """Return the runs from small starts, the widest first: all widths at three scales, some at a ladder of scales."""
    wide, ladder = WIDTHS[scale], LADDER_WIDTHS[scale]
    return [
        SmallCell(m, exponent, repetition)
        for m in sorted({*wide, *ladder}, reverse=True)
        for exponent in sorted({*(SCALES if m in wide else ()), *(LADDER[scale] if m in ladder else ())})
        for repetition in range(REPETITIONS)
    ]


NORM_AGAINST_WIDTH = Study(
    name="incremental/norm-against-width",
    description="Figure 6, uniform starts: squared norm before and after gradient descent on 32 points for 16 to 16384 "
    "neurons, at the paper's rate and at a larger one.",
    compute=compute_uniform,
    cells=uniform_cells,
    tolerances=DESCENT_TOLERANCES,
)

NORM_AGAINST_SCALE = Study(
    name="incremental/norm-against-scale",
    description="Figure 6, small starts: squared norm after gradient descent on 32 points for 16 to 65536 neurons at "
    "scales from 0.1 to 1e-200, with Algorithm 1 on the same draws.",
    compute=compute_small,
    cells=small_cells,
    tolerances=DESCENT_TOLERANCES,
)
