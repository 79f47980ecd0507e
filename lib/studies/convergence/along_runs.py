r"""Looks along trainings of section 4: eigenvalues, movement, activation changes and replays (3.2, Appendix D).

At steps 0, 1, 2, ..., then in growing distances, at last every so many steps, the run is halted and measured.
Beside the descent go two linear ones: *frozen*,
:math:`e \leftarrow (I - K_0)e` with the kernel :math:`K = \eta_wH + \eta_zG` of the start, and *replayed*, with the
kernel of the last look.
"""

from dataclasses import dataclass

import numpy as np

from companion.study import Study, Tolerance
from studies.convergence.instances import draw
from studies.convergence.two_rates import half_of_the_limit, kernels
from twolayer.activation_changes import changed_count_bound, changes_at_points
from twolayer.two_rate_descent import TwoRateDescent
from twolayer.two_rate_kernels import extreme_eigenvalues, hidden_layer_gram, output_layer_gram
from twolayer.within_step import jacobian_norm

LONGEST_RUN = 100_000
"""Steps after which a run is given up."""


@dataclass(frozen=True)
class Cell:
    """One training; eta = 0 means half the stability limit, ``every`` is the longest distance of looks."""

    n: int
    S: int
    m: int
    run: int
    eta: float
    ratio: float
    every: int


def rates_of(cell, start):
    """Return the two rates of a cell for its instance."""
    return (cell.eta, cell.ratio * cell.eta) if cell.eta else half_of_the_limit(*kernels(start), cell.ratio)


def look(descent, start, features, spread):
    """Measure a halted run against its start.

    Parameters
    ----------
    descent : TwoRateDescent
        The run.
    start : Instance
        Where it began.
    features : ndarray of shape (m, S)
        F_0, points as rows.
    spread : float
        The spectral norm of X.

    Returns
    -------
    tuple
        A dictionary of scalars, and the kernel of the step. Cost O(m^2 (S + m)).
    """
    hidden, output = hidden_layer_gram(start.x, descent.a, descent.w), output_layer_gram(start.x, descent.a)
    smallest, largest = extreme_eigenvalues(hidden)
    difference = np.maximum(start.x @ descent.a.T, 0.0) - features
    moved = start.x @ (descent.a - start.a).T
    changes = changes_at_points(start.x, start.a, descent.a)
    net = (descent.active.astype(float) - descent.initially_active).astype(float)
    some = changes.changed > 0
    squares = (changes.movement[some] / changes.smallest[some]) ** 2
    shares = changes.changed[some] / changed_count_bound(changes.movement[some], len(start.a))
    norms, gradients = descent.error_norms, descent.gradient_norms
    rates = np.array(descent.rates)
    fall = (gradients**2) @ rates
    movement = float(np.linalg.norm(descent.a - start.a))
    row = {
        "step": descent.step,
        "eta_w": descent.rates[0],
        "eta_z": descent.rates[1],
        "outcome": descent.outcome,
        "error": float(norms[-1]),
        "lambda_min_H": smallest,
        "lambda_min_G": extreme_eigenvalues(output)[0],
        "lambda_max_H": largest,
        "dF": float(np.linalg.norm(difference, 2)),
        "dF_F": float(np.linalg.norm(difference)),
        "dWX_F": float(np.linalg.norm(moved)),
        "dW_F": movement,
        "X": spread,
        "dz": float(np.linalg.norm(descent.w - start.w)),
        "path_w": float(rates[0] * gradients[:, 0].sum()),
        "path_z": float(rates[1] * gradients[:, 1].sum()),
        "energy": float((fall / norms[:-1]).sum()),
        "error_sum": float(norms[:-1].sum()),
        "pattern_change": jacobian_norm(start.x, net),
        "net_flips": int(changes.changed.sum()),
        "flips": int(descent.ever_changed.sum()),
        "point_flips_max": int(changes.changed.max()),
        "point_flips_n_plus_1": int(np.sort(changes.changed)[::-1][min(start.x.shape[1], changes.changed.size - 1)]),
        "slack_61": float(squares.min()) if some.any() else np.inf,
        "bound_share": float(shares.max(initial=0.0)),
    }  # fmt: skip
    return row, rates[0] * hidden + rates[1] * output


