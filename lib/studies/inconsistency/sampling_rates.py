"""How close a sample comes to its distribution: the three conditions of paper 000, Proposition 21."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import beta as beta_law

from companion.study import Study
from twolayer.example_distributions import beta_distribution, cosine_distribution, interval_labels
from twolayer.half_sided import WeightedData, half_sided_moments
from twolayer.line_distribution import LineDistribution, lines_error
from twolayer.statistics import PowerLaw, fit_power_law

BETA = (3.0, 5.0, 8.0)
"""Exponents of the Beta distributions, one below the threshold 4."""
DISTRIBUTIONS = ("cosine", "intervals", *(f"Beta({eta:g}, 2)" for eta in BETA))


def distribution(name: str) -> LineDistribution:
    """Return a distribution by name, the cosine without intercepts."""
    if name == "cosine":
        return cosine_distribution().without_intercepts()
    if name == "intervals":
        return interval_labels()
    return beta_distribution(float(name[5:].split(",")[0]))


@dataclass(frozen=True)
class SamplesOf:
    """Independent samples of one size from one distribution."""

    distribution: str
    sample_size: int
    samples: int
    seed: int


def sampling_cells(scale: str) -> list[SamplesOf]:
    """Return the cells: 2^6 to 2^16 points, 400 samples of each size."""
    exponents, samples = (range(6, 17), 400) if scale == "paper" else (range(6, 12, 2), 40)
    return [SamplesOf(name, 2**e, samples, 0) for name in DISTRIBUTIONS for e in exponents]


def compute_rates(cell: SamplesOf) -> list[dict]:
    """Return moments of the error of the lines, quantiles of the smallest distance, and how often (D2) holds."""
    law = distribution(cell.distribution)
    population = np.linalg.eigvalsh(law.moments()[0])
    errors, distances, close = [], [], 0
    for sample in range(cell.samples):
        label = [cell.seed, DISTRIBUTIONS.index(cell.distribution), cell.sample_size, sample]
        data = WeightedData(*law.sample(np.random.default_rng(label), cell.sample_size))
        errors.append(lines_error(data, law))
        distances.append(data.smallest_distance)
        values = np.linalg.eigvalsh(half_sided_moments(data)[0])
        close += bool(
            (values[:, 0] >= population[:, 0] / 2).all() and (values[:, 1] <= 2 * population[:, 1]).all()
        )
    squares = np.square(errors)
    logarithms = np.log(distances)
    return [
        {
            "error": float(np.sqrt(squares.mean())),
            "error_se": float(squares.std(ddof=1) / (2 * np.sqrt(squares.mean() * cell.samples))),
            "distance": float(np.exp(logarithms.mean())),
            "distance_relative_se": float(logarithms.std(ddof=1) / np.sqrt(cell.samples)),
            "eigenvalues_close": close,
        }
    ]


def fitted_rates(table: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Fit power laws of the sample size to the error of the lines and to the smallest distance.

    Parameters
    ----------
    table : DataFrame
        Rows of the study.
    smallest : int
        Least sample size that enters a fit.

    Returns
    -------
    DataFrame
        Columns ``distribution``, ``eta``, ``error_exponent``, ``error_se``, ``distance_exponent``, ``distance_se``;
        for a distribution without mass near zero the last two are NaN.
    """
    rows = []
    for name, part in table[table.sample_size >= smallest].groupby("distribution", sort=False):
        eta = distribution(name).eta
        error = fit_power_law(part.sample_size, part.error, part.error_se / part.error)
        row = {
            "distribution": name,
            "eta": eta,
            "error_exponent": error.exponent,
            "error_se": error.standard_error,
        }
        distance = PowerLaw(np.nan, np.nan, np.nan)
        if np.isfinite(eta):
            distance = fit_power_law(part.sample_size, part.distance, part.distance_relative_se)
        rows.append(row | {"distance_exponent": distance.exponent, "distance_se": distance.standard_error})
    return pd.DataFrame(rows)


def typical_distance(eta: float, sample_size) -> np.ndarray:
    """Return the median of the smallest distance of n points from zero for Beta(eta, 2), in closed form."""
    scale = np.sqrt((eta + 2) * (eta + 3) / (eta * (eta + 1)))
    share = -np.expm1(np.log(0.5) / np.asarray(sample_size, dtype=float))
    return scale * beta_law.ppf(share, eta, 2)


SAMPLING_RATES = Study(
    name="inconsistency/sampling-rates",
    description="Errors of the half-sided lines of a sample, its smallest distance from zero, and the eigenvalues of "
    "its second moments, against the sample size (Proposition 21).",
    compute=compute_rates,
    cells=sampling_cells,
)
