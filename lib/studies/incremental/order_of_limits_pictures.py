"""Pictures of the two limits: a map over both, cuts along each, and the scaling variable between them."""

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.ticker import FixedLocator, NullLocator

from companion import figures
from studies.incremental.order_of_limits_summary import ONE_BY_ONE, TOGETHER


def _plain_log_axis(axis, values, label):
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(FixedLocator(values))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.set_xticklabels([f"{int(v)}" for v in values])
    axis.set_xlabel(label)


def heat_map(summary):
    """Draw the mean ratio over sample size and L, each cell with its value; return figure and data."""
    grid = summary.pivot(index="length", columns="points", values="ratio")
    fig, axis = figures.canvas(height=4.2)
    image = axis.imshow(
        grid,
        origin="lower",
        cmap="cividis",
        norm=Normalize(1.0, ONE_BY_ONE),
        aspect="auto",
        interpolation="nearest",
    )
    for row, values in enumerate(grid.to_numpy()):
        for column, value in enumerate(values):
            if np.isfinite(value):
                colour = "white" if value < 1.75 else "black"
                axis.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=8.5, color=colour)
    axis.set_xticks(range(grid.shape[1]), [f"{n}" for n in grid.columns], rotation=45)
    axis.set_yticks(range(grid.shape[0]), [f"{length:g}" for length in grid.index])
    axis.set(xlabel="points $n$", ylabel=r"$L=\log(1/\lambda)$")
    axis.grid(False)
    # The line on which the scaling variable is one, in cell coordinates.
    widths = summary.groupby("points")["width"].first()
    lengths = np.sqrt(widths.index / np.log(widths))
    step = np.log(grid.index[1] / grid.index[0])
    line = np.log(lengths / grid.index[0]) / step
    axis.plot(range(grid.shape[1]), line, color="#D55E00", linestyle="--", label=r"$L\sqrt{\ln m/n}=1$")
    axis.set(xlim=(-0.5, grid.shape[1] - 0.5), ylim=(-0.5, grid.shape[0] - 0.5))
    axis.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), fontsize=9)
    fig.colorbar(
        image, ax=axis, label="squared norm / optimum", ticks=[1, TOGETHER, 2, ONE_BY_ONE]
    ).ax.set_yticklabels(["1", r"$\sqrt{2}$", "2", r"$1{+}\sqrt{2}$"])
    return fig, summary


def cuts(summary, lengths, least=16):
    """Draw the ratio over the sample size at fixed L, and that of Algorithm 1; return figure and data."""
    fig, axis = figures.canvas(height=3.8)
    labels = [f"$L={length:g}$" for length in lengths]
    styles = figures.series_styles([*labels, "algorithm"], markers=True)
    for length, label in zip(lengths, labels, strict=True):
        part = summary[(summary["length"] == length) & (summary["points"] >= least)].sort_values("points")
        axis.errorbar(
            part["points"],
            part["ratio"],
            2 * part["error"].fillna(0),
            label=label,
            capsize=2,
            **styles[label],
        )
    part = summary.sort_values("length").groupby("points").first()
    axis.plot(
        part.index, part["algorithm_ratio"], label="Algorithm 1", **(styles["algorithm"] | {"color": "0.35"})
    )
    for level, name in ((TOGETHER, r"$\sqrt{2}$"), (ONE_BY_ONE, r"$1+\sqrt{2}$")):
        axis.axhline(level, color="black", linewidth=1, linestyle=":")
        axis.annotate(
            name,
            (1.0, level),
            (3, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
        )
    _plain_log_axis(axis, [16, 64, 256, 1024, 4096, 16384], "points $n$")
    axis.set_ylabel("squared norm / optimum")
    axis.legend(fontsize=9, ncols=3, loc="lower left", bbox_to_anchor=(0.0, 1.0))
    return fig, summary[summary["length"].isin(lengths)]


def collapse(summary, least=128):
    """Draw the part of the way to Algorithm 1 over L and over the scaling variable; return figure and data."""
    chosen = summary[summary["points"] >= least]
    fig, axes = figures.canvas(2, 1, height=2.7, sharey=True)
    labels = [f"{n}" for n in sorted(chosen["points"].unique())]
    styles = figures.series_styles(labels, markers=True)
    for label in labels:
        part = chosen[chosen["points"] == int(label)].sort_values("length")
        axes[0].plot(part["length"], part["progress"], label=label, **styles[label])
        axes[1].plot(part["variable"], part["progress"], **styles[label])
    for axis, name in zip(axes, (r"$L$", r"$L\sqrt{\ln m/n}$"), strict=True):
        axis.set(xscale="log", xlabel=name, ylabel="part of the way", ylim=(-0.3, 1.1))
        axis.axhline(0.5, color="0.5", linewidth=1, linestyle=":")
    axes[0].legend(title="$n$", ncols=2, fontsize=8.5)
    return fig, chosen
