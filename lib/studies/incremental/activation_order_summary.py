"""What the ensemble of random draws says: agreement with Algorithm 1 over L, and powers of the deviations."""

import numpy as np
import pandas as pd

from twolayer.statistics import wilson_interval

SMALLEST = 1e-7
"""Deviations below are not free of integration errors."""


def agreement(table):
    """Return one row for each ensemble and L: shares of draws that agree, with intervals, and errors of the norm.

    Parameters
    ----------
    table : DataFrame
        Of the study incremental/order-of-activation.

    Returns
    -------
    DataFrame
        ``signs``, ``L``, ``draws``; ``listed`` and ``reached`` with ``_low`` and ``_high`` (95 %, Wilson); ``error``,
        ``error_low``, ``error_high``: median, 10 % and 90 % quantiles of the relative error of the squared norm.
    """
    rows = []
    for (signs, length), draws in table.groupby(["signs", "L"], sort=False):
        row = {"signs": signs, "L": length, "draws": len(draws)}
        for name in ("listed", "reached"):
            low, high = wilson_interval(int(draws[name].sum()), len(draws))
            row |= {
                name: float(draws[name].mean()),
                f"{name}_low": np.ravel(low)[0],
                f"{name}_high": np.ravel(high)[0],
            }
        low, middle, high = draws["norm_error"].quantile([0.1, 0.5, 0.9])
        rows.append(row | {"error": middle, "error_low": low, "error_high": high})
    return pd.DataFrame(rows)


def first_draws(table, count=16):
    """Return the agreement and the median error of the first draws of one sign, one row for each L."""
    part = table[table["signs"] == "one sign"]
    part = part[part["seed"].isin(sorted(part["seed"].unique())[:count])]
    grouped = part.groupby("L")
    return pd.DataFrame(
        {"agree": grouped["listed"].sum(), "draws": grouped.size(), "error": grouped["norm_error"].median()}
    ).reset_index()


def measured_powers(table, largest=0.05):
    r"""Return, for each draw, the power of :math:`\lambda` that is read off the largest deviation of a squared norm.

    Parameters
    ----------
    table : DataFrame
        Of the study incremental/order-of-activation.
    largest : float
        Deviation above which the start is not small.

    Returns
    -------
    DataFrame
        ``signs``, ``seed``, ``predicted``, and ``measured``, the slope of :math:`-\log` of the deviation over L between
        the two largest L at which it lies between 1e-7 and ``largest``; draws without two such L are left out.
    """
    rows = []
    for (signs, seed), draws in table.groupby(["signs", "seed"], sort=False):
        usable = draws[draws["deviation"].between(SMALLEST, largest)].sort_values("L")
        if len(usable) < 2:
            continue
        lengths, logs = usable["L"].to_numpy()[-2:], np.log(usable["deviation"].to_numpy()[-2:])
        slope = -float(np.diff(logs)[0] / np.diff(lengths)[0])
        rows.append(
            {"signs": signs, "seed": seed, "predicted": usable["exponent"].iloc[0], "measured": slope}
        )
    return pd.DataFrame(rows, columns=["signs", "seed", "predicted", "measured"])
