r"""How many neurons cover all orthonormal points: exact probabilities for all of Assumption 4 (i), and for huge n.

Continues :mod:`twolayer.coverage` (paper 003, Section 4). Given that k of m neurons are positive, the positive
points are covered with probability :math:`(1 - 2^{-k})^{n_+}`, which turns from 0 to 1 where :math:`2^k` passes
:math:`n_+`. So coverage is a question about the smaller of two binomial numbers, k and m - k, and its threshold is
:math:`2\log_2 n`, in a window of width :math:`\sqrt m`. The union bound over rows, :math:`n(3/4)^m`, has its own at
:math:`\log_{4/3} n = 2.41\log_2 n`: it counts the uncovered points of the rare draws with few neurons of a sign.
"""

import math

import numpy as np
from scipy.special import gammaln, ndtr

from twolayer.coverage import interpolation_probability
from twolayer.validation import positive_integer, positive_number

_MANY_POINTS = 128  # so many random bits are zero, or equal to others, with probability 2^-128
_DIGITS = 80  # binary digits kept of a quotient of two long integers


def _distinct_nonzero_columns(rows, most):
    """Return, for k = 0 to most, the probability that random bits (rows, k) have no zero row and k distinct columns."""
    signed = [(-1) ** r * math.comb(rows, r) for r in range(rows + 1)]
    sizes = [2 ** (rows - r) for r in range(rows + 1)]
    answer = [float(rows == 0)]
    for k in range(1, most + 1):
        # A column that is not zero and none of the k - 1 before, in the points that are left after r zero rows.
        signed = [value * max(size - k, 0) for value, size in zip(signed, sizes, strict=True)]
        answer.append(((sum(signed) << _DIGITS) >> (rows * k)) / 2.0**_DIGITS)
    return np.array(answer)


