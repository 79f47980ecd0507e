"""Pictures of the page on the proof by halving."""

import numpy as np

from companion.figures import COLOURS, MARKERS, canvas

LIMIT = 1 + np.sqrt(2)


def bounds(failures, runs, certified, first_word):
    """Draw how likely halving fails beside its bound, and what factor is certified from how many points on.

    Parameters
    ----------
    failures, runs, certified : DataFrame
        Of :mod:`studies.incremental.halving_bounds`.
    first_word : float
        Number of points at which Corollary 1 begins to say something.

    Returns
    -------
    figure, data
    """
    figure, (left, right) = canvas(1, 2, height=3.9)
    seen = runs.groupby(["delta", "epsilon", "n"])["halves"].mean()
    for i, ((delta, epsilon), rows) in enumerate(failures.groupby(["delta", "epsilon"])):
        colour = COLOURS[i]
        label = rf"$\delta={delta:g}$, $\varepsilon={epsilon:g}$"
        left.plot(rows["n"], np.maximum(rows["exact"], 1e-15), color=colour, label=label)
        left.plot(rows["n"], rows["fixed"], "--", color=colour)
        part = 1 - seen.loc[delta, epsilon]
        part = part[part > 0]
        left.plot(part.index, part, MARKERS[i], color=colour, fillstyle="none")
    left.axhspan(1, 1e3, color="0.92", zorder=0)
    left.text(0.97, 0.97, "bound says nothing", ha="right", va="top", transform=left.transAxes, fontsize=9)
    left.set(
        xscale="log", yscale="log", ylim=(1e-5, 1e3), xlabel="points $n$", ylabel="probability of failure"
    )
    n = certified["n"].to_numpy(float)
    right.plot(n, certified["trivial"], "-.", color="0.45", label=r"$\sqrt{m}$, always true")
    right.plot(n, certified["factor"], "-", color="#882255", label="by halving, 95 % (ours)")
    right.fill_between(
        n, certified["lower"], certified["upper"], color="#44AA99", alpha=0.35, label="by sets, 95 % (ours)"
    )
    right.plot(n, certified["measured"], "o", color="#000000", markersize=4, label="Algorithm 1")
    right.axhline(LIMIT, color="0.2", linestyle=":", label=r"$1+\sqrt{2}$")
    right.axvline(first_word, color="#8C6D00", linestyle=(0, (5, 1)), label="Corollary 1 begins")
    right.set(xscale="log", xlabel="points $n$", ylabel="squared norm / least one", ylim=(1, 12.5))
    right.set_xticks(10.0 ** np.arange(2, 15, 4))
    handles, labels = left.get_legend_handles_labels()
    more, names = right.get_legend_handles_labels()
    figure.legend(handles + more, labels + names, loc="outside lower center", ncols=2)
    return figure, failures
