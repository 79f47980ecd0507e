"""Summaries of the norms after training: curves with their deviations, slopes, and quotients."""

import numpy as np
import pandas as pd

from twolayer.statistics import fit_power_law
from twolayer.wide_limit import wide_limit_squared_norm

SLOPE_RANGE = (32, 2048)
"""Points over which all slopes are fitted."""


def curves(rows, by, value="squared_norm"):
    """Return mean, least and largest value, number and half spread (relative to the mean) for each group.

    Parameters
    ----------
    rows : DataFrame
        Rows of a study.
    by : list of str
        Columns that make a group.
    value : str
        The column summarised.

    Returns
    -------
    DataFrame
        Columns ``by``, mean, low, high, runs and half_spread.
    """
    table = rows.groupby(by)[value].agg(mean="mean", low="min", high="max", runs="size").reset_index()
    return table.assign(half_spread=(table["high"] - table["low"]) / 2 / table["mean"])


def points_curves(rows):
    """Return Figure 5 as a long table: the optimum, each scale, and Algorithm 1 on the same draws.

    Parameters
    ----------
    rows : DataFrame
        Rows of the study ``incremental/norm-against-points``.

    Returns
    -------
    DataFrame
        Columns curve ("optimum", an exponent as text, "algorithm"), n, optimum, mean, low, high, runs, half_spread and
        ratio, of the mean to the optimum.
    """
    fixed = rows[rows["labels"] == "fixed"]
    once = fixed[fixed["log10_scale"] == fixed["log10_scale"].max()]
    parts = [
        curves(once, ["n", "optimum"], "optimum").assign(curve="optimum"),
        *(
            curves(part, ["n", "optimum"]).assign(curve=str(exponent))
            for exponent, part in fixed.groupby("log10_scale", sort=False)
        ),
        curves(once, ["n", "optimum"], "algorithm").assign(curve="algorithm"),
    ]
    table = pd.concat(parts, ignore_index=True)
    return table.assign(ratio=table["mean"] / table["optimum"])


def slopes(table, low=SLOPE_RANGE[0], high=SLOPE_RANGE[1]):
    """Fit the slope of each curve of Figure 5, and that of its quotient to the optimum.

    Parameters
    ----------
    table : DataFrame
        From :func:`points_curves`.
    low, high : int
        Range of n.

    Returns
    -------
    DataFrame
        Columns curve, slope, error, relative (slope of the quotient) and relative_error; the errors are those of the
        scatter about the line.
    """
    rows, inside = [], table[table["n"].between(low, high)]
    for curve, part in inside.groupby("curve", sort=False):
        law = fit_power_law(part["n"], part["mean"])
        row = {"curve": curve, "slope": law.exponent, "error": law.standard_error}
        if curve != "optimum":
            quotient = fit_power_law(part["n"], part["ratio"])
            row |= {"relative": quotient.exponent, "relative_error": quotient.standard_error}
        rows.append(row)
    return pd.DataFrame(rows)


def slope_table(table, names):
    """Return the slopes as text with their standard errors, for a page.

    Parameters
    ----------
    table : DataFrame
        From :func:`slopes`.
    names : mapping of str to str
        How to call the curves.

    Returns
    -------
    DataFrame
        Columns "curve", "slope" and "of the quotient".
    """
    relative = [
        "–" if np.isnan(value) else f"{value:.3f}\u202f±\u202f{error:.3f}".replace("-", "−")
        for value, error in zip(table["relative"], table["relative_error"], strict=True)
    ]
    return pd.DataFrame(
        {
            "curve": [names[curve] for curve in table["curve"]],
            "slope": [f"{row.slope:.3f}\u202f±\u202f{row.error:.3f}" for row in table.itertuples()],
            "of the quotient": relative,
        }
    )


def same_draw(rows):
    """Return mean quotients of trained norms and Algorithm 1's on the same draw, and of either to the optimum.

    Parameters
    ----------
    rows : DataFrame
        Rows of the study ``incremental/norm-against-points``.

    Returns
    -------
    DataFrame
        One row for each n and scale of the fixed labels: m, ratio, algorithm_ratio, quotient, epochs (the largest).
    """
    fixed = rows[rows["labels"] == "fixed"]
    fixed = fixed.assign(
        ratio=fixed["squared_norm"] / fixed["optimum"],
        algorithm_ratio=fixed["algorithm"] / fixed["optimum"],
        quotient=fixed["squared_norm"] / fixed["algorithm"],
    )
    means = fixed.groupby(["n", "log10_scale"])[["m", "ratio", "algorithm_ratio", "quotient"]].mean()
    return means.assign(epochs=fixed.groupby(["n", "log10_scale"])["epochs"].max()).reset_index()


