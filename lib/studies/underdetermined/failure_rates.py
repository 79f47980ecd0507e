"""Failure rates with their uncertainty, beside the rates that theory allows and the one that is known exactly."""

import numpy as np
import pandas as pd
from scipy.stats import binom

from studies.underdetermined.finite_width import case
from twolayer.concentration import bernstein_tail, chernoff_tail
from twolayer.statistics import wilson_interval


def failure_rates(counts: pd.DataFrame, name: str, event: str) -> pd.DataFrame:
    """Return the rate of an event against the width, with Wilson intervals of 95 %.

    Parameters
    ----------
    counts : DataFrame
        As made by ``finite_width.failure_counts``.
    name : str
        The case.
    event : str
        One of ``finite_width.EVENTS``.

    Returns
    -------
    DataFrame
        Columns ``width``, ``draws``, ``events``, ``rate``, ``low``, ``high``.

    Raises
    ------
    ValueError
        If the case is not among the counts.
    """
    rows = counts[counts["case"] == name]
    if rows.empty:
        raise ValueError(f"there are no counts of the case {name!r}")
    low, high = wilson_interval(rows[event], rows["draws"])
    return pd.DataFrame(
        {
            "width": rows["width"].to_numpy(),
            "draws": rows["draws"].to_numpy(),
            "events": rows[event].to_numpy(),
            "rate": (rows[event] / rows["draws"]).to_numpy(),
            "low": low,
            "high": high,
        }
    )


def draw_rates(axis, rates: pd.DataFrame, **style) -> None:
    """Draw rates with their intervals; where no event was seen, the upper end of the interval as an open triangle.

    Parameters
    ----------
    axis : matplotlib axes
        Where to draw.
    rates : DataFrame
        As made by :func:`failure_rates`.
    **style
        ``color`` and ``label``.
    """
    seen, unseen = rates[rates["events"] > 0], rates[rates["events"] == 0]
    spread = np.abs(seen[["low", "high"]].to_numpy().T - seen["rate"].to_numpy())
    axis.errorbar(seen["width"], seen["rate"], spread, fmt="o", markersize=4, capsize=2, **style)
    axis.plot(
        unseen["width"], unseen["high"], "v", markersize=5, markerfacecolor="white", color=style.get("color")
    )


def allowed_rates(name: str, widths, *, radius: float | None = None, sharper: bool = False) -> np.ndarray:
    r"""Return the failure rates that the lemmas' inequalities allow at widths.

    Parameters
    ----------
    name : str
        The case.
    widths : array_like of int
        Widths.
    radius : float, optional
        Without it the Chernoff tail of Lemma 2.4; with it the Bernstein tail of Lemma 2.5 at this multiple of
        :math:`\lambda_{\min}(H)`.
    sharper : bool
        Whether to take the largest squared feature vector in place of :math:`nC^2`.

    Returns
    -------
    ndarray of float64
        At most 1.
    """
    here = case(name)
    n, (smallest, largest) = len(here.points), here.eigenvalues
    bound = here.row_bound if sharper else None
    if radius is None:
        return chernoff_tail(widths, n, here.bound, smallest, largest, row_bound=bound)
    return bernstein_tail(radius * smallest, widths, n, here.bound, largest, row_bound=bound)


def exact_failure_rate(width):
    r"""Return :math:`P\{|\hat H - H| \ge H/2\}` for the single point, where :math:`m\hat H` is binomial.

    Exact up to the slope of the ramp, which a neuron hits with probability 5e-6.

    Parameters
    ----------
    width : array_like of int
        The width m.

    Returns
    -------
    ndarray of float64
        The probability.
    """
    share = float(case("single").population[0, 0])
    m = np.asarray(width)
    return binom.cdf(np.floor(m * share / 2), m, share) + binom.sf(np.ceil(1.5 * m * share) - 1, m, share)
