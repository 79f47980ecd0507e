"""What happens inside single steps of real runs, at learning rates up to the stability limit and beyond (E, (41))."""

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from companion.study import Study, Tolerance
from studies.convergence.instances import draw
from studies.convergence.two_rates import kernels
from twolayer.two_rate_descent import TwoRateDescent
from twolayer.two_rate_kernels import extreme_eigenvalues, hidden_layer_gram, stable_rate_limit
from twolayer.within_step import within_step

FRACTIONS = (0.25, 0.5, 0.75, 1.0)
"""Times within a step, in steps; 1 is the left limit at the next one."""

SHARES = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 3 / 8, 1 / 2, 3 / 4, 1.0, 1.25)
"""Learning rates in units of the stability limit 2/lambda_max(H_0 + r G_0)."""

LONGEST_RUN = 60_000
"""Steps after which a run is given up."""


@dataclass(frozen=True)
class Cell:
    """One training at a share of the stability limit; ``ratio`` is that of the two rates."""

    n: int
    S: int
    m: int
    run: int
    share: float
    ratio: float


def halts(growth=1.35):
    """Yield the steps at which a run is looked at: 0, 1, 2, 3 and then in growing distances."""
    step = 0
    while True:
        yield step
        step = max(step + 1, int(step * growth))


def compute(cell):
    """Train by the rules of section 4, and at each halt look into the coming step; a row for each fraction."""
    start = draw(cell.S, cell.m, cell.run, n=cell.n)
    hidden, output = kernels(start)
    rate = cell.share * stable_rate_limit(hidden, output, cell.ratio)
    rates = rate, cell.ratio * rate
    descent = TwoRateDescent(start.x, start.y, start.a, start.w, rates=rates)
    rows = []
    for halt in halts():
        if halt > descent.step:
            descent.advance(halt - descent.step)
        if rows and (descent.outcome != "running" or descent.step >= LONGEST_RUN):
            break
        kernel = rates[0] * hidden_layer_gram(start.x, descent.a, descent.w)
        if rates[1]:
            features = np.maximum(start.x @ descent.a.T, 0.0)
            kernel += rates[1] * features @ features.T
        image = kernel @ descent.error
        looks = within_step(start.x, start.y, descent.a, descent.w, rates, FRACTIONS)
        for fraction, found in zip(FRACTIONS, looks, strict=True):
            rows.append(
                {
                    "eta_w": rate,
                    "step": descent.step,
                    "fraction": fraction,
                    "error": float(descent.error_norms[-1]),
                    "ratio_41_frozen": float(fraction * (image @ image) / (descent.error @ image)),
                    **{("ratio_41" if k == "ratio" else k): v for k, v in asdict(found).items()},
                }
            )
    return [row | {"T": descent.step, "outcome": descent.outcome} for row in rows]


def cells(scale):
    """Return the trainings of a scale."""
    if scale == "quick":
        sizes, both, shares = ((60, 60), (240, 60)), (20, 80, 40), (1 / 16, 1 / 4, 1 / 2, 1.25)
    else:
        sizes, both, shares = ((100, 300), (1000, 300)), (50, 400, 100), SHARES
    n, S, m = both
    one = [Cell(100, S, m, 0, share, 0.0) for S, m in sizes for share in shares]
    if scale == "paper":
        one = [Cell(100, 100, 1000, 0, share, 0.0) for share in (1 / 8, 1 / 2)] + one
    return [*one, *(Cell(n, S, m, 0, share, 1.0) for share in shares)]


_CLOSE = Tolerance(rtol=0.05, atol=1e-6)  # inside a step a single activation is a visible part of the change

WITHIN_STEPS = Study(
    name="convergence/within-steps",
    description="Change of gradient, error, features and activations inside single steps of gradient descent, at "
    "learning rates from 1/32 to 5/4 of the stability limit.",
    compute=compute,
    cells=cells,
    tolerances={
        **dict.fromkeys(
            ("error", "ratio_41", "ratio_41_frozen", "error_change", "movement", "movement_bound", "feature_change",
             "feature_bound", "jacobian", "jacobian_bound", "drift_w", "drift_z", "drift_by_error"), _CLOSE),
        "jacobian_change": Tolerance(rtol=0.2, atol=1.5),
        "drift_by_activations": Tolerance(rtol=0.2, atol=0.05),
        "activations": Tolerance(rtol=0.1, atol=5.0),
        "T": Tolerance(rtol=0.03, atol=3.0),
        "eta_w": Tolerance(rtol=1e-8),
    },
    may_be_nan=("drift_z",),
)  # fmt: skip


def rate_of_small_change(widths, m, runs):
    r"""Return, for each width, the learning rate at which the first step changes e by the share 1/S (70).

    Parameters
    ----------
    widths : sequence of int
        S.
    m : int
        Points, n = 100.
    runs : int
        Draws for each width.

    Returns
    -------
    DataFrame
        Columns S, run, rate = :math:`\|e_0\|/(S\|H_0e_0\|)`, which is right up to activation changes within the step,
        and two checks: change, S times the change of e over a whole step at that rate, and limit,
        the stability limit. Cost O(m^2 (S + m)) for each.
    """
    rows = []
    for S in widths:
        for run in range(runs):
            start = draw(S, m, run)
            hidden = hidden_layer_gram(start.x, start.a, start.w)
            error = np.maximum(start.x @ start.a.T, 0.0) @ start.w - start.y
            rate = float(np.linalg.norm(error) / (S * np.linalg.norm(hidden @ error)))
            (found,) = within_step(start.x, start.y, start.a, start.w, (rate, 0.0), (1.0,))
            limit = 2 / extreme_eigenvalues(hidden)[1]
            rows.append({"S": S, "run": run, "rate": rate, "change": S * found.error_change, "limit": limit})
    return pd.DataFrame(rows)
