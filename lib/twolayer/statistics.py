r"""Uncertainty of measured numbers: intervals for failure rates and power laws fitted to means.

Every Monte-Carlo number of the book is shown with what is known about its error, and agreement with a theory is
judged in standard errors.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from twolayer.validation import finite_array, real_number


def wilson_interval(failures, trials, confidence=0.95):
    r"""Wilson score interval for a probability, from the number of times that an event was seen.

    Solves :math:`|\hat p - p| \le z\sqrt{p(1-p)/N}` for p. Unlike the textbook interval around :math:`\hat p` it
    is useful at 0 and N events: for no event in N trials it is :math:`[0, z^2/(N + z^2)]`.

    Parameters
    ----------
    failures : array_like of int
        Number of events, between 0 and the number of trials.
    trials : array_like of int
        Number N >= 1 of independent trials.
    confidence : float
        Coverage in (0, 1), approximate.

    Returns
    -------
    low, high : ndarray of float64
        Ends of the interval, within [0, 1]. Cost O(size).

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If a number of trials is below 1, an event count is not a whole number from 0 to it, or the confidence is
        not strictly between 0 and 1.
    """
    events, total = finite_array(failures, "failures"), finite_array(trials, "trials")
    if not ((total >= 1) & (total == np.floor(total))).all():
        raise ValueError(
            f"trials must be whole numbers >= 1, got {total.min():g}; nothing was tried otherwise"
        )
    if not ((events >= 0) & (events <= total) & (events == np.floor(events))).all():
        raise ValueError(
            f"failures must be whole numbers between 0 and the number of trials, got values from {events.min():g} "
            f"to {events.max():g}; pass counts, not rates"
        )
    confidence = real_number(confidence, "confidence")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be strictly between 0 and 1, got {confidence:g}")
    z = norm.ppf((1 + confidence) / 2)
    rate = events / total
    centre = (rate + z**2 / (2 * total)) / (1 + z**2 / total)
    spread = z / (1 + z**2 / total) * np.sqrt(rate * (1 - rate) / total + z**2 / (4 * total**2))
    # The ends are exactly 0 and 1 at no and at all events; rounding must not move them.
    low = np.where(events == 0, 0.0, np.clip(centre - spread, 0.0, 1.0))
    high = np.where(events == total, 1.0, np.clip(centre + spread, 0.0, 1.0))
    return low, high


@dataclass(frozen=True)
class PowerLaw:
    r"""A fitted law :math:`y = c\,x^p`.

    Attributes
    ----------
    exponent : float
        p.
    standard_error : float
        Of the exponent.
    constant : float
        c.
    """

    exponent: float
    standard_error: float
    constant: float

    def __call__(self, x):
        """Evaluate the law."""
        return self.constant * np.asarray(x, dtype=np.float64) ** self.exponent


def fit_power_law(x, y, relative_errors=None):
    r"""Fit a power law by least squares in logarithms.

    Parameters
    ----------
    x, y : array_like of shape (k,)
        Positive numbers, k >= 2 (k >= 3 without errors), not all x equal.
    relative_errors : array_like of shape (k,), optional
        Relative standard errors of independent y; they weight the fit and give the standard error of the
        exponent. Without them the scatter around the line does.

    Returns
    -------
    PowerLaw
        Exponent with standard error, and constant. Cost O(k).

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If shapes disagree, there are too few points, or a number is not positive.
    """
    x, y = finite_array(x, "x"), finite_array(y, "y")
    needed = 3 if relative_errors is None else 2
    if x.ndim != 1 or x.shape != y.shape or len(x) < needed:
        raise ValueError(
            f"x and y must be vectors of equal length >= {needed}, got shapes {x.shape} and {y.shape}"
        )
    errors = np.ones_like(x) if relative_errors is None else finite_array(relative_errors, "relative_errors")
    if errors.shape != x.shape:
        raise ValueError(f"relative_errors must have shape {x.shape}, got {errors.shape}")
    for name, values in (("x", x), ("y", y), ("relative_errors", errors)):
        if not (values > 0).all():
            raise ValueError(f"{name} must be greater than zero, got {values.min():g}; logarithms are taken")
    weights = errors**-2.0
    u, v = np.log(x), np.log(y)
    u_mean, v_mean = np.average(u, weights=weights), np.average(v, weights=weights)
    spread = (weights * (u - u_mean) ** 2).sum()
    if spread == 0:
        raise ValueError(f"x must hold at least two different values, got only {x[0]:g}")
    exponent = (weights * (u - u_mean) * (v - v_mean)).sum() / spread
    variance = 1 / spread
    if relative_errors is None:
        residual = v - v_mean - exponent * (u - u_mean)
        variance *= (residual**2).sum() / (len(x) - 2)
    return PowerLaw(float(exponent), float(np.sqrt(variance)), float(np.exp(v_mean - exponent * u_mean)))
