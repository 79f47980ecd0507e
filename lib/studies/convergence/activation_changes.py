"""Net and cumulative activation changes at every point, after training with random labels (Appendix D)."""

from dataclasses import dataclass

import numpy as np

from companion.study import Study, Tolerance
from studies.convergence.along_runs import rate_of_the_paper
from studies.convergence.instances import DIMENSION, draw
from twolayer.activation_changes import changed_count_bound, changes_at_points
from twolayer.two_rate_descent import TwoRateDescent

LONGEST_RUN = 100_000
"""Steps after which a run is given up."""

POSITIONS = 41
"""Points that are kept of a run, evenly spread over the order by net changes."""


@dataclass(frozen=True)
class Cell:
    """One run of section 4."""

    S: int
    m: int
    run: int
    eta: float


def compute(cell):
    """Train, order the points by their net changes, largest first, and return rows along this order."""
    start = draw(cell.S, cell.m, cell.run)
    descent = TwoRateDescent(start.x, start.y, start.a, start.w, rates=(cell.eta, 0.0))
    descent.advance(LONGEST_RUN)
    found = changes_at_points(start.x, start.a, descent.a)
    bound = changed_count_bound(found.movement, cell.S)
    order = np.argsort(-found.changed, kind="stable")
    ever = np.sort(descent.ever_changed.sum(axis=1))[::-1]
    some = found.changed > 0
    whole = {
        "T": descent.step,
        "outcome": descent.outcome,
        "dW_F": float(np.linalg.norm(descent.a - start.a)),
        "net_flips": int(found.changed.sum()),
        "flips": int(ever.sum()),
        "n_plus_1": int(found.changed[order[min(DIMENSION, cell.m - 1)]]),
        # the smallest quotient of the two ends of the chain, and of its first two and last two norms
        "slack": float((found.movement[some] / found.smallest[some]).min()),
        "slack_crossing": float((found.movement_of_changed[some] / found.start_of_changed[some]).min()),
        "slack_order": float((found.start_of_changed[some] / found.smallest[some]).min()),
        "bound_share_max": float((found.changed / bound).max()),
    }
    positions = np.unique(np.round(np.linspace(0, cell.m - 1, POSITIONS)).astype(int))
    return [
        {
            "position": int(k),
            "changed": int(found.changed[j]),
            "ever_changed": int(ever[k]),
            "movement": float(found.movement[j]),
            "movement_of_changed": float(found.movement_of_changed[j]),
            "start_of_changed": float(found.start_of_changed[j]),
            "smallest": float(found.smallest[j]),
            "bound": float(bound[j]),
            **whole,
        }
        for k, j in zip(positions, order[positions], strict=True)
    ]


def cells(scale):
    """Return the runs: 24 sizes with m > n, two draws of each below m = 700."""
    if scale == "quick":
        return [Cell(S, m, 0, 1e-3) for S in (50, 100, 200) for m in (110, 130)]
    return [
        Cell(S, m, run, rate_of_the_paper(S, m))
        for m in (1000, 700, 500, 300, 200, 150)
        for S in (1000, 500, 200, 100)
        for run in range(1 if m >= 700 else 2)
    ]


_COUNT = Tolerance(rtol=0.1, atol=4.0)  # one activation that changes a step earlier shifts what follows

ACTIVATION_CHANGES = Study(
    name="convergence/activation-changes",
    description="Changes of activation at the points of a run, in the order of their number, and the norms that "
    "bound them.",
    compute=compute,
    cells=cells,
    tolerances={
        "T": Tolerance(rtol=0.02, atol=3.0),
        **dict.fromkeys(("net_flips", "flips"), Tolerance(rtol=0.02, atol=3.0)),
        **dict.fromkeys(("changed", "ever_changed", "n_plus_1"), _COUNT),
        "dW_F": Tolerance(rtol=5e-3),
        "bound": Tolerance(rtol=0.5),
        # at a position of the order another point may stand with the same number of changes
        **dict.fromkeys(
            ("movement", "movement_of_changed", "start_of_changed", "smallest"), Tolerance(rtol=0.5, atol=0.5)
        ),
        **dict.fromkeys(("slack", "slack_crossing", "slack_order", "bound_share_max"), Tolerance(rtol=0.1)),
    },
)
