"""Section 4 with adversarial labels: the ends of the spectrum, and one large error, with the safety valve and without.

The labels are given through the initial error, y = f_0 - e_0. Runs with one large error are sensitive to rounding:
neurons sit on a kink and change sides at every other step. What they have in common is audited loosely, and the error
after fifty steps, before that begins, tightly.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from companion.study import Study, Tolerance
from studies.convergence.instances import DIMENSION, draw
from studies.convergence.random_labels import TOLERANCES, measure
from twolayer.two_rate_descent import TwoRateDescent
from twolayer.two_rate_kernels import hidden_layer_gram

LONGEST_RUN = 150_000
EARLY = 50
VARIANTS = ("low spectrum", "high spectrum", "local", "random")


def initial_error(variant, start, sign=1):
    r"""Return the error e_0 of a choice of labels (section 4 of the paper).

    Parameters
    ----------
    variant : str
        "low spectrum": the unit eigenvector of the smallest eigenvalue of H_0, times :math:`(mS)^{1/2}`; "high
        spectrum": :math:`(nS)^{1/2} X^T X^1`; "local": :math:`(mS)^{1/2}` at the first point and zero elsewhere;
        "random": what the labels N(0, S) of the instance give.
    start : Instance
        The draw.
    sign : int
        1, or -1 for the opposite error. The eigenvector's own sign is fixed by a positive largest entry.

    Returns
    -------
    ndarray of shape (m,)
        Cost O(m^3) for the eigenvector.

    Raises
    ------
    ValueError
        If the variant or the sign is unknown.
    """
    if sign not in (1, -1):
        raise ValueError(f"sign must be 1 or -1, got {sign!r}")
    m, width = len(start.x), len(start.w)
    if variant == "low spectrum":
        vector = np.linalg.eigh(hidden_layer_gram(start.x, start.a, start.w))[1][:, 0]
        error = np.sqrt(m * width) * vector * np.sign(vector[np.abs(vector).argmax()])
    elif variant == "high spectrum":
        error = np.sqrt(start.x.shape[1] * width) * (start.x @ start.x[0])
    elif variant == "local":
        error = np.zeros(m)
        error[0] = np.sqrt(m * width)
    elif variant == "random":
        error = outputs(start) - start.y
    else:
        raise ValueError(f"variant must be one of {', '.join(VARIANTS)}, got {variant!r}")
    return sign * error


def outputs(start):
    """Return f(theta_0) at the points of an instance, shape (m,)."""
    return np.maximum(start.x @ start.a.T, 0.0) @ start.w


def distance_of_frozen_kernel(start, error):
    r"""Return :math:`(e_0^T H_0^{-1} e_0)^{1/2}`, how far the weights move if the kernel stays as it is.

    Parameters
    ----------
    start : Instance
        The draw.
    error : ndarray of shape (m,)
        e_0.

    Returns
    -------
    float
        Cost m^3 / 3.

    Raises
    ------
    LinAlgError
        If H_0 is singular.
    """
    gram = hidden_layer_gram(start.x, start.a, start.w)
    return float(np.sqrt(error @ cho_solve(cho_factor(gram), error)))


def start_descent(variant, start, eta, *, sign=1, valve=True):
    """Return the training of an instance with the labels of a variant, before its first step.

    Parameters
    ----------
    variant, start, sign
        As in :func:`initial_error`.
    eta : float
        Rate of the hidden layer.
    valve : bool
        Whether to stop when the error grows.

    Returns
    -------
    TwoRateDescent
        Cost that of :func:`initial_error`.
    """
    y = outputs(start) - initial_error(variant, start, sign)
    return TwoRateDescent(start.x, y, start.a, start.w, rates=(eta, 0.0), monotone=valve)


@dataclass(frozen=True)
class Cell:
    """One run with chosen labels; S = n = 100 throughout."""

    variant: str
    sign: int
    valve: bool
    m: int
    run: int
    eta: float


def compute(cell):
    """Train one network; return its row: the columns of the main grid, and what happened at the first point."""
    start = draw(DIMENSION, cell.m, cell.run)
    descent = start_descent(cell.variant, start, cell.eta, sign=cell.sign, valve=cell.valve)
    descent.advance(LONGEST_RUN)
    norms, changes = descent.error_norms, descent.activation_changes
    growth = norms[1:] / norms[:-1] - 1
    up = np.flatnonzero(growth > 0)
    others = changes[:, 0] - changes[:, 1]
    return [
        {
            **measure(descent, start),
            "frozen_distance": distance_of_frozen_kernel(
                start, initial_error(cell.variant, start, cell.sign)
            ),
            "error_early": float(norms[min(EARLY, descent.step)]),
            "increases": int(up.size),
            "first_increase": int(up[0] + 1) if up.size else -1,
            "largest_increase": float(growth.max(initial=0.0)),
            "error_at_first_increase": float(norms[up[0] + 1]) if up.size else np.nan,
            "first_point_changes": float(np.median(changes[:, 1])),
            "other_point_changes": float(others.mean() / max(1, cell.m - 1)),
        }
    ]


def _cells(scale):
    rate, slow, slower = 1e-3, 1e-4, 1e-5
    if scale == "quick":
        spectrum = [(v, 1, True, m, run, rate) for v in VARIANTS[:2] for m in (100, 200) for run in range(2)]
        local = [
            ("local", 1, valve, m, run, rate)
            for valve in (True, False)
            for m in (100, 300)
            for run in range(2)
        ]
        return [Cell(*entry) for entry in spectrum + local]
    spectrum = [
        (v, sign, True, m, run, rate)
        for v in VARIANTS[:2]
        for m in (100, 300, 1000)
        for sign in (1, -1)
        for run in range(10 if sign == 1 else 5)
    ]
    onset = [("local", 1, True, m, run, rate) for m in ONSET for run in range(20)]
    negative = [("local", -1, True, m, run, rate) for m in (1000, 2000) for run in range(10)]
    slowed = [("local", 1, True, m, run, eta) for eta in (slow, slower) for m in (2000,) for run in range(10)]
    free = [("local", 1, False, 1000, run, rate) for run in range(20)]
    # The longest runs stand last; without the valve a rate ten times smaller needs ten times the steps.
    free += [("local", 1, False, 2000, run, eta) for eta in (rate, slow) for run in range(10)]
    return [Cell(*entry) for entry in spectrum + onset + negative + slowed + free]


ONSET = (100, 200, 400, 600, 800, 900, 1000, 1100, 1200, 1300, 1400, 1600, 1800, 2000)
"""Numbers of points at which it is asked how often the valve stops a run with one large error."""

_LOOSE = Tolerance(rtol=0.5, atol=1000.0)
_CHAOTIC = ("T", "flips", "net_flips", "point_flips_max", "point_flips_n_plus_1", "step_flips")

LABEL_VARIANTS = Study(
    name="convergence/label-variants",
    description="Gradient descent on the hidden layer at width and dimension 100 with the labels of the low and the "
    "high end of the spectrum, and with one large error, with and without the safety valve.",
    compute=compute,
    cells=_cells,
    tolerances={
        **TOLERANCES,
        **dict.fromkeys(_CHAOTIC, _LOOSE),
        **dict.fromkeys(
            ("lambda_min_HT", "lambda_max_HT", "kappa_H", "dW_F", "path_length"), Tolerance(rtol=0.3)
        ),
        "first_point_changes": Tolerance(rtol=0.5, atol=20.0),
        "other_point_changes": Tolerance(rtol=0.5, atol=0.01),
        "error_early": Tolerance(rtol=1e-6),
        "frozen_distance": Tolerance(rtol=1e-8),
    },
    # Which step is the first at which an error near its plateau grows is decided by rounding.
    unaudited=(
        "outcome",
        "error_T",
        "last_ratio",
        "increases",
        "first_increase",
        "largest_increase",
        "error_at_first_increase",
    ),
    may_be_nan=(
        "lambda_min_HT",
        "lambda_max_HT",
        "kappa_H",
        "dW_F",
        "path_length",
        "error_T",
        "last_ratio",
        "error_at_first_increase",
    ),
)
