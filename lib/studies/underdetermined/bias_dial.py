r"""The bias as a dial: conditioning of ReLU's matrices against the size b of the bias coordinate (beyond the paper).

Remark 1 of the paper: :math:`x \mapsto (x, b)/\sqrt{1 + b^2}` leaves no antipodal pairs, so the matrices are no longer
singular. How large b should be is not said.
"""

from dataclasses import dataclass

import numpy as np

from companion.study import Study, Tolerance
from studies.underdetermined.data import FASHION_POINTS, load
from twolayer.datasets import cube_vertices
from twolayer.kernels import relu_gram, relu_neural_tangent_gram
from twolayer.preprocessing import append_bias

DIALLED = ("bad points", "Synthetic-2", "Prostate-Cancer", "Fashion-MNIST")
"""Data sets on which the dial is turned."""


@dataclass(frozen=True)
class Dial:
    """One data set, and how many values of b there are in a decade."""

    data: str
    per_decade: int


def biases(per_decade: int) -> np.ndarray:
    """Return b from 1e-3 to 10, evenly in the logarithm."""
    return 10.0 ** (np.arange(-3 * per_decade, per_decade + 1) / per_decade)


def cells(scale: str) -> list[Dial]:
    """Return the dials; the quick ones are coarse and leave out the largest data set."""
    if scale == "paper":
        return [Dial(data, 20) for data in DIALLED]
    return [Dial(data, 4) for data in DIALLED[:3]]


def compute(dial: Dial) -> list[dict]:
    """Return the extreme eigenvalues of H and G for each b."""
    x = cube_vertices() if dial.data == "bad points" else load(dial.data)[0]
    rows = []
    for b in biases(dial.per_decade):
        lifted = append_bias(x, float(b))
        row = {"bias": float(b)}
        for name, gram in (("features", relu_gram), ("tangent", relu_neural_tangent_gram)):
            eigenvalues = np.linalg.eigvalsh(gram(lifted))
            row |= {f"{name}_smallest": float(eigenvalues[0]), f"{name}_largest": float(eigenvalues[-1])}
        rows.append(row)
    return rows


BIAS_DIAL = Study(
    name="underdetermined/bias-dial",
    description="Extreme eigenvalues of the matrices H and G of ReLU against the bias coordinate b.",
    compute=compute,
    cells=cells,
    # Smallest eigenvalues are known to rounding of the largest, times a modest function of n = 500.
    tolerances={
        f"{name}_smallest": Tolerance(1e-6, 1e-13, relative_to=f"{name}_largest")
        for name in ("features", "tangent")
    },
    inputs=(FASHION_POINTS,),
)
