"""Figures 1 and 3: the staircase of losses, the fitted points and the norms of one run; runs in, figures out."""

import numpy as np
import pandas as pd

from companion import figures
from twolayer.jump_process import limit_weights

_GUIDE = {"color": "0.45", "linewidth": 0.9, "linestyle": (0, (4, 3)), "zorder": 1}


def neuron_styles(process, neurons):
    """Return a colour and dashes for each neuron, in the order in which they jump; grey for those that do not."""
    styles = {j: {"color": "0.6", "linestyle": ":"} for j in range(neurons)}
    for k, j in enumerate(process.neurons):
        colour = figures.COLOURS[k % len(figures.COLOURS)]
        styles[int(j)] = {"color": colour, "linestyle": figures.LINE_STYLES[k % len(figures.LINE_STYLES)]}
    return styles


def first_epoch(run):
    """Return the epoch at which the pictures begin: 0.97 of that of the first jump."""
    return 0.97 * float(run.predicted_epochs[0])


def _frame(axis, run, begin):
    for epoch in run.predicted_epochs:
        axis.axvline(epoch / 1000, **_GUIDE)
    axis.set_xlim(begin / 1000, run.path.epochs[-1] / 1000)
    axis.grid(False)


def _name_jumps(axis, run):
    """Write tau_k above the axis; names that would touch each other are left out."""
    low, high = axis.get_xlim()
    last = -np.inf
    for k, epoch in enumerate(run.predicted_epochs, start=1):
        if epoch / 1000 - last > 0.045 * (high - low):
            axis.annotate(
                rf"$\tau_{k}$", (epoch / 1000, 1.0), (0, 3), xycoords=("data", "axes fraction"),
                textcoords="offset points", ha="center", fontsize=10.5, color="0.25",
            )  # fmt: skip
            last = epoch / 1000


def draw_losses(axis, run, *, label_epochs=True):
    """Draw the loss over the epochs, with Algorithm 1 behind: its times dashed, the losses of its saddles dotted.

    Parameters
    ----------
    axis : matplotlib axes
        Where to draw.
    run : studies.incremental.staircase.Staircase
        The run.
    label_epochs : bool
        Whether to name the horizontal axis.

    Returns
    -------
    DataFrame
        What is drawn: columns epoch and loss.
    """
    begin = first_epoch(run)
    shown = run.path.epochs >= begin
    for loss in run.process.losses:
        axis.axhline(loss, color="0.6", linewidth=0.9, linestyle=":", zorder=1)
    _frame(axis, run, begin)
    axis.plot(run.path.epochs[shown] / 1000, run.path.losses[shown], color=figures.COLOURS[0], linewidth=2.2)
    axis.set(ylabel="loss", ylim=(-0.03 * run.process.losses[0], 1.06 * run.process.losses[0]))
    _name_jumps(axis, run)
    if label_epochs:
        axis.set_xlabel("epoch (thousands)")
    return pd.DataFrame({"epoch": run.path.epochs[shown], "loss": run.path.losses[shown]})


def draw_fitted(axis, run, threshold=0.5):
    """Draw the number of fitted points, with the numbers of Algorithm 1 dotted; return what is drawn."""
    begin, epochs = first_epoch(run), run.snapshot_epochs
    shown = epochs >= begin
    counts = np.concatenate([[0], np.cumsum(run.process.counts)])
    for count in counts:
        axis.axhline(count, color="0.6", linewidth=0.9, linestyle=":", zorder=1)
    _frame(axis, run, begin)
    fitted = run.fitted(threshold)
    axis.plot(
        epochs[shown] / 1000, fitted[shown], color=figures.COLOURS[2], linewidth=2.2, drawstyle="steps-post"
    )
    axis.set(ylabel="fitted points", yticks=[0, *counts[1:4], counts[-1]])
    axis.set_ylim(-2, 1.05 * counts[-1])
    return pd.DataFrame({"epoch": epochs[shown], "fitted": fitted[shown]})


