"""Drawings of the quasirandom properties: matplotlib axes in, marks and lines on them out."""

import numpy as np
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator

from companion.figures import COLOURS, series_styles
from studies.convergence.quasirandom_summaries import expected_along, means


def size_axis(axis, sizes):
    """Mark every other size on a logarithmic axis, without minor labels."""
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(FixedLocator(sizes[::2]))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.set_xticklabels([f"{size:g}" for size in sizes[::2]])


def draw_extreme(axis, table, column, varied, *, predicted=True, scale=1.0):
    """Draw the mean of an extreme over a size with two standard errors, and its predicted median.

    Parameters
    ----------
    axis : matplotlib axes
        Where to draw.
    table : DataFrame
        Rows of the study of constants.
    column, varied : str
        What is drawn over which size.
    predicted : bool
        Whether to draw the prediction.
    scale : float
        Divides both.

    Returns
    -------
    DataFrame
        The numbers drawn.
    """
    found = means(table, varied, column)
    if predicted:
        found["predicted"] = expected_along(column, varied, found["size"])
        axis.plot(
            found["size"], found["predicted"] / scale, "--", color="0.35", linewidth=1.4, label="predicted"
        )
    axis.errorbar(
        found["size"],
        found["mean"] / scale,
        2 * found["error"] / scale,
        fmt="o",
        color=COLOURS[0],
        capsize=2,
        label="measured",
    )
    size_axis(axis, found["size"].to_list())
    axis.set_xlabel({"n": "dimension $n$", "m": "points $m$", "S": "width $S$"}[varied])
    return found


def log_values(axis, values, which="y"):
    """Use a logarithmic axis, x or y, with these marks only."""
    chosen = axis.xaxis if which == "x" else axis.yaxis
    (axis.set_xscale if which == "x" else axis.set_yscale)("log")
    chosen.set_major_locator(FixedLocator(values))
    chosen.set_minor_locator(NullLocator())
    chosen.set_minor_formatter(NullFormatter())
    chosen.set_ticklabels([f"{value:g}" for value in values])


def draw_subsets(axis, rows, reference, label):
    """Draw a random and the worst subset found over the number of points, with a reference curve."""
    axis.loglog(rows["size"], rows["random"], "--", color=COLOURS[2], label="random")
    axis.loglog(rows["size"], rows["found"], "o-", color=COLOURS[0], markersize=3.5, label="worst found")
    axis.loglog(rows["size"], reference, color="0.35", linewidth=1.4, linestyle=":", label=label)
    axis.set_xlabel("points in the subset")


def draw_removal(axis, rows):
    """Draw the smallest eigenvalue over S that each adversary leaves, over the share of neurons removed."""
    labels = {
        "random": "random",
        "greedy": "greedy",
        "worst": "worst found",
        "one_point": "bound of one point",
    }
    styles = series_styles(labels)
    mean = rows.groupby("share")[list(labels)].mean()
    for name, label in labels.items():
        line = mean[name] if name != "one_point" else mean[name][mean[name] < 1.3 * mean["random"].max()]
        axis.plot(line.index, line, label=label, **styles[name])
    axis.set(xlabel="share of neurons removed", ylabel=r"$\lambda_{\min}/S$", ylim=(0, None))
    return mean.reset_index()


def draw_laws(axis, laws, thresholds, samples):
    """Draw the share of entries beyond a threshold for laws of the output weights: exact, and counted in samples."""
    styles = series_styles(laws)
    for name, tail in laws.items():
        axis.plot(thresholds, [tail(t) for t in thresholds], label=name, **styles[name])
        counted = [(np.abs(samples[name]) >= t).mean() for t in thresholds[::10]]
        axis.plot(thresholds[::10], counted, "o", color=styles[name]["color"], markersize=3.5)
    axis.set(xlabel=r"threshold $\zeta_0$", ylabel=r"$|\Gamma_0|/S$", ylim=(-0.03, 1.05))
