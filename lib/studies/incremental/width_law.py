r"""The norm that Algorithm 1 ends with over a grid of points and neurons, from logarithmic to exponential width.

The algorithm sees fair coins only: the sign of each neuron and whether it is active on a point. They are drawn instead
of weights. Each repetition has its own labels.
"""

from dataclasses import dataclass

import numpy as np

from companion.study import Study, Tolerance
from twolayer.packed_jump_process import packed_jump_process, random_patterns

LABELS = ("normal", "ones")
# Repetitions by the number of points: the standard error of a mean is below one per cent.
REPETITIONS = {
    "paper": {16: 800, 32: 600, 64: 400, 128: 200, 256: 100, 512: 50, 1024: 24, 2048: 12, 4096: 8},
    "quick": {16: 40, 64: 20, 256: 10, 1024: 4},
}
LARGEST = {"paper": 20, "quick": 13}  # binary logarithm of the width
PER_LOGARITHM = 8  # the least width is at least this times ln n


@dataclass(frozen=True)
class Cell:
    """All repetitions for n points and m neurons; ``labels`` are N(0, 1) or signs, ``repetitions`` their number."""

    n: int
    m: int
    labels: str
    repetitions: int


def draw_labels(rng, n, law):
    """Draw n independent labels of either sign: of the law N(0, 1), or of modulus one.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the labels.
    n : int
        Points.
    law : str
        "normal" or "ones".

    Returns
    -------
    ndarray of shape (n,)
    """
    return rng.standard_normal(n) if law == "normal" else rng.choice([-1.0, 1.0], n)


def run(rng, y, m):
    """Run Algorithm 1 for m random neurons, each sign by itself.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of signs and activations.
    y : ndarray of shape (n,)
        Labels.
    m : int
        Neurons.

    Returns
    -------
    list of tuple
        For each sign that has both labels and neurons, the labels and the jumps.
    """
    positive = int(rng.binomial(m, 0.5))
    parts = ((y[y > 0], positive), (y[y < 0], m - positive))
    return [
        (labels, packed_jump_process(random_patterns(rng, width, labels.size), labels))
        for labels, width in parts
        if labels.size and width
    ]


def compute(cell):
    """Return the means over the repetitions of a cell, one row."""
    rng = np.random.default_rng([LABELS.index(cell.labels), cell.n, cell.m])
    ratios, jumps, uncovered, shares = [], [], [], []
    for _ in range(cell.repetitions):
        y = draw_labels(rng, cell.n, cell.labels)
        parts = run(rng, y, cell.m)
        optimum = 2 * (np.linalg.norm(y[y > 0]) + np.linalg.norm(y[y < 0]))
        ratios.append(sum(process.squared_norm for _, process in parts) / optimum)
        jumps.append(sum(process.times.size for _, process in parts))
        uncovered.append(cell.n - sum(int(process.counts.sum()) for _, process in parts))
        shares += [
            process.label_norms[0] ** 2 / (part @ part) for part, process in parts if process.times.size
        ]
    return [
        {
            "ratio": float(np.mean(ratios)),
            "ratio_error": float(np.std(ratios, ddof=1) / np.sqrt(cell.repetitions)),
            "jumps": float(np.mean(jumps)),
            "uncovered": float(np.mean(uncovered)),
            "first_share": float(np.mean(shares)),
            "first_share_error": float(np.std(shares, ddof=1) / np.sqrt(len(shares))),
        }
    ]


def cells(scale):
    """Return the grid of a scale, the most expensive first: widths are powers of two."""
    return [
        Cell(n, 2**power, labels, repetitions)
        for n, repetitions in reversed(REPETITIONS[scale].items())
        for power in range(LARGEST[scale], 4, -1 if scale == "paper" else -2)
        for labels in LABELS
        if 2**power >= PER_LOGARITHM * np.log(n)
    ]


WIDTH_LAW = Study(
    name="incremental/width-law",
    description="Algorithm 1 for 16 to 4096 points and up to 2^20 neurons: squared norm over the least one, number "
    "of jumps and share of the first jump, means over repetitions with their standard errors.",
    compute=compute,
    cells=cells,
    # Sums in a fixed order; only the square roots of another library and ties between equal labels could differ.
    tolerances=dict.fromkeys(
        ("ratio", "ratio_error", "jumps", "uncovered", "first_share", "first_share_error"),
        Tolerance(1e-9, 1e-12),
    ),
)
