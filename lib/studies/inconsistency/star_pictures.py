"""The pictures of the star page."""

import numpy as np
import pandas as pd

from companion.figures import COLOURS, LINE_STYLES, canvas
from studies.inconsistency.star import NEVER
from studies.inconsistency.star_summary import probabilities
from twolayer.star_data import ARM_LABELS, ARMS, RADII, arm_affine_fit, star_points

BLUE, ORANGE = COLOURS[0], COLOURS[1]
TITLES = {
    "stated": r"step as stated, $h=n/\lambda_{\max}(K_0)$",
    "published": r"step as run, $h=2/\|W_0\|^2$",
}


def star_and_arm(weights):
    """Draw Figure 7 with the 22 sectors of inner weights, and one arm with its labels and best affine function."""
    figure, (plane, arm) = canvas(1, 2, height=3.2)
    x, y = star_points()
    for label, colour, marker, name in ((-2, BLUE, "o", "$y=-2$"), (1, ORANGE, "s", "$y=1$")):
        chosen = y == label
        plane.plot(*x[chosen].T, marker, color=colour, label=name, markersize=4.5)
    for angle in (np.arange(2 * ARMS) + 0.5) * np.pi / ARMS:
        plane.plot([0, 0.62 * np.cos(angle)], [0, 0.62 * np.sin(angle)], color="0.75", linewidth=0.7)
    plane.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$", xlim=(-1.3, 1.3), ylim=(-1.3, 1.65))
    plane.set(xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    plane.legend(loc="upper center", ncols=2, handletextpad=0.1, columnspacing=0.8)
    slope, level = arm_affine_fit(weights)[0][0]
    radius = np.array([0.85, 1.15])
    arm.plot(radius, slope * radius + level, "--", color="black", label="best affine")
    for r, label in zip(RADII, ARM_LABELS, strict=True):
        arm.plot(r, label, "o" if label < 0 else "s", color=BLUE if label < 0 else ORANGE, markersize=6)
    arm.set(
        xlabel=r"$\|x\|$ along one arm", ylabel="$y$", xticks=RADII, yticks=[-2, -1, 0, 1], ylim=(-2.4, 1.4)
    )
    arm.legend(loc="lower left")
    return figure


def _points(axis, rows, *, colour, marker, line, label):
    error = np.array([rows["probability"] - rows["low_end"], rows["high_end"] - rows["probability"]])
    axis.errorbar(
        rows["m"], rows["probability"], np.maximum(error, 0), color=colour, marker=marker, linestyle=line, label=label,
        capsize=2,
    )  # fmt: skip


def figure_8(kinks, losses, line):
    """Draw Figure 8: both events against the width for both step rules, and the probability on the line beside it.

    Parameters
    ----------
    kinks, losses : DataFrame
        From ``star_summary.probabilities`` at one horizon.
    line : DataFrame
        From ``star_summary.line_probabilities``.
    """
    figure, axes = canvas(1, 2, height=3.6, sharey=True)
    for axis, rule in zip(axes, TITLES, strict=True):
        _points(
            axis,
            kinks[kinks["rule"] == rule],
            colour=BLUE,
            marker="o",
            line="-",
            label="kink reaches a point",
        )
        _points(
            axis,
            losses[losses["rule"] == rule],
            colour=ORANGE,
            marker="s",
            line="--",
            label="loss below affine",
        )
        _points(axis, line, colour="0.35", marker="D", line=":", label="kink, on the line")
        axis.set(xscale="log", title=TITLES[rule], xlabel="width $m$", ylim=(-0.03, 1.05))
        axis.set_xticks([128, 512, 2048, 8192], ["128", "512", "2048", "8192"])
        axis.minorticks_off()
    axes[0].set_ylabel("probability")
    figure.legend(
        *axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3, columnspacing=1.0
    )
    return figure


def events_over_time(table, widths):
    """Draw the share of networks in which each event has happened by step k, for some widths, both rules and events."""
    figure, axes = canvas(2, 2, height=2.6, sharex=True, sharey=True)
    horizon = int(table["horizon"].min())
    for row, (event, name) in enumerate((("kink", "kink has crossed"), ("low", "loss below affine"))):
        for axis, rule in zip(axes[row], TITLES, strict=True):
            for i, m in enumerate(widths):
                group = table[(table["rule"] == rule) & (table["m"] == m)]
                steps = np.sort(group[event][group[event] != NEVER].to_numpy())
                share = np.arange(1, len(steps) + 1) / len(group)
                grid, height = np.append(steps, horizon), np.append(share, share[-1] if len(share) else 0.0)
                style = {"color": COLOURS[i], "linestyle": LINE_STYLES[i]}
                axis.step(np.append(1, grid), np.append(0.0, height), where="post", label=f"$m={m}$", **style)
            axis.set(xscale="log", xlim=(0.9, horizon), ylim=(-0.03, 1.05))
            if row == 0:
                axis.set_title(TITLES[rule])
            else:
                axis.set_xlabel("step $k$")
        axes[row, 0].set_ylabel(f"share: {name}", fontsize=9.5)
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=4)
    return figure


def time_rows(table, widths, count=61):
    """Return the curves of :func:`events_over_time` on a grid of steps, as the numbers behind that figure."""
    horizon = int(table["horizon"].min())
    grid = np.unique(np.geomspace(1, horizon, count).astype(int))
    few = table[table["m"].isin(widths)]
    parts = [probabilities(few, grid, event).assign(event=event) for event in ("kink", "low")]
    return pd.concat(parts, ignore_index=True)[
        ["event", "rule", "m", "horizon", "networks", "count", "probability"]
    ]
