"""Figures of the page on convergence to the jump process, and the small tables beside them."""

import numpy as np
import pandas as pd

from companion import figures

COLOURS, MARKERS = figures.COLOURS, figures.MARKERS
NAMES = {"0": "seed 0", "1094": "seed 1094", "B": "B"}


def offsets_table(table, lengths):
    """Return measured offsets for some L and the predicted ones as text, one row for each jump of each instance."""
    rows = []
    for (name, jump), part in table.groupby(["instance", "jump"], sort=False):
        row = {"jump": f"{name}, {jump}"}
        values = part.set_index("L")["offset"]
        row |= {f"${length:g}$": _two_places(values[length]) for length in lengths}
        rows.append(row | {"$C_k$": _two_places(part["predicted"].iloc[0])})
    return pd.DataFrame(rows)


def _two_places(value):
    return f"{value:.2f}".replace("-", "−")


def errors(table, half_width):
    """Draw the largest errors off the windows against L, with what theory predicts; return figure and data."""
    fig, axes = figures.canvas(1, 2, height=3.2)
    part = table[table["half_width"] == half_width]
    for i, (name, rows) in enumerate(part.groupby("instance", sort=False)):
        style = {"color": COLOURS[i], "marker": MARKERS[i]}
        axes[0].plot(rows["L"], rows["norms"], linestyle="none", label=NAMES[name], **style)
        axes[0].plot(rows["L"], rows["predicted"], color=COLOURS[i], linewidth=1.1, linestyle="--")
        axes[1].plot(rows["L"], np.maximum(rows["loss"], 1e-17), **style, label=NAMES[name])
    for axis, title in zip(axes, ("norms", "loss"), strict=True):
        axis.set(yscale="log", xlabel="$L$", title=title, xticks=[0, 1000, 2000])
    axes[0].set(ylabel="largest error off the jumps", ylim=(1e-6, 3))
    axes[1].set_ylim(1e-12, 1)
    axes[0].legend(loc="lower left")
    return fig, part


def order(agreement):
    """Draw the share of draws that follow Algorithm 1 and the error of the norm against L; return figure and data."""
    fig, axes = figures.canvas(1, 2, height=3.2)
    for i, (signs, rows) in enumerate(agreement.groupby("signs", sort=False)):
        style = {"color": COLOURS[i], "linestyle": figures.LINE_STYLES[i], "marker": MARKERS[i]}
        axes[0].plot(rows["L"], rows["listed"], label=signs, **style)
        axes[0].fill_between(rows["L"], rows["listed_low"], rows["listed_high"], color=COLOURS[i], alpha=0.18)
        axes[1].plot(rows["L"], rows["error"], **style)
        axes[1].fill_between(rows["L"], rows["error_low"], rows["error_high"], color=COLOURS[i], alpha=0.18)
    for axis in axes:
        axis.set(xscale="log", xlabel="$L$")
        axis.set_xticks([20, 100, 1000], ["20", "100", "1000"])
        axis.minorticks_off()
    axes[0].set(ylim=(-0.02, 1.04), title="same neurons, same order")
    axes[1].set(yscale="log", title="relative error of $\\|\\theta\\|^2$")
    axes[0].legend(loc="lower right")
    return fig, agreement


def powers(table):
    """Draw measured against predicted powers of the deviations; return figure and data."""
    fig, axis = figures.canvas(height=3.6)
    for i, (signs, rows) in enumerate(table.groupby("signs", sort=False)):
        axis.plot(
            rows["predicted"],
            rows["measured"],
            MARKERS[i],
            color=COLOURS[i],
            markersize=4.5,
            alpha=0.7,
            label=signs,
        )
    ends = np.array([0.8 * table["predicted"].min(), 1.2 * table["predicted"].max()])
    axis.plot(ends, ends, color="black", linewidth=1)
    axis.set(xscale="log", yscale="log", xlabel="power, predicted", ylabel="power, measured")
    axis.minorticks_off()
    ticks = [0.005, 0.01, 0.02, 0.05]
    axis.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axis.set_yticks(ticks, [f"{t:g}" for t in ticks])
    axis.set(xlim=ends, ylim=(ends[0], 1.05 * max(ends[1], table["measured"].max())))
    axis.legend(loc="lower right")
    return fig, table
