"""What the ensemble of random draws says: agreement with Algorithm 1 over L, and powers of the deviations."""

from dataclasses import astuple

import numpy as np
import pandas as pd

from studies.incremental.activation_order import draw_instance
from twolayer.jump_process import jump_process
from twolayer.saddle_flow import saddle_flow
from twolayer.saddle_rates import saddle_rates
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


def read_again(powers, depths=(8.0, 10.0, 12.0, 14.0), floor=2e-9):
    r"""Measure powers anew from smaller starts, with a finer integrator.

    Parameters
    ----------
    powers : DataFrame
        Rows of :func:`measured_powers`.
    depths : sequence of float
        L times the predicted power.
    floor : float
        Deviations below are not free of integration errors.

    Returns
    -------
    DataFrame
        The same draws: ``signs``, ``seed``, ``predicted``, ``following`` (the next larger power that Algorithm 1 knows)
        and ``measured``, between the two largest L at which the deviation is above the floor.
    """
    rows = []
    for draw in powers.itertuples():
        y, directions, signs = astuple(draw_instance(draw.signs, draw.seed))
        process = jump_process(directions > 0, signs, y)
        norms = saddle_rates(process, directions > 0, signs, y, process.times.size, np.inf).norms
        limits = np.zeros(signs.size)
        limits[process.neurons] = process.label_norms
        lengths = np.array(depths) / norms[0]
        ends = [saddle_flow(directions, signs, y, -L, tolerance=1e-12).log_norms[-1] for L in lengths]
        logs = np.log([np.abs(np.exp(2 * end) - limits).max() for end in ends])
        last = np.flatnonzero(logs > np.log(floor))[-2:]
        slope = -float(np.diff(logs[last])[0] / np.diff(lengths[last])[0]) if last.size == 2 else np.nan
        following = next(power for power in norms if power > 1.01 * norms[0])
        rows.append(
            {"signs": draw.signs, "seed": draw.seed, "predicted": norms[0], "following": following}
            | {"measured": slope}
        )
    return pd.DataFrame(rows, columns=["signs", "seed", "predicted", "following", "measured"])
