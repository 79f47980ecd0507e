r"""How large a rate may be: descent on the first layer around its limit of stability, with and without the valve.

One training without the safety valve answers both questions: where the valve would have stopped it (the first step
at which the norm of the error grows), and what becomes of it if nothing stops it.
"""

from dataclasses import dataclass

import numpy as np

from companion.study import Study, Tolerance
from studies.convergence.instances import draw
from twolayer.two_rate_descent import TwoRateDescent
from twolayer.two_rate_kernels import (
    activation_gram,
    extreme_eigenvalues,
    hidden_layer_gram,
    stable_rate_limit,
)

FACTORS = (0.5, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 3.0)
"""Rates, as multiples of the limit at the start."""

SIZES = {"paper": ((100, 100), (100, 400), (400, 100), (400, 400)), "quick": ((100, 100),)}
"""(S, m), with n = 100."""

RUNS = {"paper": 5, "quick": 1}
BUDGET = {"paper": 4000, "quick": 800}
"""Steps after which a run counts as neither converged nor diverged."""


@dataclass(frozen=True)
class Cell:
    """One training; ``run`` seeds the draw together with the sizes."""

    S: int
    m: int
    factor: float
    run: int
    budget: int


def compute(cell):
    """Train the first layer at a multiple of the stable rate; return one row."""
    start = draw(cell.S, cell.m, cell.run)
    hidden = hidden_layer_gram(start.x, start.a, start.w)
    rate = cell.factor * stable_rate_limit(hidden)
    descent = TwoRateDescent(start.x, start.y, start.a, start.w, rates=(rate, 0.0), monotone=False)
    descent.advance(cell.budget)
    norms = descent.error_norms
    upward = np.flatnonzero(np.diff(norms) > 0)
    alive = descent.outcome != "diverged"
    largest = extreme_eigenvalues(activation_gram(start.x, descent.active, start.w))[1] if alive else np.nan
    return [
        {
            "eta": rate,
            "outcome": descent.outcome,
            "T": descent.step,
            "first_increase": int(upward[0]) + 1 if upward.size else -1,
            "upward_steps": int(upward.size),
            "largest_growth": float(norms[np.isfinite(norms)].max() / norms[0]),
            "lambda_max_H0": 2 * cell.factor / rate,
            "lambda_max_HT": largest,
            "flips": int(descent.ever_changed.sum()),
        }
    ]


def cells(scale):
    """Return the trainings of a scale, the largest first."""
    return [
        Cell(S, m, factor, run, BUDGET[scale])
        for S, m in reversed(SIZES[scale])
        for factor in FACTORS
        for run in range(RUNS[scale])
    ]


STABILITY = Study(
    name="convergence/stability",
    description="Gradient descent on the first layer at multiples of the stable rate: where the norm of the error "
    "first grows, and what becomes of the run if nothing stops it.",
    compute=compute,
    cells=cells,
    tolerances={
        **dict.fromkeys(("eta", "lambda_max_H0"), Tolerance(rtol=1e-8)),
        # Beyond the limit rounding grows: only what is robust about a run is held against another machine's.
        **dict.fromkeys(("T", "first_increase", "upward_steps", "flips"), Tolerance(rtol=0.1, atol=20.0)),
        "lambda_max_HT": Tolerance(rtol=0.05),
        "largest_growth": Tolerance(rtol=0.2),
    },
    may_be_nan=("lambda_max_HT",),
)
