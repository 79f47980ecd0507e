r"""Appendix B of paper 002 with explicit constants: what random points and weights satisfy, and how surely.

The paper states the properties up to powers of logarithms. Each of them comes from a union bound over events of known
probability, and here those are evaluated as they are. In the paper's letters: n is the dimension, m the number
of points, uniform on the sphere, and S the width.
"""

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaln, log_ndtr, logsumexp, ndtri_exp
from scipy.stats import beta, binom

from twolayer.validation import positive_integer, real_number


def _failure(failure):
    failure = real_number(failure, "failure")
    if not 0 < failure < 1:
        raise ValueError(f"failure must be a probability strictly between 0 and 1, got {failure:g}")
    return failure


def coordinate_tail_inverse(n, probability):
    r"""Return s with :math:`P(|x_1| > s) = p` for a uniform point on the sphere: :math:`x_1^2` is Beta(1/2, (n-1)/2).

    Parameters
    ----------
    n : int
        Dimension, at least 2.
    probability : array_like of float
        p in [0, 1].

    Returns
    -------
    ndarray of float64
        s in [0, 1].

    Raises
    ------
    TypeError, ValueError
        If n is not an integer of at least 2.
    """
    n = positive_integer(n, "n", 2)
    return np.sqrt(beta.isf(np.asarray(probability, dtype=np.float64), 0.5, (n - 1) / 2))


def inner_product_quantile(n, m, failure):
    r"""Return s such that all :math:`\binom m2` inner products are at most s in size but for the failure probability.

    A union bound, property (19). It is nearly sharp, for the inner products are independent in pairs.

    Parameters
    ----------
    n, m : int
        Dimension and number of points, both at least 2.
    failure : float
        Failure probability in (0, 1).

    Returns
    -------
    float
        s.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of its range.
    """
    pairs = positive_integer(m, "m", 2) * (m - 1) / 2
    return float(coordinate_tail_inverse(n, min(_failure(failure) / pairs, 1.0)))


def gaussian_maximum_quantile(count, failure):
    r"""Return t such that ``count`` standard normal variables are at most t in size but for the failure probability.

    A union bound, whatever their dependence: properties (23) and (26).

    Parameters
    ----------
    count : float
        Number of variables, at least 1.
    failure : float
        Failure probability in (0, 1).

    Returns
    -------
    float
        t.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of its range.
    """
    count = real_number(count, "count")
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count:g}")
    return float(-ndtri_exp(np.log(_failure(failure)) - np.log(2 * count)))


def mean_gaussian_length(n):
    r"""Return :math:`c_n = E|g| = \sqrt2\,\Gamma(\frac{n+1}2)/\Gamma(\frac n2)`, g standard normal in n dimensions.

    Parameters
    ----------
    n : int
        Dimension.

    Returns
    -------
    float
        Between :math:`\sqrt{n - 1/2}` and :math:`\sqrt n`.

    Raises
    ------
    TypeError, ValueError
        If n is not a positive integer.
    """
    n = positive_integer(n, "n")
    return float(np.sqrt(2) * np.exp(gammaln((n + 1) / 2) - gammaln(n / 2)))


def log_binomial(m, k):
    """Return the logarithm of the number of k-subsets of m things.

    Parameters
    ----------
    m, k : array_like of int
        With k from 0 to m; broadcast against each other.

    Returns
    -------
    ndarray of float64
        To about 13 digits. Cost O(size).
    """
    return gammaln(m + 1.0) - gammaln(np.asarray(k) + 1.0) - gammaln(m - np.asarray(k) + 1.0)


