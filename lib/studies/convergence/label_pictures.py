"""The pictures of the pages on chosen labels."""

import numpy as np
import pandas as pd
from matplotlib.colors import ListedColormap

from companion.figures import canvas, series_styles


def histories(table):
    r"""Draw the error norm and the changes of activation at the first point against the time :math:`\eta\tau`.

    Parameters
    ----------
    table : DataFrame
        Rows of the study ``convergence/local-histories``.

    Returns
    -------
    figure, data
    """
    figure, (upper, lower) = canvas(2, 1, height=2.6, sharex=True)
    names = {True: "", False: ", no valve"}
    runs = {f"{v}, $m={m}${names[valve]}": r for (v, m, valve), r in table.groupby(["variant", "m", "valve"])}
    for (label, rows), style in zip(runs.items(), series_styles(runs).values(), strict=True):
        upper.plot(rows["time"], rows["error"], label=label, **style)
        if rows["error"].iloc[-1] > 1e-3:
            upper.plot(rows["time"].iloc[-1], rows["error"].iloc[-1], "X", color=style["color"], markersize=8)
        lower.plot(rows["time"], rows["first"], **style)
    upper.set(ylabel=r"$\Vert e_\tau\Vert$", yscale="log")
    lower.set(xlabel=r"$\eta\tau$", ylabel="changes per step at $X^1$", ylim=(0, None))
    figure.legend(loc="outside upper center", ncols=2, fontsize="small")
    return figure, table


def raster(active, neurons, steps=60):
    """Draw which neurons are active at the first point, step by step: held ones above, the others below.

    Parameters
    ----------
    active, neurons
        From :func:`studies.convergence.kink_chatter.window`.
    steps : int
        How many of its steps to show.

    Returns
    -------
    figure, data
    """
    order = neurons.sort_values(["held", "seen"], ascending=[False, True]).index.to_numpy()
    shown = active[:steps, order].T
    figure, axis = canvas(height=4.2)
    colours = ListedColormap(["#f2f2f2", "#0072B2"])
    axis.imshow(shown, aspect="auto", cmap=colours, interpolation="nearest", vmin=0, vmax=1)
    held = int(neurons["held"].sum())
    axis.axhline(held - 0.5, color="#D55E00", linewidth=1.5)
    axis.set(xlabel="step of the window", ylabel="neuron, in order")
    axis.grid(visible=False)
    data = pd.DataFrame(shown.astype(int), columns=[f"step {k}" for k in range(shown.shape[1])])
    return figure, data.assign(neuron=order)


def shares(windows):
    """Draw the share of active steps of each held neuron against the predicted one.

    Parameters
    ----------
    windows : mapping of str to DataFrame
        By label, the neurons of :func:`studies.convergence.kink_chatter.window`.

    Returns
    -------
    figure, data
    """
    figure, axis = canvas(height=3.8)
    axis.plot([0, 1], [0, 1], color="black", linewidth=1, label="theory")
    plotted = []
    for (label, neurons), style in zip(
        windows.items(), series_styles(windows, markers=True).values(), strict=True
    ):
        held = neurons[neurons["held"]]
        axis.plot(
            held["predicted"], held["seen"], label=label, **(style | {"linestyle": "none"}), markersize=4
        )
        plotted.append(held.assign(run=label))
    data = pd.concat(plotted, ignore_index=True)
    low = float(min(data["predicted"].min(), data["seen"].min())) if len(data) else 0.0
    high = float(max(data["predicted"].max(), data["seen"].max())) if len(data) else 1.0
    margin = 0.05 * (high - low) + 0.01
    axis.set(xlim=(low - margin, high + margin), ylim=(low - margin, high + margin))
    axis.set(xlabel=r"predicted share $\alpha$", ylabel="share of active steps")
    axis.legend(fontsize="small")
    return figure, data


def onset(rows):
    """Draw the share of runs with one large error that the valve stops, against the number of points.

    Parameters
    ----------
    rows : DataFrame
        From :func:`studies.convergence.label_summary.onset`.

    Returns
    -------
    figure, data
    """
    figure, axis = canvas(height=3.4)
    share = rows["share"]
    bars = np.maximum(np.array([share - rows["low"], rows["high"] - share]), 0)
    style = series_styles(["stopped"], markers=True)["stopped"]
    axis.errorbar(rows["m"], share, bars, capsize=3, **style)
    axis.set(xlabel="number of points $m$", ylabel="share of runs stopped", ylim=(-0.05, 1.05))
    return figure, rows


def distances(single_runs):
    """Draw the distance moved against the frozen kernel's, for the labels at both ends of the spectrum.

    Parameters
    ----------
    single_runs : DataFrame
        Rows of the study ``convergence/label-variants``.

    Returns
    -------
    figure, data
    """
    figure, axis = canvas(height=3.6)
    names = [
        name for name in ("low spectrum", "high spectrum", "local") if name in set(single_runs["variant"])
    ]
    rows = single_runs[(single_runs["outcome"] == "converged")]
    top = rows[["frozen_distance", "dW_F"]].to_numpy().max() * 1.1
    low = rows[["frozen_distance", "dW_F"]].to_numpy().min() / 1.1
    axis.plot([low, top], [low, top], color="black", linewidth=1, label="equal")
    for name, style in zip(names, series_styles(names, markers=True).values(), strict=True):
        runs = rows[rows["variant"] == name]
        axis.plot(
            runs["frozen_distance"], runs["dW_F"], label=name, **(style | {"linestyle": "none"}), markersize=5
        )
    axis.set(
        xlabel="distance of the frozen kernel", ylabel=r"$\Vert W_T - W_0\Vert_F$", xscale="log", yscale="log"
    )
    ticks = [t for t in (10, 20, 50, 100, 200) if low <= t <= top]
    axis.set_xticks(ticks, [str(t) for t in ticks])
    axis.set_yticks(ticks, [str(t) for t in ticks])
    axis.minorticks_off()
    axis.legend(fontsize="small")
    columns = ["variant", "sign", "m", "run", "valve", "eta", "frozen_distance", "dW_F"]
    return figure, rows[columns]
