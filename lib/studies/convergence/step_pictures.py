"""Figures of the page on Appendix E of paper 002: tables of steps looked into in, figures out."""

import numpy as np
import pandas as pd

from companion import figures

COLOURS, DASHES, MARKERS = figures.COLOURS, figures.LINE_STYLES, figures.MARKERS


def _share(share):
    return f"1/{round(1 / share)}" if share < 1 and abs(1 / share - round(1 / share)) < 1e-9 else f"{share:g}"


def along(table, column, sizes, shares, *, scale=1.0, ylabel="", log=True):
    """Draw a quantity at the end of steps against the progress of the run, one panel for each size.

    Parameters
    ----------
    table : DataFrame
        Rows of the study convergence/within-steps.
    column : str
        What is drawn.
    sizes : sequence of pairs
        (S, m); runs of the first layer alone.
    shares : sequence of float
        Learning rates in units of the stability limit.
    scale : callable or float
        Factor, or a function of the rows.
    ylabel : str
        Label of the ordinate.
    log : bool
        Whether the ordinate is logarithmic.

    Returns
    -------
    tuple
        Figure and data.
    """
    fig, axes = figures.canvas(1, len(sizes), height=3.3, sharey=True)
    ends, parts = table[(table["fraction"] == 1.0) & (table["ratio"] == 0)], []
    for ax, (S, m) in zip(axes, sizes, strict=True):
        for i, share in enumerate(shares):
            rows = ends[(ends["S"] == S) & (ends["m"] == m) & np.isclose(ends["share"], share)].copy()
            rows["progress"] = np.log(rows["error"].iloc[0] / rows["error"])
            rows["value"] = rows[column] * (scale(rows) if callable(scale) else scale)
            ax.plot(
                rows["progress"], rows["value"], color=COLOURS[i], linestyle=DASHES[i], label=_share(share)
            )
            parts.append(rows)
        ax.set(
            xlabel=r"$\log(\|e_0\|/\|e_\tau\|)$", title=f"$S={S}$, $m={m}$", yscale="log" if log else "linear"
        )
    axes[0].set(ylabel=ylabel)
    axes[-1].legend(title=r"rate over $2/\lambda_{\max}$", loc="upper right", fontsize=8.5)
    return fig, pd.concat(parts)[["S", "m", "share", "step", "progress", "value"]]


def small_rates(table, m, n=100):
    """Draw the rate at which (70) begins to hold over the width, with (15) and the stability limit."""
    means = table.groupby("S")[["rate", "limit"]].mean().reset_index()
    means["(15)"] = np.minimum(1, n / m) / means["S"] ** 2
    fig, ax = figures.canvas(height=3.6)
    drawn = {"limit": "stability limit", "rate": "(70) with constant one", "(15)": "(15) with constant one"}
    for i, (column, label) in enumerate(drawn.items()):
        ax.plot(
            means["S"], means[column], color=COLOURS[i], linestyle=DASHES[i], marker=MARKERS[i], label=label
        )
    ax.set(xscale="log", yscale="log", xlabel="width $S$", ylabel=r"learning rate $\eta_w$")
    ax.set_xticks(means["S"], [str(S) for S in means["S"]])
    ax.minorticks_off()
    ax.legend(loc="lower left", fontsize=8.5)
    return fig, means


def sliding(table):
    """Draw the ratio late in training against what a frozen pattern and sliding neurons make of it."""
    fig, ax = figures.canvas(height=3.6)
    for i, ((S, m), rows) in enumerate(table.groupby(["S", "m"])):
        ax.plot(
            rows["eta"],
            rows["ratio"],
            color=COLOURS[i],
            linestyle="none",
            marker=MARKERS[i],
            label=f"$S={S}$, $m={m}$",
        )
        ax.plot(rows["eta"], rows["frozen"] + rows["sliding"], color=COLOURS[i], linestyle="-", linewidth=1.2)
        ax.plot(rows["eta"], rows["frozen"], color=COLOURS[i], linestyle=":", linewidth=1.2)
    ax.set(
        xscale="log",
        xlabel=r"learning rate $\eta_w$",
        ylabel=r"mean $q_{1-}$, late in training",
        ylim=(0, None),
    )
    ax.legend(loc="upper left", bbox_to_anchor=(0.0, 1.22), ncols=2, fontsize=8.5)
    return fig, table