def redrawn_ratios(rows):
    """Return mean and standard deviation of the quotient to the optimum when labels are drawn anew, too.

    Parameters
    ----------
    rows : DataFrame
        Rows of the study ``incremental/norm-against-points``; runs that leave a point uncovered do not count.

    Returns
    -------
    DataFrame
        Columns n, log10_scale, mean, deviation, algorithm_mean, algorithm_deviation, runs.
    """
    new = rows[(rows["labels"] == "new") & (rows["uncovered"] == 0)]
    new = new.assign(ratio=new["squared_norm"] / new["optimum"], limit=new["algorithm"] / new["optimum"])
    return (
        new.groupby(["n", "log10_scale"])
        .agg(
            mean=("ratio", "mean"),
            deviation=("ratio", "std"),
            algorithm_mean=("limit", "mean"),
            algorithm_deviation=("limit", "std"),
            runs=("ratio", "size"),
        )
        .reset_index()
    )


def algorithm_ratios(rows, law="normal"):
    """Return mean quotient of Algorithm 1's norm to the optimum with its standard error, and mean jumps, for each n.

    Parameters
    ----------
    rows : DataFrame
        Rows of the study ``incremental/norm-of-algorithm``; runs that leave a point uncovered do not count.
    law : str
        Of the labels, "normal" or "ones", with coins from a table.

    Returns
    -------
    DataFrame
        Columns n, mean, error, low, high, jumps, runs.
    """
    part = rows[(rows["coins"] == "table") & (rows["law"] == law) & (rows["uncovered"] == 0)]
    part = part.assign(ratio=part["squared_norm"] / part["optimum"])
    table = part.groupby("n").agg(
        mean=("ratio", "mean"),
        error=("ratio", lambda values: values.std() / np.sqrt(len(values))),
        low=("ratio", "min"),
        high=("ratio", "max"),
        jumps=("jumps", "mean"),
        runs=("ratio", "size"),
    )
    return table.reset_index()


def width_curves(uniform, small, widths, scales):
    """Return Figure 6 as a long table: small starts, Algorithm 1, and uniform starts at the paper's rate.

    Parameters
    ----------
    uniform, small : DataFrame
        Rows of the studies ``incremental/norm-against-width`` and ``incremental/norm-against-scale``.
    widths, scales : sequence
        Which widths and exponents of small starts.

    Returns
    -------
    DataFrame
        Columns curve (an exponent as text, "algorithm", "default", "He"), m, mean, low, high, runs, half_spread; runs
        that did not converge do not count.
    """
    small = small[small["m"].isin(widths) & (small["outcome"] == "converged")]
    once = small[small["log10_scale"] == max(scales)]
    slow = uniform[~uniform["fast"] & (uniform["outcome"] == "converged")]
    parts = [
        *(
            curves(small[small["log10_scale"] == exponent], ["m"]).assign(curve=str(exponent))
            for exponent in scales
        ),
        curves(once[once["uncovered"] == 0], ["m"], "algorithm").assign(curve="algorithm"),
        *(curves(part, ["m"]).assign(curve=kind) for kind, part in slow.groupby("start", sort=False)),
    ]
    return pd.concat(parts, ignore_index=True)


def uniform_growth(uniform):
    """Return, for each uniform start and width, mean squared norm before and after training at the paper's rate.

    Parameters
    ----------
    uniform : DataFrame
        Rows of the study ``incremental/norm-against-width``.

    Returns
    -------
    DataFrame
        Columns start, m, initial, final, growth (difference of the two), epochs (the largest) and rate_effect: the
        largest relative change of the final norm when the rate is the larger one.
    """
    slow = uniform[~uniform["fast"]]
    table = slow.groupby(["start", "m"]).agg(
        initial=("initial", "mean"), final=("squared_norm", "mean"), epochs=("epochs", "max")
    )
    pairs = uniform.pivot_table(index=["start", "m", "repetition"], columns="fast", values="squared_norm")
    effect = (pairs[True] / pairs[False] - 1).abs().groupby(["start", "m"]).max()
    return table.assign(growth=table["final"] - table["initial"], rate_effect=effect).reset_index()


def excess_curves(small, y):
    r"""Return the excess over the optimum against :math:`L`, with that of the wide limit and of Algorithm 1.

    Parameters
    ----------
    small : DataFrame
        Rows of the study ``incremental/norm-against-scale``.
    y : ndarray of shape (n,)
        The labels of the study.

    Returns
    -------
    DataFrame
        Columns m, L, mean, low, high (of the quotient to the optimum less 1), algorithm, wide_limit.
    """
    done = small[small["outcome"] == "converged"]
    done = done.assign(
        L=-np.log(10.0) * done["log10_scale"],
        excess=done["squared_norm"] / done["optimum"] - 1,
        limit=done["algorithm"] / done["optimum"] - 1,
    )
    table = done.groupby(["m", "L"]).agg(
        mean=("excess", "mean"), low=("excess", "min"), high=("excess", "max"), algorithm=("limit", "mean")
    )
    table = table.reset_index()
    wide = {length: wide_limit_squared_norm(y, -length) for length in table["L"].unique()}
    return table.assign(wide_limit=table["L"].map(wide) / done["optimum"].iloc[0] - 1)
