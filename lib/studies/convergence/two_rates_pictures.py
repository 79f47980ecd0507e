"""Drawings and summaries for the page on the two rates and for the opening page: tables in, marks and tables out."""

import numpy as np
import pandas as pd

from companion.figures import COLOURS, series_styles
from studies.convergence.learning_rates import STATED, WIDTHS, limit_formula
from studies.convergence.two_rates import RATIOS

BLUE, RED, GREEN, BLACK = COLOURS[:4]
LABELS = ("0", "$10^{-3}$", "$10^{-2}$", "0.1", "1", "10", "100", r"$\infty$")
FATES = ("error never grew", "error grew, converged", "undecided or dead", "diverged")


def position(ratio):
    """Return the place of a ratio on the axis of :func:`draw_steps`: equal steps for factors of ten, 0 and infinity."""
    return np.clip(np.log10(np.maximum(ratio, 1e-4)) + 4, 0, 7)


def by_ratio(table: pd.DataFrame) -> pd.DataFrame:
    """Return means, least and largest values over runs for each size and ratio, with the densities of changes."""
    table = table.assign(
        density=table.flips / (table.m * table.S),
        H_quotient=table.lambda_min_HT / table.lambda_min_H0,
        G_quotient=table.lambda_min_GT / table.lambda_min_G0,
    )
    columns = ["T", "T_frozen", "dW_F", "dz", "density", "H_quotient", "G_quotient"]
    grouped = table.groupby(["n", "m", "S", "ratio"])[columns].agg(["mean", "min", "max"])
    grouped.columns = [f"{name} {kind}" for name, kind in grouped.columns]
    return grouped.reset_index()


def boundaries(n, m, S) -> dict[str, float]:
    """Return the ratios at which the conditions of Theorem 2.3 begin or end, constants and logarithms set to one."""
    return {"$S/m$": S / m, "$m^2/nS$": m**2 / (n * S), "$1+m/n$": 1 + m / n}


def draw_steps(axes, summary: pd.DataFrame) -> None:
    """Draw the numbers of steps and the linearised forecast against the ratio, one panel for each size."""
    for ax, ((n, m, S), group) in zip(axes, summary.groupby(["n", "m", "S"], sort=False), strict=True):
        x = position(group["ratio"])
        ax.fill_between(x, group["T min"], group["T max"], color=BLUE, alpha=0.25, lw=0)
        ax.plot(x, group["T mean"], color=BLUE, marker="o", label="descent")
        ax.plot(
            x, group["T_frozen mean"], color=BLACK, ls="--", marker="D", mfc="w", ms=4, label="frozen kernels"
        )
        for (_, ratio), colour, style in zip(
            boundaries(n, m, S).items(), (RED, GREEN, "0.5"), (":", "-.", "-"), strict=True
        ):
            ax.axvline(position(ratio), color=colour, ls=style, lw=1.2)
        ax.set(yscale="log", title=f"$n={n},\\ m={m},\\ S={S}$", xlabel=r"$\eta_z/\eta_w$")
        ax.set_xticks(range(8), LABELS)
    axes[0].set_ylabel("steps $T$")
    axes[0].legend(loc="upper left")


def draw_kernels(axes, summary: pd.DataFrame) -> None:
    """Draw the density of activation changes (left) and what became of the least eigenvalues (right)."""
    left, right = axes
    sizes = [tuple(key) for key, _ in summary.groupby(["n", "m", "S"], sort=False)]
    styles = series_styles([f"$m={m},\\ S={S}$" for _, m, S in sizes], markers=True)
    for (label, style), (_, group) in zip(
        styles.items(), summary.groupby(["n", "m", "S"], sort=False), strict=True
    ):
        x = position(group["ratio"])
        left.fill_between(
            x, group["density min"], group["density max"], color=style["color"], alpha=0.25, lw=0
        )
        left.plot(x, group["density mean"], label=label, **style)
        right.plot(x, group["H_quotient mean"], label=f"$H$, {label}", **style)
        right.plot(
            x, group["G_quotient mean"], color=style["color"], ls=":", marker="x", label=f"$G$, {label}"
        )
    left.set(
        ylabel="activations ever changed",
        ylim=(0, 1.4 * summary["density max"].max()),
        title="activation changes",
    )
    right.set(yscale="log", title=r"$\lambda_{\min}$ at $T$ over $\lambda_{\min}$ at 0")
    for ax in axes:
        ax.set(xlabel=r"$\eta_z/\eta_w$")
        ax.set_xticks(range(8), LABELS)
    left.legend(loc="upper right")
    right.legend(fontsize=8.5)


def draw_limits(ax, measured: pd.DataFrame) -> pd.DataFrame:
    r"""Draw the stable :math:`\eta_wS` over m, measured and by the formula, and the paper's rates; return the curve."""
    m = np.geomspace(90, 6500, 200)
    curve = pd.DataFrame({"m": m, "limit times S": limit_formula(1.0, m)})
    ax.fill_between(m, curve["limit times S"], 4, color=RED, alpha=0.08, lw=0)
    ax.plot(m, curve["limit times S"], color=BLACK, ls="--", label="formula")
    styles = series_styles([f"$S={S}$" for S in WIDTHS], markers=True)
    for S, style in zip(WIDTHS, styles.values(), strict=True):
        here = measured[measured["S"] == S]
        ax.plot(
            here["m"], here["limit"] * S, color=style["color"], marker=style["marker"], ls="", mfc="w", ms=6
        )
        for low, high, eta in STATED[S]:
            end = 5000 if S == 100 else high
            height = (
                1.08 * eta * S if (S, low) == (1000, 900) else eta * S
            )  # else it would hide a part of S = 200
            ax.plot([low, end], [height] * 2, color=style["color"], ls=style["linestyle"], lw=3,
                    label=f"$S={S}$" if low == 100 else None)  # fmt: skip
    ax.plot([100, 800], [0.515, 0.515], color=styles["$S=1000$"]["color"], lw=1.2)
    ax.text(105, 0.545, "$S=1000$ in Table 1", fontsize=9)
    ax.text(2300, 0.75, "unstable", color=RED)
    ax.set(xscale="log", yscale="log", ylim=(0.035, 2.2), xlabel="points $m$", ylabel=r"$\eta_wS$")
    ax.set_xticks([100, 300, 1000, 5000], ["100", "300", "1000", "5000"])
    ax.set_yticks([0.05, 0.1, 0.2, 0.5, 1, 2], ["0.05", "0.1", "0.2", "0.5", "1", "2"])
    ax.minorticks_off()
    ax.legend(loc="lower left", ncols=2)
    return curve


