"""Summaries of the studies of quasirandom properties: means, predictions, fitted exponents."""

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from studies.convergence.quasirandom import BASE
from twolayer.quasirandom_bounds import (
    dual_bound_size,
    gaussian_maximum_quantile,
    inner_product_quantile,
    subset_norm_bound,
)
from twolayer.statistics import fit_power_law

MEDIAN = float(np.log(2))
"""Expected number of exceedances at the median of an extreme of many nearly independent variables."""

EXPONENTS = (
    ("(19)", "inner", "n", -0.5),
    ("(19)", "inner", "m", 0.0),
    ("(20)", "norm_ratio", "n", 0.0),
    ("(20)", "norm_ratio", "m", 0.0),
    ("(22)", "row", "n", 0.5),
    ("(22)", "row", "S", 0.0),
    ("(23)", "entry", "n", 0.0),
    ("(23)", "entry", "S", 0.0),
    ("(26)", "product", "m", 0.0),
    ("(26)", "product", "S", 0.0),
    ("(27)", "output", "S", 0.5),
    ("(27)", "output", "m", 0.0),
    ("(28)", "counting", "S", 0.0),
    ("(28)", "counting", "m", 0.0),
)
"""Property, column, varied size, and the exponent of the paper's bound."""


def means(table, varied, column):
    """Return mean and standard error of a column over the runs at each value of the varied size.

    Parameters
    ----------
    table : DataFrame
        Rows of the study of constants.
    varied : {"n", "m", "S"}
        Which size.
    column : str
        A column, or ``norm_ratio``: the norm over 1 + sqrt(m/n).

    Returns
    -------
    DataFrame
        Columns size, mean, error.
    """
    rows = table[table["varied"] == varied]
    rows = rows.assign(norm_ratio=rows["norm"] / (1 + np.sqrt(rows["m"] / rows["n"])))
    groups = rows.groupby(varied)[column]
    error = groups.std() / np.sqrt(groups.count())
    return pd.DataFrame({"mean": groups.mean(), "error": error}).rename_axis("size").reset_index()


def expected(column, n, m, S):
    """Return the median of an extreme under independence; the mean for the smallest entry, the limit for the norm.

    Parameters
    ----------
    column : str
        Which extreme, as in the study of constants.
    n, m, S : int
        Sizes.

    Returns
    -------
    float
    """
    predictions = {
        "inner": lambda: inner_product_quantile(n, m, MEDIAN),
        "norm_ratio": lambda: 1.0,
        "row": lambda: np.sqrt(chi2.ppf(-np.expm1(-MEDIAN / S), n)),
        "entry": lambda: gaussian_maximum_quantile(n * S, MEDIAN),
        "product": lambda: gaussian_maximum_quantile(m * S, MEDIAN),
        "output": lambda: np.sqrt(S / 2) * gaussian_maximum_quantile(m, MEDIAN),
        # The mean of an exponential law: |g| has density sqrt(2/pi) at zero.
        "regular": lambda: 1 / (norm.pdf(0) * 2 * m * S),
    }
    return float(predictions[column]())


def expected_along(column, varied, sizes):
    """Return the prediction where one size is varied and the others are those of the base."""
    return np.array([expected(column, **(BASE | {varied: int(size)})) for size in sizes])


def fitted_exponents(table, exponents=EXPONENTS):
    """Fit a power law to the means of every column against every size.

    Parameters
    ----------
    table : DataFrame
        Rows of the study of constants.
    exponents : sequence
        As ``EXPONENTS``.

    Returns
    -------
    DataFrame
        Columns property, column, varied, paper, fitted, error; the error is that of the scatter around the line.
    """
    rows = []
    for label, column, varied, theirs in exponents:
        found = means(table, varied, column)
        law = fit_power_law(found["size"], found["mean"])
        rows.append(
            {"property": label, "column": column, "varied": varied, "paper": theirs}
            | {"fitted": law.exponent, "error": law.standard_error}
        )
    return pd.DataFrame(rows)


def subset_ratios(table):
    r"""Return, for each draw of (20), the largest ratio of a norm found to :math:`1 + \sqrt{k/n}` and its k."""
    rows = table[table["property"] == 20]
    rows = rows.assign(ratio=rows["found"] / (1 + np.sqrt(rows["size"] / rows["n"])))
    return rows.loc[rows.groupby(["n", "m", "run"])["ratio"].idxmax(), ["n", "m", "run", "size", "ratio"]]


def bound_usage(table, failure):
    """Return, for each n and m, the largest ratio of a norm found for (20) to the explicit bound."""
    rows = []
    for (n, m), part in table[table["property"] == 20].groupby(["n", "m"]):
        bound = subset_norm_bound(int(n), int(m), part["size"].to_numpy(), failure)
        rows.append({"n": n, "m": m, "usage": (part["found"] / bound).max()})
    return pd.DataFrame(rows)


def dual_ratios(table):
    r"""Return the rows of (21) with the found singular value in units of n/m, and whether the size is :math:`n^*`."""
    rows = table[table["property"] == 21]
    star = rows["n"].map(dual_bound_size)
    return rows.assign(ratio=rows["found"] * rows["m"] / rows["n"], star=rows["size"] == star)


def enough_points(rows):
    """Return the least size, by interpolation in logarithms, from which on the ratio of a draw is above 1."""
    rows = rows.sort_values("size")
    return float(np.exp(np.interp(0.0, np.log(rows["ratio"]), np.log(rows["size"]))))


def worst_removal(table):
    """Return the table of removals with the least eigenvalue that any adversary left, and its share of the whole."""
    worst = table[["greedy", "alternating", "one_point"]].min(axis=1)
    whole = table.groupby(["n", "m", "S", "run"])["random"].transform("first")
    return table.assign(worst=worst, kept=worst / whole, kept_random=table["random"] / whole)


def half_share(rows):
    """Return the share of neurons whose removal leaves a half of the smallest eigenvalue, by linear interpolation."""
    rows = rows.sort_values("share")
    return float(np.interp(-0.5, -np.minimum.accumulate(rows["kept"]), rows["share"]))


def output_weight_laws(rare=4.0):
    r"""Return :math:`P(|\zeta| \ge t)` of four laws of variance one for the output weights.

    Parameters
    ----------
    rare : float
        L of the law that is :math:`\pm L` with probability :math:`L^{-2}` and zero otherwise.

    Returns
    -------
    dict of str to callable
    """
    return {
        "random signs": lambda t: float(t <= 1),
        "Gaussian": lambda t: float(2 * norm.sf(t)),
        "uniform": lambda t: float(max(1 - t / np.sqrt(3), 0.0)),
        f"$\\pm{rare:g}$ or 0": lambda t: float(rare**-2 if 0 < t <= rare else t <= 0),
    }


def output_weight_samples(rng, S, rare=4.0):
    """Return S samples of each of the laws, under the same names."""
    signs = rng.choice([-1.0, 1.0], S)
    return dict(
        zip(
            output_weight_laws(rare),
            (
                signs,
                rng.standard_normal(S),
                rng.uniform(-np.sqrt(3), np.sqrt(3), S),
                rare * signs * (rng.random(S) < rare**-2),
            ),
            strict=True,
        )
    )
