"""Interpolators of many kinds beside the one of least norm, and how Algorithm 1 halves the points of one sign."""

import math

import numpy as np
import pandas as pd

from twolayer.coverage_ratio import largest_ratio, least_ratio, union_budgets
from twolayer.jump_process import jump_process, least_squared_norm, limit_weights
from twolayer.packed_jump_process import packed_jump_process, random_patterns

LAW_NAMES = {
    "equal": "equal moduli",
    "uniform": "uniform",
    "normal": "normal",
    "student": "Student, 3 d.o.f.",
    "cauchy": "Cauchy",
}


def outputs(hidden, output):
    """Return the outputs at the points of a network given in the coordinates of the data, shape (n,)."""
    return output @ np.maximum(hidden, 0.0)


def squared_norm(hidden, output):
    """Return the squared norm of all weights."""
    return float((hidden**2).sum() + (output**2).sum())


def two_neurons(y):
    """Return hidden weights (2, n) and output weights (2,): one neuron for each sign, active on all its points."""
    signs = np.array([1.0, -1.0])
    return limit_weights(jump_process(np.ones((2, y.size), dtype=bool), signs, y), y, signs)


def random_interpolator(rng, y, neurons):
    r"""Draw a network that interpolates, with neurons of both signs that overlap, cancel and are out of balance.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    y : ndarray of shape (n,)
        Labels.
    neurons : int
        Neurons of each sign.

    Returns
    -------
    hidden, output : ndarray of shape (2 neurons, n) and (2 neurons,)
        Contributions :math:`|a_j|(z_{ij})_+` are drawn at random, most of them zero, those of the sign of the label
        scaled up to fit. Each is split into a balanced pair of weights times a random factor; inactive coordinates
        may be negative.
    """
    sparse = rng.random((2, neurons, y.size)) < rng.uniform(0.05, 0.9)
    sparse[:, rng.integers(neurons, size=y.size), np.arange(y.size)] = True
    parts = rng.exponential(size=(2, neurons, y.size)) ** 3 * sparse
    own = (y < 0).astype(int)
    other = rng.choice([0.0, rng.uniform(0.0, 0.5)]) * parts[1 - own, :, np.arange(y.size)].T
    fitting = parts[own, :, np.arange(y.size)].T
    fitting = fitting * (np.abs(y) + other.sum(axis=0)) / fitting.sum(axis=0)
    positive = np.where(y > 0, fitting, other)
    negative = np.where(y > 0, other, fitting)
    contributions = np.concatenate([positive, negative])
    size = np.sqrt(np.linalg.norm(contributions, axis=1))
    size = np.where(size > 0, size, 1.0) * np.exp(rng.choice([0.0, 0.3]) * rng.standard_normal(2 * neurons))
    hidden = contributions / size[:, None]
    hidden = np.where(hidden > 0, hidden, rng.choice([0.0, -0.1]) * rng.random(hidden.shape))
    return hidden, size * np.repeat([1.0, -1.0], neurons)


def interpolator_norms(rng, y, count):
    """Draw interpolators of 1 to 50 neurons of each sign.

    Returns
    -------
    DataFrame
        Columns neurons, ratio (squared norm over the least one) and error (largest residual).
    """
    records = []
    for neurons in rng.integers(1, 51, size=count):
        hidden, output = random_interpolator(rng, y, int(neurons))
        records.append(
            {
                "neurons": int(neurons),
                "ratio": squared_norm(hidden, output) / least_squared_norm(y),
                "error": float(np.abs(outputs(hidden, output) - y).max()),
            }
        )
    return pd.DataFrame(records)