def assumption_probability(positive, negative, width, *, signs="drawn"):
    r"""Return the probability of Assumption 4 (i): no point uncovered, no neuron without points, no two alike.

    Parameters
    ----------
    positive, negative : int
        Numbers of points with a positive and with a negative label, not both zero.
    width : int
        m >= 1.
    signs : str
        "drawn" for fair coins, "alternating", or "one" for positive neurons only.

    Returns
    -------
    float
        :math:`\sum_k \binom mk 2^{-m} Q_{n_+}(k) Q_{n_-}(m - k)`, where by inclusion and exclusion of zero rows
        :math:`Q_n(k) = 2^{-nk}\sum_r (-1)^r \binom nr \prod_{i=1}^k (2^{n-r} - i)`; if signs are not drawn, the one
        term there is. The sum over r alternates and is formed in integers. From 128 points of a sign on, columns are
        zero or alike with a probability below rounding, and the answer is that for the rows. Cost O(n m) products of
        integers of up to n m bits.

    Raises
    ------
    TypeError, ValueError
        As :func:`twolayer.coverage.interpolation_probability`, or if the kind of signs is unknown.
    """
    interpolation_probability(positive, negative, width)  # refuses what is no number of points or neurons
    if min(positive, negative) >= _MANY_POINTS and signs == "drawn":
        return interpolation_probability(positive, negative, width)
    plus, minus = _distinct_nonzero_columns(positive, width), _distinct_nonzero_columns(negative, width)
    given = plus * minus[::-1]  # the number of positive neurons
    if signs == "drawn":
        choices = np.array([math.comb(width, k) / 2**width for k in range(width + 1)])
        return float((choices * given).sum())
    if signs not in ("alternating", "one"):
        raise ValueError(f"signs must be 'drawn', 'alternating' or 'one', got {signs!r}")
    return float(given[width if signs == "one" else width - width // 2])


def alternating_interpolation_probability(positive, negative, width):
    r"""Return the probability that all points are covered if the signs alternate instead of being drawn.

    Parameters
    ----------
    positive, negative, width : int
        As in :func:`assumption_probability`.

    Returns
    -------
    float
        :math:`(1 - 2^{-\lceil m/2\rceil})^{n_+} (1 - 2^{-\lfloor m/2\rfloor})^{n_-}`.

    Raises
    ------
    TypeError, ValueError
        As :func:`twolayer.coverage.interpolation_probability`.
    """
    interpolation_probability(positive, negative, width)
    few = width // 2
    return float((1 - 0.5 ** (width - few)) ** positive * (1 - 0.5**few) ** negative)


def least_width(probability, level):
    """Return the smallest number of neurons at which a probability that grows with it reaches a level.

    Parameters
    ----------
    probability : callable
        From a width m = 1, 2, ... to a number.
    level : float
        Between 0 and 1, both excluded.

    Returns
    -------
    int
        Cost: as many calls as the answer.

    Raises
    ------
    ValueError
        If the level is not inside (0, 1), or is not reached by a hundred thousand neurons.
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level!r}")
    for width in range(1, 100_001):
        if probability(width) >= level:
            return width
    raise ValueError(f"the probability does not reach {level} with a hundred thousand neurons")


def failure_probability(log2_points, width):
    r"""Return the probability that some point is uncovered, for a number of points too large to be written out.

    Parameters
    ----------
    log2_points : float
        :math:`\log_2 n >= 1`, at most 1000; half of the points have either sign.
    width : int
        m >= 1; signs are fair coins.

    Returns
    -------
    float
        One minus :func:`twolayer.coverage.interpolation_probability`, also where it is far below rounding. Cost O(m).

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    width, half = positive_integer(width, "width"), positive_number(log2_points, "log2_points") - 1.0
    if not 0 <= half < 1000:
        raise ValueError(f"log2_points must lie between 1 and 1000, got {log2_points:g}")
    k = np.arange(width + 1.0)
    choices = gammaln(width + 1) - gammaln(k + 1) - gammaln(width - k + 1) - width * math.log(2.0)
    with np.errstate(divide="ignore"):
        # log(1 - x) = -x where x is below rounding; there x alone may underflow, but not its product with n.
        covered = np.where(k < 60, 2.0**half * np.log1p(-np.exp2(-k)), -np.exp2(half - k))
    return float((np.exp(choices) * -np.expm1(covered + covered[::-1])).sum())


def threshold_law(log2_points, width):
    r"""Return the limit of the probability of coverage as n grows, :math:`P(|Z| \le u)` for a normal variable Z.

    Parameters
    ----------
    log2_points : float
        :math:`\log_2 n`; half of the points have either sign.
    width : int
        m >= 1.

    Returns
    -------
    float
        With :math:`u = (m - 2\log_2 n)/\sqrt m`; 0 where u is negative. The smaller of the two numbers of neurons is
        :math:`\tfrac m2 - \tfrac{\sqrt m}2 |Z|`, and must reach :math:`\log_2 n`.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a positive number.
    """
    width, log2_points = positive_integer(width, "width"), positive_number(log2_points, "log2_points")
    return max(0.0, 2.0 * float(ndtr((width - 2.0 * log2_points) / math.sqrt(width))) - 1.0)


def failure_exponent(ratio):
    r"""Return e such that some point is uncovered with probability :math:`n^{-e + o(1)}`, m being a multiple of log n.

    Parameters
    ----------
    ratio : float
        Neurons for each binary digit of the number of points, :math:`m/\log_2 n`.

    Returns
    -------
    float
        0 up to a ratio of 2. From there to 3 what fails are draws with fewer than :math:`\log_2 n` neurons of a sign,
        :math:`e = \text{ratio}\,(1 - H(1/\text{ratio}))` with the binary entropy H. From 3 on the union bound over the
        points is sharp, :math:`e = \text{ratio}\,\log_2\tfrac43 - 1`.

    Raises
    ------
    TypeError, ValueError
        If the ratio is not a positive number.
    """
    ratio = positive_number(ratio, "ratio")
    if ratio <= 2:
        return 0.0
    if ratio >= 3:
        return ratio * math.log2(4 / 3) - 1.0
    p = 1.0 / ratio
    return ratio * (1.0 + p * math.log2(p) + (1 - p) * math.log2(1 - p))
