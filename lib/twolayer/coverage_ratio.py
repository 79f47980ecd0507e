r"""A lower bound for the norm that Algorithm 1 ends with, at every width: no k neurons cover more than so much.

k of W fair patterns on N points cover each point with probability :math:`1 - 2^{-k}`, independently. With labels whose
squares, over their mean, are t, Chernoff's bound says that all :math:`\binom Wk` choices cover at most the share

.. math::  c_k = \mathbb{E}[t\,q],\quad q = \sigma(\theta_k t + \ln(2^k - 1)),\quad \mathbb{E}\,D_k(q) = b_k,

of the squared norm, where :math:`D_k(q)` is the relative entropy of a coin q to the coin :math:`1 - 2^{-k}` and
:math:`Nb_k` the logarithm of the number of choices over the probability of failure. Any k jumps fit no more than that.
"""

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
    budgets = finite_array(budgets, "budgets")
    squares, weights = finite_array(squares, "squares"), finite_array(weights, "weights")
    if not ((budgets >= 0).all() and (squares > 0).all() and abs(weights.sum() - 1) < 1e-9):
        raise ValueError("budgets must not be negative, squares must be positive, weights must add up to one")
    t, shares = squares / (weights @ squares), []
    for k, budget in enumerate(budgets, start=1):
        tilt = _tilt(k, float(budget), t, weights)
        shares.append(1.0 if tilt is None else float(weights @ (t * expit(tilt * t + np.log(2.0**k - 1)))))
        if tilt is None:
            break
    return np.array(shares)


def _tilt(k, budget, t, weights):
    """Return the tilt that a budget affords, None if it affords everything."""
    fair = 1 - 0.5**k

    def excess(tilt):
        hit = expit(tilt * t + np.log(2.0**k - 1))
        miss = expit(-tilt * t - np.log(2.0**k - 1))
        return float(weights @ (xlogy(hit, hit / fair) + xlogy(miss, miss * 2.0**k))) - budget

    if budget == 0:
        return 0.0
    top = 1.0
    while excess(top) < 0:
        top *= 4.0
        if top > 1e9:
            return None
    return brentq(excess, 0.0, top, xtol=1e-12)


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
    blocks = []
    for step in np.diff(np.concatenate([[0.0], shares, [1.0]])):
        blocks.append((float(step), 1))
        while len(blocks) > 1 and blocks[-1][0] > blocks[-2][0]:
            (late, many), (early, more) = blocks.pop(), blocks.pop()
            blocks.append(((late * many + early * more) / (many + more), many + more))
    return float(sum(count * max(size, 0.0) ** 0.5 for size, count in blocks))
