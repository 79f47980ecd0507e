"""The pictures of the page on section 4 with random labels: Figures 1 to 3, and what is added to them."""

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from companion.figures import canvas, series_styles
from studies.convergence.grid import WIDTHS
from studies.convergence.instances import DIMENSION
from studies.convergence.paper_tables import QUANTITIES, table_one, table_two
from studies.convergence.random_labels_summary import printed_densities, summarise

GREEN = "#009E73"
STYLES = series_styles([f"$S={S}$" for S in WIDTHS], markers=True)
# Figure 2 has a green line, the theory: no curve may be green.
STYLES["$S=500$"]["color"] = "#882255"

_M_TICKS = [100, 400, 700, 1000]


def _style(S):
    return STYLES[f"$S={S}$"]


def _band(axis, table, S, x="m", errors=None):
    """Draw the mean of a column as a line in the band of its runs, or of so many standard errors."""
    style = {key: value for key, value in _style(S).items() if key != "marker"}
    low, high = table["min"], table["max"]
    if errors:
        low, high = (table["mean"] + sign * errors * table["error"] for sign in (-1, 1))
    axis.fill_between(table[x], low, high, color=style["color"], alpha=0.15, linewidth=0)
    axis.plot(table[x], table["mean"], **style)


def _printed(axis, table, S, column, x="m"):
    axis.plot(
        table[x], table[column], linestyle="none", marker=_style(S)["marker"], color=_style(S)["color"],
        markerfacecolor="white", markersize=5.5,
    )  # fmt: skip


def _legend(figure, widths, extra=(), columns=3, **options):
    handles = [Line2D([], [], **_style(S) | {"label": f"$S={S}$"} | options) for S in widths]
    figure.legend(handles=[*handles, *extra], loc="outside upper center", ncols=columns, fontsize="small")


def _shared(rows, column):
    """Return the summaries by width, and the printed means."""
    table = summarise(rows, column)
    return {S: table[table["S"] == S] for S in WIDTHS}, printed_densities(table_one())


def _data(parts, printed, column):
    joined = pd.concat(parts.values())[["S", "m", "count", "mean", "error", "min", "max", "load"]]
    return joined.merge(
        printed[["S", "m", column]].rename(columns={column: "paper"}), on=["S", "m"], how="left"
    )


def one_panel(rows: pd.DataFrame, column: str, label: str, limits, errors=None):
    """Draw the mean of a quantity against m with the range of its runs, one curve for each width: Figures 1 and 3.

    Parameters
    ----------
    rows : DataFrame
        Runs of the main grid.
    column : str
        ``kappa_H`` or ``kappa_W``.
    label : str
        Of the vertical axis.
    limits : tuple of two floats
        Of the vertical axis.
    errors : float, optional
        Half the width of the band in standard errors of the mean, instead of the range.

    Returns
    -------
    figure, data
        The matplotlib figure and the numbers that are plotted.
    """
    parts, printed = _shared(rows, column)
    figure, axis = canvas(height=4.4)
    for S, table in parts.items():
        _band(axis, table, S, errors=errors)
        _printed(axis, printed[printed["S"] == S], S, column)
    axis.set(xlabel="$m$", ylabel=label, ylim=limits, xticks=_M_TICKS)
    _legend(figure, WIDTHS, columns=4, markerfacecolor="white")
    return figure, _data(parts, printed, column)


def prediction(S, m):
    r"""Return :math:`(m/(nS))^{1/3}`, the green line of Figure 2."""
    return np.cbrt(np.asarray(m) / (DIMENSION * S))


def figure_2(rows: pd.DataFrame):
    """Draw the density of changes and the green line of theory against m, one panel for each width."""
    parts, printed = _shared(rows, "kappa_D")
    figure, axes = canvas(2, 2, height=2.8, sharex=True)
    m = np.linspace(100, 1000, 50)
    for axis, (S, table) in zip(axes.flat, parts.items(), strict=True):
        axis.plot(m, prediction(S, m), color=GREEN)
        _band(axis, table, S)
        _printed(axis, printed[printed["S"] == S], S, "kappa_D")
        axis.set(title=f"$S={S}$", ylim=(0, 1.05 * prediction(S, 1000)), xticks=_M_TICKS)
    for axis in axes[1]:
        axis.set_xlabel("$m$")
    for axis in axes[:, 0]:
        axis.set_ylabel(r"$\kappa_D$")
    theory = Line2D([], [], color=GREEN, label="$(m/(nS))^{1/3}$")
    ours = Line2D([], [], color="0.3", label=r"mean of $\kappa_D$ and range")
    paper = Line2D(
        [], [], color="0.3", linestyle="none", marker="o", markerfacecolor="white", label="the paper's mean"
    )
    figure.legend(handles=[theory, ours, paper], loc="outside upper center", ncols=3, fontsize="small")
    return figure, _data(parts, printed, "kappa_D").assign(prediction=lambda t: prediction(t["S"], t["m"]))