def compute(cell):
    """Train to the end of the run and return a row for each look, the first at step 0."""
    start = draw(cell.S, cell.m, cell.run, n=cell.n)
    descent = TwoRateDescent(start.x, start.y, start.a, start.w, rates=rates_of(cell, start))
    features, spread = np.maximum(start.x @ start.a.T, 0.0), float(np.linalg.norm(start.x, 2))
    row, kernel = look(descent, start, features, spread)
    first = np.linalg.eigh(kernel)
    coefficients, replayed = first[1].T @ descent.error, descent.error.copy()
    sigma = float(
        np.sqrt(max(extreme_eigenvalues(hidden_layer_gram(start.x, start.a, np.ones(cell.S)))[0], 0))
    )
    rows = []
    while True:
        frozen = (1 - first[0]) ** descent.step * coefficients
        extra = {
            "sigma_min_start": sigma,
            "error_frozen": float(np.linalg.norm(frozen)),
            "error_replayed": float(np.linalg.norm(replayed)),
            "dW_frozen": _distance(first[0], coefficients, descent),
        }
        rows.append(row | extra)
        if descent.outcome != "running" or descent.step >= LONGEST_RUN:
            return rows
        before = descent.step
        descent.advance(min(cell.every, max(1, descent.step // 5)))
        for _ in range(descent.step - before):
            replayed -= kernel @ replayed
        row, kernel = look(descent, start, features, spread)


def _distance(values, coefficients, descent):
    r"""Return :math:`\|W_\tau - W_0\|_F` of the frozen descent for one layer, zero where both layers move."""
    if descent.rates[1] > 0:
        return 0.0
    reached = 1 - (1 - values) ** descent.step
    return float(np.sqrt((descent.rates[0] * (reached * coefficients) ** 2 / values).sum()))


EVERY = {
    (100, 100): 15, (100, 300): 20, (100, 1000): 60,
    (200, 100): 6, (200, 300): 10,
    (500, 100): 3, (500, 300): 4,
    (1000, 100): 3, (1000, 300): 4, (1000, 1000): 20,
}  # fmt: skip
"""Longest distance of looks for the sizes (S, m) of the paper's scale: about 60 looks in a run."""


def rate_of_the_paper(S, m):
    """Return the learning rate of section 4 (with 0.0005 for S = 1000, m <= 800: errata r14)."""
    if S == 1000:
        return 5e-4 if m <= 800 else 2e-4
    return 5e-4 if S == 500 and m >= 900 else 1e-3


TWO_RATE_LOOKS = {0.01: 2, 1.0: 16, 100.0: 90}
"""Ratios of the runs with both layers, n = 50, S = 800, m = 100, and steps between looks."""


def cells(scale):
    """Return the trainings: three draws for m = 300, one for the other sizes; small ones at the quick scale."""
    if scale == "quick":
        first = [
            Cell(100, S, 60, 0, 1e-3, 0.0, every) for S, every in ((50, 60), (100, 25), (200, 8), (400, 3))
        ]
        return [
            *first,
            *(Cell(20, 160, 20, 0, 0.0, r, every) for r, every in ((0.01, 4), (1.0, 20), (100.0, 60))),
        ]
    found = [
        Cell(100, S, m, run, rate_of_the_paper(S, m), 0.0, every)
        for (S, m), every in EVERY.items()
        for run in range(3 if m == 300 else 1)
    ]
    both = [Cell(50, 800, 100, run, 0.0, r, every) for r, every in TWO_RATE_LOOKS.items() for run in range(2)]
    return [*found[::-1], *both]


_COUNT = Tolerance(rtol=0.03, atol=3.0)  # one activation that changes a step earlier shifts what follows
_MEASURED = Tolerance(rtol=1e-2)

ALONG_RUNS = Study(
    name="convergence/along-runs",
    description="Looks along gradient descent with random labels: extreme eigenvalues of both tangent kernels, "
    "movement of weights and features, activation changes, path lengths, and descents with a frozen and a replayed "
    "kernel.",
    compute=compute,
    cells=cells,
    tolerances={
        **dict.fromkeys(
            ("step", "net_flips", "flips", "point_flips_max", "point_flips_n_plus_1"), _COUNT
        ),
        **dict.fromkeys(
            ("lambda_min_H", "lambda_max_H", "dF", "dF_F", "dWX_F", "dW_F", "dz", "path_w", "path_z", "energy",
             "error_sum", "pattern_change", "bound_share", "dW_frozen"), _MEASURED),
        # G is singular to rounding where S < m
        "lambda_min_G": Tolerance(rtol=1e-2, atol=1e-8),
        "slack_61": Tolerance(rtol=0.1),
        # late errors are powers of many steps
        **dict.fromkeys(("error", "error_frozen", "error_replayed"), Tolerance(rtol=0.1)),
        **dict.fromkeys(("eta_w", "eta_z", "X", "sigma_min_start"), Tolerance(rtol=1e-8)),
    },
)  # fmt: skip
