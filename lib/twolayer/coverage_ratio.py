r"""Bounds for the norm that Algorithm 1 ends with: no k neurons cover more, or leave more, than so much.

k of W fair patterns on N points cover each point with probability :math:`1 - 2^{-k}`, independently. With labels whose
squares, over their mean, are t, Chernoff's bound says that all :math:`\binom Wk` choices cover at most the share

.. math::  c_k = \mathbb{E}[t\,q],\quad q = \sigma(\theta_k t + \ln(2^k - 1)),\quad \mathbb{E}\,D_k(q) = b_k,

of the squared norm, where :math:`D_k(q)` is the relative entropy of a coin q to the coin :math:`1 - 2^{-k}` and
:math:`Nb_k` the logarithm of the number of choices over the probability of failure. Any k jumps fit no more than that.
"""

from itertools import pairwise

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, gammaln, xlogy

from twolayer.validation import finite_array, positive_integer, positive_number

_MOST_JUMPS = 60


def union_budgets(points, neurons, failure):
    r"""Return :math:`b_k = (\ln\binom Wk + k\ln2 + \ln\frac1\epsilon)/N`, with which all bounds hold together.

    Parameters
    ----------
    points, neurons : int
        N and W, at least 1.
    failure : float
        Probability :math:`\epsilon` in (0, 1) that is left to chance.

    Returns
    -------
    ndarray of shape (min(W, 60),)

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range.
    """
    points, neurons = positive_integer(points, "points"), positive_integer(neurons, "neurons")
    if not positive_number(failure, "failure") < 1:
        raise ValueError(f"failure must lie between 0 and 1, got {failure!r}")
    k = np.arange(1, min(neurons, _MOST_JUMPS) + 1)
    choices = gammaln(neurons + 1.0) - gammaln(k + 1.0) - gammaln(neurons - k + 1.0)
    return (choices + k * np.log(2.0) - np.log(failure)) / points


def covered_shares(budgets, squares=(1.0,), weights=(1.0,)):
    r"""Return :math:`c_1, c_2, \dots`, up to the first that is 1.

    Parameters
    ----------
    budgets : array_like of shape (K,)
        :math:`b_k \ge 0`.
    squares, weights : array_like of shape (q,)
        Positive squared labels and their shares of the points, which add up to one; all labels equal by default.

    Returns
    -------
    ndarray of shape (K,) or less

    Raises
    ------
    TypeError, ValueError
        If a budget is negative, a square not positive, or the weights do not add up to one.
    """
    budgets, squares, weights = _check(budgets, squares, weights)
    return np.array(_extreme_shares(budgets, squares / (weights @ squares), weights, 1.0))


def _check(budgets, squares, weights):
    budgets = finite_array(budgets, "budgets")
    squares, weights = finite_array(squares, "squares"), finite_array(weights, "weights")
    if budgets.ndim != 1 or squares.ndim != 1 or squares.shape != weights.shape:
        raise ValueError(
            "budgets must have shape (K,), squares and weights one shape (q,), got "
            f"{budgets.shape}, {squares.shape}, {weights.shape}"
        )
    if (budgets < 0).any():
        raise ValueError(f"budgets must not be negative, got {budgets.min():g}")
    if not ((squares > 0).all() and (weights >= 0).all() and abs(weights.sum() - 1) < 1e-9):
        raise ValueError(
            f"squares must be positive, and weights >= 0 with sum 1, got squares from {squares.min():g} and weights "
            f"from {weights.min():g} with sum {weights.sum():g}"
        )
    return budgets, squares, weights


def _extreme_shares(budgets, t, weights, side):
    """Return the largest shares that k neurons may cover (side 1) or leave (side -1), up to the first that is 1."""
    shares = []
    for k, budget in enumerate(budgets, start=1):
        odds = side * np.log(2.0**k - 1)
        tilt = _tilt(odds, float(budget), t, weights)
        shares.append(1.0 if tilt is None else float(weights @ (t * expit(tilt * t + odds))))
        if tilt is None and side > 0:
            break
    return shares


def _tilt(odds, budget, t, weights):
    """Return the tilt that a budget affords from some log odds on, None if it affords everything."""

    def excess(tilt):
        hit, miss = expit(tilt * t + odds), expit(-tilt * t - odds)
        return float(weights @ (xlogy(hit, hit / expit(odds)) + xlogy(miss, miss / expit(-odds)))) - budget

    if budget == 0:
        return 0.0
    top = 1.0
    while excess(top) < 0:
        top *= 4.0
        if top > 1e9:
            return None
    return brentq(excess, 0.0, top, xtol=1e-12)


def _sum_of_roots(places, sums):
    """Return the sum of the roots of the increments of the least concave majorant of some partial sums."""
    hull = []
    for x, y in zip(places, sums, strict=True):
        while len(hull) > 1 and (hull[-1][1] - hull[-2][1]) * (x - hull[-1][0]) <= (y - hull[-1][1]) * (
            hull[-1][0] - hull[-2][0]
        ):
            hull.pop()
        hull.append((x, y))
    return float(sum((x1 - x0) ** 0.5 * max(y1 - y0, 0.0) ** 0.5 for (x0, y0), (x1, y1) in pairwise(hull)))


def least_ratio(budgets, squares=(1.0,), weights=(1.0,)):
    r"""Return the least squared norm of Algorithm 1, over the least of all interpolators, that the shares allow.

    Parameters
    ----------
    budgets, squares, weights
        As in :func:`covered_shares`.

    Returns
    -------
    float
        :math:`\sum_k\sqrt{c_k - c_{k-1}}`, c being replaced by its least concave majorant if it is not concave. Budgets
        0 give :math:`1 + \sqrt2`.

    Raises
    ------
    TypeError, ValueError
        As in :func:`covered_shares`.
    """
    shares = covered_shares(budgets, squares, weights)
    return _sum_of_roots(range(shares.size + 2), [0.0, *shares, 1.0])


def largest_ratio(budgets, neurons, squares=(1.0,), weights=(1.0,)):
    r"""Return the largest squared norm of Algorithm 1, over the least of all interpolators, by the same argument.

    Any k neurons leave at most the share :math:`u_k`, and there are at most W jumps.

    Parameters
    ----------
    budgets, squares, weights
        As in :func:`covered_shares`; the probability of failure adds to that of :func:`least_ratio`.
    neurons : int
        W, at least the number of budgets.

    Returns
    -------
    float
        :math:`\sum_k\sqrt{s_k - s_{k-1}}`, s being the least concave sequence above :math:`1 - u_k` with
        :math:`s_W = 1`. At most :math:`\sqrt W`.

    Raises
    ------
    TypeError, ValueError
        As in :func:`covered_shares`, or if there are more budgets than neurons.
    """
    budgets, squares, weights = _check(budgets, squares, weights)
    neurons = positive_integer(neurons, "neurons")
    if len(budgets) > neurons:
        raise ValueError(f"there are more budgets than neurons: {len(budgets)} > {neurons}")
    left = _extreme_shares(budgets, squares / (weights @ squares), weights, -1.0)
    places = [k for k in range(1, len(left) + 1) if k < neurons]
    return _sum_of_roots([0, *places, neurons], [0.0, *(1.0 - left[k - 1] for k in places), 1.0])
