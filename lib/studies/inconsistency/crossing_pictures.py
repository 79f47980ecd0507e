"""The pictures of the page on crossing in one dimension."""

import numpy as np
import pandas as pd

from companion.figures import canvas, series_styles
from studies.inconsistency.crossing import curve

CURVES = {
    "GD": ("GD", False, "largest"),
    "GD, early stopping": ("GD", True, "largest"),
    "SGD, early stopping": ("SGD", True, "largest"),
    "GD, early stopping, small step": ("GD", True, "small"),
    "SGD, early stopping, small step": ("SGD", True, "small"),
}
"""The five protocols of Figure 5 by name: optimiser, early stopping, step."""

WIDTH_TICKS = {2**k: f"$2^{{{k}}}$" for k in range(4, 21, 2)}


def _width_axis(axis, largest):
    ticks = {m: label for m, label in WIDTH_TICKS.items() if m <= largest}
    if len(ticks) > 6:
        ticks = dict(list(ticks.items())[::2])
    axis.set_xscale("log")
    axis.set_xticks(list(ticks), list(ticks.values()))
    axis.minorticks_off()
    axis.set_xlabel("width $m$")


def _points(axis, rows, style, **options):
    error = np.array([rows["probability"] - rows["low"], rows["high"] - rows["probability"]])
    axis.errorbar(rows["m"], rows["probability"], np.maximum(error, 0), capsize=2, **style, **options)


def figure_5(table: pd.DataFrame):
    """Draw the crossing probability against the width for the five protocols, with the line of slope -1/2.

    Parameters
    ----------
    table : DataFrame
        From :func:`studies.inconsistency.crossing.probabilities`.

    Returns
    -------
    figure, data
        The matplotlib figure and the rows that are plotted.
    """
    figure, axis = canvas(height=5.0)
    styles, plotted = series_styles(CURVES, markers=True), []
    for name, protocol in CURVES.items():
        rows = curve(table, *protocol)
        _points(axis, rows, styles[name], label=name, markersize=5)
        plotted.append(rows.assign(curve=name))
    m = np.array([16.0, table.loc[table["shift"] == 0, "m"].max()])
    axis.plot(m, m**-0.5, color="black", linewidth=1, label="$m^{-1/2}$")
    axis.set(ylabel="probability that a kink crosses", ylim=(3e-3, 1.2))
    axis.set_yscale("log")
    _width_axis(axis, m[1])
    figure.legend(loc="outside upper center", ncols=2, fontsize="small")
    data = pd.concat(plotted)[["curve", "m", "trials", "crossed", "unfinished", "probability", "low", "high"]]
    return figure, data


def constant(plain: pd.DataFrame, paths: pd.DataFrame, value: float, error: float):
    """Draw the root of m times the probability: counted, conditional, and with the first-order Cauchy tail."""
    figure, axis = canvas(height=4.2)
    styles = series_styles(("counted", "conditional", "first order"), markers=True)
    root = np.sqrt(plain["m"])
    axis.errorbar(
        plain["m"] / 1.06,
        plain["scaled"],
        [root * (plain["probability"] - plain["low"]), root * (plain["high"] - plain["probability"])],
        capsize=2,
        **(styles["counted"] | {"linestyle": "none"}),
        label="crossings counted",
    )
    for column, label in (("probability", "given the path"), ("first_order", "given the path, first order")):
        style = styles["conditional" if column == "probability" else "first order"]
        axis.errorbar(
            paths["m"],
            paths[column],
            1.96 * paths[f"{column}_error"],
            capsize=2,
            **style,
            label=label,
            markersize=4,
        )
    axis.axhspan(value - 1.96 * error, value + 1.96 * error, color="0.85", zorder=0)
    axis.axhline(value, color="black", linewidth=1, label="limit, extrapolated")
    axis.set(ylabel=r"$\sqrt{m}\,P(\mathrm{crossing})$", ylim=(1.0, 2.2))
    _width_axis(axis, paths["m"].max())
    figure.legend(loc="outside upper center", ncols=2, fontsize="small")
    return figure


