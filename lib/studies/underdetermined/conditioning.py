r"""Conditioning of random features against the width, on four data sets (section 3.5, Fig. 1).

One cell is one data set with one draw of the hidden weights: all widths share its first neurons, and all four
activations share the draw. The quantiles at each width are not affected by that; only the curves are correlated.
"""

import hashlib
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from companion.study import Study, Tolerance
from studies.underdetermined.activations import FOUR, FourFeatures
from studies.underdetermined.data import DATA_SETS, FASHION_POINTS, load
from twolayer.conditioning import condition_number, singular_values_by_width
from twolayer.initialisation import sphere_points

RATIOS = ("1", "1.5", "2", "3", "5", "10", "20", "50", "100", "200")
"""Widths over the number of points; the paper names no grid, but 200 is the width of its Fig. 2."""

INITIALISATIONS = 100
"""Draws of the weights, as in the paper."""


@dataclass(frozen=True)
class Draw:
    """One draw of the hidden weights on one data set, for widths up to ``largest_ratio`` times the points."""

    data: str
    seed: int
    largest_ratio: int


def generator(*labels: str | int) -> np.random.Generator:
    """Return the generator of a cell: it depends on the labels alone, not on the order in which cells are computed."""
    digest = hashlib.sha256("/".join(map(str, labels)).encode()).digest()
    return np.random.default_rng(np.random.SeedSequence(list(digest)))


def widths(n: int, largest_ratio: int) -> list[int]:
    """Return the widths m = n, 1.5 n, ..., up to ``largest_ratio`` times n, rounded to integers."""
    return [int(n * Fraction(ratio) + Fraction(1, 2)) for ratio in RATIOS if float(ratio) <= largest_ratio]


def spectra_by_width(x: np.ndarray, weights, largest_ratio: int) -> list[dict]:
    r"""Return the extreme singular values of the features of all four activations at every width.

    Parameters
    ----------
    x : ndarray of shape (n, d)
        Unit points.
    weights : callable
        ``weights(count)`` returns the next neurons, of norm at most 1.
    largest_ratio : int
        The largest width over n.

    Returns
    -------
    list of dict
        One row for each activation and width: ``activation``, ``width``, ``sigma_max``, ``sigma_min``.
        Cost :math:`O(n^2 m)` for the largest width.
    """
    n, d = x.shape
    grid = widths(n, largest_ratio)
    values = singular_values_by_width(x, weights, FourFeatures(d), grid)
    return [
        {
            "activation": name,
            "width": width,
            "sigma_max": float(spectrum[0]),
            "sigma_min": float(spectrum[-1]),
        }
        for name, spectra in zip(FOUR, values, strict=True)
        for width, spectrum in zip(grid, spectra, strict=True)
    ]


def compute(draw: Draw) -> list[dict]:
    """Return the extreme singular values for weights uniform on the sphere."""
    x, _ = load(draw.data)
    rng = generator("conditioning", draw.data, draw.seed)
    return spectra_by_width(x, lambda count: sphere_points(rng, count, x.shape[1]), draw.largest_ratio)


def cells(scale: str) -> list[Draw]:
    """Return the draws: the paper's 100 up to 200 n, or a handful of narrow ones."""
    count, ratio = (INITIALISATIONS, 200) if scale == "paper" else (3, 3)
    return [Draw(data, seed, ratio) for data in DATA_SETS for seed in range(count)]


def condition_numbers(table: pd.DataFrame) -> pd.DataFrame:
    r"""Return medians and 10-90 % quantiles of :math:`\kappa(\hat H) = (\sigma_1/\sigma_n)^2` over the draws.

    Parameters
    ----------
    table : DataFrame
        Rows of this study, or of another one with its columns.

    Returns
    -------
    DataFrame
        Columns ``data``, ``activation``, ``width``, ``low``, ``median``, ``high``; the activations in the order of
        ``FOUR``, the data sets in that of ``DATA_SETS``.
    """
    kappa = condition_number(table[["sigma_max", "sigma_min"]].to_numpy())
    groups = table.assign(kappa=kappa).groupby(["data", "activation", "width"], sort=True)["kappa"]
    # The nearest order statistic: the mean of two would be infinite where one of them is.
    quantiles = {
        name: groups.quantile(level, interpolation="lower" if level < 0.5 else "higher")
        for name, level in (("low", 0.1), ("median", 0.5), ("high", 0.9))
    }
    summary = pd.DataFrame(quantiles).reset_index()
    order = {name: k for k, name in enumerate((*DATA_SETS, *FOUR))}
    return summary.sort_values(
        ["data", "activation", "width"], key=lambda c: c.map(order) if c.name != "width" else c
    ).reset_index(drop=True)


# Singular values are backward stable: each is known to about n epsilon times the largest one (1e-13), which is why
# the smallest have an absolute tolerance relative to the largest.
EXTREMES = {
    "sigma_max": Tolerance(rtol=1e-9),
    "sigma_min": Tolerance(rtol=1e-9, atol=1e-12, relative_to="sigma_max"),
}

CONDITIONING = Study(
    name="underdetermined/conditioning",
    description="Extreme singular values of random features against the width: four data sets, four activations, 100 "
    "draws of weights uniform on the sphere (Fig. 1).",
    compute=compute,
    cells=cells,
    tolerances=EXTREMES,
    inputs=(FASHION_POINTS,),
    timeout=1800.0,
)
