"""Random pairs of unit vectors, directions along a flow, and the inequality of Lemma 10: checks of appendix F."""

import itertools

import numpy as np
import pandas as pd

from twolayer.integral_inequality import IntegralInequality
from twolayer.jump_process import jump_process
from twolayer.saddle_flow import saddle_flow
from twolayer.validation import positive_integer

LEMMA_CASES = {
    "$\\beta = 0$": IntegralInequality(0.5, 0.0, 0.5, 1.0),
    "$\\alpha = 1$, $\\beta = 0.2$": IntegralInequality(1.0, 0.2, 0.0, 1.0),
    "$\\alpha = 0$, $\\beta = 1$": IntegralInequality(0.0, 1.0, 0.5, 1.0),
    "$\\alpha = -1$, $\\beta = 2$": IntegralInequality(-1.0, 2.0, 0.0, 1.0),
}


def random_pairs(rng, dimension, draws):
    """Draw pairs of unit vectors at random angles; return epsilon = 1 - cosine (draws,), u and v (draws, dimension)."""
    v = rng.standard_normal((draws, dimension))
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    other = rng.standard_normal((draws, dimension))
    other -= (other * v).sum(axis=1, keepdims=True) * v
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    angle = np.exp(rng.uniform(np.log(1e-4), np.log(np.pi / 2), draws))[:, None]
    return 1 - np.cos(angle[:, 0]), np.cos(angle) * v + np.sin(angle) * other, v


def worst_ratios(rng, dimensions, draws):
    """Return, for each dimension, the largest coordinate gaps over the bounds of Proposition 7 and Corollary 2."""
    rows, draws = [], positive_integer(draws, "draws")
    for dimension in dimensions:
        epsilon, u, v = random_pairs(rng, dimension, draws)
        cosine = (u * v).sum(axis=1, keepdims=True)
        gap = np.abs(u - v).max(axis=1)
        tangent = np.abs(v - cosine * u).max(axis=1)
        rows.append(
            {
                "dimension": dimension,
                "proposition": float((gap / np.sqrt(2 * epsilon)).max()),
                "corollary": float((tangent / np.sqrt(epsilon * (2 - epsilon))).max()),
                "corollary, sqrt(2 epsilon)": float((tangent / np.sqrt(2 * epsilon)).max()),
            }
        )
    return pd.DataFrame(rows)


def along_flow(instance, log_scale, times):
    """Compare directions of unfitted neurons along a flow with the predicted ones; one row for each time and neuron.

    ``epsilon`` is half the squared distance of the unit vectors, which is 1 - cosine without cancellation; ``gap`` and
    ``tangent`` are the largest coordinates in Proposition 7 and Corollary 2. Times are in units of L.
    """
    process = jump_process(instance.active, instance.signs, instance.y)
    own = instance.active & (instance.signs[:, None] * instance.y > 0)
    path = saddle_flow(
        instance.directions, instance.signs, instance.y, log_scale, snapshots=-log_scale * np.asarray(times)
    )
    rows = []
    for time, units, _ in path.snapshots:
        k = int(np.searchsorted(process.times, -time / log_scale))
        unfitted = (process.fitted_by < 0) | (process.fitted_by >= k)
        for j in np.flatnonzero(process.rates[k] > 0):
            predicted = np.where(own[j] & unfitted, np.abs(instance.y), 0.0)
            predicted /= np.linalg.norm(predicted)
            difference = units[j] - predicted
            epsilon = float(difference @ difference) / 2
            tangent = difference - epsilon * units[j]  # u - v - (1 - cos) u = cos u - v
            rows.append(
                {
                    "time": -time / log_scale,
                    "neuron": int(j),
                    "plateau": k,
                    "epsilon": epsilon,
                    "gap": float(np.abs(difference).max()),
                    "tangent": float(np.abs(tangent).max()),
                }
            )
    return pd.DataFrame(rows)


def lemma_ratios(times):
    """Return the largest solution over the bound of Lemma 10, for several parameters; a table over mu t."""
    parts = []
    for name, case in LEMMA_CASES.items():
        t = np.asarray(times) / case.rate
        limit = case.rate / (case.rate + case.decay)
        parts.append(
            pd.DataFrame(
                {"case": name, "mu t": times, "ratio": case.largest(t) / case.bound(t), "limit": limit}
            )
        )
    return pd.concat(parts, ignore_index=True)


def integrated(case, times, steps=200):
    """Integrate the equation of Lemma 10 by the classical Runge-Kutta method; return f at the times."""
    matrix = np.array([[case.alpha, case.beta], [1.0, 0.0]])
    source, state, values = np.array([case.gamma, 0.0]), np.array([case.start, 0.0]), [case.start]
    for begin, end in itertools.pairwise(times):
        h = (end - begin) / steps
        for _ in range(steps):
            one = matrix @ state + source
            two = matrix @ (state + h / 2 * one) + source
            three = matrix @ (state + h / 2 * two) + source
            four = matrix @ (state + h * three) + source
            state = state + h / 6 * (one + 2 * two + 2 * three + four)
        values.append(state[0])
    return np.array(values)


def negative_start(times):
    """Return the largest f with f(0) = -1, alpha = 1/2, beta = 2, gamma = 0, and what the lemma would say; a table."""
    case = IntegralInequality(0.5, 2.0, 0.0, -1.0)
    return pd.DataFrame({"t": times, "f": case.largest(times), "bound": -np.exp(case.rate * times)})
