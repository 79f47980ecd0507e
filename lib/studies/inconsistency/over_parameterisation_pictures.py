"""The figures of the page on fixed data sets."""

import numpy as np
import pandas as pd

from studies.inconsistency.binary_axis import binary_ticks
from twolayer.activations import relu
from twolayer.half_sided import WeightedData
from twolayer.network import network
from twolayer.parameters import Parameters

BLUE, ORANGE, GREEN, RED = "#0072B2", "#D55E00", "#009E73", "#882255"


def draw_example(axis, data: WeightedData, interpolant: Parameters) -> None:
    """Draw Example 1's points, a network through them, and the half-sided regression, which is zero."""
    x = np.linspace(-3.3, 3.3, 300)
    axis.plot(x, network(interpolant, x[:, None], relu()), "-", color=GREEN, label="risk 0")
    axis.plot(x, 0 * x, "--", color=BLUE, label="risk 1")
    axis.plot(data.x, data.y, "o", color="black", zorder=3)
    axis.set(xlabel="$x$", ylabel="$y$", ylim=(-2.4, 3.4), xticks=[-3, -1, 1, 3], title="Example 1")
    axis.legend(loc="upper right", ncols=1)


def draw_risks(axis, runs: pd.DataFrame) -> None:
    """Draw the risk of each run against the step, those that cross apart."""
    named = set()
    for _, run in runs.groupby("seed"):
        crossed = bool(run.crossed.iloc[0])
        label = "a kink crosses" if crossed else "no kink crosses"
        style = {"color": ORANGE, "linestyle": "--"} if crossed else {"color": BLUE, "linestyle": "-"}
        axis.plot(run.step, run.risk, linewidth=1.1, label=None if label in named else label, **style)
        named.add(label)
    axis.axhline(1, color="black", linestyle=":", linewidth=1.2)
    axis.set(xscale="log", xlabel="step $k$", ylabel="risk $R_D(f_{W_k})$", title="$m = 16$", ylim=(0, None))
    axis.legend(loc="upper right")


def draw_shares(axis, shares: dict, laws: dict) -> None:
    """Draw the share of crossings against the width, one series for each exponent of the watch."""
    looks = [(BLUE, "o"), (ORANGE, "s"), (GREEN, "^")]
    for (exponent, rows), (colour, marker) in zip(shares.items(), looks, strict=False):
        seen = rows[rows.crossed > 0]
        spread = np.abs(seen[["low", "high"]].to_numpy().T - seen.share.to_numpy())
        label = rf"$\gamma = {exponent:g}$, slope ${laws[exponent][0]:.2f}$"
        axis.errorbar(
            seen.width, seen.share, spread, fmt=marker, color=colour, markersize=4.5, capsize=2, label=label
        )
        middle = seen.iloc[len(seen) // 2]
        axis.plot(
            rows.width, middle.share * (rows.width / middle.width) ** (exponent - 0.5), "k-", linewidth=0.8
        )
    axis.set(xscale="log", yscale="log", xlabel="width $m$", ylabel="share of trainings")
    binary_ticks(axis, pd.concat(shares.values()).width)
    axis.legend(loc="lower left")


def draw_poisoning(axis, functions: pd.DataFrame, clean: tuple, added: tuple) -> None:
    """Draw a network trained on clean and on poisoned data, and the data."""
    axis.plot(functions.x, functions.clean, "-", color=BLUE, label="clean")
    axis.plot(functions.x, functions.poisoned, "--", color=ORANGE, label="poisoned")
    axis.plot(*clean, "o", color="black", markersize=4, zorder=3)
    axis.plot(*added, "X", color=RED, markersize=8, zorder=3, label="added")
    axis.set(xlabel="$x$", ylabel="$y$", xticks=[-4, -2, 0, 2, 4], title="$m = 64$")
    axis.legend(loc="upper left")


def draw_attack(axis, attack: pd.DataFrame) -> None:
    """Draw the share of networks in which a kink crosses, on clean and on poisoned data."""
    clean = attack[attack.clean_trials > 0]
    axis.plot(clean.width, clean.clean_crossed / clean.clean_trials, "o-", color=BLUE, label="clean")
    spread = np.abs(attack[["low", "high"]].to_numpy().T - attack.share.to_numpy())
    axis.errorbar(
        attack.width,
        attack.share,
        spread,
        fmt="s--",
        color=ORANGE,
        markersize=4.5,
        capsize=2,
        label="poisoned",
    )
    axis.set(xscale="log", yscale="log", xlabel="width $m$", ylabel="share that crosses", ylim=(None, 1.5))
    binary_ticks(axis, attack.width)
    axis.legend(loc="lower left")
