"""What Figure 1's first jump, at about epoch 507,000, says about the settings that the text at hand has lost."""

import numpy as np
import pandas as pd

from companion import figures
from studies.incremental.instances import positive_instance
from twolayer.jump_process import jump_process

FIRST_JUMP, RATE, LAST_PANEL = 507_000, 0.01, 538_000
"""Epoch of the first jump, learning rate, and epoch of the last panel of Figure 4, as the paper states them."""


def draws(count, n=64, m=6):
    """Draw instances of Figure 1's kind, and run Algorithm 1 on those in which every point is covered.

    Parameters
    ----------
    count : int
        Seeds 0 to count - 1.
    n, m : int
        Numbers of points and of neurons.

    Returns
    -------
    DataFrame
        Columns seed, covered, and for covered draws, else NaN: times of the first and the second jump for c = 1, and
        the number of jumps.
    """
    rows = []
    for seed in range(count):
        instance = positive_instance(seed, n, m)
        if not instance.active.any(axis=0).all():
            rows.append((seed, False, np.nan, np.nan, np.nan))
            continue
        times = jump_process(instance.active, instance.signs, instance.y).times
        rows.append((seed, True, times[0], times[1] if times.size > 1 else np.inf, times.size))
    return pd.DataFrame(rows, columns=["seed", "covered", "first", "second", "jumps"])


def implied_scales(table, factor=1.0):
    r"""Return :math:`L = 507000\,\eta c/\tau_1` for the covered draws, which puts the first jump where it was."""
    return FIRST_JUMP * RATE * factor / table.loc[table["covered"], "first"].to_numpy()


def quantiles(scales):
    """Return the 5, 50 and 95 % quantiles as a dictionary."""
    return dict(zip(("5 %", "median", "95 %"), np.quantile(scales, [0.05, 0.5, 0.95]), strict=True))


def readings(table):
    r"""Return how round values of :math:`\lambda` stand among the implied ones.

    Parameters
    ----------
    table : DataFrame
        From :func:`draws`.

    Returns
    -------
    DataFrame
        Columns name, c, L, rank (share of the implied L below it), epoch (median of the first jump's).
    """
    digits = np.log(10.0)
    candidates = [
        (r"$10^{-10}$", 10 * digits),
        (r"$10^{-100}$", 100 * digits),
        (r"$10^{-200}$", 200 * digits),
        (r"$e^{-500}$", 500.0),
        (r"$10^{-300}$", 300 * digits),
        (r"$10^{-400}$", 400 * digits),
        (r"$e^{-1000}$", 1000.0),
        (r"$10^{-500}$", 500 * digits),
    ]
    rows = []
    for name, scale in candidates:
        for factor in (1.0, 2.0):
            implied = implied_scales(table, factor)
            rows.append(
                (name, factor, scale, (implied < scale).mean(), np.median(scale / implied) * FIRST_JUMP)
            )
    return pd.DataFrame(rows, columns=["name", "c", "L", "rank", "epoch"])


def later_than_last_panel(table):
    """Return the share of covered draws whose second jump comes after epoch 538,000, the first being at 507,000."""
    covered = table[table["covered"]]
    return float((covered["second"] / covered["first"] > LAST_PANEL / FIRST_JUMP).mean())


def figure(table):
    """Draw the implied L for both loss factors, and the numbers of jumps; return figure and data."""
    fig, axes = figures.canvas(1, 2, height=3.1, width_ratios=[1.7, 1])
    scales = implied_scales(table)
    edges = np.linspace(350, 750, 33)
    counts, _ = np.histogram(scales, edges)
    share = counts / scales.size
    axes[0].stairs(share, edges, fill=True, color=figures.COLOURS[0], alpha=0.3)
    axes[0].stairs(share, edges, color=figures.COLOURS[0], linewidth=1.5)
    low, _, high = quantiles(scales).values()
    for edge in (low, high):
        axes[0].axvline(edge, color="0.45", linewidth=0.9, linestyle=":")
    axes[0].axvline(500, color=figures.COLOURS[1], linewidth=1.6, linestyle="--")
    axes[0].set(
        xlabel=r"$L=\log(1/\lambda)$ if $c=1$", ylabel="share of the draws", xlim=(edges[0], edges[-1])
    )
    axes[0].set_xticks([400, 500, 600, 700])
    above = axes[0].secondary_xaxis("top", functions=(lambda v: 2 * v, lambda v: v / 2))
    above.set(xlabel=r"$L$ if $c=2$", xticks=[800, 1000, 1200, 1400])
    jumps = table.loc[table["covered"], "jumps"].value_counts(normalize=True).sort_index()
    axes[1].bar(
        jumps.index, jumps, color=[figures.COLOURS[1] if k == 6 else "0.7" for k in jumps.index], width=0.7
    )
    axes[1].set(xlabel="jumps $K$", xticks=range(int(jumps.index.min()), 7))
    data = pd.DataFrame({"kind": "L, c=1", "from": edges[:-1], "to": edges[1:], "share": share})
    bars = pd.DataFrame({"kind": "jumps", "from": jumps.index, "to": jumps.index, "share": jumps.to_numpy()})
    return fig, pd.concat([data, bars], ignore_index=True)
