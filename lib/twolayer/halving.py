r"""Halving: how fast random neurons in a fixed order fit the points, exactly and by the bounds of paper 003, App. E.

One sign, n points, neurons that are active on each point with probability 1/2. In an order that does not look at the
activations, the number of unfitted points :math:`U_k` is a Markov chain, :math:`U_k \sim
\mathrm{Bin}(U_{k-1}, 1/2)`. The events of the proof are :math:`E_k: |U_k - U_{k-1}/2| \le \delta U_{k-1}/2`.
"""

import math

import numpy as np
from scipy.special import gammaln, logsumexp

from twolayer.validation import positive_integer, positive_number

_REACH = 10.0  # deviations beyond 10 sqrt(u) from u/2 have a probability below 2 exp(-200)


def _fraction(value, name):
    if not 0 < positive_number(value, name) < 1:
        raise ValueError(f"{name} must lie between 0 and 1, got {value!r}")
    return float(value)


def _coins(u, reach):
    """Return the numbers of heads within a distance of u/2, and their probabilities."""
    heads = np.arange(max(0, math.ceil(u / 2 - reach - 1e-9)), min(u, math.floor(u / 2 + reach + 1e-9)) + 1)
    logs = gammaln(u + 1) - gammaln(heads + 1) - gammaln(u - heads + 1) - u * math.log(2.0)
    return heads, np.exp(logs)


def fixed_order_norms(n):
    r"""Return the mean of :math:`\sum_k \sqrt{|A_k|}` for equal labels, unboundedly many neurons in a fixed order.

    Parameters
    ----------
    n : int
        Largest number of points.

    Returns
    -------
    ndarray of shape (n + 1,)
        Entry u for u points, from the recursion :math:`f(u) = \mathbb{E}[\sqrt B + f(u - B)]`, B binomial; cost
        :math:`O(n^{3/2})`. Twice the entry is the mean squared norm, and :math:`f(u)/\sqrt u \to 1 + \sqrt2`.

    Raises
    ------
    TypeError, ValueError
        If n is not a positive integer.
    """
    n = positive_integer(n, "n")
    f = np.zeros(n + 1)
    for u in range(1, n + 1):
        heads, probability = _coins(u, _REACH * math.sqrt(u))
        none = probability[0] if heads[0] == 0 else 0.0
        keep = heads > 0
        f[u] = probability[keep] @ (np.sqrt(heads[keep]) + f[u - heads[keep]]) / (1.0 - none)
    return f


def halving_failure(n, delta, steps):
    r"""Return the probability, in a fixed order, that one of the events :math:`E_1, \dots, E_K` fails.

    Parameters
    ----------
    n : int
        Points.
    delta : float
        Tolerance in (0, 1).
    steps : int
        K, at least 1.

    Returns
    -------
    float
        Exact up to rounding, by following the law of :math:`U_k` on the events; 0 means below about 1e-15.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range.
    """
    n, steps = positive_integer(n, "n"), positive_integer(steps, "steps")
    delta = _fraction(delta, "delta")
    law, failure = {n: 1.0}, 0.0
    for _ in range(steps):
        following = np.zeros(n + 1)
        for u, p in law.items():
            heads, probability = _coins(u, min(delta * u / 2, _REACH * math.sqrt(u)))
            following[u - heads] += p * probability
            failure += p * max(0.0, 1.0 - probability.sum())
        keep = np.flatnonzero(following > 1e-18)
        law = dict(zip(keep.tolist(), following[keep].tolist(), strict=True))
    return min(float(failure), 1.0)


def halving_steps(n, delta, epsilon):
    r"""Return K of the proof, the integer part of :math:`(1-\varepsilon)\ln n/\ln\frac2{1-\delta}`.

    Parameters
    ----------
    n : float
        Points; any number from 1.
    delta, epsilon : float
        In (0, 1).

    Returns
    -------
    int

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range.
    """
    delta, epsilon = _fraction(delta, "delta"), _fraction(epsilon, "epsilon")
    if positive_number(n, "n") < 1:
        raise ValueError(f"n must be at least 1, a number of points, got {n!r}")
    return int((1 - epsilon) * math.log(n) / math.log(2 / (1 - delta)))


def remainder_exponent(delta, epsilon):
    r"""Return the power of n by which Proposition 6 reduces the unfitted points; 1/2 is needed.

    Parameters
    ----------
    delta, epsilon : float
        In (0, 1).

    Returns
    -------
    float
        :math:`(1-\varepsilon)\ln\frac2{1+\delta}/\ln\frac2{1-\delta}`.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range.
    """
    delta, epsilon = _fraction(delta, "delta"), _fraction(epsilon, "epsilon")
    return (1 - epsilon) * math.log(2 / (1 + delta)) / math.log(2 / (1 - delta))


