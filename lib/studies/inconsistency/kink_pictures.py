"""Drawings of Figures 1 and 2, for their page: matplotlib axes and numbers in, marks on them out."""

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import patheffects

from companion.figures import COLOURS
from studies.inconsistency.kink_paths import outputs
from twolayer.half_sided import WeightedData
from twolayer.line_descent import LinePath
from twolayer.parameters import Parameters

GRID = np.linspace(-1.4, 1.4, 500)
"""Where the curves of Figure 1 are evaluated."""

SHADES = mpl.colors.LinearSegmentedColormap.from_list(
    "epochs", mpl.colormaps["plasma"](np.linspace(0, 0.8, 128))
)
"""From blue over red to orange: of falling darkness, so that it can be told apart without colour vision."""

_OUTLINE = [patheffects.Stroke(linewidth=5, foreground="k"), patheffects.Normal()]


def _draw_data(axes, data: WeightedData) -> None:
    axes.plot(data.x, data.y, "x", color="0.55", ms=3.5, mew=0.8, zorder=1)
    axes.set(xlim=(-1.4, 1.4), xticks=[-1, 0, 1], yticks=[-1, 0, 1, 2])


def draw_snapshots(
    figure, axes, data: WeightedData, path: LinePath, near_optimal: Parameters
) -> pd.DataFrame:
    """Draw Figure 1 and return the curves.

    Parameters
    ----------
    figure, axes : matplotlib figure and axes
        Where to draw.
    data : WeightedData
        The points.
    path : LinePath
        Recorded at the epochs to be drawn; the last curve is drawn thick.
    near_optimal : Parameters
        A network that fits the data, drawn with its kinks.

    Returns
    -------
    DataFrame
        ``x``, ``near_optimal`` and one column for each epoch.
    """
    _draw_data(axes, data)
    curves = outputs(path.parameters, GRID)
    norm = mpl.colors.LogNorm(1, path.steps[-1] + 1)
    for step, curve in zip(path.steps[:-1], curves, strict=False):
        axes.plot(GRID, curve, color=SHADES(norm(step + 1)), lw=1, alpha=0.6)
    best = outputs(near_optimal, GRID)
    axes.plot(GRID, best, color=COLOURS[2], lw=2.2, label="near-optimal, 16 neurons")
    kinks = -near_optimal.b / near_optimal.a[:, 0]
    kinks = kinks[np.abs(kinks) < 1.4]
    axes.plot(kinks, outputs(near_optimal, kinks), "o", color=COLOURS[2], mec="k", ms=5.5)
    axes.plot(
        GRID, curves[-1], color=SHADES(1.0), lw=3, path_effects=_OUTLINE, label=f"epoch {path.steps[-1]}"
    )
    axes.set(xlabel="$x$", ylabel="$y$")
    bar = figure.colorbar(mpl.cm.ScalarMappable(norm, SHADES), ax=axes, shrink=0.75, pad=0.02)
    bar.set_label("epoch $k + 1$")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.13), ncols=2, frameon=False)
    table = pd.DataFrame(curves.T, columns=[f"k={step}" for step in path.steps])
    table.insert(0, "x", GRID)
    table.insert(1, "near_optimal", best)
    return table


def draw_film(axes, data: WeightedData, path: LinePath, epochs: list[int]) -> pd.DataFrame:
    """Draw one picture of the network, the data and all kinks for each of some recorded epochs.

    Parameters
    ----------
    axes : ndarray of matplotlib axes
        As many as epochs.
    data : WeightedData
        The points.
    path : LinePath
        A run in which the epochs are recorded.
    epochs : list of int
        Which pictures.

    Returns
    -------
    DataFrame
        ``x`` and one column for each epoch.
    """
    rows = np.searchsorted(path.steps, epochs)
    curves = outputs(path.parameters, GRID)[rows]
    norm = mpl.colors.LogNorm(1, max(epochs) + 1)
    for ax, row, curve, epoch in zip(axes.flat, rows, curves, epochs, strict=True):
        _draw_data(ax, data)
        ax.plot(GRID, curve, color=SHADES(norm(epoch + 1)), lw=2.6)
        ax.plot(path.kinks[row], np.full(path.kinks.shape[1], -1.75), "|", color="k", ms=11, mew=1.2)
        ax.set_title(f"$k = {epoch}$", loc="left")
        ax.set_ylim(-2, 2.3)
    return pd.DataFrame(curves.T, columns=[f"k={epoch}" for epoch in epochs]).assign(x=GRID)


def draw_kinks(axes, table: pd.DataFrame, prediction: np.ndarray) -> None:
    """Draw one panel of Figure 2: the excess loss (left axis, logarithmic) and all kinks (right axis).

    Parameters
    ----------
    axes : matplotlib axes
        The panel.
    table : DataFrame
        See :func:`studies.inconsistency.kink_paths.kink_table`.
    prediction : ndarray of shape (len(table),)
        A theory's excess loss, drawn dashed.
    """
    right = axes.twinx()
    axes.semilogy(table["epoch"], table["excess"], color=COLOURS[1], lw=3)
    axes.semilogy(table["epoch"], prediction, color=COLOURS[0], lw=1.6, ls="--")
    axes.set(xlabel="epoch $k$", ylabel="excess loss")
    right.plot(table["epoch"], table.filter(like="kink_"), color="k", lw=0.7)
    right.set(ylim=(-0.22, 0.22), yticks=[-0.2, -0.1, 0, 0.1, 0.2], ylabel="kinks")
    right.spines["right"].set_visible(True)
    right.grid(False)
    axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(4))
