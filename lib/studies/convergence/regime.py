r"""A run against its linearisation: what the tangent-kernel regime is, for the opening page of the part."""

import numpy as np
import pandas as pd

from studies.convergence.instances import draw
from studies.convergence.two_rates import frozen_steps
from twolayer.two_rate_descent import TwoRateDescent
from twolayer.two_rate_kernels import hidden_layer_gram

STEP = 0.1
r"""The rate :math:`\eta_w` in units of 1/S."""


def frozen_norms(kernel, error, steps):
    r"""Return :math:`\|(I - K)^\tau e\|` for the given numbers of steps.

    Parameters
    ----------
    kernel : ndarray of shape (m, m)
        :math:`K = \eta_wH_0`.
    error : ndarray of shape (m,)
        e at the start.
    steps : ndarray of int, shape (k,)
        Values of tau.

    Returns
    -------
    ndarray of shape (k,)
        Cost O(m^3 + k m).
    """
    values, vectors = np.linalg.eigh(kernel)
    coefficients = vectors.T @ error
    powers = np.abs(1 - values)[None, :] ** np.asarray(steps)[:, None]
    return np.linalg.norm(powers * coefficients, axis=1)


def follow(S: int, m: int, n: int, run: int, looks: int = 40, budget: int = 20_000) -> pd.DataFrame:
    r"""Train the first layer to an error of 0.001, and look at the network now and then.

    Parameters
    ----------
    S, m, n, run : int
        Of the instance.
    looks : int
        How often, about.
    budget : int
        Steps at most.

    Returns
    -------
    DataFrame
        ``S``, ``m``, ``step``, ``time`` :math:`\eta_wS\tau`; ``error`` and ``frozen``, the norm of the error and that
        of the linearised descent, relative to the start; ``changed``, the share of activations that have ever
        changed; ``movement`` :math:`\|W_\tau - W_0\|_F/\|W_0\|_F`;
        ``frozen_steps``, which the linearised descent takes. Cost O(T n S m + m^3).
    """
    start = draw(S, m, run, n=n)
    rate = STEP / S
    kernel = rate * hidden_layer_gram(start.x, start.a, start.w)
    descent = TwoRateDescent(start.x, start.y, start.a, start.w, rates=(rate, 0.0))
    smallest = np.linalg.eigvalsh(kernel)[0]
    stride = max(1, int(np.log(np.linalg.norm(descent.error) / 1e-3) / smallest / looks))
    error, size = descent.error.copy(), np.linalg.norm(start.a)
    rows = []
    while True:
        moved = np.linalg.norm(descent.a - start.a) / size
        rows.append((descent.step, descent.error_norms[-1], descent.ever_changed.mean(), moved))
        if descent.outcome != "running" or descent.step >= budget:
            break
        descent.advance(stride)
    table = pd.DataFrame(rows, columns=["step", "error", "changed", "movement"])
    table["frozen"] = frozen_norms(kernel, error, table["step"].to_numpy()) / np.linalg.norm(error)
    table["error"] /= np.linalg.norm(error)
    return table.assign(S=S, m=m, time=STEP * table["step"], frozen_steps=frozen_steps(kernel, error))


def summary(paths: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the ends of runs; ``frozen`` is the number of steps of the linear descent."""
    rows = [path.iloc[-1] for path in paths]
    return pd.DataFrame(
        {
            "S": [int(r["S"]) for r in rows],
            "m": [int(r["m"]) for r in rows],
            "steps": [int(r["step"]) for r in rows],
            "frozen": [int(r["frozen_steps"]) for r in rows],
            "changed": [float(r["changed"]) for r in rows],
            "movement": [float(r["movement"]) for r in rows],
        }
    )
