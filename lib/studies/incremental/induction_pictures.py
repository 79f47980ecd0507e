"""Pictures of the proof of Theorem 2 along runs: alignment at the start, powers of the scale, lengths of the phases."""

import numpy as np

from companion.figures import COLOURS, LINE_STYLES, MARKERS, canvas

_ITEMS = (
    ("norm", "error of a fitted norm", 1e-8),
    ("loss", "squared residuals of fitted points", 1e-16),
    ("alignment", r"$1-\cos$ of an unfitted neuron", 1e-10),
)
_LONGEST = 2000  # largest L in the picture


def early(table):
    r"""Draw 1 - cos of every neuron with its first direction over the bound :math:`2e^{-2\|D\|t}`, against the time.

    Parameters
    ----------
    table : DataFrame
        Of :func:`studies.incremental.induction.early_alignment`.

    Returns
    -------
    figure
    """
    figure, (left, right) = canvas(1, 2, height=3.1)
    for i, (_, rows) in enumerate(table.groupby("neuron")):
        look = {"color": COLOURS[i % len(COLOURS)], "linestyle": LINE_STYLES[i % len(LINE_STYLES)]}
        left.semilogy(rows["raw"], rows["gap"], linewidth=1.3, **look)
        right.plot(rows["raw"], rows["gap"] / rows["bound"], linewidth=1.3, **look)
    right.axhline(1.0, color="black", linestyle=":")
    left.set(xlabel="$t$ (not divided by $L$)", ylabel=r"$1-\cos$")
    right.set(xlabel="$t$ (not divided by $L$)", ylabel="part of the bound", ylim=(0, 1.1))
    return figure


def powers(errors, comparison, chosen):
    """Draw the errors after some jumps against L, with lines of the predicted slopes through the last usable point.

    Parameters
    ----------
    errors, comparison : DataFrame
        Of :func:`studies.incremental.induction.saddle_errors` and :func:`studies.incremental.induction.powers`.
    chosen : sequence of int
        Which jumps to show.

    Returns
    -------
    figure
    """
    figure, axes = canvas(3, 1, height=2.4, sharex=True)
    for axis, (item, title, floor) in zip(axes, _ITEMS, strict=True):
        for i, k in enumerate(chosen):
            rows = errors[(errors["k"] == k) & (errors[item] > floor) & (errors["L"] <= _LONGEST)]
            slope = comparison[(comparison["k"] == k) & (comparison["item"] == item)]["predicted"].item()
            if not len(rows):
                continue
            look = {"color": COLOURS[i], "marker": MARKERS[i], "label": f"$k={k}$"}
            axis.semilogy(rows["L"], rows[item], linestyle="none", **look)
            last = rows.sort_values("L").iloc[-1]
            lengths = np.array([errors["L"].min(), last["L"]])
            line = last[item] * np.exp(-slope * (lengths - last["L"]))
            axis.plot(lengths, line, color=COLOURS[i], linewidth=1.0, linestyle="--")
        axis.set_title(title)
        axis.set_ylim(floor, 30.0)
    axes[0].legend(loc="upper right", ncols=len(chosen), columnspacing=1.0, handletextpad=0.2)
    axes[-1].set(xlabel=r"$L=\log(1/\lambda)$", xlim=(0, 1.05 * _LONGEST))
    return figure


def lengths_of_phases(table, jumps):
    """Draw how long the phases of some jumps last, divided by L, against L.

    Parameters
    ----------
    table : DataFrame
        Of :func:`studies.incremental.phase_durations.durations`.
    jumps : sequence of int
        Which jumps to show.

    Returns
    -------
    figure
    """
    figure, axis = canvas(height=4.0)
    names = {"slow": "$t_{2a}-t_1$", "fit": "$t_{2b}-t_{2a}$", "turn": "$t_3-t_{2b}$"}
    for (name, label), colour, dashes in zip(names.items(), COLOURS, LINE_STYLES, strict=False):
        axis.plot([], [], color=colour, linestyle=dashes, label=label)
        for k, marker in zip(jumps, MARKERS, strict=False):
            rows = table[(table["jump"] == k) & table[name].notna()].sort_values("L")
            axis.loglog(rows["L"], rows[name] / rows["L"], linestyle="none", marker=marker, color=colour)
            axis.plot(
                rows["L"],
                rows[f"{name}_predicted"] / rows["L"],
                color=colour,
                linestyle=dashes,
                linewidth=1.1,
            )
    for k, marker in zip(jumps, MARKERS, strict=False):
        axis.plot([], [], linestyle="none", marker=marker, color="0.4", label=f"jump {k}")
    lengths = sorted(table["L"].unique())
    axis.set_xticks(lengths, [f"{length:g}" for length in lengths])
    axis.minorticks_off()
    axis.set(xlabel=r"$L=\log(1/\lambda)$", ylabel="duration divided by $L$")
    axis.legend(loc="center right", bbox_to_anchor=(1.0, 0.7), ncols=2)
    return figure


def powers_of_draws(table):
    """Draw measured over predicted powers of random draws against the predicted ones.

    Parameters
    ----------
    table : DataFrame
        Rows of the study ``incremental/saddle-powers`` with a measured power.

    Returns
    -------
    figure
    """
    figure, axis = canvas(height=3.4)
    axis.axhline(1.0, color="black", linewidth=1)
    for i, (item, title, _) in enumerate(_ITEMS):
        rows = table[table["item"] == item]
        look = {"color": COLOURS[i], "markersize": 4, "alpha": 0.6, "label": title}
        axis.plot(rows["predicted"], rows["measured"] / rows["predicted"], MARKERS[i], **look)
    axis.set(xscale="log", xlabel="power, predicted", ylabel="measured / predicted")
    axis.set_xticks([1e-3, 1e-2, 1e-1], ["0.001", "0.01", "0.1"])
    axis.minorticks_off()
    figure.legend(*axis.get_legend_handles_labels(), loc="outside lower center", ncols=1)
    return figure
