"""The figures of the page on inconsistency."""

import numpy as np
import pandas as pd
from matplotlib.ticker import NullFormatter

from studies.inconsistency.binary_axis import binary_ticks
from studies.inconsistency.contests import CONTESTS
from studies.inconsistency.sampling_rates import BETA, distribution, typical_distance
from twolayer.exponents import best_exponents
from twolayer.line_distribution import LineDistribution

LOOKS = {
    "network": ("trained network", "#0072B2", "-", "o"),
    "neighbours": ("nearest neighbours", "#D55E00", "--", "s"),
    "histogram": ("histogram", "#009E73", "-.", "^"),
    "kernel": ("NTK ridge", "#000000", ":", "D"),
}
"""Label, colour, line and marker of each rule of the race."""
FLOOR = 1e-5
"""Excess risks below this are drawn at it."""


def draw_support(axis, problem: LineDistribution, length: float) -> None:
    """Draw Figure 4: the support of Example 2, on the horizontal axis in units of the length."""
    for low, high in problem.support:
        label = float(problem.regression(np.array([(low + high) / 2]))[0])
        axis.plot(
            [low / length, high / length], [label, label], color="#0072B2", linewidth=6, solid_capstyle="butt"
        )
    axis.axvline(0, color="0.6", linewidth=1)
    axis.axhline(0, color="#D55E00", linestyle="--", linewidth=1.5)
    axis.set(
        xlabel=r"$x/\lambda$",
        ylabel="$y$",
        ylim=(-1.6, 1.6),
        yticks=[-1, 0, 1],
        xticks=[-7, -5, -3, -1, 1, 3, 5, 7],
    )


def draw_example(axis, law: LineDistribution, shown: float) -> None:
    """Draw the regression function, its half-sided lines and the density of x."""
    x = np.linspace(-shown, shown, 800)
    lines = law.lines()
    side = np.where(x > 0, 0, 1)
    axis.fill_between(x, law.density(x), color="0.85", label="density of $x$")
    axis.plot(x, law.regression(x), color="#009E73", linewidth=1.4, label="$f^*$")
    axis.plot(x, lines[side, 0] * x + lines[side, 1], "--", color="#0072B2", label="half-sided lines")
    axis.set(xlabel="$x$", xticks=[-1, 0, 1], ylim=(-1.5, 4.2))
    axis.legend(loc="upper center", fontsize=8.5)


def draw_gap(axis, gaps: pd.DataFrame) -> None:
    """Draw by how much the risk falls when the function is free near zero."""
    axis.plot(gaps.delta, gaps.gain, "o-", color="#0072B2", label=r"$R^*_0 - R^*_\delta$")
    axis.plot(gaps.delta, gaps["mass"], "--", color="black", label=r"$P(|x| \leq \delta)$")
    axis.set(xscale="log", yscale="log", xlabel=r"$\delta$")
    axis.legend(loc="upper left")


def draw_rates(left, right, table: pd.DataFrame) -> None:
    """Draw the error of the lines and the smallest distance against the sample size."""
    colours = ("#0072B2", "#D55E00", "#009E73", "#000000", "#CC79A7")
    markers = "os^Dv"
    for (name, rows), colour, marker in zip(
        table.groupby("distribution", sort=False), colours, markers, strict=True
    ):
        law = distribution(name)
        left.errorbar(
            rows.sample_size,
            rows.error,
            2 * rows.error_se,
            fmt=marker,
            color=colour,
            markersize=4,
            label=name,
        )
        if np.isfinite(law.eta) and "Beta" in name:
            spread = 2 * rows.distance_relative_se * rows.distance
            right.errorbar(rows.sample_size, rows.distance, spread, fmt=marker, color=colour, markersize=4)
    n = np.array([table.sample_size.min(), table.sample_size.max()], dtype=float)
    middle = table[table.distribution == "intervals"].error.iloc[-1]
    left.plot(n, middle * (n / n[1]) ** -0.5, "k--", linewidth=1)
    for eta in BETA:
        right.plot(n, typical_distance(eta, n), color="black", linewidth=0.8)
    left.set(xscale="log", yscale="log", xlabel="$n$", title=r"$\|v_D^{opt} - v_P^{opt}\|_\infty$")
    right.set(xscale="log", yscale="log", xlabel="$n$", title=r"$\underline{x}_D$")
    for axis in (left, right):
        binary_ticks(axis, table.sample_size)
    right.yaxis.set_minor_formatter(NullFormatter())
    right.set_yticks([0.02, 0.05, 0.1, 0.2, 0.5], ["0.02", "0.05", "0.1", "0.2", "0.5"])


