r"""A test of equal means for two samples, of one of which only the mean, the least and the largest value are known.

Published tables often give "min-max; mean" over a few runs. The range R of k independent normal variables with
standard deviation :math:`\sigma` has :math:`\mathbb{E} R = d_2(k)\sigma`, and is independent of their mean, as the
empirical standard deviation is. So the studentised difference of the means

.. math:: t = \frac{|\bar x - \bar y|}{\hat\sigma\sqrt{1/N + 1/k}}, \qquad
          \hat\sigma^2 = \frac{(N-1)\,s^2 + \nu_k\,R^2 / c_k^2}{N - 1 + \nu_k}, \qquad
          c_k^2 = \frac{\mathbb{E} R^2}{\sigma^2},

has a distribution without unknown parameters, that of a standard normal variable over an independent
:math:`\hat\sigma` (with :math:`\sigma = 1`), and exact p-values follow by quadrature. The weight
:math:`\nu_k` is the number of degrees of freedom of a chi-squared variable with the relative variance of
:math:`R^2`: 7.4 for k = 10, where the full sample would have 9.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import gammaln, ndtr, ndtri

from twolayer.validation import positive_integer, real_number

_NODES = 100
_LARGEST_RANGE = 14.0  # beyond it there is no mass in double precision for any k up to 10,000


@lru_cache(maxsize=64)
def _range_law(k):
    """Return nodes and weights of the law of the range of k standard normal variables."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    r, weights = _LARGEST_RANGE * (nodes + 1) / 2, _LARGEST_RANGE * weights / 2
    x = np.linspace(-9.0, 9.0, 721)[:, None]
    density = np.exp(-(x**2 + (x + r) ** 2) / 2) / (2 * np.pi) * (ndtr(x + r) - ndtr(x)) ** (k - 2)
    masses = weights * k * (k - 1) * density.sum(axis=0) * (x[1, 0] - x[0, 0])
    return r, masses / masses.sum()


@dataclass(frozen=True)
class RangeMoments:
    """What the range of k independent standard normal variables says about their standard deviation.

    Attributes
    ----------
    mean : float
        d_2(k), its expectation.
    deviation : float
        d_3(k), its standard deviation.
    root_mean_square : float
        c_k.
    freedom : float
        Degrees of freedom of a chi-squared variable with the relative variance of its square.
    """

    mean: float
    deviation: float
    root_mean_square: float
    freedom: float


def range_moments(k):
    """Return the moments of the range of k independent standard normal variables.

    Parameters
    ----------
    k : int
        At least 2.

    Returns
    -------
    RangeMoments
        Exact to about 1e-10. Cost O(1), and kept.

    Raises
    ------
    TypeError, ValueError
        If k is not an integer >= 2.
    """
    r, masses = _range_law(positive_integer(k, "k", 2))
    mean, second, fourth = (float(masses @ r**power) for power in (1, 2, 4))
    return RangeMoments(
        mean, float(np.sqrt(second - mean**2)), float(np.sqrt(second)), 2 / (fourth / second**2 - 1)
    )


@lru_cache(maxsize=64)
def _deviation_law(runs, others):
    """Return values and probabilities of the estimated standard deviation when the true one is 1."""
    squares, masses, freedom = np.zeros(1), np.ones(1), 0.0
    if others >= 2:
        moments = range_moments(others)
        r, masses = _range_law(others)
        freedom = moments.freedom
        squares = freedom * (r / moments.root_mean_square) ** 2
    if runs >= 2:
        dof = runs - 1
        nodes, weights = np.polynomial.legendre.leggauss(_NODES)
        top = np.sqrt(dof) + 9.0
        s = top * (nodes + 1) / 2  # of a chi variable: the root of the sum of squares
        chi = (
            np.exp((dof - 1) * np.log(s) - s**2 / 2 - gammaln(dof / 2) - (dof / 2 - 1) * np.log(2)) * weights
        )
        squares = (squares[:, None] + s**2).ravel()
        masses = (masses[:, None] * (chi / chi.sum())).ravel()
        freedom += dof
    return np.sqrt(squares / freedom), masses


