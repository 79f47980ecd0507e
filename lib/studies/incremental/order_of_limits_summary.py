r"""What the archived trainings say about the two limits: means over draws, half-way scales, and an identity."""

import numpy as np
import pandas as pd

from studies.incremental.instances import mixed_instance
from studies.incremental.order_of_limits import width
from twolayer.jump_process import jump_process, least_squared_norm
from twolayer.saddle_flow import saddle_flow
from twolayer.statistics import fit_power_law

TOGETHER = 2**0.5
"""Ratio when all neurons of a sign grow together."""

ONE_BY_ONE = 1 + 2**0.5
"""Ratio when each takes half of what is left, in the limit of many points."""


def fitted_draws(table):
    """Return the runs in which every point is covered and training has converged."""
    return table[table["covered"] & (table["outcome"] == "converged")]


def means(table):
    r"""Return one row for each sample size and L: mean ratio with its standard error, and the scaling variable.

    ``progress`` is the part of the way from :math:`\sqrt2` to Algorithm 1 on the same draws, and ``variable`` is
    :math:`L\sqrt{\ln m/n}`.
    """
    rows = []
    for (n, length), group in fitted_draws(table).groupby(["points", "length"]):
        ratio, algorithm = group["ratio"], group["algorithm_ratio"]
        m = int(group["width"].iloc[0])
        rows.append(
            {
                "points": n,
                "width": m,
                "length": length,
                "runs": len(group),
                "ratio": ratio.mean(),
                "error": ratio.std(ddof=1) / len(group) ** 0.5 if len(group) > 1 else np.nan,
                "algorithm_ratio": algorithm.mean(),
                "progress": (ratio.mean() - TOGETHER) / (algorithm.mean() - TOGETHER),
                "gap": (algorithm / ratio - 1).abs().mean(),
                "participation": (group["participation"] / m).mean(),
                "variable": length * (np.log(m) / n) ** 0.5,
            }
        )
    return pd.DataFrame(rows)


def half_way(summary, level=0.5, least=128):
    """Return L at which each sample size from ``least`` on has gone this part of the way, interpolated in log L."""
    rows = []
    for n, group in summary[summary["points"] >= least].groupby("points"):
        group = group.sort_values("length")
        progress = group["progress"].to_numpy()
        if progress.min() < level < progress.max():
            k = int(np.argmax(progress >= level))
            logs, part = np.log(group["length"].to_numpy()[k - 1 : k + 1]), progress[k - 1 : k + 1]
            length = float(np.exp(np.interp(level, part, logs)))
            rows.append({"points": n, "width": int(group["width"].iloc[0]), "length": length})
    table = pd.DataFrame(rows)
    return table.assign(variable=table["length"] * np.sqrt(np.log(table["width"]) / table["points"]))


def half_way_exponent(crossings):
    """Return exponent and standard error of a power law for the half-way L over the sample size."""
    return fit_power_law(crossings["points"], crossings["length"])


def cosines(points, length, seed):
    r"""Follow the flow to its end and compare the ratio with what the directions say.

    For one sign, :math:`\sum_j \|w_j\|^2 \cos(w_j, y_\pm) = \|y_\pm\|` for every balanced interpolator, so the squared
    norm over the least is the inverse of a mean cosine.

    Returns
    -------
    dict
        ``ratio``; ``inverse``, the same from the mean cosines; ``first`` and ``last``, the smallest and the largest
        cosine of a neuron that carries a hundredth of the norm.
    """
    start = mixed_instance(seed, points, width(points))
    path = saddle_flow(start.directions, start.signs, start.y, -length, tolerance=1e-8)
    hidden, output = path.end
    least, total, shown = least_squared_norm(start.y), 0.0, []
    for sign in (1.0, -1.0):
        labels = np.where(sign * start.y > 0, np.abs(start.y), 0.0)
        chosen = start.signs == sign
        squares = output[chosen] ** 2
        cosine = (np.maximum(hidden[chosen], 0.0) @ labels) / (
            np.linalg.norm(labels) * np.abs(output[chosen])
        )
        total += 2 * np.linalg.norm(labels) / ((squares @ cosine) / squares.sum())
        shown.append(cosine[squares > 0.01 * squares.sum()])
    shown = np.concatenate(shown)
    squared = float((hidden**2).sum() + (output**2).sum())
    process = jump_process(start.active, start.signs, start.y)
    return {
        "length": length,
        "ratio": squared / least,
        "inverse": total / least,
        "smallest": float(shown.min()),
        "largest": float(shown.max()),
        "neurons": shown.size,
        "jumps": process.times.size,
        "algorithm_ratio": process.squared_norm / least,
    }
