"""Figures of the page on the limit process: jump processes and runs in, figures out."""

from dataclasses import astuple

import numpy as np
import pandas as pd

from companion import figures
from studies.incremental.staircase_pictures import neuron_styles
from twolayer.saddle_flow import saddle_flow


def _exponents(axis, instance, process, length, factor):
    y, directions, signs = astuple(instance)
    path = saddle_flow(directions, signs, y, -length, factor=factor)
    end = 1.08 * process.times[-1]
    shown = path.times <= end * length
    times = np.append(path.times[shown] / length, end)
    rows = (
        np.vstack([path.log_norms[shown], path.log_norms[-1 if path.finished else shown.sum() - 1]]) / length
    )
    styles, breaks = neuron_styles(process, signs.size), np.concatenate([[0.0], process.times, [end]])
    for j, style in styles.items():
        axis.plot(times, rows[:, j], color=style["color"], linewidth=2.6, alpha=0.45, solid_capstyle="butt")
        axis.plot(breaks, process.exponents_at(breaks)[:, j], color=style["color"], linewidth=1.2)
        jumps = np.flatnonzero(process.neurons == j)
        if jumps.size:
            axis.plot(process.times[jumps], [0.0], "o", color=style["color"], markersize=5, zorder=3)
            axis.annotate(
                str(j), (process.times[jumps[0]], 0.0), (0, 5), textcoords="offset points", ha="center",
                color=style["color"], fontweight="bold",
            )  # fmt: skip
    axis.set(ylim=(-1.04, 0.1), xlim=(0, end), xlabel="time$/L$", ylabel=r"$\rho_j$")
    columns = {f"flow_{j}": rows[:, j] for j in styles}
    columns |= {f"algorithm_{j}": process.exponents_at(times)[:, j] for j in styles}
    return pd.DataFrame({"time": times} | columns)


def exponents(small, small_process, large, large_process, *, lengths, factor):
    r"""Draw the exponents of two instances, of the flow (broad) and of Algorithm 1 (thin); return figure and data.

    Parameters
    ----------
    small, large : OrthogonalInstance
        What to draw above and below.
    small_process, large_process : JumpProcess
        Their jumps.
    lengths : pair of float
        :math:`L` of the runs.
    factor : float
        c of the small instance.
    """
    fig, axes = figures.canvas(2, 1, height=2.9)
    fig.set_figwidth(figures.WIDTH[2])
    parts = [
        _exponents(axes[0], small, small_process, lengths[0], factor).assign(panel="small"),
        _exponents(axes[1], large, large_process, lengths[1], 1.0).assign(panel="large"),
    ]
    axes[1].set(xlim=(0.8 * large_process.times[0], None), ylim=(-0.32, 0.05))
    axes[0].set_title(f"six points, five neurons; flow at $L={lengths[0]:g}$")
    axes[1].set_title(f"{large.y.size} points, {large.signs.size} neurons; flow at $L={lengths[1]:g}$")
    return fig, pd.concat(parts, ignore_index=True)


def closed_forms(plateau, jump):
    """Draw directions on a plateau and the share that is fitted in a jump, integrated and by formula."""
    fig, axes = figures.canvas(1, 2, height=2.9)
    for i, (j, rows) in enumerate(plateau.groupby("neuron")):
        colour, rest = figures.COLOURS[i], 1 - rows[["cosine", "cosine formula"]]
        axes[0].plot(rows["time"], rest["cosine"], figures.MARKERS[i], color=colour, markersize=4)
        axes[0].plot(rows["time"], rest["cosine formula"], color=colour, linewidth=1.2, label=f"neuron {j}")
    axes[0].set(
        xlabel="time",
        ylabel=r"$1-\cos(w_j, s_jD_j)$",
        title="plateau: $\\tanh$",
        yscale="log",
        yticks=[1, 1e-3, 1e-6],
    )
    axes[0].legend(loc="upper right")
    axes[1].plot(jump["time"], jump["share"], "o", color=figures.COLOURS[0], markersize=4)
    axes[1].plot(jump["time"], jump["formula"], color="black", linewidth=1.2)
    axes[1].set(xlabel="time from half height", ylabel=r"$\|w\|^2/Y$", title="jump: logistic")
    return fig, pd.concat([plateau.assign(panel="plateau"), jump.assign(panel="jump")], ignore_index=True)
