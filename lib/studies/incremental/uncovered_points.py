"""What gradient descent reaches when some points are covered by no neuron of their sign."""

import numpy as np
import pandas as pd

from twolayer.coverage import satisfies_assumption
from twolayer.log_scaled_descent import log_scaled_descent

SIZES = ((4, 8), (8, 10), (12, 12), (16, 16))
"""Numbers of points and of neurons at which coverage is about as likely as not."""


def train(rng, n, m, log_scale, epochs=12_000):
    """Train one random network on random labels, of modulus between 1/2 and 3/2 so that none takes very long.

    Parameters
    ----------
    rng : numpy.random.Generator
        Of labels, directions and signs.
    n, m : int
        Numbers of points and of neurons.
    log_scale : float
        Logarithm of the norms at the start.
    epochs : int
        Length of a run in which not all points are covered; others end when the loss is below 1e-12.

    Returns
    -------
    dict
        n, m, uncovered (a number of points), satisfied (all of Assumption 4 (i)), contrary (some neuron is active on
        all points, and no label has its sign: it shrinks for ever), predicted and final loss, largest_output of an
        uncovered point.
    """
    y = rng.choice([-1.0, 1.0], n) * rng.uniform(0.5, 1.5, n)
    directions, signs = rng.standard_normal((m, n)), rng.choice([-1.0, 1.0], m)
    directions /= np.linalg.norm(directions, axis=1)[:, None]
    active = directions > 0
    left = ~(active & ((y > 0) == (signs > 0)[:, None])).any(axis=0)
    path = log_scaled_descent(
        directions, signs, y, log_scale, rate=0.2 * n / np.linalg.norm(y), stop_loss=1e-12, epochs=epochs
    )
    return {
        "n": n,
        "m": m,
        "uncovered": int(left.sum()),
        "satisfied": bool(satisfies_assumption(active, signs, y)[1]),
        "contrary": bool((active & ((y > 0) != (signs > 0)[:, None])).all(axis=1).any()),
        "predicted": float((y[left] ** 2).sum() / (2 * n)),
        "final": float(path.losses[-1]),
        "largest_output": float(np.abs(path.outputs)[left].max(initial=0.0)),
    }


def runs(count, log_scales, seed=0):
    """Train so many networks of each size from each scale.

    Parameters
    ----------
    count : int
        Networks for each size and scale.
    log_scales : sequence of float
        Logarithms of the norms at the start.
    seed : int
        Of the draws; the same networks start from each scale.

    Returns
    -------
    DataFrame
        One row for each run, with its log_scale. About 5 ms each.
    """
    rows = []
    for log_scale in log_scales:
        rng = np.random.default_rng(seed)
        rows += [
            {"log_scale": log_scale, **train(rng, n, m, log_scale)} for n, m in SIZES for _ in range(count)
        ]
    return pd.DataFrame(rows)


def by_size(table):
    """Return for each size how many runs fitted everything, how many should have, and how many lost otherwise."""
    return pd.DataFrame(
        {
            "n": n,
            "m": m,
            "runs": len(group),
            "covered": int((group["uncovered"] == 0).sum()),
            "fitted": int((group["final"] < 1e-9).sum()),
            "other": int(((group["final"] - group["predicted"]).abs() > 1e-9).sum()),
        }
        for (n, m), group in table.groupby(["n", "m"])
    )
