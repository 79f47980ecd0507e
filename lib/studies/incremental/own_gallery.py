"""Small instances on which it shows what the hypotheses of the theorem are for, and random ones for forecasts."""

import numpy as np
import pandas as pd

from studies.incremental.own_comparison import trial
from studies.incremental.own_instance import OwnInstance, own_instance

COVERED = {"labels": "1.6 1.2 0.9 -1.5 -1.1 0.7", "mask": ["110000", "011001", "000110"]}
"""All points have a neuron, no two neurons arrive together, none is near another."""

UNCOVERED = COVERED | {"mask": ["110000", "010001", "000110"]}
"""The same without a neuron for the third point."""

TIE = {"labels": "1 1 1", "mask": ["110", "011"]}
"""Two neurons that want the middle point and arrive together."""

HARMLESS = {"labels": "1.2 0.5 0.5 1.2 0.6", "mask": ["11000", "00110", "01101"]}
"""Two neurons that arrive together and have no point in common, and a third that wants a point of either."""

CLOSE = {"labels": "1.1 1 1 1", "mask": ["1110", "0111"]}
"""Nearly the tie: the first neuron has a small advantage."""


def run(values, length):
    """Return the trial of an instance given by values for :func:`studies.incremental.own_instance.own_instance`."""
    return trial(own_instance(**values), length, descent=False)


def panels():
    """Return the trials of the gallery, by title."""
    return {
        "all covered": [run(COVERED, 200.0)],
        "one point uncovered": [run(UNCOVERED, 200.0)],
        "a tie for a point": [run(TIE, 200.0)],
        "nearly a tie": [run(CLOSE, 20.0), run(CLOSE, 300.0)],
    }


def norm_errors(values, lengths, pick):
    """Return errors of the squared norms at a tie, for each L, named.

    Parameters
    ----------
    values : dict
        Of an instance.
    lengths : sequence of float
        L.
    pick : callable
        Which of two errors is meant: ``min`` or ``max``. In one the neuron with the smaller number goes first in
        Algorithm 1, in the other the one with the larger number.

    Returns
    -------
    dict
    """
    one = own_instance(**values)
    orders = (one, OwnInstance(one.y, one.directions[::-1], one.signs[::-1]))
    return {
        f"L = {length:g}": pick(trial(i, length, descent=False).comparison.norm_error for i in orders)
        for length in lengths
    }


def shares(values, seeds, length=200.0):
    """Return the squared norms that the first neuron gets from directions of different seeds with the same mask."""
    trials = [run(values | {"seed": seed}, length) for seed in seeds]
    return np.array([np.exp(2 * one.main.log_norms[-1, 0]) for one in trials])


def random_instance(seed):
    """Return 4 to 16 points with labels of modulus 0.3 to 2, and 2 to 12 neurons; what is covered is left to chance."""
    rng = np.random.default_rng([seed, 5])
    n, m = int(rng.integers(4, 17)), int(rng.integers(2, 13))
    return own_instance(rng.choice([-1.0, 1.0], n) * rng.uniform(0.3, 2.0, n), neurons=m, seed=seed)


def forecasts(count, lengths):
    """Train random instances and compare the errors with their forecasts.

    Parameters
    ----------
    count : int
        How many instances.
    lengths : sequence of float
        L; each instance is trained for each.

    Returns
    -------
    DataFrame
        seed, L, forecast (largest contest), error (of the squared norms), points (how many end elsewhere than
        predicted). About 0.2 s for each instance.
    """
    rows = []
    for seed in range(count):
        trials = [trial(random_instance(seed), length, descent=False) for length in lengths]
        for one in trials:
            error, points = one.comparison.norm_error, one.comparison.wrong_points.size
            rows.append((seed, one.length, trials[0].forecast_at(one.length), error, points))
    return pd.DataFrame(rows, columns=["seed", "L", "forecast", "error", "points"])


def error_crossing(instance, length, *, level=0.01, factor=1.0):
    """Return the L at which the error of the squared norms falls to a level, by bisection between L/4 and 4 L.

    Parameters
    ----------
    instance : OwnInstance
        An instance whose error falls through the level in between.
    length : float
        Where it is expected.
    level : float
        The level.
    factor : float
        c.

    Returns
    -------
    float
        To two per cent; infinity if the error is still larger at 4 L.
    """
    low, high = length / 4, 4 * length
    if trial(instance, high, factor, descent=False).comparison.norm_error > level:
        return np.inf
    while high > 1.02 * low:
        middle = np.sqrt(low * high)
        wrong = trial(instance, middle, factor, descent=False).comparison.norm_error > level
        low, high = (middle, high) if wrong else (low, middle)
    return float(np.sqrt(low * high))
