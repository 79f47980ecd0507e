r"""Algorithm 1 alone, with ceil(10 ln n) neurons: the norm that it ends with, and its jumps, for up to 65,536 points.

All directions and signs at the start are independent and uniform, so the algorithm sees independent fair coins only:
whether a neuron is active on a point, and the sign of its output weight. The coins are drawn instead of the weights.
Each repetition has labels of its own, of one of several laws; neurons that tie jump in the order of their indices.

The effective number of points of a sign is the squared norm of its labels over the largest square: the number of points
if all labels are equal, and a handful if a few labels are far larger than all others.
"""

import math
from dataclasses import dataclass

import numpy as np

from companion.study import Study, Tolerance
from studies.incremental.label_laws import draw_labels
from studies.incremental.mild_width import mild_width
from studies.incremental.width_law import run
from twolayer.jump_process import least_squared_norm
from twolayer.packed_jump_process import packed_jump_process

LAWS = {"table": ("normal", "ones"), "packed": ("equal", "uniform", "normal", "student", "cauchy")}
"""Laws of the labels for each way of drawing the coins."""

POINTS = {
    ("paper", "table"): tuple(2**k for k in range(4, 17)),
    ("paper", "packed"): tuple(4**k for k in range(2, 9)),
    ("quick", "table"): tuple(2**k for k in range(4, 13)),
    ("quick", "packed"): (16, 256, 4096),
}
REPETITIONS = {("paper", "table"): 20, ("paper", "packed"): 20, ("quick", "table"): 6, ("quick", "packed"): 5}


@dataclass(frozen=True)
class Cell:
    """One run: n points, law of the labels, how coins are drawn ("table" or "packed"), and the repetition.

    "table" is one coin after the other for all neurons and points, and then the signs, which are all positive for
    labels that are all 1; "packed" is the number of positive neurons and then eight coins in a byte, only for the
    points whose sign a neuron has. The two are equal in law.
    """

    n: int
    law: str
    coins: str
    repetition: int


def table_run(rng, y, m, *, positive=False):
    """Run Algorithm 1 for a table of coins, one for each of m neurons and each point.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the coins.
    y : ndarray of shape (n,)
        Labels.
    m : int
        Neurons.
    positive : bool
        Whether all output weights are positive.

    Returns
    -------
    list of tuple
        For each sign that has both labels and neurons, the labels and the jumps, as from
        :func:`studies.incremental.width_law.run`.
    """
    active = rng.integers(0, 2, (m, y.size), dtype=np.uint8)
    signs = np.ones(m) if positive else rng.choice([-1.0, 1.0], m)
    parts = ((active[signs * sign > 0][:, y * sign > 0], y[y * sign > 0]) for sign in (1, -1))
    return [
        (labels, packed_jump_process(np.packbits(own, axis=1, bitorder="little"), labels))
        for own, labels in parts
        if own.size
    ]


def first_survivors(parts):
    """Return the share of the points with the sign of the first jump that it leaves unfitted."""
    labels, process = min(parts, key=lambda part: part[1].times[0])
    return 1.0 - float(process.counts[0] / labels.size)


def compute(cell):
    """Run Algorithm 1 on one draw; return one row."""
    rng = np.random.default_rng([LAWS[cell.coins].index(cell.law), cell.n, cell.repetition])
    y, m = draw_labels(rng, cell.n, cell.law), mild_width(cell.n)
    parts = run(rng, y, m) if cell.coins == "packed" else table_run(rng, y, m, positive=cell.law == "ones")
    by_sign = [labels for labels in (y[y > 0], y[y < 0]) if labels.size]
    return [
        {
            "m": m,
            "optimum": least_squared_norm(y),
            "squared_norm": math.fsum(process.squared_norm for _, process in parts),
            "largest_label": float(np.abs(y).max()),
            "effective_points": min(float((np.linalg.norm(v) / np.abs(v).max()) ** 2) for v in by_sign),
            "jumps": sum(process.times.size for _, process in parts),
            "uncovered": cell.n - sum(int(process.counts.sum()) for _, process in parts),
            "first_survivors": first_survivors(parts),
        }
    ]


def cells(scale):
    """Return the runs of a scale, the largest first."""
    draws = [
        Cell(n, law, coins, repetition)
        for coins, laws in LAWS.items()
        for n in POINTS[scale, coins]
        for law in laws
        for repetition in range(REPETITIONS[scale, coins])
    ]
    return sorted(draws, key=lambda cell: -cell.n)


NORM_OF_ALGORITHM = Study(
    name="incremental/norm-of-algorithm",
    description="Algorithm 1 without training, m = ceil(10 ln n) neurons, labels of several laws: squared norm at the "
    "end, the least one, effective number of points, jumps, points that nobody covers, and what the first jump leaves.",
    compute=compute,
    cells=cells,
    # Sums of up to 65,536 terms; the order of a machine's summation is the only difference.
    tolerances=dict.fromkeys(
        ("optimum", "squared_norm", "largest_label", "effective_points"), Tolerance(rtol=1e-9)
    ),
)
