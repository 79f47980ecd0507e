"""Figure 2 from data: the phases of the proof around one jump, with norms and directions."""

import numpy as np
import pandas as pd

from companion import figures
from studies.incremental.staircase_pictures import neuron_styles

_PHASES = (
    ("slow\ngrowth", "0.965"),
    ("2a", "#FBE8D9"),
    ("2b", "#F6CFAE"),
    ("re-\nalignment", "#DCEBF5"),
    ("slow\ngrowth", "0.965"),
)


def _shade(axis, edges, names):
    for (name, colour), low, high in zip(_PHASES, edges[:-1], edges[1:], strict=True):
        axis.axvspan(low, high, color=colour, zorder=0, linewidth=0)
        if names:
            axis.text(
                (low + high) / 2,
                1.02,
                name,
                transform=axis.get_xaxis_transform(),
                ha="center",
                va="bottom",
                fontsize=9.5,
            )
    axis.grid(False)


def figure_two(record, process, length):
    r"""Draw exponents and cosines around a jump, with the phases shaded; return figure and data.

    Parameters
    ----------
    record : studies.incremental.phases.JumpRecord
        The jump.
    process : JumpProcess
        The jumps of the instance.
    length : float
        :math:`L`, by which times are divided.
    """
    fig, axes = figures.canvas(2, 1, height=2.7, sharex=True)
    fig.set_figwidth(figures.WIDTH[2])
    phases, times = record.phases, record.times / length
    marks = [phases.t_1, phases.t_2a, phases.t_2b, phases.t_3]
    edges = np.array([record.times[0], *marks, record.times[-1]]) / length
    styles, data = neuron_styles(process, record.log_norms.shape[1]), {"time": times}
    for axis, names in zip(axes, (True, False), strict=True):
        _shade(axis, edges, names)
    for j, style in styles.items():
        data |= {f"exponent_{j}": record.log_norms[:, j] / length}
        data |= {f"old_{j}": record.old[:, j], f"new_{j}": record.new[:, j]}
        bold = 2.8 if j == record.neuron else 1.5
        axes[0].plot(times, record.log_norms[:, j] / length, color=style["color"], linewidth=bold)
        if j != record.neuron and np.isfinite(record.new[:, j]).any():
            axes[1].plot(times, record.old[:, j], color=style["color"], linewidth=1.3, linestyle="--")
            axes[1].plot(times, record.new[:, j], color=style["color"], linewidth=1.8)
    axes[0].annotate(
        f"neuron {record.neuron}", (times[-1], record.log_norms[-1, record.neuron] / length), (-4, -12),
        textcoords="offset points", ha="right", color=styles[record.neuron]["color"], fontweight="bold",
    )  # fmt: skip
    axes[1].plot([], [], color="0.3", linestyle="--", linewidth=1.3, label="old direction")
    axes[1].plot([], [], color="0.3", linewidth=1.8, label="new direction")
    axes[1].legend(loc="upper left", bbox_to_anchor=(0.01, 0.93))
    axes[0].set(ylabel=r"$\log\|w_j\|/L$", xlim=(edges[0], edges[-1]))
    axes[1].set(ylabel="cosine", xlabel="time$/L$")
    axes[1].set_xticks(edges[1:-1], ["$t_1$", "$t_{2a}$", "$t_{2b}$", "$t_3$"])
    return fig, pd.DataFrame(data)
