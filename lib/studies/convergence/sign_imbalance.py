r"""What the sum of the output signs does: runs of Tables 1 and 2 with a prescribed :math:`\sum_\nu z_\nu`.

Of the fair signs only the sum is not typical at S = 100: its square over S is nearly chi-squared with one degree of
freedom. The initial outputs have the common part :math:`\sum_\nu z_\nu/\sqrt{2\pi}`, which training has to undo.
"""

from dataclasses import dataclass, replace

import numpy as np

from companion.study import Study
from studies.convergence.grid import DEFAULT_RATE, FRESH
from studies.convergence.instances import draw
from studies.convergence.random_labels import LONGEST_RUN, RANDOM_LABELS, measure
from twolayer.two_rate_descent import TwoRateDescent

WIDTH = 100


@dataclass(frozen=True)
class Cell:
    """One run at width 100; ``imbalance`` is the sum of the signs, even."""

    m: int
    imbalance: int
    run: int


def compute(cell):
    """Train a draw of the tables with other signs; return its row."""
    start = draw(WIDTH, cell.m, cell.run)
    signs = np.repeat([1.0, -1.0], [(WIDTH + cell.imbalance) // 2, (WIDTH - cell.imbalance) // 2])
    rng = np.random.default_rng([WIDTH, cell.m, cell.run, cell.imbalance])
    start = replace(start, w=rng.permutation(signs))
    descent = TwoRateDescent(start.x, start.y, start.a, start.w, rates=(DEFAULT_RATE, 0.0))
    descent.advance(LONGEST_RUN)
    return [measure(descent, start)]


def cells(scale):
    """Return the runs: several sums at 1000 points, and one large sum at 5000."""
    if scale == "quick":
        return [Cell(200, imbalance, FRESH) for imbalance in (0, 26)]
    small = [Cell(1000, imbalance, FRESH + run) for imbalance in (0, 10, 20, 26, 32) for run in range(3)]
    return [Cell(5000, 26, FRESH), *small]


SIGN_IMBALANCE = Study(
    name="convergence/sign-imbalance",
    description="Random labels at width 100 with a prescribed sum of the output signs, at 1000 and at 5000 points.",
    compute=compute,
    cells=cells,
    tolerances=RANDOM_LABELS.tolerances,
    may_be_nan=RANDOM_LABELS.may_be_nan,
)
