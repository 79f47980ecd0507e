r"""Algorithm 1 alone: the norm that it ends with, and its jumps, for up to 65,536 points.

All directions and signs at the start are independent and uniform, so the algorithm sees a table of independent fair
coins: whether a neuron is active on a point, and the sign of its output weight. The coins are drawn instead of the
weights. Each repetition has its own labels, N(0, 1) with neurons of both signs, or all of them 1 with neurons that are
all positive, and then ties are broken by the index of the neuron.
"""

import math
from dataclasses import dataclass

import numpy as np

from companion.study import Study, Tolerance
from twolayer.jump_process import jump_process, least_squared_norm
from twolayer.validation import positive_integer, positive_number

POINTS = {"paper": tuple(2**k for k in range(4, 17)), "quick": (16, 32, 64, 128, 256, 512, 1024, 2048, 4096)}
REPETITIONS = {"paper": 20, "quick": 6}
LABELS = ("normal", "ones")


@dataclass(frozen=True)
class Cell:
    """One run of the algorithm; the repetition seeds labels and network together with n."""

    n: int
    labels: str
    repetition: int


def mild_width(n, per_logarithm=10.0):
    r"""Return the number of neurons :math:`\lceil k \ln n\rceil` for n points.

    Parameters
    ----------
    n : int
        Points, at least 2.
    per_logarithm : float
        k.

    Returns
    -------
    int

    Raises
    ------
    TypeError, ValueError
        If n is not an integer of at least 2 or k not positive.
    """
    n = positive_integer(n, "n", 2)
    return math.ceil(positive_number(per_logarithm, "per_logarithm") * math.log(n))


def coins(rng, m, n, *, positive=False):
    """Draw what Algorithm 1 sees of a random network.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the coins.
    m, n : int
        Neurons and points.
    positive : bool
        Whether all output weights are positive.

    Returns
    -------
    active : ndarray of bool, shape (m, n)
        Whether a neuron is active on a point.
    signs : ndarray of shape (m,)
        Signs of the output weights.
    """
    active = rng.integers(0, 2, (m, n), dtype=np.uint8).astype(bool)
    return active, np.ones(m) if positive else rng.choice([-1.0, 1.0], m)


def first_survivors(process, y):
    """Return the share of the points with the sign of the first jump that it leaves unfitted."""
    first = process.fitted_by == 0
    sign = np.sign(y[first][0])
    return 1.0 - float(first.sum() / (np.sign(y) == sign).sum())


def compute(cell):
    """Run Algorithm 1 on one draw; return one row."""
    kind = LABELS.index(cell.labels)
    rng = np.random.default_rng([kind, cell.n, cell.repetition])
    m = mild_width(cell.n)
    y = np.ones(cell.n) if kind else rng.standard_normal(cell.n)
    process = jump_process(*coins(rng, m, cell.n, positive=bool(kind)), y, ties="first")
    return [
        {
            "m": m,
            "optimum": least_squared_norm(y),
            "squared_norm": process.squared_norm,
            "largest_label": float(np.abs(y).max()),
            "jumps": int(process.times.size),
            "uncovered": int((process.fitted_by < 0).sum()),
            "first_survivors": first_survivors(process, y),
        }
    ]


def cells(scale):
    """Return the runs of a scale, the largest first."""
    return [
        Cell(n, labels, repetition)
        for n in reversed(POINTS[scale])
        for labels in LABELS
        for repetition in range(REPETITIONS[scale])
    ]


NORM_OF_ALGORITHM = Study(
    name="incremental/norm-of-algorithm",
    description="Algorithm 1 without training, m = ceil(10 ln n) neurons: squared norm at the end against the "
    "least one, number of jumps, points that nobody covers, and what the first jump leaves.",
    compute=compute,
    cells=cells,
    # Sums of up to 65,536 terms; the order of a machine's summation is the only difference.
    tolerances=dict.fromkeys(("optimum", "squared_norm", "largest_label"), Tolerance(rtol=1e-9)),
)
