"""What the timings of a step say about the whole experiment."""

import numpy as np

from studies.convergence.instances import DIMENSION

SPECTRUM_RATE = 1e10
"""Operations per second and core of a symmetric eigenvalue problem, a low value: half of it is bound by memory."""


def share_of_products(table):
    """Return, for each size, the rate of the fused step on two cores over that of its products alone.

    Parameters
    ----------
    table : DataFrame
        Rows of the study ``convergence/throughput``.

    Returns
    -------
    Series
        Indexed by (S, m), in increasing order.
    """
    both = table[table["threads"] == table["threads"].max()]
    rates = both.pivot(index=["S", "m"], columns="way", values="rate")
    return rates["fused"] / rates["products"]


def full_scale_seconds(runs, table):
    """Estimate the wall time of all runs on two idle cores.

    Parameters
    ----------
    runs : DataFrame
        Rows of the study ``convergence/random-labels``.
    table : DataFrame
        Rows of the study ``convergence/throughput``.

    Returns
    -------
    float
        Seconds: operations of the steps at the rate of the size nearest in S m, and of two spectra for each run.
    """
    timed = table[(table["threads"] == 2) & (table["way"] == "fused")]
    sizes = np.log((timed["S"] * timed["m"]).to_numpy(float))
    entries = (runs["S"] * runs["m"]).to_numpy(float)
    nearest = np.abs(np.log(entries)[:, None] - sizes).argmin(axis=1)
    steps = 4 * DIMENSION * entries * (runs["T"].to_numpy() + 1) / timed["rate"].to_numpy()[nearest]
    m = runs["m"].to_numpy(float)
    spectra = 2 * (4 / 3 * m**3 + 2 * runs["S"].to_numpy(float) * m**2) / SPECTRUM_RATE
    return float((steps + spectra).sum() / 2)
