"""The picture of the throughput on the page about costs."""

import pandas as pd

from companion.figures import canvas, series_styles
from studies.inconsistency.throughput import WAYS


def rates(table: pd.DataFrame):
    """Draw trial-steps per second of one core against the width, and against the number of points.

    Parameters
    ----------
    table : DataFrame
        Rows of the study ``inconsistency/throughput``.

    Returns
    -------
    figure, data
        The matplotlib figure, and the rows of single-threaded steps that are plotted.
    """
    single = table[(table["steps"] > 0) & (table["threads"] == 1)]
    figure, axes = canvas(1, 2, height=3.6, sharey=True)
    styles = series_styles(WAYS, markers=True)
    for axis, column, other, fixed in (
        (axes[0], "m", "points", 6),
        (axes[1], "points", "m", 128),
    ):
        for way, name in WAYS.items():
            rows = single[(single["way"] == way) & (single[other] == fixed)].sort_values(column)
            axis.plot(rows[column], rows["rate"], **styles[way], label=name)
        axis.set(xscale="log", yscale="log", xlabel="width $m$" if column == "m" else "distinct points")
    axes[0].set(ylabel="trial-steps per second", ylim=(1e2, 3e10))
    axes[0].legend(loc="upper left", fontsize="small")
    return figure, single[["way", "m", "points", "trials", "steps", "seconds", "rate"]]
