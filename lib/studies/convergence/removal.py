"""Property (30): how many neurons an adversary must remove to ruin the first layer's tangent kernel; and Remark 6."""

from dataclasses import dataclass

import numpy as np

from companion.study import Study, Tolerance
from studies.convergence.instances import draw
from twolayer.neuron_removal import alternating_removal, greedy_removal, smallest_eigenvalues_after_removal

FRACTIONS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.45)
"""Shares of the neurons that are removed."""


@dataclass(frozen=True)
class RemovalCell:
    """One draw of an instance."""

    n: int
    m: int
    S: int
    run: int


def compute_removal(cell):
    """Return, for each share removed, the smallest eigenvalue over S that three adversaries and one point leave."""
    start = draw(cell.S, cell.m, cell.run, cell.n)
    active = start.x @ start.a.T > 0
    rng = np.random.default_rng([cell.n, cell.m, cell.S, cell.run, 30])
    counts = [round(share * cell.S) for share in FRACTIONS]
    greedy = greedy_removal(start.x, active, counts[-1], every=max(cell.S // 50, 1))
    left = {
        "random": smallest_eigenvalues_after_removal(start.x, active, rng.permutation(cell.S), [0, *counts]),
        "greedy": smallest_eigenvalues_after_removal(start.x, active, greedy, [0, *counts]),
    }
    found = [left["greedy"][0]] + [
        alternating_removal(start.x, active, k, rng, restarts=3)[0] for k in counts
    ]
    seen = int(active.sum(axis=1).min())
    return [
        {
            "share": share,
            "random": float(left["random"][i] / cell.S),
            "greedy": float(left["greedy"][i] / cell.S),
            "alternating": float(found[i] / cell.S),
            # The vector of the point that the fewest neurons see: an upper bound of the smallest eigenvalue.
            "one_point": float(max(seen - share * cell.S, 0) / cell.S),
        }
        for i, share in enumerate((0.0, *FRACTIONS))
    ]


def removal_cells(scale):
    """Return the sizes of (30) around n = 100, and those of Remark 6 with m above n^2, n = 10."""
    if scale == "quick":
        return [RemovalCell(100, 100, 200, 0)] + [RemovalCell(10, m, 8 * m, 0) for m in (25, 50, 100)]
    large = [(100, 300, 500), (100, 300, 1000), (100, 100, 500)]
    small = [(10, m, 8 * m) for m in (25, 50, 100, 200, 400, 800)]
    return [RemovalCell(*sizes, run) for sizes in reversed(large + small) for run in range(3)]


REMOVAL = Study(
    name="convergence/neuron-removal",
    description="Smallest eigenvalue of the first layer's tangent kernel after the removal of neurons, chosen at "
    "random, greedily, and by alternation with restarts.",
    compute=compute_removal,
    cells=removal_cells,
    # The order of neurons with nearly equal contributions may change with rounding.
    tolerances={name: Tolerance(rtol=0.02, atol=1e-4) for name in ("greedy", "alternating")},
)
