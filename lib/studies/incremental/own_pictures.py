"""Pictures of a reader's own staircase: trials in, figures and their numbers out."""

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgb

from companion import figures
from studies.incremental.own_staircase import FLOW_FROM

PALE = "#c9d9e8"
MOST = 200
"""So many outputs are drawn; of more points some, evenly by the size of their labels."""

GREY = "0.55"


def colours(prediction, neurons):
    """Return a colour for each neuron: by its jump, or that of its group; grey for one that does not jump."""
    found = [GREY] * neurons
    for k, group in enumerate(prediction.groups):
        for j in group:
            found[j] = figures.COLOURS[k % len(figures.COLOURS)]
    return found


def _span(trial):
    """Return begin and end of what is shown: from before the first jump to after the last."""
    times = trial.prediction.process.times
    if not times.size:
        return 0.0, float(trial.main.times[-1])
    halves = trial.comparison.half[np.isfinite(trial.comparison.half)]
    last, first = float(max([times[-1], *halves])), float(min([times[0], *halves]))
    settle = (
        2.5
        * trial.instance.y.size
        / (trial.factor * trial.prediction.process.label_norms.min() * trial.length)
    )
    end = min(last + max(0.12 * last, 0.06 * times[0], settle), max(1.12 * last, float(trial.main.times[-1])))
    return (0.55 * first if trial.length >= FLOW_FROM else 0.0), end


def _stretched(trial):
    """Tell whether times need a logarithmic axis."""
    times = trial.prediction.process.times
    return bool(times.size and times[-1] > 40 * times[0] and trial.length >= FLOW_FROM)


def _steps(axis, trial, begin, end):
    """Draw the staircase of Algorithm 1, broad and pale; return its corners."""
    process = trial.prediction.process
    corners = np.concatenate([[begin], process.times, [max(end, *process.times, begin)]])
    losses = np.append(process.losses, process.losses[-1])
    axis.plot(corners, losses, drawstyle="steps-post", color=PALE, linewidth=7, solid_capstyle="butt",
              solid_joinstyle="miter", label="Algorithm 1")  # fmt: skip
    return corners, losses


def _losses(axis, trial, begin, end):
    corners, losses = _steps(axis, trial, begin, end)
    main, descent = trial.main, trial.descent
    shown = (main.times >= begin) & (main.times <= end)
    name = "gradient flow" if main.method == "flow" else "gradient descent"
    axis.plot(main.times[shown], main.losses[shown], color=figures.COLOURS[0], linewidth=2, label=name)
    parts = [pd.DataFrame({"series": "algorithm", "time": corners, "loss": losses}),
             pd.DataFrame({"series": main.method, "time": main.times[shown], "loss": main.losses[shown]})]  # fmt: skip
    if descent is not main:
        space = np.geomspace if _stretched(trial) else np.linspace
        grid = space(begin, min(end, descent.times[-1]), 34)[1:-1]
        values = np.interp(grid, descent.times, descent.losses)
        axis.plot(grid, values, "o", markersize=3.6, markerfacecolor="white", markeredgecolor=figures.COLOURS[1],
                  label="gradient descent")  # fmt: skip
        parts.append(pd.DataFrame({"series": "descent", "time": grid, "loss": values}))
    top = trial.prediction.process.losses[0]
    axis.set(xlim=(begin, end), ylim=(-0.04 * top, 1.12 * top), ylabel="loss")
    return pd.concat(parts, ignore_index=True)