def halving_paths(sizes, repetitions, *, normal=False):
    r"""Run Algorithm 1 for one sign, :math:`W = \lceil 10\ln N\rceil` neurons on N points.

    Parameters
    ----------
    sizes : iterable of int
        N.
    repetitions : int
        Draws for each.
    normal : bool
        Whether labels are moduli of N(0, 1) instead of ones.

    Returns
    -------
    DataFrame
        One row for each jump, and one for the start: N, repetition, jump, unfitted (points), norm (squared norm so
        far over :math:`\|y\|`).
    """
    tables = []
    for points in sizes:
        for repetition in range(repetitions):
            rng = np.random.default_rng([11, points, repetition, int(normal)])
            y = np.abs(rng.standard_normal(points)) if normal else np.ones(points)
            width = math.ceil(10 * math.log(points))
            process = packed_jump_process(random_patterns(rng, width, points), y)
            steps = np.arange(process.times.size + 1)
            tables.append(
                pd.DataFrame(
                    {
                        "N": points,
                        "repetition": repetition,
                        "jump": steps,
                        "unfitted": points - np.concatenate([[0], np.cumsum(process.counts)]),
                        "norm": 2
                        * np.concatenate([[0.0], np.cumsum(process.label_norms)])
                        / np.linalg.norm(y),
                    }
                )
            )
    return pd.concat(tables, ignore_index=True)


def by_size(paths):
    r"""Return, for each N, what the jumps add up to.

    Returns
    -------
    DataFrame
        Columns N, norm (mean of the final squared norm over :math:`\|y\|`), largest (of the runs), jumps (mean), first
        (mean share of the points left by the first jump), left (largest share left after :math:`\log_2N` jumps).
    """
    records = []
    for points, rows in paths.groupby("N"):
        last = rows.groupby("repetition").last()
        late = rows[rows["jump"] <= round(math.log2(points))].groupby("repetition").last()
        records.append(
            {
                "N": points,
                "norm": last["norm"].mean(),
                "largest": last["norm"].max(),
                "jumps": last["jump"].mean(),
                "first": rows.loc[rows["jump"] == 1, "unfitted"].mean() / points,
                "left": late["unfitted"].max() / points,
            }
        )
    return pd.DataFrame(records)


def bounds_by_sets(labels, neurons, seed):
    """Return what is proved for labels of one sign with probability 95 %, and what one run of Algorithm 1 gives.

    Parameters
    ----------
    labels : ndarray of shape (N,)
        Their moduli are used.
    neurons : int
        W.
    seed : int
        Of the activations.

    Returns
    -------
    dict
        points, neurons, effective_points, lower, ratio, upper.
    """
    y = np.abs(labels)
    budgets, weights = union_budgets(y.size, neurons, 0.025), np.full(y.size, 1 / y.size)
    process = packed_jump_process(random_patterns(np.random.default_rng([29, seed]), neurons, y.size), y)
    return {
        "points": y.size,
        "neurons": neurons,
        "effective_points": float(y @ y / y.max() ** 2),
        "lower": least_ratio(budgets, y**2, weights),
        "ratio": float(process.label_norms.sum() / np.linalg.norm(y)),
        "upper": largest_ratio(budgets, neurons, y**2, weights),
    }


def law_rows(rows):
    r"""Return the runs for the symmetric laws of the labels.

    Parameters
    ----------
    rows : DataFrame
        Rows of the study ``incremental/norm-of-algorithm``.

    Returns
    -------
    DataFrame
        Those with packed coins, with the columns ratio (squared norm over the least one) and over_bound, the squared
        norm over :math:`\sqrt n\max|y|`.
    """
    part = rows[rows["coins"] == "packed"]
    return part.assign(
        ratio=part["squared_norm"] / part["optimum"],
        over_bound=part["squared_norm"] / (np.sqrt(part["n"]) * part["largest_label"]),
    )


def law_means(rows):
    """Return the means and the largest ratio over the repetitions, of rows from :func:`law_rows`."""
    groups = rows.groupby(["law", "n"])
    means = groups[["ratio", "over_bound", "effective_points", "jumps"]].mean()
    return means.assign(
        error=groups["ratio"].std() / np.sqrt(groups["ratio"].count()),
        largest=groups["ratio"].max(),
        least=groups["ratio"].min(),
    ).reset_index()
