r"""Powers of :math:`\lambda` at the saddles of random draws: whether anything is slower than the known mechanisms."""

from dataclasses import dataclass
from itertools import count, islice

import numpy as np

from companion.study import Study, Tolerance
from studies.incremental.induction import FLOORS, powers, saddle_errors
from studies.incremental.instances import mixed_instance, positive_instance
from twolayer.coverage import satisfies_assumption
from twolayer.jump_process import jump_process

EPSILON = 0.1
"""How long after each jump the saddles are looked at."""

CLEARANCE = 0.12  # draws with two jumps that are nearer are left out
LADDER = tuple(100.0 * 1.5**k for k in range(16))
CEILING = 1e-3
DRAWS = {"paper": {"one sign": 27, "both signs": 27}, "quick": {"one sign": 1, "both signs": 1}}
FIRST_SEED = 300
"""The mechanisms were looked for in draws with smaller seeds."""


@dataclass(frozen=True)
class SaddleCell:
    """A draw, "one sign" (64 points, 6 neurons, as in Figure 1) or "both signs" (24 and 16), and the largest L."""

    signs: str
    seed: int
    longest: float


def draw(signs, seed):
    """Return the instance of a cell."""
    return positive_instance(seed) if signs == "one sign" else mixed_instance(seed, 24, 16)


def eligible(signs, seed):
    """Tell whether Assumption 4 (i) holds and no two jumps are too near for the plateau between them."""
    start = draw(signs, seed)
    if not satisfies_assumption(start.active, start.signs, start.y)[1]:
        return False
    times = jump_process(start.active, start.signs, start.y).times
    return bool(np.diff(times).min(initial=np.inf) >= CLEARANCE)


def cells(scale):
    """Return the first eligible draws of either kind."""
    longest = LADDER[-1] if scale == "paper" else LADDER[6]
    return [
        SaddleCell(signs, seed, longest)
        for signs, number in DRAWS[scale].items()
        for seed in islice((seed for seed in count(FIRST_SEED) if eligible(signs, seed)), number)
    ]


def compute(cell):
    """Return one row for each saddle of a draw and each of its errors that should be a power; NaN: not readable."""
    start = draw(cell.signs, cell.seed)
    errors = saddle_errors(start, [length for length in LADDER if length <= cell.longest], EPSILON)
    table = powers(start, errors, EPSILON, CEILING, FLOORS | {"alignment": 1e-16})
    return table[np.isfinite(table["predicted"])].to_dict("records")


SADDLE_POWERS = Study(
    name="incremental/saddle-powers",
    description="Random draws: powers of the scale in the errors of fitted norms, residuals and directions after each "
    "jump, along the flow and from Algorithm 1.",
    compute=compute,
    cells=cells,
    # Slopes between errors of which the smallest are ten times what the integrator leaves.
    tolerances={
        "measured": Tolerance(2e-2),
        **dict.fromkeys(("predicted", "following"), Tolerance(1e-7, 1e-12)),
    },
    may_be_nan=("measured", "L"),
)