def log_union_bound(log_n, neurons, delta, epsilon):
    r"""Return the logarithm of :math:`2Km^K e^{-\delta^2n^\varepsilon/3}`, the failure bound of Corollary 1.

    Parameters
    ----------
    log_n : float
        Logarithm of the number of points, so that numbers beyond any computer are allowed.
    neurons : float
        m; 1 for the fixed order of Proposition 4.
    delta, epsilon : float
        In (0, 1).

    Returns
    -------
    float
        Says nothing where it is 0 or more; minus infinity if K = 0.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range.
    """
    delta, epsilon = _fraction(delta, "delta"), _fraction(epsilon, "epsilon")
    steps = int((1 - epsilon) * positive_number(log_n, "log_n") / math.log(2 / (1 - delta)))
    if steps == 0:
        return -math.inf
    tail = delta**2 * math.exp(min(epsilon * log_n, 700.0)) / 3
    return math.log(2 * steps) + steps * math.log(positive_number(neurons, "neurons")) - tail


def log_failure(neurons, effective_points, delta, steps):
    r"""Return the logarithm of our bound for the probability that halving fails in *some* order.

    Parameters
    ----------
    neurons : int
        Number W of neurons of the sign.
    effective_points : float
        :math:`\|y\|^2/\max_i y_i^2` over the points of the sign: their number if all labels are equal.
    delta : float
        Tolerance in (0, 1).
    steps : int
        K <= W jumps that are to halve.

    Returns
    -------
    float
        Logarithm of :math:`2\sum_{k\le K}\binom W{k-1}(W-k+1)\exp(-\frac{\delta^2}2(\frac{1-\delta}2)^{k-1}R)`, R being
        the effective points: Hoeffding's inequality for each set of k - 1 neurons and each other neuron.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range.
    """
    neurons, steps = positive_integer(neurons, "neurons"), positive_integer(steps, "steps")
    delta, points = _fraction(delta, "delta"), positive_number(effective_points, "effective_points")
    if steps > neurons:
        raise ValueError(f"steps must be at most the number of neurons, got {steps} > {neurons}")
    k = np.arange(1, steps + 1)
    sets = gammaln(neurons + 1) - gammaln(k) - gammaln(neurons - k + 2) + np.log(neurons - k + 1)
    return float(np.log(2.0) + logsumexp(sets - delta**2 / 2 * ((1 - delta) / 2) ** (k - 1) * points))


def norm_factor(neurons, delta, steps):
    r"""Return the factor of the least norm that holds for W neurons if the first K jumps halve.

    Parameters
    ----------
    neurons, delta, steps
        As in :func:`log_failure`; 0 steps are allowed.

    Returns
    -------
    float
        :math:`\kappa(1-\kappa^K)/(1-\kappa) + \sqrt{W-K}\,\kappa^K` with :math:`\kappa = \sqrt{(1+\delta)/2}`.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range.
    """
    neurons, steps = positive_integer(neurons, "neurons"), positive_integer(steps, "steps", 0)
    kappa = math.sqrt((1 + _fraction(delta, "delta")) / 2)
    if steps > neurons:
        raise ValueError(f"steps must be at most the number of neurons, got {steps} > {neurons}")
    return kappa * (1 - kappa**steps) / (1 - kappa) + math.sqrt(neurons - steps) * kappa**steps


def certified_factor(neurons, effective_points, confidence, deltas=None):
    r"""Return the least factor of the least norm that our bound guarantees with a given probability.

    Parameters
    ----------
    neurons : int
        W.
    effective_points : float
        :math:`\|y\|^2/\max_i y_i^2`.
    confidence : float
        Probability in (0, 1).
    deltas : array_like, optional
        Tolerances to choose from; 99 of them by default.

    Returns
    -------
    factor, delta : float
        The factor and its tolerance.
    steps : int
        The number of halvings that it uses. Without any the factor is :math:`\sqrt W`, which is always right.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range.
    """
    allowed = math.log(1 - _fraction(confidence, "confidence"))
    best = (math.sqrt(positive_integer(neurons, "neurons")), 1.0, 0)
    for delta in np.arange(0.01, 1.0, 0.01) if deltas is None else deltas:
        for steps in range(1, min(neurons, 60) + 1):
            if log_failure(neurons, effective_points, delta, steps) > allowed:
                break
            best = min(best, (norm_factor(neurons, delta, steps), float(delta), steps))
    return best
