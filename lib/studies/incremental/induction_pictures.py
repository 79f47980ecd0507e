"""Pictures of the proof of Theorem 2 along runs: alignment at the start, powers of the scale, lengths of the phases."""

import numpy as np

from companion.figures import COLOURS, LINE_STYLES, MARKERS, canvas

_ITEMS = (
    ("norm", "error of a fitted norm"),
    ("loss", "residuals of fitted points, squared"),
    ("alignment", r"$1-\cos$ of an unfitted neuron"),
)


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
    figure, axes = canvas(3, 1, height=2.5, sharex=True)
    for axis, (item, title) in zip(axes, _ITEMS, strict=True):
        for i, k in enumerate(chosen):
            rows = errors[
                (errors["k"] == k) & (errors[item] > {"norm": 1e-9, "loss": 1e-18}.get(item, 1e-26))
            ]
            slope = comparison[(comparison["k"] == k) & (comparison["item"] == item)]["predicted"].item()
            if not len(rows):
                continue
            axis.semilogy(
                rows["L"], rows[item], linestyle="none", marker=MARKERS[i], color=COLOURS[i], label=f"$k={k}$"
            )
            lengths = np.array([errors["L"].min(), rows["L"].max()])
            last = rows.iloc[-1]
            line = last[item] * np.exp(-slope * (lengths - last["L"]))
            axis.plot(lengths, line, color=COLOURS[i], linewidth=1.0, linestyle="--")
        axis.set_title(title)
        top = errors[item].max()
        axis.set_ylim({"norm": 1e-9, "loss": 1e-18}.get(item, 1e-10), 30 * max(1.0, top))
    axes[0].legend(loc="upper right", ncols=len(chosen), columnspacing=1.0, handletextpad=0.2)
    axes[-1].set_xlabel(r"$L=\log(1/\lambda)$")
    return figure


def lengths_of_phases(table, jumps):
    """Draw how long the phases of some jumps last, divided by L, against L.

    Parameters
    ----------
    table : DataFrame
        Of :func:`studies.incremental.phase_durations.durations`.
    jumps : sequence of int
        Which jumps to show, at most three.

    Returns
    -------
    figure
    """
    figure, axis = canvas(height=3.6)
    names = {"slow": r"$t_{2a}-t_1$", "fit": r"$t_{2b}-t_{2a}$", "turn": r"$t_3-t_{2b}$"}
    for i, (name, label) in enumerate(names.items()):
        for k, marker in zip(jumps, MARKERS, strict=False):
            rows = table[table["jump"] == k].sort_values("L")
            if rows[name].notna().any():
                axis.loglog(
                    rows["L"], rows[name] / rows["L"], linestyle="none", marker=marker, color=COLOURS[i],
                    label=f"{label}, jump {k}",
                )  # fmt: skip
                axis.plot(rows["L"], rows[f"{name}_predicted"] / rows["L"], color=COLOURS[i], linewidth=1.1)
    axis.set(xlabel=r"$L=\log(1/\lambda)$", ylabel="duration divided by $L$")
    axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8.5)
    return figure
