"""The 256 points of Figures 1 and 2: the draw that the published code makes, archived.

The authors' code draws them with torch, from a fixed seed. The draw is a table of its own, so that the book is
rebuilt without torch and whatever later versions of it draw; where torch is, the audit draws them again.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from companion.archive import read_archive
from companion.study import Study, Tolerance
from twolayer.example_distributions import cosine_distribution
from twolayer.half_sided import WeightedData, half_sided_regression

POINTS = "inconsistency/figure-points"
"""Name of the study."""


@dataclass(frozen=True)
class Draw:
    """A draw of the published code: the seed of torch's generator, and the number of points."""

    seed: int
    points: int


def compute(draw: Draw) -> list[dict]:
    r"""Draw :math:`\beta`, the signs and the noise in the published code's order, in its 32-bit floats.

    The labels are computed from them in 64 bits: ``x`` and ``y`` are a sample of :math:`P_{ex}`, not yet shifted.
    """
    import torch  # here, so that pages need not load it

    size = (1, draw.points)
    with torch.random.fork_rng(
        devices=[]
    ):  # torch's distributions know its global generator only; it is restored
        torch.manual_seed(draw.seed)
        beta = torch.distributions.Beta(torch.tensor(5.0), torch.tensor(2.0)).sample(size)
        heads = torch.distributions.Bernoulli(torch.tensor(0.5)).sample(size)
        noise = torch.randn(size)
    beta, heads, noise = (v.numpy().ravel().astype(np.float64) for v in (beta, heads, noise))
    x = np.sqrt(196 / 105) * (2 * heads - 1) * beta
    distribution = cosine_distribution()
    y = distribution.regression(x) + distribution.noise * noise
    return [
        {"index": j, "x": float(x_j), "y": float(y_j)} for j, (x_j, y_j) in enumerate(zip(x, y, strict=True))
    ]


def cells(scale: str) -> list[Draw]:  # noqa: ARG001 - there is one draw at every scale
    """Return the published draw."""
    return [Draw(5, 256)]


def without_intercepts(x: np.ndarray, y: np.ndarray) -> WeightedData:
    """Return the data with the labels of each side lowered by the intercept of that side's regression line.

    Parameters
    ----------
    x, y : ndarray of shape (n,)
        Points and labels.

    Returns
    -------
    WeightedData
        Equally weighted, with half-sided regression lines through the origin: the sample's version of Remark 19.
    """
    intercepts = half_sided_regression(WeightedData(x, y))[:, 1]
    return WeightedData(x, y - np.where(x > 0, *intercepts))


def published_points() -> WeightedData:
    """Return the data of Figures 1 and 2 as the published code has them: 256 points, intercepts shifted away."""
    table: pd.DataFrame = read_archive(POINTS)
    return without_intercepts(table["x"].to_numpy(), table["y"].to_numpy())


# The 32-bit normal draws of torch differ in the last digit between kinds of processors.
_SINGLE_PRECISION = Tolerance(rtol=1e-5, atol=1e-6)

FIGURE_POINTS = Study(
    name=POINTS,
    description="The 256 points of Figures 1 and 2 as the published code draws them (torch, seed 5), before the labels "
    "are shifted.",
    compute=compute,
    cells=cells,
    tolerances={"x": _SINGLE_PRECISION, "y": _SINGLE_PRECISION},
    timeout=120.0,
)
