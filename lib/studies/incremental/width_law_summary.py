r"""The width law: measured ratios beside the limit law, and the fit of what finite sizes take off.

On a row, N = n/2 and W = m/2 are the typical numbers of points and neurons of a sign. The cost is :math:`\ln W/N`; the
finite cost takes :math:`x_W^2/2` for the logarithm, :math:`x_W` being the mean of the largest of W normal variables.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from studies.incremental.width_law import run
from twolayer.coverage_ratio import least_ratio, union_budgets
from twolayer.halving import fixed_order_norms
from twolayer.ordered_halving import ordered_halving_ratio
from twolayer.packed_jump_process import packed_jump_process, random_patterns
from twolayer.tilted_halving import normal_squares, tilted_halving

LEAST_POINTS, LARGEST_COST = 64, 0.35  # the range of the fit


def limit_law(labels, cost):
    """Return the limit law for labels "normal" or "ones"."""
    return tilted_halving(cost, *normal_squares()) if labels == "normal" else tilted_halving(cost)


def largest_normal(count):
    """Return the mean of the largest of W independent N(0, 1) variables, by the extreme-value law.

    It is the quantile that a variable exceeds with probability exp(-0.5772)/W, within 0.05 for W of at least 10.
    """
    return -ndtri(np.exp(-np.euler_gamma) / np.asarray(count, dtype=float))


def with_law(rows):
    """Return the rows with the laws at both costs, ordered for plotting.

    Columns cost, law, law_share (of the first jump), finite_cost, finite_law and finite_share.
    """
    points = rows["n"] / 2
    costs = {"": np.log(rows["m"] / 2) / points, "finite_": largest_normal(rows["m"] / 2) ** 2 / (2 * points)}
    columns = {}
    for prefix, cost in costs.items():
        laws = [limit_law(labels, c) for labels, c in zip(rows["labels"], cost, strict=True)]
        columns |= {
            f"{prefix}cost": cost,
            f"{prefix}law": [x.ratio for x in laws],
            f"{prefix}share": [x.shares[0] for x in laws],
        }
    columns["law_share"] = columns.pop("share")
    return rows.assign(**columns).sort_values(["labels", "n", "m"], ignore_index=True)


def law_curve(labels, costs):
    """Return the ratio of the limit law along costs."""
    return np.array([limit_law(labels, cost).ratio for cost in costs])


@dataclass(frozen=True)
class Correction:
    r"""Fit of :math:`r - 1 = (F - 1)(1 - bN^{-1/2})` over some rows.

    Attributes
    ----------
    law : str
        Column of F: "law" or "finite_law".
    b, error : float
        Coefficient and standard error, enlarged by the square root of chi2 where that exceeds 1.
    chi2 : float
        Squared residuals over the squared standard errors of the means, per degree of freedom.
    rms, largest : float
        Of the relative residuals.
    cells : int
        Number of rows.
    """

    law: str
    b: float
    error: float
    chi2: float
    rms: float
    largest: float
    cells: int

    def ratio(self, rows):
        """Return the ratio that the fit gives for rows with a law."""
        return corrected(rows, self.b, self.law)

    def residuals(self, rows):
        """Return the relative residuals."""
        return rows["ratio"] / self.ratio(rows) - 1


def corrected(rows, b, law="finite_law"):
    """Return the law with a coefficient of its finite-size correction."""
    return 1 + (rows[law] - 1) * (1 - b / np.sqrt(rows["n"] / 2))


def in_range(rows):
    """Return the rows of the range of the fit."""
    return rows[(rows["n"] >= LEAST_POINTS) & (rows["cost"] <= LARGEST_COST)]


def fit_correction(rows, law="finite_law"):
    """Fit the finite-size correction by weighted least squares.

    Parameters
    ----------
    rows : DataFrame
        With law.
    law : str
        Column of F.

    Returns
    -------
    Correction
    """
    height = rows[law].to_numpy() - 1
    error = rows["ratio_error"].to_numpy() / height
    basis = (rows["n"].to_numpy() / 2) ** -0.5 / error
    target = (1 - (rows["ratio"].to_numpy() - 1) / height) / error
    b = float(basis @ target / (basis @ basis))
    chi2 = float(((target - b * basis) ** 2).sum() / max(len(rows) - 1, 1))
    residuals = rows["ratio"] / corrected(rows, b, law) - 1
    return Correction(
        law,
        b,
        float(np.sqrt(max(chi2, 1.0) / (basis @ basis))),
        chi2,
        float(np.sqrt((residuals**2).mean())),
        float(residuals.abs().max()),
        len(rows),
    )


def fixed_order_coefficient(labels, points=1024, repetitions=400):
    r"""Return the coefficient b that a fixed order would give, :math:`(1 - (r-1)/\sqrt2)\sqrt N`, and its error.

    Parameters
    ----------
    labels : str
        "normal" or "ones"; for the latter the mean is exact.
    points, repetitions : int
        N, and how many draws for normal labels.

    Returns
    -------
    b, error : float
    """
    if labels == "ones":
        ratios = np.array([fixed_order_norms(points)[-1] / np.sqrt(points)])
    else:
        rng = np.random.default_rng([19, points, repetitions])
        left = rng.standard_normal((repetitions, points)) ** 2
        whole, ratios = left.sum(axis=1), np.zeros(repetitions)
        for _ in range(int(np.log2(points)) + 12):
            taken = np.where(rng.random(left.shape) < 0.5, left, 0.0)
            ratios += np.sqrt(taken.sum(axis=1) / whole)
            left -= taken
    values = (1 - (ratios - 1) / np.sqrt(2)) * np.sqrt(points)
    return float(values.mean()), float(values.std() / np.sqrt(values.size))


def finite_prediction(rows, widths):
    """Return rows of equal labels at some widths, with the ratio of ordered halving."""
    chosen = rows[(rows["labels"] == "ones") & rows["m"].isin(widths)]
    predicted = [ordered_halving_ratio(n // 2, m // 2) for n, m in zip(chosen["n"], chosen["m"], strict=True)]
    return chosen.assign(ordered=predicted)


def bound_beside_runs(points, widths, repetitions):
    """Return what is proved for one sign with equal labels beside the least of some runs, one row for each N and W.

    Columns N, W, cost, runs, bound (with probability 95 %), least and law.
    """
    records = []
    for n in points:
        for width in widths:
            rngs = [np.random.default_rng([23, n, width, repetition]) for repetition in range(repetitions)]
            runs = [packed_jump_process(random_patterns(rng, width, n), np.ones(n)) for rng in rngs]
            cost = np.log(width) / n
            records.append(
                {
                    "N": n,
                    "W": width,
                    "cost": cost,
                    "runs": repetitions,
                    "bound": least_ratio(union_budgets(n, width, 0.05)),
                    "least": min(run.label_norms.sum() for run in runs) / np.sqrt(n),
                    "law": limit_law("ones", cost).ratio,
                }
            )
    return pd.DataFrame(records)


def bound_curve(labels, costs):
    """Return the lower bound for many points along costs, for labels "normal" or "ones"."""
    kind = normal_squares() if labels == "normal" else ((1.0,), (1.0,))
    return np.array([least_ratio(cost * np.arange(1, 41), *kind) for cost in costs])


def shares_of_jumps(n, m, repetitions, jumps=8):
    r"""Return the share of :math:`\|y\|^2` still unfitted that each of the first jumps takes, N(0, 1) labels.

    Parameters
    ----------
    n, m : int
        Points and neurons, of both signs.
    repetitions : int
        Draws; each has two signs.
    jumps : int
        How many jumps.

    Returns
    -------
    DataFrame
        Columns jump, share, error, law.
    """
    shares = []
    for repetition in range(repetitions):
        rng = np.random.default_rng([7, n, m, repetition])
        for y, process in run(rng, rng.standard_normal(n), m):
            taken = process.label_norms**2
            left = y @ y - np.concatenate([[0.0], np.cumsum(taken)[:-1]])
            shares.append(np.pad(taken / left, (0, jumps), constant_values=np.nan)[:jumps])
    shares = np.array(shares)
    law = tilted_halving(np.log(m / 2) / (n / 2), *normal_squares()).shares[:jumps]
    return pd.DataFrame(
        {
            "jump": np.arange(1, jumps + 1),
            "share": np.nanmean(shares, axis=0),
            "error": np.nanstd(shares, axis=0) / np.sqrt((~np.isnan(shares)).sum(axis=0)),
            "law": law / (1 - np.concatenate([[0.0], np.cumsum(law)[:-1]])),
        }
    )
