r"""Neurons that slide along a kink: pre-activations that training drives to zero and keeps there.

Let :math:`p = (WX)_{\nu j}` and :math:`c = \sum_{k\neq j} A_{\nu k}e_k\langle X^j, X^k\rangle`. A step changes p by
:math:`-\eta_wz_\nu(e_j + c)` if the neuron is active at the point, and by :math:`-\eta_wz_\nu c` if it is not. Where
:math:`z_\nu(e_j + c) > 0 > z_\nu c`, each side pushes towards the other: p jumps to and fro across zero, at a
distance of the order of one step, which vanishes with the error.
"""

import numpy as np
import pandas as pd

from studies.convergence.instances import draw
from twolayer.kink_sliding import sliding_at
from twolayer.two_rate_descent import TwoRateDescent

LAST = 100
"""Number of last steps over which changes of activation are counted."""

LOOK = 10
"""Steps between two looks at the error: levels are reached up to so many steps earlier."""

LONGEST = 200_000
"""Steps after which a run is given up."""


def preactivations(descent):
    """Return the absolute values of all pre-activations, ascending. Cost O(n S m)."""
    return np.sort(np.abs(descent.x @ descent.a.T).ravel())


def slide(S: int, m: int, run: int, rate: float, tolerances=(1e-3, 1e-6, 1e-9)):
    r"""Train the first layer with random labels far beyond the usual tolerance.

    Parameters
    ----------
    S, m, run : int
        Of the instance, n = 100.
    rate : float
        :math:`\eta_w`.
    tolerances : sequence of float
        Descending; what is measured at each of them.

    Returns
    -------
    table : DataFrame
        For each tolerance: ``eta``, ``error`` (the tolerance), ``T``, ``near zero`` (share of the pre-activations
        below 1e-7), ``changes per step`` over the last 100 steps, ``changed`` (share that has ever changed).
    values : dict
        Sorted absolute pre-activations, for "start" and each tolerance. Cost O(T n S m).
    """
    start = draw(S, m, run)
    descent = TwoRateDescent(
        start.x, start.y, start.a, start.w, rates=(rate, 0.0), tolerance=tolerances[-1], monotone=False
    )
    rows, values = [], {"start": preactivations(descent)}
    for tolerance in tolerances:
        while np.linalg.norm(descent.error) >= tolerance and descent.step < LONGEST:
            descent.advance(LOOK)
        values[tolerance] = preactivations(descent)
        rows.append(
            {
                "eta": rate,
                "error": tolerance,
                "T": descent.step,
                "near zero": float((values[tolerance] < 1e-7).mean()),
                "changes per step": float(descent.activation_changes[-LAST:, 0].mean()),
                "changed": float(descent.ever_changed.mean()),
            }
        )
    return pd.DataFrame(rows), values


def pushes(S: int, m: int, run: int, rate: float, tolerance: float = 1e-6, steps: int = 200) -> pd.DataFrame:
    r"""Return, for every pre-activation near zero late in a run, what pushes it from either side, on average.

    Parameters
    ----------
    S, m, run, rate
        As in :func:`slide`.
    tolerance : float
        Norm of the error from which on the pushes are averaged; near zero is below a tenth of it.
    steps : int
        Over how many steps: other neurons' points slide too, and change c from step to step.

    Returns
    -------
    DataFrame
        Means of ``active side`` :math:`-z_\nu(e_j + c)/\|e\|` and ``inactive side`` :math:`-z_\nu c/\|e\|`, one row for
        each pair. Cost O(T n S m + steps m^2 S).
    """
    start = draw(S, m, run)
    descent = TwoRateDescent(
        start.x, start.y, start.a, start.w, rates=(rate, 0.0), tolerance=tolerance, monotone=False
    )
    descent.advance(LONGEST)
    points, neurons = np.nonzero(np.abs(descent.x @ descent.a.T) < tolerance / 10)
    later = TwoRateDescent(
        start.x, start.y, descent.a, start.w, rates=(rate, 0.0), tolerance=1e-14, monotone=False
    )
    active, inactive = np.zeros(points.size), np.zeros(points.size)
    for _ in range(steps):
        rate = 1 / np.linalg.norm(later.error)  # moves in units of the error, whatever the step
        moves = sliding_at(later.x, later.a, later.w, later.error, rate)
        active += moves.active_move[points, neurons] / steps
        inactive += moves.inactive_move[points, neurons] / steps
        later.advance(1)
    return pd.DataFrame({"active side": active, "inactive side": inactive})
