"""Tables of the pages on chosen labels."""

import numpy as np
import pandas as pd

from companion.formatting import interval, number
from twolayer.statistics import wilson_interval

STOPPED, CONVERGED = "error increased", "converged"


def _range(values, digits=3):
    values = np.asarray(values)
    if not values.size:
        return "–"
    low, high = values.min(), values.max()
    if np.issubdtype(values.dtype, np.integer):
        return number(int(low)) if low == high else f"{number(int(low))} to {number(int(high))}"
    return number(float(low), digits) if low == high else interval(float(low), float(high), digits)


def local_runs(table, sign=1):
    """Summarise the runs with one large error, for each size, rate and rule of stopping.

    Parameters
    ----------
    table : DataFrame
        Rows of the study ``convergence/label-variants``.
    sign : int
        Of the error.

    Returns
    -------
    DataFrame
        Columns m, eta, valve, runs, converged, stopped, unfinished and, as text, T and the error at the end.
    """
    rows, local = [], table[(table["variant"] == "local") & (table["sign"] == sign)]
    for (valve, m, eta), runs in local.groupby(["valve", "m", "eta"]):
        counts = runs["outcome"].value_counts()
        rows.append(
            {
                "m": m,
                "eta": eta,
                "valve": valve,
                "runs": len(runs),
                "converged": int(counts.get(CONVERGED, 0)),
                "stopped": int(counts.get(STOPPED, 0)),
                "unfinished": int(counts.get("running", 0)),
                "T": _range(runs["T"]),
                "error": _range(runs["error_T"], 2),
                "increases": _range(runs["increases"]),
                "time": runs["T"].median() * eta,
                "largest_increase": runs["largest_increase"].max(),
                "changes": runs["first_point_changes"].median(),
                "other_changes": runs["other_point_changes"].median(),
            }
        )
    order = ["valve", "m", "eta"]
    return pd.DataFrame(rows).sort_values(order, ascending=[False, True, False], ignore_index=True)


def onset(table):
    """Return, for each number of points, how many runs the valve stopped, with a 95 % Wilson interval.

    Parameters
    ----------
    table : DataFrame
        As in :func:`local_runs`.

    Returns
    -------
    DataFrame
        Columns m, runs, stopped, share, low, high.
    """
    local = table[(table["variant"] == "local") & table["valve"] & (table["sign"] == 1)]
    local = local[local["eta"] == local["eta"].max()]
    groups = local.groupby("m")["outcome"].agg(runs="size", stopped=lambda o: int((o == STOPPED).sum()))
    low, high = wilson_interval(groups["stopped"].to_numpy(), groups["runs"].to_numpy())
    return groups.assign(share=groups["stopped"] / groups["runs"], low=low, high=high).reset_index()


def half_way(rows):
    """Return the first number of points at which the share of stopped runs, joined by lines, reaches one half."""
    m, share = rows["m"].to_numpy(float), rows["share"].to_numpy()
    above = np.flatnonzero(share >= 0.5)
    if not above.size:
        return np.nan
    k = above[0]
    if k == 0:
        return m[0]
    return float(m[k - 1] + (0.5 - share[k - 1]) / (share[k] - share[k - 1]) * (m[k] - m[k - 1]))


def spectrum_runs(table, random_table):
    """Compare the labels at the ends of the spectrum with random ones at the same sizes.

    Parameters
    ----------
    table : DataFrame
        Rows of the study ``convergence/label-variants``.
    random_table : DataFrame
        Rows of the study ``convergence/random-labels``.

    Returns
    -------
    DataFrame
        One row for each variant, sign and m: runs, converged, and the means of T, kappa_H, flips and dW_F, each with
        its standard error in a column that ends in ``_error``, and the distance of the frozen kernel.
    """
    ends = table[table["variant"].isin(["low spectrum", "high spectrum"])]
    random = random_table[(random_table["experiment"] == "main") & (random_table["S"] == 100)]
    random = random[random["m"].isin(ends["m"].unique())].assign(
        variant="random", sign=1, frozen_distance=np.nan
    )
    measured, rows = ["T", "kappa_H", "flips", "dW_F", "frozen_distance"], []
    both = pd.concat([ends, random], ignore_index=True)
    for (variant, sign, m), runs in both.groupby(["variant", "sign", "m"]):
        row = {"variant": variant, "sign": sign, "m": m, "runs": len(runs)}
        row["converged"] = int((runs["outcome"] == CONVERGED).sum())
        for name in measured:
            row[name] = runs[name].mean()
            row[f"{name}_error"] = runs[name].std(ddof=1) / len(runs) ** 0.5
        row["distance_ratio"] = (runs["dW_F"] / runs["frozen_distance"]).mean()
        rows.append(row)
    return pd.DataFrame(rows)
