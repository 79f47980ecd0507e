r"""The norm that training ends with over a grid of sample sizes and scales of the start.

Paper 003 lets the scale go to zero at a fixed sample size; its Figure 5 lets the sample size grow at a fixed scale. The
two limits do not commute, and this study shows what lies between them.
"""

from dataclasses import dataclass

import numpy as np

from companion.study import Study, Tolerance
from studies.incremental.instances import mixed_instance
from studies.incremental.mild_width import mild_width
from twolayer.jump_process import jump_process, least_squared_norm
from twolayer.log_scaled_descent import log_scaled_descent

STEP = 0.02
"""Rate times the largest possible rate of growth: small enough that the squared norm is that of the flow to 0.1 %."""

STOP_LOSS = 1e-5
LONGEST_RUN = 10**7


@dataclass(frozen=True)
class Cell:
    """One training of ``width`` neurons from the norm exp(-length) on ``points`` points."""

    points: int
    width: int
    length: float
    seed: int


def compute(cell):
    """Train by gradient descent and run Algorithm 1 from the same draw; return one row."""
    start = mixed_instance(cell.seed, cell.points, cell.width)
    optimum = least_squared_norm(start.y)
    process = jump_process(start.active, start.signs, start.y, ties="first")
    rate = STEP * cell.points / np.linalg.norm(start.y)
    path = log_scaled_descent(
        start.directions,
        start.signs,
        start.y,
        -cell.length,
        rate=rate,
        stop_loss=STOP_LOSS,
        epochs=LONGEST_RUN,
    )
    squares = np.exp(2 * path.log_norms[-1])
    return [
        {
            "optimum": optimum,
            "ratio": path.squared_norm / optimum,
            "algorithm_ratio": process.squared_norm / optimum,
            "jumps": process.times.size,
            "participation": float(squares.sum() ** 2 / (squares**2).sum()),
            "covered": bool((process.fitted_by >= 0).all()),
            "outcome": path.outcome,
            "epochs": int(path.epochs[-1]),
        }
    ]


def cells(scale):
    """Return the grid: all scales to 4096 points, and those that can be had at 16384."""
    if scale == "quick":
        return [
            Cell(n, mild_width(n), length, 0) for n in (16, 64, 256) for length in (8.0, 32.0, 128.0, 512.0)
        ]
    return [
        Cell(n, mild_width(n), float(length), seed)
        for n in (16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 16384)
        for length in (4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)
        for seed in range(_repetitions(n, length))
    ]


def _repetitions(points, length):
    """Return how many draws there are: ten where they are cheap, three at the edge, none beyond."""
    if points == 16384:
        return 3 if length <= 256 else 0
    return 10 if points <= 512 or points * length <= 2**20 else 3


ORDER_OF_LIMITS = Study(
    name="incremental/order-of-limits",
    description="Squared norm after training, relative to the least possible, over sample size and scale of the start.",
    compute=compute,
    cells=cells,
    tolerances={
        # Rounding moves the moment at which a jump happens, and with it what later neurons find, only a little.
        "ratio": Tolerance(1e-6),
        "participation": Tolerance(1e-5),
        "epochs": Tolerance(1e-5, 2),
    },
    timeout=1800,
)
