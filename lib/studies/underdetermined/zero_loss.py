r"""Rank and smallest training loss of random features against the width (Proposition 4.1 and section 4.1.1).

With frozen hidden weights the smallest loss for labels y is the distance from y to the range of Z, and zero for every
y exactly if Z has rank n. For Gaussian labels independent of Z its mean square is :math:`(1 - \text{rank}/n)\,\|y\|^2`.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from companion.study import Study, Tolerance
from studies.underdetermined.activations import FOUR, FourFeatures
from studies.underdetermined.data import load
from twolayer.initialisation import sphere_points
from twolayer.least_squares import least_norm_solution

UNIFORM = "uniform"
"""One hundred uniform points on the sphere in three dimensions: Synthetic-2 without its bad points."""

NEAR_THRESHOLD = (-50, -25, -10, -5, -2, -1, 0, 1, 2, 5, 10, 25, 50)
"""Widths around the number n of points, as differences to n."""

UNDECIDED = 30.0
"""How close to the tolerance of the rank, as a factor, rounding may decide."""

MULTIPLES = (2, 3, 5, 10, 20)
"""Wider networks, as multiples of n."""


@dataclass(frozen=True)
class WidthDraw:
    """One draw of hidden weights and of Gaussian labels on one data set, for widths up to ``largest_multiple`` n."""

    data: str
    largest_multiple: int
    seed: int


def points_of(name):
    """Return the points of a data set: ``uniform`` or one of the paper's."""
    return sphere_points(np.random.default_rng(0), 100, 3) if name == UNIFORM else load(name)[0]


def width_grid(n, largest_multiple):
    """Return the widths tried for n points."""
    narrow = {max(1, n // 10), *(n + offset for offset in NEAR_THRESHOLD if n + offset >= 1)}
    return sorted(narrow | {k * n for k in MULTIPLES if k <= largest_multiple})


def rank_rows(draw):
    r"""Return rank and relative residual of the least-norm solution for each activation and width.

    The widths share their first neurons, and the activations share the draw.
    """
    x = points_of(draw.data)
    n, dimension = x.shape
    rng = np.random.default_rng((draw.seed, n))
    y = rng.standard_normal(n)
    grid = width_grid(n, draw.largest_multiple)
    features = FourFeatures(dimension)(x @ sphere_points(rng, grid[-1], dimension).T)
    rows = []
    for name, values in zip(FOUR, features, strict=True):
        for width in grid:
            fit = least_norm_solution(values[:, :width] / np.sqrt(width), y)
            rows.append(
                {
                    "activation": name,
                    "n": n,
                    "width": width,
                    "rank": float(fit.rank),
                    "residual": fit.residual_norm / float(np.linalg.norm(y)),
                    "slack": 1e-4 + undecided_directions(fit.singular_values, n),
                }
            )
    return rows


def undecided_directions(singular_values, n):
    """Count the singular values within a factor ``UNDECIDED`` of the tolerance by which the rank is counted.

    Parameters
    ----------
    singular_values : ndarray of shape (k,)
        Descending.
    n : int
        Number of points.

    Returns
    -------
    int
        By so much may the rank come out differently with another rounding.
    """
    relative = singular_values / (singular_values[0] * n * np.finfo(np.float64).eps)
    return int(((relative > 1 / UNDECIDED) & (relative < UNDECIDED)).sum())


def rank_cells(scale):
    """Return fifty draws on each of three data sets, or three narrow ones."""
    draws, multiple = (50, 20) if scale == "paper" else (3, 3)
    names = (UNIFORM, "Synthetic-2", "Prostate-Cancer")
    return [WidthDraw(name, multiple, seed) for name in names for seed in range(draws)]


RANK = Study(
    name="underdetermined/zero-loss",
    description="Rank of random features and smallest training loss for Gaussian labels, around m = n.",
    compute=rank_rows,
    cells=rank_cells,
    # Swish has singular values down to the tolerance of the rank, where rounding decides: then rank and residual may
    # differ by the number of such values. Elsewhere the rank is exact, and the residual of a fit is rounding times the
    # condition number of Z, far below 1e-4.
    tolerances={
        "rank": Tolerance(0.0, 1.0, relative_to="slack"),
        "residual": Tolerance(1e-4, 1.0, relative_to="slack"),
    },
    unaudited=("slack",),
    timeout=600.0,
)


def rank_summary(table: pd.DataFrame) -> pd.DataFrame:
    """Summarise the draws: mean, median and extreme ranks, share of full row rank, and quantiles of the residual.

    Parameters
    ----------
    table : DataFrame
        Rows of ``RANK``.

    Returns
    -------
    DataFrame
        One row for each data set, activation and width; ``full`` is the share of draws with rank n, ``generic`` the
        share with rank min(m, n).
    """
    table = table.assign(
        full=table["rank"] == table["n"], generic=table["rank"] == np.minimum(table["width"], table["n"])
    )
    groups = table.groupby(["data", "activation", "n", "width"], sort=True)
    return groups.agg(
        least_rank=("rank", "min"),
        mean_rank=("rank", "mean"),
        median_rank=("rank", "median"),
        largest_rank=("rank", "max"),
        full=("full", "mean"),
        generic=("generic", "mean"),
        mean_square=("residual", lambda r: float((r**2).mean())),
        low=("residual", lambda r: float(r.quantile(0.1))),
        median=("residual", "median"),
        high=("residual", lambda r: float(r.quantile(0.9))),
        largest=("residual", "max"),
    ).reset_index()
