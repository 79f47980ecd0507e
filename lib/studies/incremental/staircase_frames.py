"""Pictures for two sliders: the neurons through all jumps of one run, and the loss as the start becomes smaller."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.layout_engine import PlaceHolderLayoutEngine

from companion import figures
from studies.incremental.staircase_directions import draw_directions, look
from studies.incremental.staircase_pictures import first_epoch, neuron_styles

ALIGNMENT = (0, 1_000, 2_000, 4_000, 8_000, 20_000)
"""Epochs at the start of a run, while the neurons turn to their first directions."""

WIDTHS = (-4.0, -1.5, -0.5, 0.5, 1.5, 4.0)
r"""Distances from a jump at which it is drawn, in units of its width :math:`n / (2cY_k\eta)`."""


# Axes stand at fixed places: a layout computed for each picture anew would let them tremble.
_FIXED = PlaceHolderLayoutEngine(adjust_compatible=True, colorbar_gridspec=True)


def frame_epochs(run, widths=WIDTHS, alignment=ALIGNMENT, between=4):
    """Return the epochs to draw: close to each other while the neurons align and around jumps, else far apart."""
    e1, last = run.half_heights[0], run.path.epochs[-1]
    width = run.instance.y.size / (2 * run.factor * run.process.label_norms * run.rate)
    around = (run.half_heights[:, None] + np.outer(width, widths)).ravel()
    waiting = np.linspace(0, e1, between + 2)[1:-1]
    chosen = np.concatenate([alignment, waiting, around])
    chosen = np.unique(np.round(chosen[(chosen >= 0) & (chosen < last)]).astype(int))
    return np.unique(run.snapshot_epochs[np.searchsorted(run.snapshot_epochs, chosen, side="right") - 1])


def journey(run, epochs, plane):
    """Draw the neurons at given epochs beside the loss and the norms of the whole run.

    Parameters
    ----------
    run : studies.incremental.staircase.Staircase
        The run.
    epochs : sequence of int
        When.
    plane : ndarray of shape (n, 2)
        Basis of the plane of :mod:`studies.incremental.staircase_directions`.

    Returns
    -------
    pictures : list of matplotlib figures
        One for each epoch.
    labels : list of str
        What to say beside the slider.
    data : DataFrame
        All neurons in all pictures.
    """
    styles = neuron_styles(run.process, run.instance.signs.size)
    begin, path = first_epoch(run), run.path
    shown = path.epochs >= begin
    x, norms = path.epochs[shown] / 1000, np.exp(path.log_norms[shown])
    pictures, parts = [], []
    for epoch in epochs:
        fig = Figure(figsize=(figures.WIDTH[1], 5.3), layout=_FIXED)
        disc = fig.add_axes((0.15, 0.33, 0.7, 0.67))
        left, right = fig.add_axes((0.1, 0.1, 0.38, 0.21)), fig.add_axes((0.6, 0.1, 0.38, 0.21))
        seen, now = look(run, epoch, plane), np.searchsorted(path.epochs, epoch)
        draw_directions(disc, seen, styles)
        disc.text(-1.45, 1.12, _label(epoch), va="top", fontsize=11)
        left.plot(x, path.losses[shown], color="0.35", linewidth=1.6)
        for j in range(norms.shape[1]):
            right.plot(x, norms[:, j], color=styles[j]["color"], linewidth=1.6)
        for axis, title in ((left, "loss"), (right, "norms")):
            axis.vlines(run.predicted_epochs / 1000, 0, 1, transform=axis.get_xaxis_transform(), color="0.8",
                        linewidth=0.8, zorder=0)  # fmt: skip
            axis.axvline(max(epoch, begin) / 1000, color="0.1", linewidth=1.2, zorder=3)
            axis.set(xlim=(x[0], x[-1]), ylim=(0, None), xlabel="epoch (thousands)")
            axis.set_title(title, fontsize=10.5, pad=3)
            _plain(axis)
        left.plot(
            max(epoch, begin) / 1000, path.losses[now], marker="o", color="0.1", markersize=6, clip_on=False
        )
        pictures.append(fig)
        parts.append(seen.assign(epoch=epoch, loss=path.losses[now]))
    return pictures, [_label(epoch) for epoch in epochs], pd.concat(parts, ignore_index=True)


def _plain(axis):
    """Write ticks as plain text, which takes half the time of formulas, and draw no grid."""
    axis.xaxis.set_major_formatter("{x:g}")
    axis.yaxis.set_major_formatter("{x:g}")
    axis.grid(False)


def _label(epoch):
    return f"epoch {epoch:,}".replace(",", "\u202f")


def power_of_ten(scale):
    r"""Return :math:`e^{-L}` as text, to one digit: ``6e-22``, or ``1e-869`` beyond the range of floats."""
    exponent = -scale / np.log(10)
    whole = int(np.floor(exponent))
    digit = round(10 ** (exponent - whole))
    return f"{digit % 9 if digit == 10 else digit}e{whole + (digit == 10)}"


def morph(family, process):
    """Draw the loss and the norms over accelerated time for each scale, with Algorithm 1 behind.

    Parameters
    ----------
    family : list of studies.incremental.staircase_scales.ScaledRun
        Runs of the same instance.
    process : JumpProcess
        The prediction for it.

    Returns
    -------
    pictures, labels, data
        As of :func:`journey`.
    """
    m = family[0].log_norms.shape[1]
    styles, end = neuron_styles(process, m), 1.08 * process.times[-1]
    steps = np.concatenate([[0.0], process.times, [end]])
    losses = np.append(process.losses, process.losses[-1])
    pictures, parts = [], []
    for one in family:
        fig = Figure(figsize=(figures.WIDTH[1], 4.2), layout=_FIXED)
        above, below = fig.add_axes((0.12, 0.57, 0.85, 0.4)), fig.add_axes((0.12, 0.12, 0.85, 0.4))
        above.step(steps, losses, where="post", color="0.78", linewidth=5, zorder=1, label="Algorithm 1")
        above.plot(one.times, one.losses, color=figures.COLOURS[0], linewidth=2.2, zorder=2, label="training")
        above.legend(loc="lower left")
        for k, (j, label_norm) in enumerate(zip(process.neurons, process.label_norms, strict=True)):
            colour = styles[int(j)]["color"]
            height = np.sqrt(label_norm)
            below.plot([0, process.times[k], process.times[k], end], [0, 0, height, height], color=colour, alpha=0.28,
                       linewidth=4.5, zorder=1)  # fmt: skip
        for j in range(m):
            below.plot(
                one.times, np.exp(one.log_norms[:, j]), color=styles[j]["color"], linewidth=1.7, zorder=2
            )
        for axis in (above, below):
            axis.set(xlim=(0, end), xticks=range(0, int(end), 5))
            _plain(axis)
        above.set(ylabel="loss", xticklabels=[], ylim=(-0.02, 1.1 * process.losses[0]))
        above.text(0.98, 0.93, f"L = {one.scale:g},  λ ≈ {_written(one.scale)}", ha="right", va="top",
                   transform=above.transAxes, fontsize=11.5)  # fmt: skip
        below.set(ylabel="norms", xlabel="time divided by L", ylim=(-0.1, 2.9))
        pictures.append(fig)
        kept = one.times <= end
        table = pd.DataFrame({"L": one.scale, "time": one.times[kept], "loss": one.losses[kept]})
        parts.append(table.iloc[:: max(1, len(table) // 400)])
    labels = [f"L = {one.scale:g}" for one in family]
    return pictures, labels, pd.concat(parts, ignore_index=True)


def _written(scale):
    digit, exponent = power_of_ten(scale).split("e")
    return f"{digit}·10{exponent.translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"
