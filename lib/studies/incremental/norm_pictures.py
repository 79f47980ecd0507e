"""Pictures of the norms after training: Figures 5 and 6, the quotients, and the excess against the scale."""

import math

import numpy as np

from companion import figures

# How a legend calls a curve.
LABELS = {
    "optimum": "optimum",
    "-3": r"$\lambda=10^{-3}$",
    "-6": r"$\lambda=10^{-6}$",
    "-20": r"$\lambda=10^{-20}$",
    "-200": r"$\lambda=10^{-200}$",
    "algorithm": r"Algorithm 1 ($\lambda\to0$)",
    "default": r"uniform, $1/\sqrt{\mathrm{fan\,in}}$",
    "He": r"uniform, $\sqrt{6/\mathrm{fan\,in}}$",
}

STYLES = {
    "optimum": {"color": "black", "linestyle": (0, (1, 1)), "linewidth": 2.2},
    "-3": {"color": figures.COLOURS[4], "linestyle": "-", "marker": "v"},
    "-6": {"color": figures.COLOURS[0], "linestyle": "-", "marker": "o"},
    "-20": {"color": figures.COLOURS[1], "linestyle": "--", "marker": "s"},
    "-200": {"color": figures.COLOURS[2], "linestyle": "-.", "marker": "^"},
    "algorithm": {"color": "black", "linestyle": "-", "marker": "D"},
    "default": {"color": figures.COLOURS[5], "linestyle": (0, (5, 1)), "marker": "P"},
    "He": {"color": figures.COLOURS[6], "linestyle": (0, (3, 1, 1, 1)), "marker": "X"},
}


def _powers(axis, values, base, which="x"):
    """Put ticks at some powers of a base, written as powers of two or ten."""
    exponents = np.unique(np.round(np.log(values) / math.log(base)).astype(int))
    exponents = exponents[:: max(1, math.ceil(exponents.size / 6))]
    ticks = {
        "ticks": float(base) ** exponents,
        "labels": [f"${base}^{{{k}}}$" for k in exponents],
        "minor": False,
    }
    (axis.set_xticks if which == "x" else axis.set_yticks)(**ticks)
    (axis.xaxis if which == "x" else axis.yaxis).minorticks_off()


def _curve(axis, x, part, label, style, columns=("mean", "low", "high"), shift=0.0):
    mean, low, high = (part[name] - shift for name in columns)
    axis.plot(x, mean, label=label, **style)
    if (high > low).any():
        axis.vlines(x, low, high, color=style["color"], linewidth=3, alpha=0.45)


def figure_five(table, algorithm):
    """Draw squared norms against n, both axes logarithmic, and below the quotients to the optimum.

    Parameters
    ----------
    table : DataFrame
        From :func:`studies.incremental.norm_summary.points_curves`.
    algorithm : DataFrame
        From :func:`studies.incremental.norm_summary.algorithm_ratios`, for the quotients beyond the trained sizes.

    Returns
    -------
    figure, DataFrame
        And the numbers that are plotted.
    """
    figure, (top, bottom) = figures.canvas(2, 1, height=3.3)
    for curve, part in table.groupby("curve", sort=False):
        part = part.sort_values("n")
        style, label = STYLES[curve], LABELS[curve]
        _curve(top, part["n"], part, label, style)
        if curve not in ("optimum", "algorithm"):
            ratio = part[["mean", "low", "high"]].div(part["optimum"], axis=0)
            _curve(bottom, part["n"], ratio, label, style)
    _curve(bottom, algorithm["n"], algorithm, LABELS["algorithm"], STYLES["algorithm"])
    for axis in (top, bottom):
        axis.set_xscale("log")
    top.set(yscale="log", xlabel="$n$", ylabel="squared norm")
    _powers(top, table["n"], 2)
    top.set_yticks([10, 30, 100, 300], ["10", "30", "100", "300"])
    top.minorticks_off()
    top.legend(loc="upper left", fontsize=8.5)
    bottom.axhline(1 + math.sqrt(2), color="0.35", linewidth=1.2, linestyle=":")
    bottom.axhline(math.sqrt(2), color="0.35", linewidth=1.2, linestyle=":")
    last = algorithm["n"].max()
    bottom.text(algorithm["n"].min(), 1 + math.sqrt(2) + 0.02, r"$1+\sqrt{2}$", fontsize=9.5)
    bottom.text(last, math.sqrt(2) + 0.02, r"$\sqrt{2}$", fontsize=9.5, ha="right")
    bottom.set(xlabel="$n$", ylabel="squared norm / optimum", ylim=(1.1, 2.56))
    _powers(bottom, algorithm["n"], 2)
    extra = algorithm.assign(curve="algorithm, labels redrawn", ratio=algorithm["mean"])
    data = table.merge(extra[["n", "curve", "ratio", "error"]], how="outer", on=["n", "curve", "ratio"])
    return figure, data


