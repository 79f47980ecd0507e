"""Figures of the page on the background of paper 003: tables in, figures out."""

import numpy as np
import pandas as pd

from companion import figures

COLOURS = figures.COLOURS


def choices(paths, ends):
    """Draw a coordinate that starts at zero for each choice, pushed up and pushed down; return figure and data."""
    fig, axes = figures.canvas(1, 2, height=3.2)
    names = list(paths["choice"].unique())
    for name, style in zip(names, figures.series_styles(names).values(), strict=True):
        rows = paths[paths["choice"] == name]
        axes[0].plot(rows["t"], rows["z_2"], label=name, **style)
    axes[0].set(xlabel="time $t$", ylabel=r"$\langle w, x_2\rangle$", title="pushed up")
    axes[0].legend(title=r"$\xi$", loc="center right", bbox_to_anchor=(1.0, 0.42))
    shown = ends[ends["choice"] > 0]
    for k, (choice, rows) in enumerate(shown.groupby("choice")):
        axes[1].plot(
            rows["rate"], -rows["z_2"], marker="so"[k], color=COLOURS[1 + k], linestyle=("--", "-.")[k],
            label=rf"$\xi={choice:g}$",
        )  # fmt: skip
    axes[1].set(
        xscale="log",
        yscale="log",
        xlabel=r"learning rate $\eta$",
        ylabel=r"$-\langle w, x_2\rangle$ at the end",
    )
    ticks = sorted(shown["rate"].unique())
    axes[1].set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes[1].set_yticks([0.002, 0.005, 0.01, 0.02], ["0.002", "0.005", "0.01", "0.02"])
    axes[1].minorticks_off()
    axes[1].set(title="pushed down")
    axes[1].legend(loc="lower right")
    return fig, pd.concat([paths.assign(panel="up"), ends.assign(panel="down")], ignore_index=True)


def escapes(table, offsets, predicted):
    """Draw escape times of one instance between their bounds, and offsets of several over L; return figure and data."""
    fig, axes = figures.canvas(1, 2, height=3.3)
    axes[0].fill_between(table["L"], table["lower"], table["upper"], color="0.88", label="between the bounds")
    axes[0].plot(table["L"], table["lower"], color="0.25", linestyle="--", linewidth=1.2)
    axes[0].plot(table["L"], table["upper"], color="0.25", linestyle="--", linewidth=1.2)
    axes[0].plot(
        table["L"], table["escape"], marker="o", linestyle="none", color=COLOURS[0], label="measured"
    )
    axes[0].set(xscale="log", yscale="log", xlabel="$L$", ylabel="escape time")
    axes[0].legend(loc="upper left")
    for k, (name, rows) in enumerate(offsets.groupby("instance", sort=False)):
        colour = COLOURS[k % len(COLOURS)]
        axes[1].axhline(predicted[name], color="0.25", linestyle="--", linewidth=1)
        axes[1].plot(rows["L"], rows["offset"], color=colour, marker=figures.MARKERS[k], linewidth=1.3)
    axes[1].set(xscale="log", xlabel="$L$", ylabel=r"$t_{1/2} - L\tau_1$")
    for ax in axes:
        ax.set_xticks([25, 100, 400], ["25", "100", "400"])
        ax.minorticks_off()
    return fig, pd.concat([table.assign(panel="times"), offsets.assign(panel="offsets")], ignore_index=True)


def blocks(rates, alignments):
    """Return a table of the 2 x 2 blocks: growth rate, and parts of the start along growth and as printed."""
    return pd.DataFrame(
        {
            "neuron": np.arange(len(rates)),
            "rate": rates,
            "growing": (1 + alignments) / np.sqrt(2),
            "printed": (1 - alignments) / np.sqrt(2),
        }
    )
