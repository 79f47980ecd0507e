"""Summaries and figures of the page on Appendix D of paper 002: tables in, tables and figures out."""

import numpy as np
import pandas as pd

from companion import figures
from studies.convergence.instances import DIMENSION, draw
from studies.convergence.run_summaries import each_run
from twolayer.activation_changes import smallest_squares

COLOURS, DASHES, MARKERS = figures.COLOURS, figures.LINE_STYLES, figures.MARKERS


def by_run(table):
    r"""Return one row for each run of the study activation-changes.

    Returns
    -------
    DataFrame
        S, m, run; net and ever, the share of changed activations at the end and at any time; largest, of
        :math:`|D^j|/S`; s, the (n + 1)-st largest of :math:`|D^j|/S`; green, :math:`(m/(nS))^{1/3}`; slack,
        crossing, order and bound, the worst quotients of the chain and of the explicit bound.
    """
    rows = []
    for (S, m, run), looks in table.groupby(["S", "m", "run"]):
        first = looks.iloc[0]
        rows.append(
            {
                "S": S,
                "m": m,
                "run": run,
                "net": first["net_flips"] / (S * m),
                "ever": first["flips"] / (S * m),
                "largest": looks["changed"].max() / S,
                "s": first["n_plus_1"] / S,
                "green": (m / (DIMENSION * S)) ** (1 / 3),
                "slack": first["slack"],
                "crossing": first["slack_crossing"],
                "order": first["slack_order"],
                "bound": first["bound_share_max"],
            }
        )
    return pd.DataFrame(rows)


def factors(table):
    r"""Return medians, over points with changes, of the three quotients of neighbours in the chain, for each size.

    Returns
    -------
    DataFrame
        S, m; on D, the movement on :math:`D^j` over all of it; across, the start on :math:`D^j` over the movement
        there; nearest, the smallest entries over those of :math:`D^j`; count, :math:`|D^j|` over its bound.
    """
    some = table[table["changed"] > 0]
    quotients = some[["S", "m"]].assign(
        **{
            "on D": some["movement_of_changed"] / some["movement"],
            "across": some["start_of_changed"] / some["movement_of_changed"],
            "nearest": some["smallest"] / some["start_of_changed"],
            "count": some["changed"] / some["bound"],
        }
    )
    return quotients.groupby(["S", "m"]).median().reset_index()


def smallest_sums(widths, runs, shares=(0.05, 0.1, 0.2), m=200):
    r"""Return the sum of the k smallest squares of :math:`W_0X^j` over :math:`\frac\pi6k^3/S^2`, means over columns.

    Parameters
    ----------
    widths : sequence of int
        S.
    runs : int
        Draws of each width.
    shares : sequence of float
        k/S.
    m : int
        Columns.
    """
    rows = []
    for S in widths:
        for run in range(runs):
            start = draw(S, m, run)
            sums = np.cumsum(np.sort((start.x @ start.a.T) ** 2, axis=1), axis=1)
            for share in shares:
                k = round(share * S)
                quotient = sums[:, k - 1].mean() / smallest_squares(k, S)
                rows.append({"S": S, "run": run, "k": k, "share": share, "quotient": float(quotient)})
    return pd.DataFrame(rows)


def perturbations(table, m):
    r"""Return, for each width, what the perturbation argument compares at the end of training, over :math:`\sqrt S`.

    Parameters
    ----------
    table : DataFrame
        Rows of the study convergence/along-runs.
    m : int
        Number of points.

    Returns
    -------
    DataFrame
        S; change, :math:`\|(A_T - A_0)*X\|`; schur, its bound by (8), :math:`\max_j|D^j|^{1/2}\|X\|`; start, end:
        the smallest singular values of :math:`A_0*X` and :math:`A_T*X`; kappa.
    """
    rows = []
    for looks in each_run(table[(table["ratio"] == 0) & (table["m"] == m)]):
        last, root = looks.iloc[-1], np.sqrt(looks["S"].iloc[0])
        rows.append(
            {
                "S": int(last["S"]),
                "change": last["pattern_change"] / root,
                "schur": np.sqrt(last["point_flips_max"]) * last["X"] / root,
                "start": last["sigma_min_start"] / root,
                "end": np.sqrt(last["lambda_min_H"]) / root,
                "kappa": last["lambda_min_H"] / looks["lambda_min_H"].iloc[0],
            }
        )
    return pd.DataFrame(rows).groupby("S").mean().reset_index()


