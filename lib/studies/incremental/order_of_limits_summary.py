r"""What the archived trainings say about the two limits: means over draws, half-way scales, and an identity."""

import numpy as np
import pandas as pd
from scipy.stats import binom

from studies.incremental.instances import mixed_instance
from studies.incremental.mild_width import mild_width
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


def part_way(table, level=0.25, least=128, resamples=400):
    """Return where each sample size from ``least`` on has gone a part of the way to Algorithm 1.

    Parameters
    ----------
    table : DataFrame
        The study's table.
    level : float
        Part of the way, between 0 and 1.
    least : int
        Smallest sample size; for small ones Algorithm 1 itself is not far from the root of two.
    resamples : int
        Of the draws, which are the same at all scales, for the errors.

    Returns
    -------
    DataFrame
        ``points``, ``width``, ``length`` interpolated in log L, ``variable``, and the relative standard error of
        ``length``: of a bootstrap over draws, or 0.3 where there is one draw only.
    """
    rng, rows = np.random.default_rng(0), []
    for n, group in fitted_draws(table)[lambda t: t["points"] >= least].groupby("points"):
        seeds = group["seed"].value_counts()
        lengths = np.sort(group["length"].unique())
        # Larger L have fewer draws at large n: only those that all draws share up to there are comparable.
        ratios = group.pivot(index="seed", columns="length", values="ratio")[lengths].to_numpy()
        algorithm = group.groupby("seed")["algorithm_ratio"].first().to_numpy()
        found = _crossing(lengths, ratios, algorithm, level)
        if np.isfinite(found):
            again = [
                _crossing(lengths, ratios[pick], algorithm[pick], level)
                for pick in rng.integers(0, len(seeds), (resamples, len(seeds)))
            ]
            error = np.nanstd(np.log(again)) if len(seeds) > 1 else 0.3
            rows.append({"points": n, "width": int(group["width"].iloc[0]), "length": found, "error": error})
    found = pd.DataFrame(rows)
    return found.assign(variable=found["length"] * np.sqrt(np.log(found["width"]) / found["points"]))


def _crossing(lengths, ratios, algorithm, level):
    """Return L at which the mean of the draws present crosses the level, NaN where it does not."""
    there = ~np.isnan(ratios)
    counts = there.sum(axis=0)
    if (counts == 0).any():
        return np.nan
    mean = np.where(there, ratios, 0.0).sum(axis=0) / counts
    goal = (there * algorithm[:, None]).sum(axis=0) / counts
    progress = (mean - TOGETHER) / (goal - TOGETHER)
    after = np.flatnonzero((progress[1:] >= level) & (progress[:-1] < level))
    if not after.size:
        return np.nan
    k = after[0]
    return float(np.exp(np.interp(level, progress[k : k + 2], np.log(lengths[k : k + 2]))))


def part_way_exponent(crossings):
    """Return the fit of a power law to the part-way L over the sample size, its error from the scatter if possible."""
    errors = None if len(crossings) > 2 else crossings["error"]
    return fit_power_law(crossings["points"], crossings["length"], errors)


def part_way_table(table, levels, least=128):
    """Return L at several parts of the way, a column for each level, and the scaling variable at the second of them."""
    found = {level: part_way(table, level, least).set_index("points") for level in levels}
    columns = {level: part["length"] for level, part in found.items()}
    return pd.DataFrame(columns).assign(variable=found[levels[1]]["variable"]).reset_index()


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
    start = mixed_instance(seed, points, mild_width(points))
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


def floors(points, width, seed):
    r"""Return two ratios that a draw of labels and directions has before any training.

    Parameters
    ----------
    points, width, seed : int
        Of :func:`studies.incremental.instances.mixed_instance`.

    Returns
    -------
    dict
        ``floor``, below which no interpolator can be that keeps dead coordinates dead: for either sign the least of
        :math:`\|y_\pm\|/\|y_{\pm,j}\|`, both signs weighted by :math:`\|y_\pm\|`; and ``together``, the ratio
        :math:`W(\frac12\mathbb{E}k^{-2})^{1/2}` of W interchangeable neurons, k - 1 binomial, in the same mean.
    """
    start = mixed_instance(seed, points, width)
    squares, low, alike, least = start.y**2, 0.0, 0.0, 0.0
    for sign in (1.0, -1.0):
        here, chosen = sign * start.y > 0, start.signs == sign
        if not here.any():
            continue
        size = float(squares[here].sum() ** 0.5)
        shares = (start.active[chosen][:, here] @ squares[here]) / size**2
        counts = np.arange(1, chosen.sum() + 1)
        mean = float((binom.pmf(counts - 1, counts.size - 1, 0.5) / counts**2).sum())
        low += size / float(shares.max()) ** 0.5
        alike += size * counts.size * (mean / 2) ** 0.5
        least += size
    return {"floor": low / least, "together": alike / least}


def with_floors(table):
    """Return the table with the columns of :func:`floors` for each draw."""
    draws = table[["points", "width", "seed"]].drop_duplicates()
    known = [floors(*(int(v) for v in draw)) for draw in draws.itertuples(index=False)]
    return table.merge(pd.concat([draws.reset_index(drop=True), pd.DataFrame(known)], axis=1))


def rate_spread(points, seed, neurons=4000):
    r"""Return the relative standard deviation of :math:`\|D_j^0\|` over neurons of one sign, times :math:`\sqrt n`."""
    rng = np.random.default_rng([seed, points])
    y = rng.standard_normal(points)
    squares = y[y > 0] ** 2
    rates = np.sqrt(rng.integers(0, 2, (neurons, squares.size), dtype=np.int8) @ squares) / points
    return {"points": points, "scaled": float(rates.std(ddof=1) / rates.mean() * points**0.5)}
