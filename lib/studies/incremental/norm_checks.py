"""Small checks around Figure 5: stopping loss, width rule, spread over three seeds, size of the start."""

import math

import numpy as np
import pandas as pd

from studies.incremental.mild_width import mild_width
from studies.incremental.norm_against_points import train
from studies.incremental.random_networks import fixed_labels, log_scale, small_start

WIDTH_RULES = {
    r"$4\ln n$": 4.0,
    r"$6\ln n$": 6.0,
    r"$8\ln n$": 8.0,
    r"$10\ln n$": 10.0,
    r"$8\log_2n$": 8.0 / math.log(2.0),
    r"$10\log_2n$": 10.0 / math.log(2.0),
}


def stopping_losses(n, exponents, losses):
    """Train the first fixed draw to several losses.

    Parameters
    ----------
    n : int
        Points.
    exponents : sequence of int
        Of the scale.
    losses : sequence of float
        Where to stop.

    Returns
    -------
    DataFrame
        Columns log10_scale, stop_loss, epochs, squared_norm and change, relative to the last loss.
    """
    y, m = fixed_labels(n), mild_width(n)
    rows = [
        {"log10_scale": exponent, "stop_loss": loss, **train(y, m, exponent, 0, stop_loss=loss)}
        for exponent in exponents
        for loss in losses
    ]
    table = pd.DataFrame(rows)[["log10_scale", "stop_loss", "epochs", "squared_norm"]]
    last = table.groupby("log10_scale")["squared_norm"].transform("last")
    return table.assign(change=table["squared_norm"] / last - 1)


def width_rules(points, log10_scale, draws, rules=None):
    """Compare rules for the width on the same labels; draws that leave a point uncovered do not count.

    Parameters
    ----------
    points : sequence of int
        Values of n.
    log10_scale : int
        Exponent of the scale of the trainings.
    draws : int
        Labels and networks for each.
    rules : mapping of str to float, optional
        Name and number of neurons per unit of ln n; multiples of ln n and of the binary logarithm if not given.

    Returns
    -------
    DataFrame
        Columns n, rule, m, covered (number of draws), trained and algorithm: mean quotients to the optimum.
    """
    rules = WIDTH_RULES if rules is None else rules
    rows = []
    for n, (rule, factor) in ((n, item) for n in points for item in rules.items()):
        m = mild_width(n, factor)
        for draw in range(draws):
            y = fixed_labels(n, draw + 1)
            start = small_start(y, m, draw)
            if (start.active & (start.signs[:, None] * y > 0)).any(axis=0).all():
                rows.append({"n": n, "rule": rule, **train(y, m, log10_scale, draw), "m": m})
    table = pd.DataFrame(rows)
    table = table.assign(
        trained=table["squared_norm"] / table["optimum"], limit=table["algorithm"] / table["optimum"]
    )
    return (
        table.groupby(["n", "rule"], sort=False)
        .agg(
            m=("m", "first"), covered=("m", "size"), trained=("trained", "mean"), algorithm=("limit", "mean")
        )
        .reset_index()
    )


def spread_of_three(points, log10_scale, groups):
    """Return the mean half spread over three networks with the same labels, relative to the mean.

    Parameters
    ----------
    points : sequence of int
        Values of n.
    log10_scale : int
        Exponent of the scale.
    groups : int
        Groups of three.

    Returns
    -------
    DataFrame
        Columns n and half_spread.
    """
    rows = []
    for n in points:
        y, m = fixed_labels(n), mild_width(n)
        norms = [train(y, m, log10_scale, k, epochs=10**5)["squared_norm"] for k in range(3 * groups)]
        norms = np.array(norms).reshape(groups, 3)
        rows.append({"n": n, "half_spread": float((np.ptp(norms, axis=1) / 2 / norms.mean(axis=1)).mean())})
    return pd.DataFrame(rows)


def initial_squared_norm(n, m, log10_scale):
    r"""Return the squared norm of all weights of a small start, which is :math:`2\lambda^2` for any width."""
    start = small_start(fixed_labels(n), m, 0)
    hidden = np.exp(log_scale(log10_scale, m)) * start.directions
    return float((hidden**2).sum() + (np.linalg.norm(hidden, axis=1) ** 2).sum())