def subset_norm_bound(n, m, sizes, failure):
    r"""Bound the norms of all subsets of uniform points at once: property (20) with explicit constants.

    With probability at least :math:`1 - \delta`, for every k and every set J of k points,

    .. math::

        |X_J| \le \frac1{c_n}\Bigl(\sqrt n + \sqrt k + \sqrt{2\log\bigl(\tbinom mk m/\delta\bigr)}\Bigr),

    and at most the same expression for k = m, with :math:`c_n` of :func:`mean_gaussian_length`. A Gaussian matrix G
    is X with its rows multiplied by independent lengths; by Jensen's inequality,
    :math:`E f(c_n \|X_J\|) \le E f(\|G_J\|)` for convex increasing f, and :math:`\|G_J\|` has a sub-Gaussian moment
    generating function around its mean, which is at most :math:`\sqrt n + \sqrt k`.

    Parameters
    ----------
    n, m : int
        Dimension and number of points.
    sizes : array_like of int
        Values of k from 1 to m.
    failure : float
        :math:`\delta` in (0, 1).

    Returns
    -------
    ndarray of float64
        The bound for each k.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of its range.
    """
    m, sizes = positive_integer(m, "m"), np.asarray(sizes)
    if sizes.size and not (sizes.min() >= 1 and sizes.max() <= m):
        raise ValueError(f"sizes must lie between 1 and m = {m}, got {sizes.min()} to {sizes.max()}")
    n, log_failure = positive_integer(n, "n"), np.log(_failure(failure))

    def bound(k):
        excess = np.sqrt(2 * (log_binomial(m, k) + np.log(m) - log_failure))
        return (np.sqrt(n) + np.sqrt(k) + excess) / mean_gaussian_length(n)

    return np.minimum(bound(sizes), bound(m))  # a subset's norm is at most that of all points


def dual_bound_size(n):
    r"""Return :math:`n^* = \lceil n (\log n)^2\rceil` of property (21).

    Parameters
    ----------
    n : int
        Dimension, at least 2.

    Returns
    -------
    int
        The number of points.

    Raises
    ------
    TypeError, ValueError
        If n is not an integer of at least 2.
    """
    n = positive_integer(n, "n", 2)
    return int(np.ceil(n * np.log(n) ** 2))


def dual_bound_log_failure(n, m):
    r"""Return the logarithm of the failure probability that the proof of (21) gives, with its constants evaluated.

    The net has spacing 1/m, hence at most :math:`(1 + 2m)^n` points. For one of them the proof needs that at most
    half of :math:`n^*` coordinates lie in :math:`[-R, R]`, :math:`R = \sqrt n/m`; their number is binomial.
    Positive values say that the union bound proves nothing.

    Parameters
    ----------
    n, m : int
        Dimension, at least 2, and number of points.

    Returns
    -------
    float
        Logarithm of the union bound; without the event that the norm of a subset exceeds n, which is impossible
        for m up to n^2.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of its range.
    """
    n, m = positive_integer(n, "n", 2), positive_integer(m, "m")
    inside = beta.cdf(min(np.sqrt(n) / m, 1.0) ** 2, 0.5, (n - 1) / 2)
    counts = np.arange(dual_bound_size(n) // 2 + 1, m + 1)
    # The logarithm of the tail, which itself is below the smallest float.
    tail = logsumexp(binom.logpmf(counts, m, inside)) if counts.size else -np.inf
    return float(n * np.log1p(2.0 * m) + tail)


def counting_bound(S, m, failure):
    r"""Return K such that at most K (S R + 1) neurons have :math:`|\langle w_\nu, x_j\rangle| \le R`: property (28).

    For all points j and all :math:`R \ge 0` at once, but for the failure probability. It is enough to look at the R at
    which the count jumps to k, so that the events are :math:`\{\mathrm{Bin}(S, P(|g| \le r_k)) \ge k\}` with :math:`r_k
    = (k/K - 1)/S`.

    Parameters
    ----------
    S, m : int
        Width and number of points.
    failure : float
        Failure probability in (0, 1).

    Returns
    -------
    float
        K, at least the slope :math:`\sqrt{2/\pi}` of the mean.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of its range.
    """
    S, m, failure = positive_integer(S, "S"), positive_integer(m, "m"), _failure(failure)
    k = np.arange(1, S + 1)

    def excess(log_constant):
        radius = (k / np.exp(log_constant) - 1) / S
        inside = -np.expm1(np.log(2) + log_ndtr(-np.maximum(radius, 0.0)))
        chance = np.where(radius > 0, binom.sf(k - 1, S, np.clip(inside, 0.0, 1.0)), 0.0).sum()
        return np.log(max(chance, 1e-300)) + np.log(m / failure)

    return float(np.exp(brentq(excess, np.log(0.8), np.log(2.0 * S + 2), xtol=1e-6)))