def sorted_counts(table, m):
    """Draw the shares of changed neurons in the order of the points, with the prediction of (62) for each width."""
    fig, ax = figures.canvas(height=3.8)
    rows = table[(table["m"] == m) & (table["run"] == 0)]
    for i, (S, part) in enumerate(rows.groupby("S")):
        look = {"color": COLOURS[i], "linestyle": DASHES[i]}
        ax.plot(part["position"] + 1, part["changed"] / S, label=f"$S={S}$", **look)
        green = (m / (DIMENSION * S)) ** (1 / 3)
        ax.axhline(green, linewidth=1, alpha=0.8, **look)
    ax.axvline(DIMENSION + 1, color="0.5", linewidth=1)
    ax.text(DIMENSION + 1, 0.005, " $n+1$", color="0.35", va="bottom")
    ax.set(xlabel="point, in the order of changes", ylabel=r"$|D^j|/S$")
    ax.set_ylim(0, 1.3 * ax.get_ylim()[1])
    ax.legend(loc="upper right", fontsize=8.5, ncols=2)
    return fig, rows.assign(share=rows["changed"] / rows["S"])[["S", "m", "position", "changed", "share"]]


def exponents(summary, law):
    """Draw the (n + 1)-st largest share of changed neurons over m/(nS), the bound of (62) and the fitted law."""
    fig, ax = figures.canvas(height=3.8)
    load = summary["m"] / (DIMENSION * summary["S"])
    for i, (S, part) in enumerate(summary.groupby("S")):
        ax.plot(
            part["m"] / (DIMENSION * S),
            part["s"],
            color=COLOURS[i],
            marker=MARKERS[i],
            linestyle="none",
            label=f"$S={S}$",
        )
    x = np.geomspace(load.min(), load.max(), 50)
    ax.plot(x, x ** (1 / 3), color=figures.COLOURS[2], label="(62), exponent 1/3")
    ax.plot(x, law(x), color="black", linestyle="--", linewidth=1, label=f"fit, exponent {law.exponent:.2f}")
    ax.set(xscale="log", yscale="log", xlabel="$m/(nS)$", ylabel="$s/S$")
    ax.set_yticks([0.03, 0.1, 0.3], ["0.03", "0.1", "0.3"])
    ax.minorticks_off()
    ax.legend(loc="lower right", fontsize=8.5)
    return fig, summary[["S", "m", "run", "s", "green"]].assign(load=load)


def perturbation(table):
    """Draw the comparison of the perturbation argument over the width."""
    fig, ax = figures.canvas(height=3.6)
    drawn = {
        "schur": r"$\max_j|D^j|^{1/2}\,\|X\|$",
        "change": r"$\|(A_T-A_0)*X\|$",
        "start": r"$\sigma_{\min}(A_0*X)$",
        "end": r"$\sigma_{\min}(A_T*X)$",
    }
    for i, (column, label) in enumerate(drawn.items()):
        ax.plot(
            table["S"], table[column], color=COLOURS[i], linestyle=DASHES[i], marker=MARKERS[i], label=label
        )
    ax.set(xscale="log", xlabel="width $S$", ylabel=r"norm over $\sqrt{S}$", ylim=(0, None))
    ax.set_xticks(table["S"], [str(S) for S in table["S"]])
    ax.minorticks_off()
    ax.legend(loc="upper right", fontsize=9)
    return fig, table