def figure_six(table, optimum):
    """Draw squared norms against the width, both axes logarithmic.

    Parameters
    ----------
    table : DataFrame
        From :func:`studies.incremental.norm_summary.width_curves`.
    optimum : float
        Least squared norm.

    Returns
    -------
    figure, DataFrame
        And the numbers that are plotted.
    """
    figure, (top, bottom) = figures.canvas(2, 1, height=3.3)
    top.axhline(optimum, label=LABELS["optimum"], **STYLES["optimum"])
    for curve, part in table.groupby("curve", sort=False):
        style, label = STYLES[curve], LABELS[curve]
        if curve != "algorithm":
            _curve(top, part["m"], part, label, style)
        if curve not in ("default", "He"):
            _curve(bottom, part["m"], part[["mean", "low", "high"]] / optimum, label, style)
    bottom.axhline(1.0, label=LABELS["optimum"], **STYLES["optimum"])
    for axis in (top, bottom):
        axis.set_xscale("log")
        _powers(axis, table["m"], 2)
        axis.set(xlabel="$m$")
    top.set(yscale="log", ylabel="squared norm")
    _powers(top, [10.0, 1e2, 1e3, 1e4], 10, "y")
    top.legend(loc="upper left", fontsize=8.5)
    bottom.set(ylabel="squared norm / optimum", ylim=(0.97, None))
    bottom.legend(loc="upper right", fontsize=8.5)
    return figure, table.assign(optimum=optimum)


def excess_figure(table):
    """Draw the excess over the optimum against L, one curve for each width, and the limit of infinite width.

    Parameters
    ----------
    table : DataFrame
        From :func:`studies.incremental.norm_summary.excess_curves`.

    Returns
    -------
    figure, DataFrame
        And the numbers that are plotted.
    """
    figure, axis = figures.canvas(height=4.2)
    wide = table.drop_duplicates("L").sort_values("L")
    axis.plot(
        wide["L"], wide["wide_limit"], color="black", linewidth=2.4, alpha=0.6, label=r"$m=\infty$, heuristic"
    )
    names = [f"$m=2^{{{round(math.log2(m))}}}$" for m in sorted(table["m"].unique())]
    styles = figures.series_styles(names, markers=True)
    for name, (_m, part) in zip(names, table.groupby("m"), strict=True):
        colour = styles[name]["color"]
        axis.plot(part["L"], part["mean"], label=name, **styles[name])
        axis.fill_between(part["L"], part["low"], part["high"], color=colour, alpha=0.15, linewidth=0)
        axis.plot(table["L"].max() * 1.25, part["algorithm"].iloc[0], color=colour, marker="<", markersize=8)
    axis.set(xscale="log", yscale="log", xlabel=r"$L=\log(1/\lambda)$", ylabel="squared norm / optimum − 1")
    axis.set_ylim(table["mean"].min() / 2.5, 0.6)
    axis.set_xticks([3, 10, 30, 100, 300], ["3", "10", "30", "100", "300"])
    axis.set_yticks([0.01, 0.03, 0.1, 0.3], ["0.01", "0.03", "0.1", "0.3"])
    axis.minorticks_off()
    axis.legend(loc="lower left", fontsize=9)
    return figure, table