def draw_norms(axis, run):
    r"""Draw the norms, with :math:`\sqrt{Y_k}` dotted, and name each neuron at its jump; return what is drawn."""
    begin, path, process = first_epoch(run), run.path, run.process
    shown, m = path.epochs >= begin, path.log_norms.shape[1]
    styles, norms = neuron_styles(process, m), np.exp(path.log_norms[shown])
    _, limits = limit_weights(process, run.instance.y, run.instance.signs)
    _frame(axis, run, begin)
    for j in range(m):
        axis.plot(path.epochs[shown] / 1000, norms[:, j], color=styles[j]["color"])
    heights = np.abs(limits[process.neurons])
    for k, (j, height) in enumerate(zip(process.neurons, heights, strict=True)):
        axis.axhline(height, color=styles[int(j)]["color"], linewidth=0.9, linestyle=":", zorder=1)
        crowded = ((heights > height) & (heights < height + 0.1 * heights.max())).any()
        axis.annotate(
            f"{j}", (run.predicted_epochs[k] / 1000, height), (9, -13) if crowded else (4, 3), fontsize=10,
            textcoords="offset points", color=styles[int(j)]["color"], fontweight="bold",
        )  # fmt: skip
    axis.set(ylabel=r"norms $\|w_j\|$", xlabel="epoch (thousands)")
    axis.set_ylim(-0.08, 1.12 * np.abs(limits).max())
    columns = {"epoch": path.epochs[shown]} | {f"norm_{j}": norms[:, j] for j in range(m)}
    return pd.DataFrame(columns)


def figure_one(run):
    """Draw Figure 1: losses, fitted points and norms over the same epochs; return figure and data."""
    fig, axes = figures.canvas(3, 1, height=2.3, sharex=True)
    fig.set_figwidth(figures.WIDTH[2])
    parts = [
        draw_losses(axes[0], run, label_epochs=False),
        draw_fitted(axes[1], run),
        draw_norms(axes[2], run),
    ]
    data = parts[0].merge(parts[1], on="epoch", how="left").merge(parts[2], on="epoch")
    return fig, data


def figure_three(run):
    r"""Draw Figure 3: norms on a logarithmic axis with :math:`L\rho_j` of Algorithm 1 dashed; return figure and data.

    Above the whole run, below from shortly before the first jump on.
    """
    fig, axes = figures.canvas(2, 1, height=3.0)
    fig.set_figwidth(figures.WIDTH[2])
    path, process, scale = run.path, run.process, run.log_inverse_scale
    m, digits = path.log_norms.shape[1], np.log(10)
    styles = neuron_styles(process, m)
    grid = np.union1d(np.linspace(0, path.epochs[-1], 800), run.predicted_epochs)
    predicted = scale * process.exponents_at(grid * run.rate / scale) / digits
    for axis, begin in zip(axes, (0.0, first_epoch(run)), strict=True):
        shown, ahead = path.epochs >= begin, grid >= begin
        _frame(axis, run, begin)
        for j in range(m):
            axis.plot(path.epochs[shown] / 1000, path.log_norms[shown, j] / digits, color=styles[j]["color"],
                      alpha=0.55, linewidth=2.6)  # fmt: skip
            axis.plot(grid[ahead] / 1000, predicted[ahead, j], color=styles[j]["color"], linewidth=1.1,
                      linestyle=(0, (4, 2)), label=f"{j}")  # fmt: skip
        axis.set(ylabel=r"$\log_{10}\|w_j\|$")
        _name_jumps(axis, run)
    axes[1].set(xlabel="epoch (thousands)")
    handles, names = axes[0].get_legend_handles_labels()
    order = [names.index(f"{j}") for j in process.neurons] + [
        k for k, name in enumerate(names) if int(name) not in process.neurons
    ]
    axes[0].legend(
        [handles[k] for k in order], [names[k] for k in order], title="neuron", ncols=2, loc="upper left"
    )
    columns = {"epoch": path.epochs} | {f"log10_norm_{j}": path.log_norms[:, j] / digits for j in range(m)}
    return fig, pd.DataFrame(columns)
