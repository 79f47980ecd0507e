r"""The constant before the inverse root of the width, from the paths of the closed system (Section 9.1; ours).

Each training tells which ratios w/a would have crossed, hence a conditional probability instead of a yes or no. That
needs a hundred times fewer trainings and reaches widths of a million.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from companion.study import Study, Tolerance
from twolayer.crossing_start import draw_network, initial_summary
from twolayer.crossing_tail import crossing_ratios
from twolayer.half_sided import WeightedData
from twolayer.half_sided_datasets import sample_weights, six_points

PATHS = {2**k: 4000 for k in range(4, 14)} | {
    2**14: 2000,
    2**15: 1200,
    2**16: 1000,
    2**17: 320,
    2**18: 160,
    2**19: 96,
    2**20: 64,
}
"""Trainings at each width."""


@dataclass(frozen=True)
class Paths:
    """Consecutive trainings at one width, numbered from ``first``."""

    m: int
    first: int
    paths: int
    seed: int


def compute(cell: Paths) -> list[dict]:
    """Train and return means and sums of squares, from which blocks can be put together."""
    distribution = six_points()
    starts, weights = [], []
    for number in range(cell.first, cell.first + cell.paths):
        a, w, rng = draw_network(cell.seed, cell.m, number)
        starts.append(initial_summary(a, w)[0])
        weights.append(sample_weights(rng, distribution, cell.m**2))
    data = WeightedData(distribution.x, distribution.y, np.array(weights))
    ratios = crossing_ratios(np.array(starts), cell.m, data)
    probability, first_order = ratios.crossing_probability(cell.m), ratios.first_order_probability(cell.m)
    # Lambda itself: its mean, unlike that of the probability, has no correction for finite width of its own.
    intensity = -cell.m * np.log1p(-ratios.probability)
    row = {}
    for name, values in (
        ("probability", probability),
        ("first_order", first_order),
        ("intensity", intensity),
    ):
        row |= {name: float(values.mean()), f"{name}_square": float((values**2).mean())}
    return [row | {"mean_steps": float(ratios.steps.mean()), "remaining": float(ratios.remaining.max())}]


def cells(scale: str) -> list[Paths]:
    """Return the blocks: at the paper's scale, widths 16 to 2^20."""
    sizes = PATHS if scale == "paper" else {64: 64, 256: 64, 1024: 32}
    result = []
    for m, total in sizes.items():
        block = min(total, max(16, 2**21 // m * 16))
        result += [Paths(m, first, min(block, total - first), 3) for first in range(0, total, block)]
    return result


def scaled_probabilities(table: pd.DataFrame) -> pd.DataFrame:
    r"""Put the blocks together: :math:`\sqrt m P` with its standard error, for each width.

    Parameters
    ----------
    table : DataFrame
        Rows of this study.

    Returns
    -------
    DataFrame
        One row for each width: ``m``, ``paths``, and for each of ``probability``, ``first_order`` and ``intensity`` its
        mean times the root of m and (``_error``) the standard error of that.
    """
    rows = []
    for m, part in table.groupby("m"):
        share = part["paths"] / part["paths"].sum()
        row = {
            "m": int(m),
            "paths": int(part["paths"].sum()),
            "mean_steps": float((share * part["mean_steps"]).sum()),
        }
        for name in ("probability", "first_order", "intensity"):
            mean, square = (share * part[name]).sum(), (share * part[f"{name}_square"]).sum()
            deviation = np.sqrt(max(square - mean**2, 0.0) / (row["paths"] - 1))
            row |= {name: float(np.sqrt(m) * mean), f"{name}_error": float(np.sqrt(m) * deviation)}
        rows.append(row)
    return pd.DataFrame(rows)


def limit(table: pd.DataFrame, column: str = "intensity", smallest: int = 256) -> tuple[float, float]:
    r"""Fit :math:`\sqrt m P = L + d m^{-1/2}` by weighted least squares and return L and its standard error.

    Parameters
    ----------
    table : DataFrame
        From :func:`scaled_probabilities`.
    column : str
        What is extrapolated.
    smallest : int
        The least width that enters.

    Returns
    -------
    value, error : float
        The limit and its standard error, given that the form is right.
    """
    part = table[table["m"] >= smallest]
    error = part[f"{column}_error"].to_numpy()
    design = np.stack([np.ones(len(part)), part["m"].to_numpy() ** -0.5], axis=1) / error[:, None]
    covariance = np.linalg.inv(design.T @ design)
    value = covariance @ (design.T @ (part[column].to_numpy() / error))
    return float(value[0]), float(np.sqrt(covariance[0, 0]))


CROSSING_TAIL = Study(
    name="inconsistency/crossing-tail",
    description=(
        "Section 9.1, our extension: the crossing probability at widths 16 to 2^20 as the mean of its conditional "
        "probabilities given the path of the moments, and their first-order form with the Cauchy tail."
    ),
    compute=compute,
    cells=cells,
    # A rounded step may move the time of the last look by a twentieth of the training.
    tolerances={
        name: Tolerance(rtol=1e-6)
        for name in (
            "probability",
            "probability_square",
            "first_order",
            "first_order_square",
            "intensity",
            "intensity_square",
        )
    }
    | {"remaining": Tolerance(rtol=1e-3), "mean_steps": Tolerance(rtol=1e-3)},
)