def draw_exponents(axis, points: pd.DataFrame) -> None:
    """Draw where the linear program of the exponents is solvable, and the interval of Corollary 25."""
    eta = np.linspace(4, points.eta.max(), 200)
    axis.fill_between(eta, 2 / eta, 1 - 2 / eta, color="#0072B2", alpha=0.15)
    axis.plot(eta, 2 / eta, "k-", linewidth=1)
    axis.plot(eta, 1 - 2 / eta, "k-", linewidth=1)
    for feasible, marker, colour in ((True, "o", "#0072B2"), (False, "x", "#D55E00")):
        part = points[points.feasible == feasible]
        label = "solvable" if feasible else "not solvable"
        axis.plot(part.eta, part.growth, marker, color=colour, markersize=4.5, label=label)
    axis.axvline(4, color="0.4", linestyle=":", linewidth=1.2)
    axis.set(xlabel=r"$\eta$", ylabel=r"growth $\gamma$ of $m_n = n^\gamma$", ylim=(0, 1.05))
    axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)


def exponent_grid() -> pd.DataFrame:
    """Solve the linear program of Theorem 22's exponents on a grid.

    Returns
    -------
    DataFrame
        Columns ``eta``, ``growth``, ``slack``, ``feasible`` (is the slack positive?) and ``predicted`` (Corollary 25).
    """
    rows = []
    for eta in np.arange(2.75, 16.1, 0.95):
        for growth in np.arange(0.05, 1.01, 0.08):
            slack = best_exponents(eta, growth).slack
            predicted = 2 / eta < growth < 1 - 2 / eta
            rows.append(
                {
                    "eta": eta,
                    "growth": growth,
                    "slack": slack,
                    "feasible": slack > 1e-9,
                    "predicted": predicted,
                }
            )
    return pd.DataFrame(rows)


def free_near_zero(law: LineDistribution, deltas) -> pd.DataFrame:
    """Return by how much the best risk falls when the function is free on [-delta, delta] (Lemma I.1).

    Columns ``delta``, ``risk``, ``gain`` and ``mass``, the probability of the interval.
    """
    whole = law.affine_risk()
    risks = np.array([law.affine_risk(delta) for delta in deltas])
    mass = np.array([1 - law.quadrature(delta)[1].sum() for delta in deltas])
    return pd.DataFrame({"delta": deltas, "risk": risks, "gain": whole - risks, "mass": mass})


def draw_race(axes, summary: pd.DataFrame) -> None:
    """Draw the race, one panel for each distribution: medians, bands of 10 to 90 %, and the plateau."""
    for axis, name in zip(np.ravel(axes), CONTESTS, strict=True):
        of_one = summary[summary.distribution == name]
        for rule, (label, colour, line, marker) in LOOKS.items():
            rows = of_one[of_one.rule == rule]
            n, median = rows.sample_size, rows["median"].clip(lower=FLOOR)
            axis.plot(n, median, line, color=colour, marker=marker, markersize=4, label=label)
            axis.fill_between(
                n, rows.low.clip(lower=FLOOR), rows.high.clip(lower=FLOOR), color=colour, alpha=0.13
            )
        axis.axhline(of_one.plateau.iloc[0], color="0.35", linewidth=1, linestyle=(0, (1, 3)))
        axis.set(xscale="log", yscale="log", title=name, ylim=(0.7 * FLOOR, 4), yticks=[1e-5, 1e-3, 1e-1, 1])
        binary_ticks(axis, of_one.sample_size)
    for axis in np.ravel(axes)[-2:]:
        axis.set_xlabel("sample size $n$")
