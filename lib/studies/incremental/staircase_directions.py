"""Figure 4: norms and directions of the neurons, seen in one plane, at a few epochs; runs in, figures out."""

import numpy as np
import pandas as pd

from companion import figures
from studies.incremental.staircase_pictures import neuron_styles

PLANE_SEED = 0
"""Seed of the plane."""

ALIGNED, AROUND = 20_000, (-1_000, 1_000, 3_000, 31_000)
"""Epoch of panel (b), and epochs of panels (c) to (f) counted from the first jump, as the paper states the latter."""

_RINGS = {
    0: "1",
    -5: "10⁻⁵",
    -20: "10⁻²⁰",
    -100: "10⁻¹⁰⁰",
}  # plain text: formulas would take half of the time


def random_plane(n, seed=PLANE_SEED):
    """Return an orthonormal basis of a random plane, shape (n, 2)."""
    basis, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((n, 2)))
    return basis


def angles(vectors, plane):
    """Return the angles of the projections of vectors (..., n) to a plane, shape (...)."""
    projected = vectors @ plane
    return np.arctan2(projected[..., 1], projected[..., 0])


def radius(log_norms):
    r"""Return :math:`(1 - \frac1{10}\log_{10}\|w\|)^{-1/2}`: 1 for norm 1, one half for :math:`10^{-30}`."""
    return (1 - np.asarray(log_norms) / np.log(1e10)) ** -0.5


def first_jump(run):
    """Return the first half-height epoch, rounded up to a multiple of 500."""
    return 500 * int(np.ceil(run.half_heights[0] / 500))


def panel_epochs(run):
    """Return the epochs of the six panels."""
    e1 = first_jump(run)
    return [0, ALIGNED, *(e1 + offset for offset in AROUND)]


def look(run, epoch, plane):
    """Return what is seen at an epoch.

    Parameters
    ----------
    run : studies.incremental.staircase.Staircase
        The run.
    epoch : float
        When.
    plane : ndarray of shape (n, 2)
        Basis of the plane.

    Returns
    -------
    DataFrame
        One row for each neuron: neuron, fitted (whether it has jumped), log10_norm, angle, target (angle of the
        direction that Algorithm 1 predicts for the plateau; NaN for a neuron that has jumped or has no point left).
    """
    directions, log_norms = run.snapshot(epoch)
    jumps = int((run.half_heights <= epoch).sum())
    m = log_norms.size
    gone = np.isin(np.arange(m), run.process.neurons[:jumps])
    targets = run.targets[jumps] * run.instance.signs[:, None]
    ahead = ~gone & targets.any(axis=1)
    return pd.DataFrame(
        {
            "neuron": np.arange(m),
            "fitted": gone,
            "log10_norm": log_norms / np.log(10),
            "angle": angles(directions, plane),
            "target": np.where(ahead, angles(targets, plane), np.nan),
        }
    )


def draw_directions(axis, seen, styles, *, ring_names=True):
    """Draw the neurons of :func:`look` as rays, and dashed to a number on the rim where Algorithm 1 says they point."""
    circle = np.linspace(0, 2 * np.pi, 181)
    for ring, name in _RINGS.items():
        size = float(radius(ring * np.log(10)))
        axis.plot(
            size * np.cos(circle),
            size * np.sin(circle),
            color="0.85" if ring else "0.6",
            linewidth=0.9,
            zorder=0,
        )
        if ring_names:
            axis.text(0, -size, name, ha="center", va="center", fontsize=7.5, color="0.45", zorder=0.5,
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6})  # fmt: skip
    for row in seen.itertuples():
        colour, size = styles[row.neuron]["color"], (1 - row.log10_norm / 10) ** -0.5
        if not np.isnan(row.target):
            rim = np.array([np.cos(row.target), np.sin(row.target)])
            axis.plot(*np.outer(rim, [0, 1.08]), color=colour, linewidth=1.0, linestyle=(0, (3, 2)), zorder=1)
            axis.plot(
                *(1.08 * rim), marker="o", markersize=10, markerfacecolor="white", color=colour, zorder=1
            )
            _number(axis, 1.08 * rim, row.neuron, colour)
        tip = size * np.array([np.cos(row.angle), np.sin(row.angle)])
        axis.plot(*np.outer(tip, [0, 1]), color=colour, linewidth=3.0 if row.fitted else 2.0, zorder=2,
                  solid_capstyle="round")  # fmt: skip
        axis.plot(*tip, marker="o", markersize=10 if row.fitted else 5.5, color=colour, zorder=3)
        if row.fitted:
            _number(axis, tip, row.neuron, "white")
    axis.set(xlim=(-1.2, 1.2), ylim=(-1.2, 1.2), aspect="equal")
    axis.axis("off")


def _number(axis, place, neuron, colour):
    axis.text(*place, f"{neuron}", color=colour, fontsize=7.5, fontweight="bold", ha="center",
              va="center_baseline", zorder=4)  # fmt: skip


def figure_four(run, plane):
    """Draw Figure 4, its six panels in three rows; return figure and data."""
    fig, axes = figures.canvas(3, 2, height=2.75)
    fig.set_figwidth(figures.WIDTH[1])
    styles, parts = neuron_styles(run.process, run.instance.signs.size), []
    for axis, epoch, letter in zip(axes.flat, panel_epochs(run), "abcdef", strict=True):
        seen = look(run, epoch, plane)
        draw_directions(axis, seen, styles)
        axis.set_title(f"({letter}) epoch {epoch:,}".replace(",", "\u202f"))
        parts.append(seen.assign(panel=letter, epoch=epoch))
    handles = [
        axes[0, 0].plot([], [], color=styles[int(j)]["color"], marker="o", linewidth=2)[0]
        for j in run.process.neurons
    ]
    fig.legend(
        handles, [f"{j}" for j in run.process.neurons], loc="outside lower center", ncols=6, title="neuron"
    )
    return fig, pd.concat(parts, ignore_index=True)
