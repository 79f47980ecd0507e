r"""How fast the flow approaches the jump process as the start shrinks: jump times and errors between the jumps.

Time is divided by :math:`L = \log(1/\lambda)` where it is compared with that of the jump process.
"""

from dataclasses import astuple, dataclass

import numpy as np

from companion.study import Study, Tolerance
from studies.incremental.instances import mixed_instance, positive_instance
from twolayer.jump_offsets import jump_offsets
from twolayer.jump_process import limit_weights
from twolayer.saddle_flow import saddle_flow

INSTANCES = {
    "0": lambda: positive_instance(0),
    "1094": positive_instance,
    "B": mixed_instance,
}
"""The reference instances: two of Figure 1's kind, by their seeds, and the one with labels of both signs."""

LENGTHS = (50.0, 100.0, 200.0, 350.0, 500.0, 700.0, 1000.0, 1400.0, 2000.0)
HALF_WIDTHS = (0.1, 0.3)


@dataclass(frozen=True)
class FlowCell:
    """An instance by name, and L."""

    instance: str
    L: float


def flow_cells(scale):
    """Return all instances and values of L, or two of each."""
    lengths = LENGTHS if scale == "paper" else (200.0, 500.0)
    names = tuple(INSTANCES) if scale == "paper" else ("0", "B")
    return [FlowCell(name, length) for name in names for length in lengths]


def jump_time_rows(cell):
    r"""Return one row for each jump: measured and predicted half height, both less :math:`L\tau_k`.

    Parameters
    ----------
    cell : FlowCell
        What to run.

    Returns
    -------
    list of dict
        ``jump``, ``neuron``, ``tau``, ``Y``; ``offset``, from the first time at which the squared norm is Y/2, NaN if
        it never is; ``predicted``; ``final``, squared norm at the end.
    """
    y, directions, signs = astuple(INSTANCES[cell.instance]())
    theory = jump_offsets(directions, signs, y)
    path, process = saddle_flow(directions, signs, y, -cell.L), theory.process
    rows = []
    for k, (j, norm, tau) in enumerate(zip(process.neurons, process.label_norms, process.times, strict=True)):
        row = {"jump": k + 1, "neuron": int(j), "tau": float(tau), "Y": float(norm)}
        row["offset"] = float(path.crossing_time(j, np.log(norm / 2) / 2) - cell.L * tau)
        row["predicted"] = float(theory.offsets[k])
        rows.append(row | {"final": float(np.exp(2 * path.log_norms[-1, j]))})
    return rows


def saddle_weights(process, y, signs, k):
    """Return hidden and output weights of the saddle after k jumps, shapes (m, n) and (m,)."""
    a, w = limit_weights(process, y, signs)
    later = np.ones(w.size, dtype=bool)
    later[process.neurons[:k]] = False
    a[later], w[later] = 0.0, 0.0
    return a, w


def limit_error_rows(cell):
    r"""Return, for each half-width of the windows that are left out, the largest errors outside of them.

    Parameters
    ----------
    cell : FlowCell
        What to run.

    Returns
    -------
    list of dict
        ``half_width``; ``weights``, the largest distance of all weights from the saddle, at the edges of the windows,
        at the middles of the gaps between them and at the last edge; ``norms``, the largest error of a neuron's norm,
        and ``loss``, at all recorded times; ``predicted``, what the constants :math:`E_j^k` give for the largest norm
        of a neuron that has not jumped, at the same times as ``weights``; ``exponent``, the limit of
        :math:`-\log(\text{predicted})/L`.
    """
    y, directions, signs = astuple(INSTANCES[cell.instance]())
    theory = jump_offsets(directions, signs, y)
    process, rows = theory.process, []
    for half_width in HALF_WIDTHS:
        looks = look_times(process.times, half_width)
        path = saddle_flow(
            directions, signs, y, -cell.L, snapshots=cell.L * looks, time_limit=cell.L * (looks[-1] + 1e-6)
        )
        saddles = np.searchsorted(process.times, looks, side="right")
        waiting = np.ones((process.times.size + 1, signs.size), dtype=bool)
        for k, j in enumerate(process.neurons):
            waiting[k + 1 :, j] = False
        logs = np.where(waiting[saddles], theory.log_norms(cell.L * looks, -cell.L), -np.inf)
        lines = np.where(waiting[saddles] & np.isfinite(logs), process.exponents_at(looks), -np.inf)
        row = {
            "half_width": half_width,
            "weights": max(map(_distances(process, y, signs), path.snapshots, saddles)),
        }
        row |= _recorded_errors(path, cell.L, process, half_width)
        rows.append(row | {"predicted": float(np.exp(logs.max())), "exponent": float(-lines.max())})
    return rows


def look_times(times, half_width):
    """Return the edges of the gaps between the windows around some times, and their middles, ascending."""
    begins = np.concatenate([[0.0], times + half_width])
    ends = np.concatenate([times - half_width, [times[-1] + 2 * half_width]])
    open_gaps = begins < ends
    begins, ends = begins[open_gaps], ends[open_gaps]
    return np.unique(np.concatenate([begins, (begins + ends) / 2, ends]))


def _distances(process, y, signs):
    def distance(snapshot, k):
        _, towards, logs = snapshot
        z, w = saddle_weights(process, y, signs, k)
        norms = np.exp(logs)
        return float(np.sqrt(((towards * norms[:, None] - z) ** 2).sum() + ((signs * norms - w) ** 2).sum()))

    return distance


def _recorded_errors(path, length, process, half_width):
    """Return the largest errors of norms and loss among the recorded times outside of the windows."""
    times = path.times / length
    outside = (np.abs(times[:, None] - process.times) >= half_width * (1 - 1e-9)).all(axis=1)
    k = np.searchsorted(process.times, times[outside], side="right")
    limits = np.zeros((process.times.size + 1, path.log_norms.shape[1]))
    for step, (j, norm) in enumerate(zip(process.neurons, process.label_norms, strict=True)):
        limits[step + 1 :, j] = np.sqrt(norm)
    norms = np.abs(np.exp(path.log_norms[outside]) - limits[k]).max()
    return {"norms": float(norms), "loss": float(np.abs(path.losses[outside] - process.losses[k]).max())}


# Inside jumps the integrator has a relative tolerance of 1e-10; over long plateaus what it leaves may grow to 1e-8.
_COPIED = Tolerance(1e-6, 1e-7)

JUMP_TIMES = Study(
    name="incremental/jump-times",
    description="Half heights of all jumps of the reference instances for many L, and what theory predicts.",
    compute=jump_time_rows,
    cells=flow_cells,
    tolerances={"offset": Tolerance(1e-6, 1e-4), "predicted": Tolerance(1e-7, 1e-7), "final": _COPIED},
    may_be_nan=("offset",),
)

LIMIT_ERRORS = Study(
    name="incremental/limit-errors",
    description="Largest errors of weights, norms and loss outside of windows around the jumps, for many L.",
    compute=limit_error_rows,
    cells=flow_cells,
    tolerances={"weights": _COPIED, "norms": _COPIED, "loss": _COPIED, "predicted": Tolerance(1e-6)},
)