def p_value(t, runs, others):
    r"""Return the probability that the studentised difference of two equal means exceeds t.

    Parameters
    ----------
    t : float
        The studentised difference, >= 0.
    runs : int
        N, size of the sample of which the standard deviation is known.
    others : int
        k, size of the sample of which the range is known; one of both must be at least 2.

    Returns
    -------
    float
        Two-sided. Cost O(10^4).

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range.
    """
    runs, others = _sizes(runs, others)
    t = real_number(t, "t")
    if not t >= 0:
        raise ValueError(f"t must not be negative, got {t!r}; the test is two-sided")
    deviations, masses = _deviation_law(runs, others)
    return float(2 * masses @ ndtr(-t * deviations))


@lru_cache(maxsize=256)
def critical_value(level, runs, others):
    """Return the t whose :func:`p_value` is the given level in (0, 1)."""
    runs, others = _sizes(runs, others)
    level = real_number(level, "level")
    if not 0 < level < 1:
        raise ValueError(f"level must be strictly between 0 and 1, got {level:g}")
    low, high = 0.0, 1.0
    while p_value(high, runs, others) > level:
        high *= 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if p_value(middle, runs, others) > level else (low, middle)
    return high


@dataclass(frozen=True)
class Comparison:
    """Outcome of a comparison.

    Attributes
    ----------
    difference : float
        Own mean minus the other one.
    deviation : float
        Estimated standard deviation of one run, from both samples.
    p : float
        Probability of a difference at least as large if there is none.
    score : float
        The standard normal variable with this two-sided p, with the sign of the difference.
    """

    difference: float
    deviation: float
    p: float
    score: float


def compare(values, other_mean, other_range, others, unit=0.0):
    r"""Compare a sample with the printed mean and range of another one.

    Printed numbers are rounded. The test takes the true ones, within half a unit of the last digit, as they suit
    equality best: the distance of the means is diminished by half a unit and the range increased by a whole one, so
    that the probability of a false alarm is at most the nominal one.

    Parameters
    ----------
    values : array_like of shape (N,)
        Own sample.
    other_mean, other_range : float
        Of the other sample; its range is ignored when it has one member.
    others : int
        Size k of the other sample; N + k >= 3.
    unit : float
        Of the last printed digit; 0 for exact numbers.

    Returns
    -------
    Comparison

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number, or out of range, or both samples are constant.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 1 or not np.isfinite(values).all():
        raise ValueError(f"values must be a vector of finite numbers, got shape {values.shape}")
    runs, others = _sizes(values.size, others)
    difference = float(values.mean()) - real_number(other_mean, "other_mean")
    spread, unit = real_number(other_range, "other_range"), real_number(unit, "unit")
    if spread < 0 or unit < 0:
        raise ValueError(f"other_range and unit must not be negative, got {spread:g} and {unit:g}")
    total, freedom = 0.0, 0.0
    if runs >= 2:
        total, freedom = float(((values - values.mean()) ** 2).sum()), runs - 1
    if others >= 2:
        moments = range_moments(others)
        total += moments.freedom * ((spread + unit) / moments.root_mean_square) ** 2
        freedom += moments.freedom
    deviation = np.sqrt(total / freedom)
    if not deviation > 0:
        raise ValueError("both samples are constant: there is no spread to judge a difference by")
    t = max(abs(difference) - unit / 2, 0.0) / (deviation * np.sqrt(1 / runs + 1 / others))
    p = p_value(t, runs, others)
    score = 0.0 if p > 1 - 1e-12 else -ndtri(max(p, 1e-300) / 2)
    return Comparison(difference, float(deviation), p, float(np.copysign(score, difference)))


def _sizes(runs, others):
    runs, others = positive_integer(runs, "runs"), positive_integer(others, "others")
    if max(runs, others) < 2:
        raise ValueError("two single values cannot be compared: neither sample shows a spread")
    return runs, others
