r"""The width law: measured ratios beside the limit law, and the fit of what finite sizes take off.

On a row, N = n/2 and W = m/2 are the typical numbers of points and neurons of a sign, and the cost is
:math:`\ln W/N`.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from studies.incremental.width_law import run
from twolayer.ordered_halving import ordered_halving_ratio
from twolayer.tilted_halving import normal_squares, tilted_halving

LEAST_POINTS, LARGEST_COST = 64, 0.35  # the range of the fit


def limit_law(labels, cost):
    """Return the limit law for labels "normal" or "ones"."""
    return tilted_halving(cost, *normal_squares()) if labels == "normal" else tilted_halving(cost)


def with_law(rows):
    """Return the rows with the columns cost, law and law_share (of the first jump), ordered for plotting."""
    cost = np.log(rows["m"] / 2) / (rows["n"] / 2)
    laws = [limit_law(labels, c) for labels, c in zip(rows["labels"], cost, strict=True)]
    columns = {"cost": cost, "law": [x.ratio for x in laws], "law_share": [x.shares[0] for x in laws]}
    return rows.assign(**columns).sort_values(["labels", "n", "m"], ignore_index=True)


def law_curve(labels, costs):
    """Return the ratio of the limit law along costs."""
    return np.array([limit_law(labels, cost).ratio for cost in costs])


@dataclass(frozen=True)
class Correction:
    r"""Fit of :math:`r - 1 = (F - 1)(1 - bN^{-1/2} - cN^{-1})` over some rows.

    Attributes
    ----------
    b, c : float
        Coefficients; c is 0 if it was not fitted.
    errors : ndarray of shape (1 or 2,)
        Standard errors, enlarged by the square root of chi2 where that exceeds 1.
    chi2 : float
        Squared residuals over the squared standard errors of the means, per degree of freedom.
    rms, largest : float
        Of the relative residuals.
    cells : int
        Number of rows.
    """

    b: float
    c: float
    errors: np.ndarray
    chi2: float
    rms: float
    largest: float
    cells: int

    def ratio(self, rows):
        """Return the ratio that the fit gives for rows with a law."""
        points = rows["n"] / 2
        return 1 + (rows["law"] - 1) * (1 - self.b / np.sqrt(points) - self.c / points)

    def residuals(self, rows):
        """Return the relative residuals."""
        return rows["ratio"] / self.ratio(rows) - 1


def in_range(rows):
    """Return the rows of the range of the fit."""
    return rows[(rows["n"] >= LEAST_POINTS) & (rows["cost"] <= LARGEST_COST)]


def fit_correction(rows, terms=2):
    """Fit the finite-size correction by weighted least squares.

    Parameters
    ----------
    rows : DataFrame
        With law.
    terms : int
        1 for b alone, 2 for b and c.

    Returns
    -------
    Correction
    """
    points = rows["n"].to_numpy() / 2
    height = rows["law"].to_numpy() - 1
    error = rows["ratio_error"].to_numpy() / height
    basis = np.stack([points**-0.5, 1 / points][:terms], axis=1) / error[:, None]
    target = (1 - (rows["ratio"].to_numpy() - 1) / height) / error
    solution, *_ = np.linalg.lstsq(basis, target, rcond=None)
    chi2 = float(((target - basis @ solution) ** 2).sum() / max(len(rows) - terms, 1))
    errors = np.sqrt(np.diag(np.linalg.inv(basis.T @ basis)) * max(chi2, 1.0))
    b, c = (float(v) for v in np.append(solution, 0.0)[:2])
    correction = Correction(b, c, errors, chi2, 0.0, 0.0, len(rows))
    residuals = correction.residuals(rows)
    return Correction(
        b, c, errors, chi2, float(np.sqrt((residuals**2).mean())), float(residuals.abs().max()), len(rows)
    )


def finite_prediction(rows, widths):
    """Return rows of equal labels at some widths, with the ratio of ordered halving."""
    chosen = rows[(rows["labels"] == "ones") & rows["m"].isin(widths)]
    predicted = [ordered_halving_ratio(n // 2, m // 2) for n, m in zip(chosen["n"], chosen["m"], strict=True)]
    return chosen.assign(ordered=predicted)


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