def figure_6(table: pd.DataFrame, shifts, flat):
    """Draw the crossing probability for shifted labels: against the width, and scaled against shift times width.

    Parameters
    ----------
    table : DataFrame
        From :func:`studies.inconsistency.crossing.probabilities`.
    shifts : sequence of float
        What is drawn.
    flat : float
        The limit of the root of m times the probability without a shift.

    Returns
    -------
    figure, data
        The matplotlib figure and the rows that are plotted.
    """
    figure, (left, right) = canvas(1, 2, height=4.4)
    largest = 1.0  # of the products of shift and width on the right
    styles, plotted = series_styles([f"{shift:g}" for shift in shifts], markers=True), []
    for shift in shifts:
        rows, style = curve(table, shift=shift), styles[f"{shift:g}"] | {"markersize": 4}
        _points(left, rows, style, label=rf"$\Delta={shift:g}$")
        if shift:
            hazard = -np.log1p(-np.minimum(rows["probability"], 1 - 0.5 / rows["trials"]))
            seen = rows["trials"] - rows["crossed"] >= 5  # otherwise log(1 - P) is not known
            largest = max(largest, (shift * rows["m"][seen]).max())
            right.plot(shift * rows["m"][seen], (np.sqrt(rows["m"]) * hazard)[seen], **style)
            rows = rows.assign(scaled_hazard=np.sqrt(rows["m"]) * hazard)
        plotted.append(rows)
    m = np.array([16.0, table["m"].max()])
    left.plot(m, m**-0.5, color="black", linewidth=1)
    left.set(ylabel="probability that a kink crosses", ylim=(3e-3, 1.3))
    left.set_yscale("log")
    _width_axis(left, m[1])
    figure.legend(loc="outside upper center", fontsize="small", ncols=min(len(shifts), 4))
    products = np.array([0.05, 2 * m[1]])
    right.axhline(flat, color="black", linewidth=1)
    right.plot(products, LARGE_SHIFT * products, "k--", linewidth=1)
    right.set(xscale="log", yscale="log", xlabel=r"$\Delta\,m$", ylabel=r"$-\sqrt{m}\,\log(1-P)$")
    right.set_yticks([1, 10, 100], ["1", "10", "100"])
    right.set_xticks([0.1, 10, 1000], ["0.1", "10", "1000"])
    right.minorticks_off()
    right.set_xlim(0.03, 2 * largest)
    right.set_ylim(1, 3 * LARGE_SHIFT * largest)
    columns = ["shift", "m", "trials", "crossed", "probability", "low", "high", "scaled_hazard"]
    return figure, pd.concat(plotted)[columns]


LARGE_SHIFT = 2 / (3 * np.pi)
"""Limit of -log(1 - P) over shift times root of m for Example 1, ReLU and He initialisation."""


def _reliable(data: pd.DataFrame) -> pd.DataFrame:
    """Return the shifted rows with enough trials of either outcome, sorted by shift times width."""
    rows = data[(data["shift"] > 0) & (data["crossed"] > 50) & (data["trials"] - data["crossed"] > 50)]
    return rows.assign(product=rows["shift"] * rows["m"]).sort_values("product")


def neighbours_in_shift_times_width(data: pd.DataFrame, within: float = 1.1) -> pd.DataFrame:
    """Return pairs of different shifts with nearly equal shift times width, and the quotient of their values.

    Parameters
    ----------
    data : DataFrame
        From :func:`figure_6`.
    within : float
        Largest quotient of the two products.

    Returns
    -------
    DataFrame
        Columns ``product``, ``shift``, ``other_shift`` and ``quotient`` of ``scaled_hazard``.
    """
    rows = _reliable(data)
    before = rows.shift(1)
    pairs = rows.assign(other_shift=before["shift"], quotient=rows["scaled_hazard"] / before["scaled_hazard"])
    near = (rows["product"] < within * before["product"]) & (rows["shift"] != before["shift"])
    return pairs.loc[near, ["product", "shift", "other_shift", "quotient"]]


def large_shifts(data: pd.DataFrame, smallest: float = 50.0) -> pd.DataFrame:
    """Return the points with a large shift times width, and the quotient of their value and its predicted limit."""
    rows = _reliable(data)
    rows = rows.assign(quotient=rows["scaled_hazard"] / (LARGE_SHIFT * rows["product"]))
    return rows[rows["product"] >= smallest]


def extreme_ratios(ratios, matrices, distance=1.0):
    """Draw kinks against the ratio w/a, and those of the neurons of a network, after some steps.

    Parameters
    ----------
    ratios : ndarray of shape (k,)
        Ratios w over the modulus of a, of the neurons of side 1.
    matrices : dict of int to ndarray of shape (3, 3)
        The matrix by which the neurons of that side were multiplied in so many steps.
    distance : float
        Of the data from zero.

    Returns
    -------
    figure, data
        The matplotlib figure, and for each step and neuron its kink.
    """
    figure, axis = canvas(height=3.6)
    grid = np.linspace(1.6 * ratios.min(), 1.6 * ratios.max(), 400)
    rows = []
    for (step, matrix), style in zip(
        matrices.items(), series_styles(map(str, matrices)).values(), strict=True
    ):
        for values, is_grid in ((grid, True), (ratios, False)):
            a, b = matrix[0, 0] + matrix[0, 2] * values, matrix[1, 0] + matrix[1, 2] * values
            kinks = np.where(a > 0, -b / a, np.nan)
            if is_grid:
                axis.plot(values, kinks, **style, label=f"$k={step}$")
            else:
                axis.plot(values, kinks, ".", color=style["color"], markersize=6)
                rows += [{"step": step, "ratio": r, "kink": t} for r, t in zip(values, kinks, strict=True)]
    for level in (-distance, distance):
        axis.axhline(level, color="black", linewidth=1)
    axis.set(
        xlabel="$w_{i,0}/a_{i,0}$", ylabel="kink $-b_{i,k}/a_{i,k}$", ylim=(-1.4 * distance, 1.4 * distance)
    )
    axis.legend(loc="upper center", ncols=len(matrices))
    return figure, pd.DataFrame(rows)
