"""Pictures of the page on the implicit bias."""

import numpy as np
import pandas as pd

from companion.figures import canvas, series_styles
from studies.incremental.implicit_bias import LAW_NAMES

LIMIT = 1 + np.sqrt(2)


def ratios(means):
    """Draw the ratio to the optimum against n for each law of labels, and the number of jumps."""
    figure, (left, right) = canvas(1, 2, height=3.4)
    styles = series_styles(LAW_NAMES, markers=True)
    for law, name in LAW_NAMES.items():
        rows = means[means["law"] == law]
        left.errorbar(rows["n"], rows["ratio"], 2 * rows["error"], label=name, capsize=2, **styles[law])
        right.plot(rows["n"], rows["jumps"], label=name, **styles[law])
    left.axhline(LIMIT, color="0.4", linestyle=":", linewidth=1.4)
    left.annotate(
        r"$1+\sqrt{2}$", (means["n"].min(), LIMIT), xytext=(0, 3), textcoords="offset points", color="0.25"
    )
    left.set(
        xscale="log", xlabel="points $n$", ylabel=r"$\|\theta_\infty\|^2/\|\theta^*\|^2$", ylim=(1, 2.58)
    )
    n = np.sort(means["n"].unique())
    right.plot(n, 2 * (np.log2(n / 2) - 0.5), color="0.4", linestyle=":", label=r"$2\log_2(n/2)-1$")
    right.set(xscale="log", xlabel="points $n$", ylabel="jumps")
    figure.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure, means


def halving(paths, exact):
    """Draw unfitted points per jump, and the norm against N beside its mean in a fixed order."""
    figure, (left, right) = canvas(1, 2, height=3.4)
    sizes = sorted(paths["N"].unique())
    styles = series_styles([str(s) for s in sizes[-3:]], markers=True)
    tables = []
    for points in sizes[-3:]:
        rows = paths[paths["N"] == points]
        # A run that has ended leaves nothing unfitted.
        median = rows.pivot(index="jump", columns="repetition", values="unfitted").fillna(0).median(axis=1)
        median = median[median > 0]
        left.plot(
            median.index,
            median / points,
            label=f"N = {points:,}".replace(",", "\u202f"),
            **styles[str(points)],
        )
        tables.append(pd.DataFrame({"N": points, "jump": median.index, "share": median.to_numpy() / points}))
    k = np.arange(0, 17)
    left.plot(k, 0.5**k, color="0.4", linestyle=":", label=r"$2^{-k}$")
    left.set(yscale="log", xlabel="jump $k$", ylabel="share of points unfitted", ylim=(1e-5, 1.5))
    left.legend(loc="lower left")
    last = paths.groupby(["N", "repetition"])["norm"].last().groupby("N")
    middle = last.mean()
    right.fill_between(middle.index, last.min(), last.max(), color="#0072B2", alpha=0.2, linewidth=0)
    right.plot(middle.index, middle, "o-", color="#0072B2", label="Algorithm 1")
    right.plot(exact.index, exact, "--", color="#D55E00", label="fixed order (exact)")
    right.axhline(2 * LIMIT, color="0.4", linestyle=":", label=r"$2(1+\sqrt{2})$")
    right.set(xscale="log", xlabel="points $N$", ylabel=r"$\|\theta_\infty\|^2/\sqrt{N}$", ylim=(None, 5.0))
    right.legend(loc="lower right")
    final = pd.DataFrame({"N": middle.index, "norm": middle.to_numpy()})
    return figure, pd.concat([*tables, final], ignore_index=True)