def _name_jumps(axis, trial, paint, begin, end):
    place = np.log if _stretched(trial) else np.asarray
    last, width = -np.inf, place(end) - place(begin)
    for time, group in zip(trial.prediction.process.times, trial.prediction.groups, strict=True):
        axis.axvline(time, color=paint[group[0]], linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
        name = f"{group[0]}" + ("…" if group.size > 1 else "")
        if place(time) - last > (0.013 + 0.014 * len(name)) * width:
            axis.annotate(name, (time, 1.0), (0, 2), xycoords=("data", "axes fraction"), fontweight="bold",
                          textcoords="offset points", ha="center", color=paint[group[0]])  # fmt: skip
            last = place(time)


def hero(trial):
    """Draw the loss above, and below how each output leaps to its label; return figure and data."""
    fig, axes = figures.canvas(2, 1, height=2.35, sharex=True)
    fig.set_figwidth(figures.WIDTH[2])
    begin, end = _span(trial)
    prediction, y = trial.prediction, trial.instance.y
    paint = colours(prediction, trial.instance.signs.size)
    data = _losses(axes[0], trial, begin, end)
    _name_jumps(axes[0], trial, paint, begin, end)
    axes[0].legend(loc="best")
    run, axis = trial.descent, axes[1]
    shown = run.seen <= end
    shown &= run.seen >= min(begin, run.seen[-2] if run.seen.size > 1 else begin)
    seen, outputs = run.seen[shown], run.outputs[shown]
    if run.whole and seen[-1] < end:  # descent has converged
        seen, outputs = np.append(seen, end), np.vstack([outputs, outputs[-1]])
    points = np.argsort(y, kind="stable")[np.linspace(0, y.size - 1, min(y.size, MOST)).astype(int)]
    for i in points:
        by = prediction.fitted_by[i]
        colour = GREY if by < 0 else paint[prediction.process.neurons[by]]
        axis.plot(seen, outputs[:, i], color=colour, linewidth=1.6 if y.size <= 40 else 0.8)
        face = colour if by >= 0 else "white"
        axis.plot([1.012], [y[i]], marker="<", color=colour, markerfacecolor=face, markersize=5.5, clip_on=False,
                  transform=axis.get_yaxis_transform(), linestyle="none")  # fmt: skip
    for time, group in zip(prediction.process.times, prediction.groups, strict=True):
        axis.axvline(time, color=paint[group[0]], linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
    low, high = min(0.0, y.min()), max(0.0, y.max())
    axis.set(
        ylim=(low - 0.07 * (high - low), high + 0.07 * (high - low)),
        ylabel="outputs $h(x_i)$",
        xlabel="time$/L$",
    )
    for axis in axes:
        axis.grid(False)
        if _stretched(trial):
            axis.set_xscale("log")
    fig.align_ylabels(axes)
    leaps = pd.DataFrame(outputs[:, points], columns=[f"output_{i}" for i in points])
    return fig, pd.concat([data, leaps.assign(series="outputs", time=seen)], ignore_index=True)


def hero_alt(trial):
    """Return what is seen in the picture of :func:`hero`."""
    process, drawn, last = trial.prediction.process, min(trial.instance.y.size, MOST), trial.main.losses[-1]
    return (
        f"Above, the loss falls in {process.times.size} steps from {process.losses[0]:.3g} to {last:.3g}, "
        f"with a pale band, the prediction, behind it. Below, {drawn} curves: they leave zero at the dashed lines and "
        f"go to their labels on the right, but for {int((trial.prediction.fitted_by < 0).sum())} points at which they "
        "stay at zero."
    )


def who_learns_what(trial):
    """Draw the mask: neurons in the order of their jumps, points in the order in which they are fitted."""
    prediction, instance = trial.prediction, trial.instance
    m, n = instance.signs.size, instance.y.size
    idle = np.setdiff1d(np.arange(m), np.concatenate([*prediction.groups, np.empty(0, int)]).astype(int))
    rows = np.concatenate([*prediction.groups, idle]).astype(int)
    late = np.where(prediction.fitted_by < 0, prediction.process.times.size, prediction.fitted_by)
    columns = np.lexsort((-np.abs(instance.y), late))
    paint, picture = colours(prediction, m), np.ones((m, n, 3))
    for a, j in enumerate(rows):
        jump = next((k for k, group in enumerate(prediction.groups) if j in group), -2)
        for b, i in enumerate(columns):
            if instance.mask[j, i]:
                colour = np.array(to_rgb(paint[j] if prediction.fitted_by[i] == jump else GREY))
                picture[a, b] = colour if prediction.fitted_by[i] == jump else 0.62 + 0.38 * colour
    fig, axis = figures.canvas(height=float(np.clip(0.9 + 0.27 * m, 1.8, 4.2)))
    fig.set_figwidth(figures.WIDTH[2])
    axis.imshow(picture, aspect="auto", interpolation="nearest")
    axis.set_xticks(np.arange(-0.5, n), minor=True)
    axis.set_yticks(np.arange(-0.5, m), minor=True)
    axis.grid(False)
    if n <= 60 and m <= 40:
        axis.grid(which="minor", color="0.88", linewidth=0.8)
    axis.tick_params(which="both", length=0)
    show, wide = range(0, m, max(1, m // 16)), range(0, n, max(1, n // 16))
    marks = {1.0: "+", -1.0: "−"}
    axis.set_yticks(list(show), [f"{rows[a]} ({marks[float(instance.signs[rows[a]])]})" for a in show])
    axis.set_xticks(list(wide), [str(columns[b]) for b in wide])
    axis.set(xlabel="point", ylabel="neuron (sign)")
    table = pd.DataFrame(
        instance.mask[np.ix_(rows, columns)].astype(int), columns=[f"point_{i}" for i in columns]
    )
    return fig, table.assign(neuron=rows)


def mask_alt(trial):
    """Return what is seen in the picture of :func:`who_learns_what`."""
    counts = ", ".join(str(count) for count in trial.prediction.process.counts[:8]) or "none"
    return (
        f"A board with a row for each of {trial.instance.signs.size} neurons and a column for each of "
        f"{trial.instance.y.size} points. Coloured fields form steps from the upper left to the lower right; they are "
        f"{counts} in the rows from above. {trial.prediction.uncovered.size} columns have no field for their label."
    )


def _squares(axis, trial, begin, end):
    """Draw squared norms of the neurons that jump, broad and pale those of Algorithm 1; return what is drawn."""
    process, main = trial.prediction.process, trial.main
    shown, parts = (main.times >= begin) & (main.times <= end), {}
    for k, (j, norm) in enumerate(zip(process.neurons, process.label_norms, strict=True)):
        axis.plot([begin, process.times[k], process.times[k], end], [0, 0, norm, norm], color=PALE, linewidth=7,
                  solid_capstyle="butt", solid_joinstyle="miter", zorder=1)  # fmt: skip
        parts[f"squared_norm_{j}"] = np.exp(2 * main.log_norms[shown, j])
        style = ("-", (0, (3, 1.2)))[k % 2]
        axis.plot(main.times[shown], parts[f"squared_norm_{j}"], color=figures.COLOURS[1 - k % 2], linestyle=style,
                  label=f"neuron {j}")  # fmt: skip
    axis.set_ylim(-0.05 * process.label_norms.max(), 1.1 * process.label_norms.max())
    return pd.DataFrame({"time": main.times[shown]} | parts)


def _curves(axis, trials, begin, end):
    """Draw the losses of one or two trials of the same instance over its staircase; return what is drawn."""
    _steps(axis, trials[0], begin, end)
    parts = []
    for i, trial in enumerate(trials):
        shown = (trial.main.times >= begin) & (trial.main.times <= end)
        colour = (figures.COLOURS[1], figures.COLOURS[0])[i - len(trials)]
        style = "-" if i == len(trials) - 1 else (0, (3, 1.2))
        axis.plot(trial.main.times[shown], trial.main.losses[shown], color=colour, linestyle=style,
                  label=f"$L={trial.length:g}$")  # fmt: skip
        columns = {"L": trial.length, "time": trial.main.times[shown], "loss": trial.main.losses[shown]}
        parts.append(pd.DataFrame(columns))
    top = trials[0].prediction.process.losses[0]
    axis.set_ylim(-0.05 * top, 1.1 * top)
    return pd.concat(parts)


def gallery(panels):
    """Draw small staircases, two in a row: of losses, or of squared norms where there is a tie.

    Parameters
    ----------
    panels : dict
        From titles to lists of one or two trials.

    Returns
    -------
    figure, DataFrame
    """
    fig, axes = figures.canvas(-(-len(panels) // 2), 2, height=2.45)
    parts = []
    for axis, (title, trials) in zip(axes.flat, panels.items(), strict=True):
        spans = np.array([_span(trial) for trial in trials])
        begin, end = float(spans[:, 0].min()), float(spans[:, 1].max())
        tied = bool(trials[0].prediction.ties)
        drawn = _squares(axis, trials[0], begin, end) if tied else _curves(axis, trials, begin, end)
        parts.append(drawn.assign(panel=title))
        axis.set(title=title, xlim=(begin, end), ylabel=r"$\|w_j\|^2$" if tied else "loss", xlabel="time$/L$")
        handles, names = axis.get_legend_handles_labels()
        picked = [
            (handle, name) for handle, name in zip(handles, names, strict=True) if name != "Algorithm 1"
        ]
        if len(picked) > 1:
            axis.legend(
                *zip(*picked, strict=True), loc="upper left" if tied else "lower left", handlelength=1.6
            )
        axis.locator_params(nbins=4)
        axis.grid(False)
    return fig, pd.concat(parts, ignore_index=True)
