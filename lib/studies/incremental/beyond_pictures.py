"""Pictures of the page on points that are not quite orthogonal."""

import numpy as np
import pandas as pd
from matplotlib.ticker import FixedLocator, NullLocator

from companion.figures import COLOURS, canvas
from studies.incremental.beyond_summary import sliding_law

_LOOKS = {
    "returning": {"color": COLOURS[0], "marker": "o", "label": "with returns"},
    "algorithm": {"color": COLOURS[1], "marker": "s", "linestyle": "--", "label": "Algorithm 1"},
}


def staircases(runs, titles):
    """Draw the losses of several runs, each with its two predictions; return figure and data.

    Parameters
    ----------
    runs : sequence of CorrelatedRun
        Six at most, two in a row.
    titles : sequence of str
        What the points are.

    Returns
    -------
    figure, DataFrame
    """
    figure, axes = canvas((len(runs) + 1) // 2, 2, height=2.05, sharex=True, sharey=True, squeeze=False)
    begin = 0.85 * min(run.times.min() for run in runs)
    end = 1.04 * max(run.returning.times[-1] for run in runs)
    frames = []
    for axis, run, title in zip(axes.flat, runs, titles, strict=True):
        times = run.path.epochs * run.rate / run.length
        for process, look in (
            (
                run.algorithm,
                {"color": COLOURS[1], "linestyle": "--", "linewidth": 1.3, "label": "Algorithm 1"},
            ),
            (run.returning, {"color": "black", "linewidth": 1.2, "label": "with returns", "linestyle": ":"}),
        ):
            edges = np.concatenate([[0.0], process.times, [max(end, process.times[-1])]])
            axis.stairs(process.losses, edges, baseline=None, zorder=3, **look)
        axis.plot(times, run.path.losses, color=COLOURS[0], linewidth=2.4, alpha=0.75, label="training")
        axis.set_title(title, fontsize=10.5)
        axis.set(xlim=(begin, end))
        axis.grid(False)
        frames.append(pd.DataFrame({"points": title, "time": times, "loss": run.path.losses}))
    for axis in axes[-1]:
        axis.set_xlabel("time, divided by $L$")
    for axis in axes[:, 0]:
        axis.set_ylabel("loss")
    handles, names = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=3)
    data = pd.concat(frames)
    return figure, data[(data["time"] >= begin) & (data["time"] <= end)]


def vanishing(means):
    """Draw what the size of the correlation changes, as a power of the scale of the start; return figure and data."""
    figure, (left, right) = canvas(1, 2, height=3.3)
    power = means["power"]
    left.errorbar(
        power, means["norm"], 2 * means["norm_error"], linestyle="none", marker="o", color=COLOURS[0]
    )
    left.plot(power, means["returning_norm"], color="black", linestyle=":", linewidth=1.8)
    left.plot(power, means["algorithm_norm"], color=COLOURS[1], linestyle="--")
    left.set(xlabel=r"$\gamma=\log\varepsilon/\log\lambda$", ylabel="squared norm / least one")
    for name, look in _LOOKS.items():
        right.errorbar(
            power, 100 * means[f"{name}_points"], 200 * means[f"{name}_points_error"], capsize=2, **look
        )
    right.set(
        xlabel=r"$\gamma=\log\varepsilon/\log\lambda$", ylabel="points fitted at the time, %", ylim=(0, 106)
    )
    for axis in (left, right):
        axis.axvline(1.0, color="0.6", linewidth=1.0)
        axis.set_xticks([0, 0.25, 0.5, 0.75, 1.0])
    handles = [left.lines[0], left.lines[1], left.lines[2]]
    figure.legend(
        [left.containers[0], *handles[1:]],
        ["training", "with returns", "Algorithm 1"],
        loc="outside lower center",
        ncols=3,
    )
    return figure, means


def gaussian(means):
    """Draw errors of the predictions against the ratio of dimension to number; return figure and data."""
    figure, (left, right) = canvas(1, 2, height=3.4)
    ratio = means["ratio"]
    for name, look in _LOOKS.items():
        first, low, high = (100 * means[f"{name}_first{end}"] for end in ("", "_low", "_high"))
        left.plot(ratio, first, **look)
        left.fill_between(ratio, low, high, color=look["color"], alpha=0.15, linewidth=0)
        right.errorbar(
            ratio, 100 * means[f"{name}_points"], 200 * means[f"{name}_points_error"], capsize=2, **look
        )
    left.plot(ratio, 100 * means["straight_first"], color=COLOURS[2], marker="^", label="without sliding")
    law = means["returning_first"] + sliding_law(ratio)
    left.plot(ratio, 100 * law, color="black", linestyle=":", label="$1/(8r)$ later")
    left.axhline(0.0, color="0.5", linewidth=0.8)
    left.set(ylabel="first jump late by, %")
    right.set(ylabel="points fitted at the time, %", ylim=(0, 106))
    for axis in (left, right):
        axis.set_xscale("log")
        axis.xaxis.set_major_locator(FixedLocator([1, 4, 16, 64, 256, 1024]))
        axis.xaxis.set_minor_locator(NullLocator())
        axis.set_xticklabels(["1", "4", "16", "64", "256", "1024"])
        axis.set_xlabel("$r=d/n$")
    handles, names = left.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=2)
    return figure, means
