"""Figures of the page on appendix F of paper 003: tables in, figures out."""

import numpy as np
import pandas as pd

from companion import figures
from twolayer.alignment import coordinate_bound_at

COLOURS = figures.COLOURS


def coordinates(flow, epsilon, pairs):
    """Draw gaps along a flow over epsilon, and gaps of pairs in the plane over v_i; return figure and data.

    ``pairs`` has the columns v and gap, a coordinate and its difference, of pairs with 1 - cosine at most epsilon.
    """
    fig, axes = figures.canvas(1, 2, height=3.3)
    for k, (plateau, rows) in enumerate(flow.groupby("plateau")):
        axes[0].plot(
            rows["epsilon"], rows["gap"], linestyle="none", marker=figures.MARKERS[k], markersize=3.5,
            color=COLOURS[k % len(COLOURS)], label=f"plateau {plateau}",
        )  # fmt: skip
    line = np.geomspace(flow["epsilon"].min(), flow["epsilon"].max(), 50)
    axes[0].plot(line, np.sqrt(2 * line), color="black", linestyle="--", linewidth=1.3)
    axes[0].set(xscale="log", yscale="log", xlabel=r"$\varepsilon=1-\cos$", ylabel=r"$\max_i|u_i-v_i|$")
    axes[0].legend(loc="lower right")
    grid = np.linspace(-1, 1, 401)
    axes[1].plot(pairs["v"], pairs["gap"], ".", markersize=2.5, color=COLOURS[0], alpha=0.6, rasterized=True)
    axes[1].plot(
        grid, coordinate_bound_at(epsilon, grid), color=COLOURS[1], linewidth=1.6, label="sharp at $v_i$"
    )
    axes[1].axhline(
        np.sqrt(2 * epsilon), color="black", linestyle="--", linewidth=1.3, label=r"$\sqrt{2\varepsilon}$"
    )
    axes[1].set(xlabel="$v_i$", ylabel="$|u_i-v_i|$", ylim=(0, 1.45 * np.sqrt(2 * epsilon)))
    axes[1].legend(loc="upper center", ncols=2)
    return fig, pd.concat([flow.assign(panel="flow"), pairs.assign(panel="pairs")], ignore_index=True)


def lemma(ratios, negative):
    """Draw the largest solution over the bound of Lemma 10, and a counterexample; return figure and data."""
    fig, axes = figures.canvas(1, 2, height=3.3)
    names = list(ratios["case"].unique())
    for name, style in zip(names, figures.series_styles(names).values(), strict=True):
        rows = ratios[ratios["case"] == name]
        axes[0].plot(rows["mu t"], rows["ratio"], label=name, **style)
    axes[0].set(xlabel=r"$\mu t$", ylabel="largest $f$ / bound", ylim=(0.0, 1.05))
    axes[0].set_yticks([0, 0.5, 1])
    axes[0].legend(loc="lower center", ncols=2, fontsize="x-small", columnspacing=1.0)
    axes[1].plot(negative["t"], negative["f"], color=COLOURS[0], label="a solution")
    axes[1].plot(negative["t"], negative["bound"], color=COLOURS[1], linestyle="--", label="“bound”")
    axes[1].set(xlabel="$t$", ylabel="$f$", title="$f(0) = -1$")
    axes[1].legend(loc="lower left")
    return fig, pd.concat(
        [ratios.assign(panel="ratio"), negative.assign(panel="negative start")], ignore_index=True
    )