def collapse(rows: pd.DataFrame, law):
    r"""Draw kappa_D and kappa_H of all sizes against m/(nS), with the fitted power law of the first.

    Parameters
    ----------
    rows : DataFrame
        Runs of the main grid and of Table 2.
    law : PowerLaw
        Of kappa_D.
    """
    figure, (left, right) = canvas(1, 2, height=3.8)
    pieces = []
    for axis, column in ((left, "kappa_D"), (right, "kappa_H")):
        table = summarise(rows, column)
        for S in WIDTHS:
            part = table[table["S"] == S]
            options = {"color": _style(S)["color"], "marker": _style(S)["marker"], "markersize": 3}
            axis.plot(part["load"], part["mean"], linestyle="none", alpha=0.7, **options)
        pieces.append(table.assign(quantity=column))
    x = np.array([8e-4, 0.6])
    left.plot(x, np.cbrt(x), color=GREEN)
    left.plot(x, law(x), color="black", linestyle="--", linewidth=1.2)
    left.set(xscale="log", yscale="log", xlabel="$m/(nS)$", ylabel=r"$\kappa_D$", ylim=(0.015, 1))
    left.set_yticks([0.02, 0.05, 0.1, 0.2, 0.5, 1], ["0.02", "0.05", "0.1", "0.2", "0.5", "1"])
    right.set(xscale="log", xlabel="$m/(nS)$", ylabel=r"$\kappa_H$", ylim=(0.3, 1.03))
    for axis in (left, right):
        axis.set_xticks([1e-3, 1e-2, 1e-1], ["0.001", "0.01", "0.1"])
        axis.minorticks_off()
    extra = [
        Line2D([], [], color=GREEN, label="$(m/(nS))^{1/3}$"),
        Line2D([], [], color="black", linestyle="--", label="fitted"),
    ]
    _legend(figure, WIDTHS, extra, columns=3, linestyle="none")
    columns = ["quantity", "S", "m", "load", "count", "mean", "error", "min", "max"]
    return figure, pd.concat(pieces)[columns]


def scores(table: pd.DataFrame, limit: float):
    """Draw the scores of all cells of a table, one panel for each quantity, with the limits of agreement."""
    figure, axes = canvas(2, 2, height=2.7, sharex=True, sharey=True)
    for axis, (quantity, name) in zip(axes.flat, QUANTITIES.items(), strict=True):
        for line in (-limit, limit):
            axis.axhline(line, color="black", linestyle="--", linewidth=1)
        axis.axhline(0, color="0.5", linewidth=0.8)
        for i, S in enumerate(WIDTHS):
            part = table[(table["quantity"] == quantity) & (table["S"] == S)]
            axis.plot(part["m"] + 18 * (i - 1.5), part["score"], **_style(S) | {"linestyle": "none"})
        axis.set(title=name, ylim=(-4.5, 4.5), xticks=_M_TICKS, yticks=[-4, -2, 0, 2, 4])
    for axis in axes[1]:
        axis.set_xlabel("$m$")
    for axis in axes[:, 0]:
        axis.set_ylabel("score")
    _legend(figure, WIDTHS, columns=4, linestyle="none")
    return figure, table[["quantity", "S", "m", "mean", "printed_mean", "score", "p", "agrees"]]


def large(rows: pd.DataFrame):
    """Draw T and kappa_H at width 100 for m from 100 to the end of Table 2, with the paper's means."""
    figure, axes = canvas(1, 2, height=3.6)
    rows = rows[rows["S"] == 100]
    both = pd.concat([table_one(), table_two()])
    pieces = []
    for axis, quantity in zip(axes, ("T", "kappa_H"), strict=True):
        table = summarise(rows, quantity)
        _band(axis, table, 100)
        theirs = both[(both["S"] == 100) & (both["quantity"] == quantity)]
        _printed(axis, theirs, 100, "mean")
        axis.set(xscale="log", xlabel="$m$", ylabel=QUANTITIES[quantity])
        axis.set_xticks([100, 1000, 5000], ["100", "1000", "5000"])
        pieces.append(
            table.assign(quantity=quantity).merge(
                theirs[["m", "runs", "mean"]].rename(columns={"mean": "paper", "runs": "paper_runs"}),
                how="outer",
            )
        )
    axes[0].set_yscale("log")
    axes[0].set_yticks([500, 2000, 10_000, 30_000], ["500", "2000", "10⁴", "3·10⁴"])
    axes[1].set_ylim(0.3, 1.02)
    for axis in axes:
        axis.minorticks_off()
    colour = _style(100)["color"]
    paper = {"linestyle": "none", "marker": "o", "markerfacecolor": "white"}
    handles = [
        Line2D([], [], color=colour, label="mean and range"),
        Line2D([], [], color=colour, label="the paper's mean", **paper),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=2, fontsize="small")
    return figure, pd.concat(pieces)[["quantity", "m", "count", "mean", "min", "max", "paper", "paper_runs"]]


def stability(rates: pd.DataFrame):
    r"""Draw :math:`2/\lambda_{\max}(H_0)` at width 1000 against m, and the rates tried, with their outcomes.

    Parameters
    ----------
    rates : DataFrame
        From :func:`studies.convergence.random_labels_summary.rates`.
    """
    figure, axis = canvas(height=4.2)
    part = rates[rates["S"] == 1000].sort_values("m")
    limits = part.groupby("m").agg(
        low=("limit_min", "min"), mean=("limit", "mean"), high=("limit_max", "max")
    )
    axis.fill_between(limits.index, limits["low"], limits["high"], color="0.75", linewidth=0)
    axis.plot(limits.index, limits["mean"], color="black", label=r"$2/\lambda_{\max}(H_0)$")
    good = part["converged"] == part["count"]
    options = {"linestyle": "none", "color": "#0072B2", "markersize": 7}
    axis.plot(part["m"][good], part["eta"][good], marker="o", label="all runs converge", **options)
    options["color"] = "#D55E00"
    axis.plot(part["m"][~good], part["eta"][~good], marker="X", label="some or all abort", **options)
    axis.set(yscale="log", xlabel="$m$", ylabel=r"rate $\eta_w$", xticks=_M_TICKS, ylim=(1.5e-4, 3e-3))
    axis.set_yticks([2e-4, 5e-4, 1e-3, 2e-3], ["0.0002", "0.0005", "0.001", "0.002"])
    axis.minorticks_off()
    figure.legend(loc="outside upper center", ncols=3, fontsize="small")
    return figure, part
