r"""What Algorithm 1 ends with when the number of neurons is exponential in the number of points: a limit law.

Among W independent fair patterns on N points, the best ones look like draws from a *tilted* law: a point with squared
label t is covered with probability :math:`\sigma(\theta t) = 1/(1 + e^{-\theta t})`, where the tilt is as large as W
patterns can afford,

.. math::  \frac{\ln W}{N} = \frac1N\sum_i \bigl(\ln 2 - H(\sigma(\theta t_i))\bigr),

H being the entropy of a coin. If each jump covers the points that are left with these probabilities, independently of
the jumps before it, then :math:`Y_k^2 = \sum_i t_i\,\sigma(\theta t_i)(1 - \sigma(\theta t_i))^{k-1}`. The book's
page on the law of the width proves that this is the limit for many points; without a tilt it is exact in the mean, and
the norm is :math:`1 + \sqrt2` times the least one.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, log_expit

from twolayer.validation import finite_array, positive_integer, positive_number

_NEGLIGIBLE = 1e-18  # unfitted share of the squared norm at which the jumps are broken off


@dataclass(frozen=True)
class TiltedHalving:
    r"""Limit of the jumps of one sign.

    Attributes
    ----------
    tilt : float
        :math:`\theta`; infinite where a single neuron covers everything.
    shares : ndarray of shape (K,)
        :math:`Y_k^2/\|y\|^2`, until what is left is negligible; they add up to one.
    """

    tilt: float
    shares: np.ndarray

    @property
    def ratio(self):
        r"""Squared norm over the least one, :math:`\sum_k Y_k/\|y\|`."""
        return float(np.sqrt(self.shares).sum())


def normal_squares(count=200):
    r"""Return nodes and weights of a quadrature for the square of a label of the law N(0, 1).

    Parameters
    ----------
    count : int
        Number of nodes.

    Returns
    -------
    squares, weights : ndarray of shape (count,)
        Gauss-Legendre nodes in s for the label :math:`12s^3`, which are dense near 0, where a large tilt is felt.
    """
    nodes, weights = np.polynomial.legendre.leggauss(positive_integer(count, "count"))
    s = (nodes + 1) / 2
    labels = 12 * s**3
    weights = weights * 36 * s**2 * np.exp(-(labels**2) / 2)
    return labels**2, weights / weights.sum()


def pattern_cost(tilt, squares, weights):
    r"""Return the mean of :math:`\ln 2 - H(\sigma(\theta t))`: what a tilted pattern costs, per point.

    Parameters
    ----------
    tilt : float
        :math:`\theta \ge 0`.
    squares, weights : array_like of shape (q,)
        Squared labels and their shares of the points.

    Returns
    -------
    float
        Between 0 and ln 2.
    """
    x = tilt * np.asarray(squares, dtype=float)
    entropy = -expit(x) * log_expit(x) - expit(-x) * log_expit(-x)
    return float(np.asarray(weights) @ (np.log(2.0) - entropy))


def tilted_halving(cost, squares=(1.0,), weights=(1.0,)):
    r"""Return the limit law for :math:`\ln W/N` = cost.

    Parameters
    ----------
    cost : float
        Logarithm of the number of neurons of the sign over the number of its points, at least 0.
    squares, weights : array_like of shape (q,)
        Positive squared labels and their shares of the points, which add up to one; all labels equal by default.

    Returns
    -------
    TiltedHalving
        From the ratio :math:`1 + \sqrt2` at cost 0 to the ratio 1 at :math:`\ln 2` and beyond. For small cost the ratio
        is :math:`(1 + \sqrt2)(1 - \sqrt{\mathrm{cost}})` for equal labels.

    Raises
    ------
    TypeError, ValueError
        If the cost is negative, a square or weight is not positive, or the weights do not add up to one.
    """
    squares, weights = finite_array(squares, "squares"), finite_array(weights, "weights")
    if squares.shape != weights.shape or squares.ndim != 1:
        raise ValueError(
            f"squares and weights must be of one shape (q,), got {squares.shape}, {weights.shape}"
        )
    if not ((squares > 0).all() and (weights >= 0).all() and abs(weights.sum() - 1) < 1e-9):
        raise ValueError("squares must be positive, weights >= 0 with sum 1")
    if cost != 0:
        cost = positive_number(cost, "cost")
    scaled = squares / (weights @ squares)
    tilt, top = 0.0, 1.0
    if cost > 0:
        while pattern_cost(top, scaled, weights) < cost:
            top *= 4.0
            if top > 1e12:
                return TiltedHalving(np.inf, np.ones(1))
        tilt = brentq(lambda x: pattern_cost(x, scaled, weights) - cost, 0.0, top, xtol=1e-14, rtol=1e-13)
    left, shares = weights * scaled, []
    covered, missed = expit(tilt * scaled), expit(-tilt * scaled)
    while left.sum() > _NEGLIGIBLE:
        shares.append(float(left @ covered))
        left = left * missed
    return TiltedHalving(float(tilt), np.array(shares))
