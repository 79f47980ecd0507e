"""Pictures of the page on covering: the probability against the width, its threshold, and its limit law."""

import numpy as np

from companion.figures import COLOURS, LINE_STYLES, MARKERS, canvas
from twolayer.coverage_widths import failure_exponent
from twolayer.statistics import wilson_interval


def _tidy(size):
    return f"{size:,}".replace(",", "\u202f")


def probability(curves, judged):
    """Draw the exact probability against the width, the bound of Proposition 2 and the counted draws.

    Parameters
    ----------
    curves : DataFrame
        Of :func:`studies.incremental.covering_summary.curves`.
    judged : DataFrame
        Of :func:`studies.incremental.covering_summary.against_exact`; drawn signs and balanced labels are shown.

    Returns
    -------
    figure
    """
    figure, axis = canvas(height=3.9)
    shown = judged[(judged["signs"] == "drawn") & (judged["positive"] == judged["negative"])]
    for i, (n, lines) in enumerate(curves.groupby("n")):
        look = {"color": COLOURS[i]}
        points = shown[shown["n"] == n]
        # The marker is for the legend; those in the picture have intervals and are drawn below.
        marker = {"marker": MARKERS[i], "markevery": []} if len(points) else {}
        axis.plot(lines["m"], lines["exact"], label=f"$n={_tidy(n)}$", **look, **marker)
        axis.plot(lines["m"], lines["bound"], linestyle="--", linewidth=1.2, **look)
        if len(points):
            bars = np.array(
                [wilson_interval(c, d) for c, d in zip(points["covered"], points["draws"], strict=True)]
            )
            middle = points["frequency"].to_numpy()
            axis.errorbar(
                points["width"],
                middle,
                yerr=np.maximum(np.abs(bars.T - middle), 0.0),
                linestyle="none",
                marker=MARKERS[i],
                capsize=2,
                **look,
            )
    axis.plot([], [], linestyle="--", linewidth=1.2, color="0.4", label="lower bound")
    axis.set(xlabel="neurons $m$", ylabel="probability", ylim=(-0.02, 1.02))
    axis.set_xlim(curves["m"].min(), curves["m"].max())
    axis.legend(loc="lower right")
    return figure


def collapse(law):
    """Draw coverage against the distance from the union bound's threshold, and against the variable of the limit law.

    Parameters
    ----------
    law : DataFrame
        Of :func:`studies.incremental.covering_summary.law`.

    Returns
    -------
    figure
    """
    figure, (left, right) = canvas(1, 2, height=3.4, sharey=True)
    for i, (digits, rows) in enumerate(law.groupby("digits")):
        look = {"color": COLOURS[i], "linestyle": LINE_STYLES[i], "label": f"$n=2^{{{digits}}}$"}
        left.plot(rows["from_union"], rows["covered"], **look)
        right.plot(rows["u"], rows["covered"], **look)
    limit = law.sort_values("u")
    limit = limit[limit["u"] >= 0]
    right.plot(limit["u"], limit["limit"], color="0.55", linewidth=4, alpha=0.6, zorder=1, label="limit")
    left.set(xlabel=r"$m - \ln n\,/\,\ln\frac{4}{3}$", ylabel="probability of coverage", xlim=(-50, 20))
    right.set(xlabel=r"$(m - 2\log_2 n)\,/\,\sqrt{m}$", xlim=(-0.5, 3))
    right.legend(loc="lower right", fontsize=8.5)
    return figure


def failure_exponents(table):
    """Draw the exponent of the probability of an uncovered point against the number of neurons.

    Parameters
    ----------
    table : DataFrame
        Of :func:`studies.incremental.covering_summary.exponents`.

    Returns
    -------
    figure
    """
    figure, axis = canvas(height=3.4)
    ratios = np.linspace(table["ratio"].min(), table["ratio"].max(), 300)
    for i, (digits, rows) in enumerate(table.groupby("digits")):
        axis.plot(
            rows["ratio"],
            rows["exact"],
            linestyle="none",
            marker=MARKERS[i],
            color=COLOURS[i],
            label=f"exact, $n=2^{{{digits}}}$",
        )
    axis.plot(ratios, [failure_exponent(r) for r in ratios], color="black", label="limit")
    axis.plot(ratios, ratios * np.log2(4 / 3) - 1, color=COLOURS[5], linestyle="--", label="union bound")
    axis.set(xlabel=r"$m\,/\,\log_2 n$", ylabel=r"$-\log_n$ P(uncovered point)", ylim=(-0.3, None))
    axis.legend(loc="upper left")
    return figure
