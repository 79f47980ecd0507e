r"""Many random draws: whether the flow follows the jump process, and how small the start must be for that."""

import functools
from dataclasses import astuple, dataclass

import numpy as np

from companion.study import Study, Tolerance
from studies.incremental.instances import mixed_instance, positive_instance
from twolayer.coverage import satisfies_assumption
from twolayer.jump_offsets import jump_offsets
from twolayer.saddle_flow import saddle_flow
from twolayer.saddle_rates import saddle_rates

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
        the process, the same for all L: ``jumps``, ``exponent``, the power of
        :math:`\lambda` with which the slowest limit of a squared norm is reached, infinity if there is none.
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
        "exponent": saddle_rates(process, directions > 0, signs, y, process.times.size, np.inf).norm,
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
