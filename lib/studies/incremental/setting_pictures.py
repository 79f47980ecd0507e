"""Figures of the page on the setting of paper 003: tables in, figures out."""

import numpy as np
import pandas as pd

from companion import figures

COLOURS = figures.COLOURS


def coordinates(table):
    """Draw the coordinates of one neuron while it is small; return figure and data."""
    fig, ax = figures.canvas(height=3.3)
    seen = set()
    for _, rows in table.groupby("point"):
        start, pull = rows["z"].iloc[0], rows["pull"].iloc[0]
        kind = (
            "inactive: never moves"
            if start <= 0
            else "label of its sign: grows"
            if pull > 0
            else "other sign: falls to 0, stays"
        )
        index = ("label of its sign: grows", "other sign: falls to 0, stays", "inactive: never moves").index(
            kind
        )
        ax.plot(
            rows["t"], rows["z"], color=COLOURS[index], linestyle=("-", "--", ":")[index],
            linewidth=1.6, label=None if kind in seen else kind,
        )  # fmt: skip
        seen.add(kind)
    ax.set(xlabel="time $t$", ylabel=r"$\langle w_j, x_i\rangle/\lambda$")
    ax.legend(loc="upper left")
    return fig, table


def balance(epochs, gaps, predicted, rates):
    """Draw the gap of balance over epochs with its prediction, and over the learning rate; return figure and data."""
    fig, ((start, jumps), (below, spare)) = figures.canvas(2, 2, height=2.7)
    grid = below.get_gridspec()
    below.remove()
    spare.remove()
    over = fig.add_subplot(grid[1, :])
    floor = 1e-13
    largest = predicted.max(axis=1)
    shown = largest > floor
    for axis, width in ((start, 1.4), (jumps, 1.2)):
        for j in range(gaps.shape[1]):
            axis.plot(epochs / 1e3, np.maximum(gaps[:, j], floor), color=COLOURS[j], linewidth=width,
                      linestyle=figures.LINE_STYLES[j % len(figures.LINE_STYLES)])  # fmt: skip
        axis.set(yscale="log", ylim=(floor, 3e-3), xlabel="epoch (thousands)")
    start.plot(
        epochs[shown] / 1e3, largest[shown], color="0.82", linewidth=6.0, zorder=1, label="predicted, largest"
    )
    start.set(ylabel=r"$\log(\|w_j\|^2/a_j^2)$", xlim=(0, 20), title="the start")
    start.legend(loc="upper right")
    jumps.set(xlim=(480, epochs[-1] / 1e3), title="the jumps")
    jumps.tick_params(labelleft=False)
    names = {"largest": "largest", "one step": "after one epoch", "end": "at the end"}
    for (name, label), style in zip(
        names.items(), figures.series_styles(names, markers=True).values(), strict=True
    ):
        over.plot(rates["rate"], rates[name], label=label, **style)
    over.set(xscale="log", yscale="log", xlabel=r"learning rate $\eta$", title="over the rate")
    over.set_xticks(rates["rate"], [f"{rate:g}" for rate in rates["rate"]])
    over.minorticks_off()
    over.legend(loc="center right", bbox_to_anchor=(1.0, 0.42))
    run = pd.DataFrame(gaps, columns=[f"gap of neuron {j}" for j in range(gaps.shape[1])])
    run.insert(0, "epoch", epochs)
    return fig, pd.concat([run.assign(panel="run"), rates.assign(panel="rates")], ignore_index=True)


def family(table, process):
    """Draw losses over time and over time divided by L; return figure and data."""
    fig, axes = figures.canvas(1, 2, height=3.2, sharey=True)
    lengths = sorted(table["L"].unique())
    for length, part in zip(lengths, np.linspace(0, 1, len(lengths)), strict=True):
        rows, colour = table[table["L"] == length], (0.65 - 0.65 * part, 0.75 - 0.6 * part, 0.95 - 0.4 * part)
        for ax, column in zip(axes, ("t", "accelerated"), strict=True):
            ax.plot(rows[column], rows["loss"], color=colour, linewidth=1.5, label=f"$L={length:g}$")
    end = 1.25 * process.times[-1]
    steps = np.concatenate([[0.0], process.times, [end]])
    levels = np.append(process.losses, process.losses[-1])
    axes[1].step(
        steps, levels, where="post", color=COLOURS[1], linestyle="--", linewidth=1.5, label=r"$L\to\infty$"
    )
    axes[0].set(xlabel="time $t$", ylabel="loss", xscale="log", xlim=(20, None))
    axes[1].set(xlabel="$t / L$", xlim=(0, end))
    axes[1].legend(loc="upper right")
    return fig, table
