"""Summaries of the studies of appendix C: estimates, fitted rates, bounds."""

import numpy as np
import pandas as pd
from scipy.stats import norm

from studies.convergence.one_neuron import FAMILIES
from twolayer.concentration import LOWER_TAIL_EXPONENT, chernoff_width
from twolayer.limit_kernel_series import (
    hidden_layer_kernel,
    output_layer_kernel,
    smallest_eigenvalue_estimate,
)
from twolayer.statistics import fit_power_law

LAYERS = {"w": hidden_layer_kernel, "z": output_layer_kernel}


def spectra_by_size(table):
    """Return means and ranges of the smallest eigenvalues over the runs, with the estimate from harmonics.

    Parameters
    ----------
    table : DataFrame
        Rows of the study of spectra.

    Returns
    -------
    DataFrame
        Columns n, m; for both layers x (w, z) x_min, x_low, x_high, x_estimate; w_max, z_max.
    """
    groups = table.groupby(["n", "m"])
    result = groups[["w_min", "z_min", "w_max", "z_max"]].mean()
    for layer, kernel in LAYERS.items():
        result[f"{layer}_low"], result[f"{layer}_high"] = (
            groups[f"{layer}_min"].min(),
            groups[f"{layer}_min"].max(),
        )
        result[f"{layer}_estimate"] = [
            smallest_eigenvalue_estimate(kernel, int(n), int(m)) for n, m in result.index
        ]
    return result.reset_index()


def deficits(table):
    """Return, for each m and S, the mean smallest eigenvalues over their limits, and one minus that of the first."""
    means = (
        table.groupby(["m", "S"])[["hidden", "output", "hidden_limit", "output_limit"]].mean().reset_index()
    )
    return means.assign(
        hidden_share=means["hidden"] / means["hidden_limit"],
        output_share=means["output"] / means["output_limit"],
        deficit=1 - means["hidden"] / means["hidden_limit"],
    )


def deficit_exponents(means, least=200):
    """Fit a power of the width to the first kernel's deficit for each number of points from ``least`` on."""
    laws = {}
    for m, rows in means[means["m"] >= least].groupby("m"):
        rows = rows[rows["deficit"] > 0]
        laws[int(m)] = fit_power_law(rows["S"], rows["deficit"])
    return laws


def failure_table(table):
    r"""Return the study of failures with rates, widths, and the bound from the Lipschitz property.

    The event that the smallest eigenvalue is below a half of its limit means that the singular value is
    :math:`\sqrt{S}(\sqrt{\text{median}} - \sqrt{\text{limit}/2})` below its median.
    """
    S = table["m"] * table["ratio"]
    gap = np.sqrt(S) * (np.sqrt(table["median"]) - np.sqrt(table["limit"] / 2))
    # Above the median there is no bound but one.
    bound = np.where(gap >= 0, norm.sf(np.maximum(gap, 0.0) / table["norm"]), 1.0)
    return table.assign(S=S, rate=table["half"] / table["draws"], bound=bound)


def failure_rates(table):
    r"""Fit :math:`\log P = a - cS` to the failures of each m, where they are between 5 draws and a third of them.

    Returns
    -------
    DataFrame
        Columns m, rate (c), error (from the counts), per_ratio (c m, the rate in S/m).
    """
    rows = []
    for m, part in table[(table["half"] >= 5) & (table["half"] <= table["draws"] / 3)].groupby("m"):
        if len(part) < 2:
            continue
        S, weights = part["S"].to_numpy(float), part["half"].to_numpy(float)
        centre = np.average(S, weights=weights)
        spread = (weights * (S - centre) ** 2).sum()
        slope = (weights * (S - centre) * np.log(part["rate"])).sum() / spread
        rows.append({"m": int(m), "rate": -slope, "error": spread**-0.5, "per_ratio": -slope * m})
    return pd.DataFrame(rows)


def chernoff_ratio(m, limit):
    r"""Return the S/m from which matrix Chernoff gives failure 1/2, with the truncation at m without its logarithms."""
    return float(chernoff_width(m, 1.0, limit, 0.5, constant="exact", row_bound=float(m)) / m)


def failure_exponents(m, limit, norm_of_points):
    r"""Return the rates per neuron of two bounds on the failure of (29) for S much larger than m.

    Parameters
    ----------
    m : int
        Number of points.
    limit : float
        Smallest eigenvalue of the limit matrix.
    norm_of_points : float
        Spectral norm of X.

    Returns
    -------
    chernoff, lipschitz : float
        :math:`\frac{1 - \log 2}2\lambda/m` (truncation at m without its logarithms) and
        :math:`(1 - \sqrt{1/2})^2\lambda/(2|X|^2)`.
    """
    return LOWER_TAIL_EXPONENT * limit / m, (1 - 0.5**0.5) ** 2 * limit / (2 * norm_of_points**2)


def drops_by_size(table):
    r"""Return the mean drop of :math:`\sqrt q` from quantile to median for each size and family, with its scale."""
    rows = table.assign(drop=table["high"] - table["median"])
    means = rows.groupby(["n", "m", "family"])["drop"].mean().unstack()[list(FAMILIES)].reset_index()
    # A single point has q = 0 or 1 with probability 1/2 each: its median is undecided.
    means["worst"] = means[[name for name in FAMILIES if name != "one point"]].max(axis=1)
    means["scale"] = 1 + np.sqrt(means["m"]) / means["n"]
    return means.merge(rows.groupby(["n", "m"])["delta"].mean().reset_index())


def high_with_low_median(table):
    r"""Return, for each n, the largest quantile of :math:`\sqrt q` of order 1 - 1/m in a sample with median below 1."""
    low = table[table["median"] < 1 - 1e-9]
    return low.groupby("n")["high"].max().rename(index=lambda n: f"n={n}")


def trimmed_means(q, share):
    """Return the mean of each column after the largest values, a share of all, were set to zero."""
    values = np.sort(q.to_numpy(), axis=0)
    kept = len(values) - round(share * len(values))
    return pd.Series(values[:kept].sum(axis=0) / len(values), index=q.columns)
