r"""Extreme eigenvalues of the population Gram matrix H, and what moves them: the draw of the data and its preparation.

The dashed lines of Fig. 1. ReLU's matrix is the closed form (3.1), the others are Funk-Hecke series.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from companion.study import Study, Tolerance
from studies.underdetermined.activations import FOUR
from studies.underdetermined.data import DATA_SETS, FASHION_POINTS, load
from studies.underdetermined.fashion_points import Sample, derive
from twolayer.activations import activation_by_name
from twolayer.conditioning import NUMERICALLY_SINGULAR
from twolayer.funk_hecke import population_gram, population_kernel
from twolayer.kernels import pairwise_angles

SYNTHETIC_SEEDS = 10
"""Draws of the synthetic data sets; the paper shows one and names no seed."""


@dataclass(frozen=True)
class Population:
    """A data set as ``studies.underdetermined.data.load`` takes it, and the name of an activation."""

    data: str
    activation: str
    seed: int
    corrected: bool


def closest_pair(x: np.ndarray) -> float:
    """Return the smallest distance between two of the unit points in the rows of x. Cost O(n^2 d)."""
    angles = pairwise_angles(x)
    return float(2 * np.sin(angles[np.triu_indices(len(x), 1)].min() / 2))


def extremes(x: np.ndarray, name: str) -> dict:
    r"""Return the extreme eigenvalues of H, the tail of the series, and the distance of the closest pair.

    Parameters
    ----------
    x : ndarray of shape (n, d)
        Unit points.
    name : str
        One of ``FOUR``.

    Returns
    -------
    dict
        ``lambda_max``, ``lambda_min``, ``tail`` (the share of :math:`\phi(1)` above the truncation, 0 for the closed
        form) and ``closest``. Cost :math:`O(n^2 K + n^3)`.
    """
    activation = activation_by_name(name, x.shape[1])
    eigenvalues = np.linalg.eigvalsh(population_gram(x, activation))
    return {
        "lambda_max": float(eigenvalues[-1]),
        "lambda_min": float(eigenvalues[0]),
        "tail": 0.0 if name == "relu" else population_kernel(activation, x.shape[1]).tail,
        "closest": closest_pair(x),
    }


def compute(cell: Population) -> list[dict]:
    """Return the extreme eigenvalues of H for one data set and activation."""
    x, _ = load(cell.data, cell.seed, corrected=cell.corrected)
    return [extremes(x, cell.activation)]


def cells(scale: str) -> list[Population]:
    """Return the 16 pairs of data set and activation; then other draws, and the prostate data with their misprint."""
    first = [Population(data, name, 0, True) for data in DATA_SETS for name in FOUR]
    seeds = range(1, SYNTHETIC_SEEDS if scale == "paper" else 2)
    draws = [Population(data, name, seed, True) for data in DATA_SETS[:2] for seed in seeds for name in FOUR]
    misprint = [Population("Prostate-Cancer", name, 0, False) for name in FOUR]
    return first + (draws if scale == "paper" else []) + misprint


def compute_fashion(sample: Sample) -> list[dict]:
    """Return the extreme eigenvalues of H for points derived from the raw images, one row for each activation."""
    x, *_ = derive(sample)
    return [{"activation": name, **extremes(x, name)} for name in FOUR]


def fashion_cells(scale: str) -> list[Sample]:
    """Return five samples with centred components and three with uncentred ones; one of each at quick scale."""
    if scale == "paper":
        return [Sample(seed, True) for seed in range(5)] + [Sample(seed, False) for seed in range(3)]
    return [Sample(0, True), Sample(0, False)]


def population_condition(table: pd.DataFrame) -> pd.Series:
    r"""Return :math:`\kappa(H)` of each row, at most ``NUMERICALLY_SINGULAR``.

    That value also stands for smallest eigenvalues that rounding makes zero or negative.
    """
    smallest = np.maximum(table["lambda_min"], table["lambda_max"] / NUMERICALLY_SINGULAR)
    return (table["lambda_max"] / smallest).rename("kappa")


# Eigenvalues of a matrix with rounded entries are known to n epsilon times the largest: 1e-13 of it.
TOLERANCES = {
    "lambda_max": Tolerance(rtol=1e-10),
    "lambda_min": Tolerance(rtol=1e-7, atol=3e-13, relative_to="lambda_max"),
    "tail": Tolerance(rtol=1e-3, atol=1e-13),  # a difference of sums that agree to rounding
    "closest": Tolerance(rtol=1e-9),
}

POPULATION = Study(
    name="underdetermined/population",
    description="Extreme eigenvalues of the population Gram matrix: four data sets and four activations (the dashed "
    "lines of Fig. 1), ten draws of the synthetic data, and the prostate data with the misprint in row 32.",
    compute=compute,
    cells=cells,
    tolerances=TOLERANCES,
    inputs=(FASHION_POINTS,),
    timeout=600.0,
)

FASHION_POPULATION = Study(
    name="underdetermined/fashion-population",
    description="Extreme eigenvalues of the population Gram matrix on Fashion-MNIST: five samples of the images, with "
    "centred and uncentred principal components.",
    compute=compute_fashion,
    cells=fashion_cells,
    # The points themselves are known to 1e-9 only (see fashion_points); H depends on them smoothly except near the
    # diagonal.
    tolerances=TOLERANCES | {"lambda_min": Tolerance(rtol=1e-5, atol=3e-13, relative_to="lambda_max")},
    requires=("fashion-mnist",),
    timeout=600.0,
)
