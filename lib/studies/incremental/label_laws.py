r"""Algorithm 1 for labels of several laws, with ceil(10 ln n) neurons: what of the implicit bias depends on the labels.

The effective number of points of a sign is the squared norm of its labels over the largest square: the number of points
if all labels are equal, and a handful if a few labels are far larger than all others.
"""

import math
from dataclasses import dataclass

import numpy as np

from companion.study import Study, Tolerance
from studies.incremental.norm_of_algorithm import mild_width
from studies.incremental.width_law import run

LAWS = ("equal", "uniform", "normal", "student", "cauchy")
POINTS = {"paper": tuple(4**k for k in range(2, 9)), "quick": (16, 256, 4096)}
REPETITIONS = {"paper": 20, "quick": 5}


@dataclass(frozen=True)
class Cell:
    """One run: n points with labels of a law, and neurons of random signs."""

    n: int
    law: str
    repetition: int


def draw_labels(rng, n, law):
    """Draw n independent labels of a symmetric law.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the labels.
    n : int
        Points.
    law : str
        "equal" (signs), "uniform" on [-1, 1], "normal", "student" with three degrees of freedom, or "cauchy".

    Returns
    -------
    ndarray of shape (n,)

    Raises
    ------
    ValueError
        For an unknown law.
    """
    laws = {
        "equal": lambda: rng.choice([-1.0, 1.0], n),
        "uniform": lambda: rng.uniform(-1.0, 1.0, n),
        "normal": lambda: rng.standard_normal(n),
        "student": lambda: rng.standard_t(3.0, n),
        "cauchy": lambda: rng.standard_cauchy(n),
    }
    if law not in laws:
        raise ValueError(f"unknown law of labels {law!r}; use one of {', '.join(laws)}")
    return laws[law]()


def compute(cell):
    """Run Algorithm 1 on one draw; return one row."""
    rng = np.random.default_rng([LAWS.index(cell.law), cell.n, cell.repetition])
    y = draw_labels(rng, cell.n, cell.law)
    m = mild_width(cell.n)
    parts = run(rng, y, m)
    norms = [float(np.linalg.norm(labels)) for labels in (y[y > 0], y[y < 0])]
    largest = [float(np.abs(labels).max()) if labels.size else 1.0 for labels in (y[y > 0], y[y < 0])]
    squared_norm = sum(process.squared_norm for _, process in parts)
    return [
        {
            "m": m,
            "ratio": squared_norm / (2 * sum(norms)),
            "over_bound": squared_norm / (math.sqrt(cell.n) * max(largest)),
            "effective_points": min((norm / top) ** 2 for norm, top in zip(norms, largest, strict=True)),
            "jumps": sum(process.times.size for _, process in parts),
            "fitted": sum(int(process.counts.sum()) for _, process in parts),
        }
    ]


def cells(scale):
    """Return the runs of a scale, the largest first."""
    return [
        Cell(n, law, repetition)
        for n in reversed(POINTS[scale])
        for law in LAWS
        for repetition in range(REPETITIONS[scale])
    ]


LABEL_LAWS = Study(
    name="incremental/label-laws",
    description="Algorithm 1 with m = ceil(10 ln n) neurons of both signs for five laws of the labels: squared norm "
    "over the least one and over sqrt(n) max |y|, effective number of points, jumps.",
    compute=compute,
    cells=cells,
    # Sums of up to 65,536 terms.
    tolerances=dict.fromkeys(("ratio", "over_bound", "effective_points"), Tolerance(rtol=1e-9)),
)
