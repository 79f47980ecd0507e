r"""Many random draws: whether the flow follows the jump process, and how small the start must be for that."""

import functools
from dataclasses import astuple, dataclass

import numpy as np

from companion.study import Study, Tolerance
from studies.incremental.instances import mixed_instance, positive_instance
from twolayer.coverage import satisfies_assumption
from twolayer.jump_offsets import jump_offsets
from twolayer.saddle_flow import saddle_flow

LENGTHS = (20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
ACTIVE = 0.1
"""Norm from which on a neuron counts as activated."""


@dataclass(frozen=True)
class DrawCell:
    """An instance: "one sign" (64 points, 6 neurons, as in Figure 1) or "both signs" (32 and 24), its seed, and L."""

    signs: str
    seed: int
    L: float


def draw_instance(signs, seed):
    """Return the instance of a cell."""
    return positive_instance(seed) if signs == "one sign" else mixed_instance(seed, 32, 24)


def assumed(signs, seed):
    """Tell whether Assumption 4 (i) holds."""
    instance = draw_instance(signs, seed)
    return bool(satisfies_assumption(instance.active, instance.signs, instance.y)[1])


def assumed_cells(scale):
    """Return the draws that meet Assumption 4 (i) among the first seeds, 280 and 24, or few, for each L."""
    counts = {"one sign": 280, "both signs": 24} if scale == "paper" else {"one sign": 4, "both signs": 1}
    lengths = LENGTHS if scale == "paper" else (50.0, 500.0)
    draws = [(signs, seed) for signs, count in counts.items() for seed in range(count)]
    return [DrawCell(*draw, length) for draw in draws if assumed(*draw) for length in lengths]


@functools.lru_cache(maxsize=4)
def _theory(signs, seed):
    y, directions, output_signs = astuple(draw_instance(signs, seed))
    return jump_offsets(directions, output_signs, y)


def deviation_exponent(process, mask):
    r"""Return the power of :math:`\lambda` with which the slowest limit of a squared norm is reached.

    Parameters
    ----------
    process : JumpProcess
        The jumps.
    mask : ndarray of bool, shape (m, n)
        Who is active at the start on which labels of its own sign.

    Returns
    -------
    float
        The least of three kinds of powers, over all jumps, with Y the squared norm and :math:`\tau` the time of a jump:
        g for a neuron that waits with the exponent :math:`-g`, shares points with the one that jumps, and keeps
        others, since its lost coordinates stay at :math:`\lambda^g` while it grows to a size of order one; 2g if it
        keeps none, since it takes part in this jump only; and :math:`2\frac cnY(\tau' - \tau)` for a neuron that was
        active on a point of the jump and jumps at :math:`\tau'`, since it then takes part in what is still unfitted.
        Infinity if there is nothing of the kind.
    """
    least = np.inf
    for k, j in enumerate(process.neurons):
        old, new, gaps = process.rates[k], process.rates[k + 1], -process.exponents[k + 1]
        sharing = (old > 0) & (new < old * (1 - 1e-12)) & (np.arange(old.size) != j)
        powers = gaps[sharing] * np.where(new[sharing] > 0, 1.0, 2.0)
        later = mask[process.neurons[k + 1 :]][:, process.fitted_by == k].any(axis=1)
        waits = process.times[k + 1 :][later] - process.times[k]
        least = min(least, powers.min(initial=np.inf), (2 * old[j] * waits).min(initial=np.inf))
    return float(least)


def order_rows(cell):
    r"""Return the row of a draw.

    Parameters
    ----------
    cell : DrawCell
        What to run.

    Returns
    -------
    list of dict
        ``listed``: whether the neurons that reach the norm 0.1, in their order, are those of Algorithm 1; ``reached``:
        whether its neurons reach half of their squared norms :math:`Y_k`, all of them, in its order; ``norm_error``,
        relative, of the squared norm of all weights at the end; ``deviation``, the largest of a neuron's squared norm;
        ``time_error``, the largest distance of a half height from :math:`L\tau_k + C_k`, NaN if one is missing; and of
        the process, the same for all L: ``jumps``, ``exponent`` (:func:`deviation_exponent`).
    """
    y, directions, signs = astuple(draw_instance(cell.signs, cell.seed))
    theory = _theory(cell.signs, cell.seed)
    process = theory.process
    limits = np.zeros(signs.size)
    limits[process.neurons] = process.label_norms
    path = saddle_flow(directions, signs, y, -cell.L)
    starts = np.array([path.crossing_time(j, np.log(ACTIVE)) for j in range(signs.size)])
    listed = [int(j) for j in np.argsort(starts) if np.isfinite(starts[j])]
    pairs = zip(process.neurons, process.label_norms, strict=True)
    halves = np.array([path.crossing_time(j, np.log(norm / 2) / 2) for j, norm in pairs])
    squares = np.exp(2 * path.log_norms[-1])
    row = {
        "listed": listed == process.neurons.tolist(),
        "reached": bool(np.isfinite(halves).all() and (np.diff(halves) > 0).all()),
        "norm_error": float(abs(2 * squares.sum() / process.squared_norm - 1)),
        "deviation": float(np.abs(squares - limits).max()),
        "time_error": float(np.abs(halves - cell.L * process.times - theory.offsets).max()),
        "jumps": int(process.times.size),
        "exponent": deviation_exponent(process, (directions > 0) & ((y > 0) == (signs > 0)[:, None])),
    }
    return [row]


# Errors of the integrator, 1e-10 relative inside jumps, may grow to 1e-8 in squared norms and 1e-4 in times.
ORDER = Study(
    name="incremental/order-of-activation",
    description="Random draws: order of activation, final norm and jump times of the flow against Algorithm 1.",
    compute=order_rows,
    cells=assumed_cells,
    tolerances={
        "norm_error": Tolerance(1e-5, 1e-7),
        "deviation": Tolerance(1e-5, 1e-7),
        "time_error": Tolerance(1e-5, 1e-3),
    },
    may_be_nan=("time_error",),
)
