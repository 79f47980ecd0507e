"""Pictures of the page on the width law."""

import math

import numpy as np
import pandas as pd

from companion.figures import COLOURS, MARKERS, canvas
from studies.incremental.width_law_summary import bound_curve, law_curve

LIMIT = 1 + math.sqrt(2)
NAMES = {"normal": "normal labels", "ones": "equal moduli"}


def _appearance(sizes):
    """Return colour and marker for each number of points, dark for many."""
    import matplotlib as mpl

    shades = mpl.colormaps["viridis_r"](np.linspace(0.15, 0.95, len(sizes)))
    return {n: {"color": shades[i], "marker": MARKERS[i % len(MARKERS)]} for i, n in enumerate(sizes)}


def ratios(rows, corrections):
    """Draw the ratio against the width, measured and fitted, and against the cost, measured and in the limit.

    Parameters
    ----------
    rows : DataFrame
        With law.
    corrections : dict
        Fits for the two kinds of labels.

    Returns
    -------
    figure, data
    """
    figure, (left, right) = canvas(1, 2, height=3.9)
    looks = _appearance(sorted(rows["n"].unique()))
    normal = rows[rows["labels"] == "normal"]
    for n, part in normal.groupby("n"):
        left.errorbar(
            part["m"],
            part["ratio"],
            2 * part["ratio_error"],
            linestyle="none",
            markersize=3.5,
            label=f"n = {n}",
            **looks[n],
        )
        fit = corrections["normal"].ratio(part) if n >= 64 else part["law"]
        left.plot(part["m"], fit, "-" if n >= 64 else ":", color=looks[n]["color"], linewidth=1.1)
    left.set(xscale="log", xlabel="neurons $m$", ylabel="squared norm / least one", ylim=(0.95, 2.5))
    left.axhline(LIMIT, color="0.4", linestyle=":", linewidth=1.2)
    left.set_xticks(10.0 ** np.arange(2, 7, 2))
    costs = np.geomspace(1e-3, 0.75, 90)
    coarse = np.geomspace(1e-3, 0.69, 25)
    for labels, line, colour in (("normal", "-", "#000000"), ("ones", "--", "#D55E00")):
        right.plot(
            costs,
            law_curve(labels, costs),
            line,
            color=colour,
            linewidth=1.5,
            label=f"limit law, {NAMES[labels]}",
        )
        right.plot(coarse, bound_curve(labels, coarse), ":", color=colour, linewidth=1.3)
        for n, part in rows[rows["labels"] == labels].groupby("n"):
            look = looks[n] if labels == "normal" else looks[n] | {"markerfacecolor": "none"}
            right.plot(part["cost"], part["ratio"], linestyle="none", markersize=3.5, **look)
    right.axvline(math.log(2), color="0.6", linewidth=1.0)
    right.set(xscale="log", xlabel=r"$\alpha=\ln(m/2)\,/\,(n/2)$", ylim=(0.95, 2.5), xlim=(1e-3, 3))
    handles, names = left.get_legend_handles_labels()
    more, others = right.get_legend_handles_labels()
    figure.legend(handles + more, names + others, loc="outside lower center", ncols=3)
    return figure, rows


def deviations(rows, corrections, finite):
    """Draw the relative deviation from the limit law against the cost, for both kinds of labels."""
    figure, panels = canvas(1, 2, height=3.7, sharey=True)
    looks = _appearance(sorted(rows["n"].unique()))
    for panel, labels in zip(panels, NAMES, strict=True):
        chosen = rows[(rows["labels"] == labels) & (rows["n"] >= 32)]
        for n, part in chosen.groupby("n"):
            panel.plot(
                part["cost"],
                100 * (part["ratio"] / part["law"] - 1),
                linestyle="none",
                markersize=4,
                label=f"n = {n}",
                **looks[n],
            )
            if n >= 64:
                fit = 100 * (corrections[labels].ratio(part) / part["law"] - 1)
                panel.plot(part["cost"], fit, color=looks[n]["color"], linewidth=1.1)
        panel.axhline(0, color="0.3", linewidth=1.0)
        panel.axvline(math.log(2), color="0.6", linewidth=1.0)
        panel.set(xscale="log", xlabel=r"$\alpha$", title=NAMES[labels], ylim=(-7, 5))
    panels[1].plot(
        finite["cost"],
        100 * (finite["ordered"] / finite["law"] - 1),
        "x",
        color=COLOURS[1],
        markersize=6,
        label="finite sizes, nothing fitted",
    )
    panels[0].set_ylabel("deviation from the limit law, %")
    figure.legend(*panels[1].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure, pd.concat([rows, finite], ignore_index=True)


def shares(table, n, m):
    """Draw the share of the unfitted squared norm that each jump takes, beside the limit law."""
    figure, axes = canvas(height=3.1)
    axes.errorbar(
        table["jump"],
        table["share"],
        2 * table["error"],
        fmt="o",
        color=COLOURS[0],
        capsize=3,
        label=f"Algorithm 1, n = {n}, m = {m}",
    )
    axes.plot(table["jump"], table["law"], "--", color="#000000", label="limit law")
    axes.axhline(0.5, color="0.5", linestyle=":", label="one half")
    axes.set(xlabel="jump $k$", ylabel=r"share of what is left", ylim=(0.4, 1.0))
    axes.legend(loc="upper left")
    return figure, table
