r"""Summaries of training on points that are not quite orthogonal: means over draws, sliding, returns seen."""

import numpy as np
import pandas as pd

from studies.incremental.beyond_orthogonal import compare, gaussian_gram, normal_gram
from studies.incremental.instances import mixed_instance
from twolayer.correlated_descent import correlated_descent
from twolayer.returning_points import returning_process

PREDICTIONS = ("returning", "algorithm")


def means(table, key):
    """Return means over draws with standard errors, one row for each value of a column.

    Parameters
    ----------
    table : DataFrame
        Rows of a comparison.
    key : str
        "ratio" or "power".

    Returns
    -------
    DataFrame
        For each prediction the parts of draws with the right first set, of points at the right time and of pairs in the
        right order, the distance of the losses, the relative error of the first time (median, 10 % and 90 % quantiles)
        and that of the squared norm; standard errors end in ``_error``.
    """
    rows = []
    for value, part in table.groupby(key):
        row = {key: value, "draws": len(part), "first_share": part["first_share"].mean()}
        row |= _mean("norm", part["norm"]) | {"straight_first": part["straight_first"].median()}
        for name in PREDICTIONS:
            for what in ("set", "points", "order", "loss", "norm", "jumps"):
                row |= _mean(f"{name}_{what}", part[f"{name}_{what}"].astype(float))
            first = part[f"{name}_first"]
            row |= {f"{name}_first": first.median()}
            row |= {f"{name}_first_low": first.quantile(0.1), f"{name}_first_high": first.quantile(0.9)}
            row |= _mean(f"{name}_excess", part["norm"] / part[f"{name}_norm"] - 1)
        rows.append(row)
    return pd.DataFrame(rows)


def _mean(name, values):
    error = values.std(ddof=1) / len(values) ** 0.5 if len(values) > 1 else 0.0
    return {name: float(values.mean()), f"{name}_error": float(error)}


def side_by_side(means):
    """Return a table of texts, with returns / Algorithm 1: order kept, distance of the losses, error of the norm."""

    def pair(name, shape):
        columns = [100.0 * means[f"{prediction}_{name}"] for prediction in PREDICTIONS]
        return [" / ".join(format(value, shape) for value in row) for row in zip(*columns, strict=True)]

    excess = [means[f"{name}_excess"] for name in PREDICTIONS]
    norms = [
        " / ".join("0" if abs(value) < 0.5 else f"{value:+.0f}".replace("-", "\u2212") for value in row)
        for row in zip(*(-100.0 * column / (1 + column) for column in excess), strict=True)
    ]
    return pd.DataFrame(
        {"ratio": means["ratio"], "order": pair("order", ".0f"), "loss": pair("loss", ".1f"), "norm": norms}
    )


def limit_norms(table):
    """Return mean squared norms of the two processes for each number of points, with standard errors and counts."""
    rows = []
    for points, part in table.groupby("points"):
        row = {"points": points, "width": int(part["width"].iloc[0]), "draws": len(part)}
        row |= _mean("norm", part["norm"]) | _mean("algorithm_norm", part["algorithm_norm"])
        rows.append(row | {"jumps": part["jumps"].mean(), "algorithm_jumps": part["algorithm_jumps"].mean()})
    return pd.DataFrame(rows)


def covered(points, width, draws):
    """Return how often a network covers all points at the start, and how often it does after returns.

    Parameters
    ----------
    points, width : int
        Of ``mixed_instance``.
    draws : int
        Seeds from 0 on; correlations are of one part in a thousand million.

    Returns
    -------
    dict
        ``start`` and ``end``: parts of the draws.
    """
    start = end = 0
    for seed in range(draws):
        instance = mixed_instance(seed, points, width)
        own = (instance.y > 0) == (instance.signs > 0)[:, None]
        start += bool((instance.active & own).any(axis=0).all())
        process = returning_process(
            normal_gram(seed, points, 1e-9),
            instance.directions,
            instance.signs,
            instance.y,
            -1e4,
            sliding=False,
        )
        end += bool((process.fitted_by >= 0).all())
    return {"start": start / draws, "end": end / draws}


def first_shares(points, draws):
    """Return the parts of the points of its sign that a lone neuron of either sign ends up with.

    Parameters
    ----------
    points, draws : int
        Labels are 1 or -1; correlations are of one part in a thousand million.

    Returns
    -------
    ndarray of shape (2 draws,)
    """
    shares = []
    for seed in range(draws):
        rng = np.random.default_rng([seed, points, 11])
        y, signs = rng.choice([-1.0, 1.0], points), np.array([1.0, -1.0])
        gram = normal_gram(seed, points, 1e-9)
        process = returning_process(
            gram, rng.standard_normal((2, points)) / points, signs, y, -1e4, sliding=False
        )
        shares += list(process.counts / [(y == signs[j]).sum() for j in process.neurons])
    return np.array(shares)


def sliding_law(ratio):
    r"""Return :math:`1/(8r)`, by which sliding along points of the other sign slows a typical neuron.

    Parameters
    ----------
    ratio : array_like
        :math:`r = d/n`.

    Returns
    -------
    ndarray
    """
    return 1.0 / (8.0 * np.asarray(ratio, dtype=float))


def returns_seen(points, width, length, correlation, seed, *, step=0.02, every=5):
    """Train, and find the norms at which points return to neurons on the first plateau.

    Parameters
    ----------
    points, width, seed : int
        Of ``mixed_instance``.
    length : float
        L.
    correlation : float
        Of ``normal_gram``.
    step : float
        Rate times the largest possible rate of growth.
    every : int
        Distance of the records in epochs.

    Returns
    -------
    DataFrame
        For each return that is predicted for 0.97 of the time to the first jump or earlier: ``neuron``, ``point``, the
        logarithm of the norm ``predicted`` and, at the first record with the point active, ``seen``; infinite if it
        never is.
    """
    instance = mixed_instance(seed, points, width)
    gram = normal_gram(seed, points, correlation)
    arguments = (gram, instance.directions, instance.signs, instance.y, -length)
    process = returning_process(*arguments)
    rate = step * points / float(np.linalg.norm(instance.y))
    epochs = int(process.times[0] * length / rate)
    path = correlated_descent(*arguments, rate=rate, epochs=epochs, record_every=every)
    rows = [
        {
            "neuron": int(j),
            "point": int(i),
            "predicted": log_norm,
            "seen": _first_log_norm(path, int(j), int(i)),
        }
        for j, i, time, log_norm in process.returns
        if time < 0.97 * process.times[0]
    ]
    return pd.DataFrame(rows)


def _first_log_norm(path, neuron, point):
    active = path.active[:, neuron, point]
    return float(path.log_norms[active.argmax(), neuron]) if active.any() else np.inf


def staircases(seed, points, width, length, kinds, *, step=0.04):
    """Train on one draw of labels and weights and several Gram matrices.

    Parameters
    ----------
    seed, points, width : int
        Of ``mixed_instance``.
    length : float
        L.
    kinds : sequence of (str, float)
        "normal" with a correlation, or "gaussian" with a ratio of dimension to number.
    step : float
        Rate times the largest possible rate of growth.

    Returns
    -------
    list of CorrelatedRun
    """
    instance = mixed_instance(seed, points, width)
    makers = {"normal": normal_gram, "gaussian": gaussian_gram}
    return [compare(instance, makers[kind](seed, points, value), length, step=step) for kind, value in kinds]