def fates(table: pd.DataFrame) -> pd.DataFrame:
    """Return for each multiple of the stable rate the shares of the four outcomes of :data:`FATES`."""
    grew = table["first_increase"] > 0
    converged = table["outcome"] == "converged"
    fate = np.select([converged & ~grew, converged, table["outcome"] == "diverged"], [0, 1, 3], 2)
    shares = pd.crosstab(table["factor"], fate, normalize="index").reindex(columns=range(4), fill_value=0.0)
    valve = grew.groupby(table["factor"]).mean()
    return shares.set_axis(FATES, axis=1).assign(grew=valve).rename_axis(None, axis=1).reset_index()


def draw_fates(ax, shares: pd.DataFrame) -> None:
    """Draw the outcomes as stacked bars, one for each multiple of the stable rate."""
    x, bottom = np.arange(len(shares)), np.zeros(len(shares))
    for fate, colour, hatch in zip(FATES, (BLUE, "#9CC7E4", "0.75", RED), ("", "//", "..", ""), strict=True):
        ax.bar(x, shares[fate], 0.75, bottom=bottom, color=colour, hatch=hatch, edgecolor="w", label=fate)
        bottom += shares[fate].to_numpy()
    ax.set_xticks(x, [f"{f:g}" for f in shares["factor"]])
    ax.set(xlabel=r"rate over $2/\lambda_{\max}(H_0)$", ylabel="share of runs", ylim=(0, 1))
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.27), ncols=2)


def draw_kink_distances(ax, values: dict) -> pd.DataFrame:
    """Draw histograms of the absolute pre-activations at the start and at each error reached; return the counts."""
    edges = np.arange(-14, 1.26, 0.25)
    counts = {"log10 from": edges[:-1]}
    names = {"start": "start"} | {
        k: rf"$\|e\| = 10^{{{round(np.log10(k))}}}$" for k in values if k != "start"
    }
    for (key, label), colour, style in zip(
        names.items(), ("0.5", BLUE, RED, GREEN), ("-", "-", "--", "-."), strict=False
    ):
        counts[str(key)] = np.histogram(np.log10(np.maximum(values[key], 1e-14)), edges)[0]
        ax.stairs(counts[str(key)], edges, color=colour, ls=style, lw=1.8, label=label)
    ax.set(yscale="log", ylim=(0.7, None), xlabel=r"$\log_{10}|(WX)_{\nu j}|$", ylabel="pairs $(\\nu, j)$")
    ax.legend(loc="upper left")
    return pd.DataFrame(counts)


def draw_singular(axes, watershed: pd.DataFrame, label: float, second: pd.DataFrame) -> None:
    """Draw the first neuron's weight against the label: below and above the watershed, and after a second step."""
    left, right = axes
    left.plot(watershed["y"], watershed["first"], color=BLACK, ls="--", label="step 1")
    for number, side in enumerate((watershed["y"] < label, watershed["y"] > label)):
        text = None if number else "end of training"
        left.plot(watershed["y"][side], watershed["end"][side], color=BLUE, label=text)
    left.plot(label, 0, "o", color=RED, label="singular")
    left.set(title=r"$\eta_w = 1$", xlabel="label $y$", ylabel="weight of the first neuron")
    left.legend(loc="upper left")
    right.plot(second["y"], second["one"], color=BLACK, ls="--", label="step 1")
    right.plot(second["y"], second["two"], color=BLUE, label="step 2")
    zero = second["y"][second["two"] == 0]
    right.plot(zero, 0 * zero, color=RED, lw=4, label="singular")
    right.set(title=r"$\eta_w = 2$", xlabel="label $y$")
    right.legend(loc="upper left")


def draw_regime(axes, paths: list[pd.DataFrame]) -> None:
    """Draw error, activation changes and movement of several runs, one below the other."""
    styles = series_styles([f"$S={p['S'].iloc[0]},\\ m={p['m'].iloc[0]}$" for p in paths], markers=True)
    for path, (label, style) in zip(paths, styles.items(), strict=True):
        style = {"color": style["color"], "marker": style["marker"], "markevery": max(1, len(path) // 6)}
        axes[0].plot(path["time"], path["error"], label=label, **style)
        axes[0].plot(path["time"], path["frozen"], color=style["color"], ls=":")
        axes[1].plot(path["time"], path["changed"], **style)
        axes[2].plot(path["time"], path["movement"], **style)
    axes[0].set(yscale="log", ylabel=r"$\|e_\tau\|/\|e_0\|$", ylim=(3e-7, 2))
    axes[1].set(ylabel="changed", ylim=(0, None))
    axes[2].set(ylabel="movement", ylim=(0, None), xlabel=r"time $\eta_wS\tau$")
    axes[0].legend(loc="upper right")


def shown_ratio(ratio: float) -> str:
    """Return a ratio as the axes show it."""
    return LABELS[RATIOS.index(ratio)]
