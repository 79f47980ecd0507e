r"""The limit law at finite sizes, for equal labels: the k-th jump is a neuron like the k-th best at the start.

Of W fair patterns on N points the k-th best covers about the quantile of order :math:`(k - 0.44)/W` of
:math:`\mathrm{Bin}(N, 1/2)`, counted from above. Let the first jump cover as much as the best, and the k-th one each
point that is left with the probability :math:`p_k` that is the share of the k-th best. The mean of the norm follows by
recursion. Nothing is fitted; what is left out is that the algorithm, among nearly equal neurons, takes one that covers
more than its share of what is left.
"""

import math

import numpy as np
from scipy.special import bdtrc

from twolayer.compiled import compiled
from twolayer.validation import positive_integer

_MOST_JUMPS = 80


def ordered_shares(points, neurons):
    """Return the shares of the points that the best, second best, ... of random patterns cover.

    Parameters
    ----------
    points, neurons : int
        N and W, at least 1.

    Returns
    -------
    ndarray of shape (min(W, 80),)
        Quantiles between the lattice points by interpolation of the logarithm of the tail.

    Raises
    ------
    TypeError, ValueError
        If a number is not a positive integer.
    """
    points, neurons = positive_integer(points, "points"), positive_integer(neurons, "neurons")
    heads = np.arange(points + 1)
    tail = np.concatenate([[1.0], bdtrc(heads[:-1], points, 0.5)])
    orders = (np.arange(1, min(neurons, _MOST_JUMPS) + 1) - 0.44) / neurons
    # Where patterns that cover everything abound, the best ones do.
    with np.errstate(divide="ignore"):
        depths = -np.log(tail)  # infinite where the tail underflows, which no number of neurons reaches
    depths = np.append(depths, 1 + depths[-1])
    quantiles = np.interp(-np.log(orders), depths, np.append(heads - 0.5, points))
    return np.clip(quantiles / points, 0.0, 1.0)


def ordered_halving_ratio(points, neurons):
    r"""Return the mean of the squared norm over the least one.

    Parameters
    ----------
    points, neurons : int
        N and W, at least 1.

    Returns
    -------
    float
        Cost :math:`O(N^{3/2})` for each of at most 80 jumps.

    Raises
    ------
    TypeError, ValueError
        If a number is not a positive integer.
    """
    shares = ordered_shares(points, neurons)
    logs = np.array([math.lgamma(k + 1.0) for k in range(points + 1)])
    following = np.zeros(points + 1)
    for share in shares[:0:-1]:
        following = _before(following, share, logs)
    first = shares[0] * points
    rest = np.interp(points - first, np.arange(points + 1), following)
    return float((math.sqrt(first) + rest) / math.sqrt(points))


@compiled
def _before(following, share, logs):
    """Return the mean norm of the jumps still to come, for each number of unfitted points, one jump earlier."""
    before = np.zeros_like(following)
    if share <= 0.0:
        return following.copy()
    if share >= 1.0:
        return np.sqrt(np.arange(following.size).astype(np.float64))
    yes, no = math.log(share), math.log1p(-share)
    for u in range(1, following.size):
        reach = 9.0 * math.sqrt(u)
        first, last = max(0, int(u * share - reach)), min(u, int(u * share + reach) + 1)
        total = 0.0
        for b in range(first, last + 1):
            weight = math.exp(logs[u] - logs[b] - logs[u - b] + b * yes + (u - b) * no)
            total += weight * (math.sqrt(b) + following[u - b])
        before[u] = total
    return before
