r"""Functions of one coordinate on the sphere: Gegenbauer polynomials, spherical harmonics and quadrature.

:math:`P_k = C_k^{(\lambda)}/C_k^{(\lambda)}(1)` with :math:`\lambda = (d-2)/2` are the Gegenbauer polynomials
scaled to 1 at 1. They stay in [-1, 1], whereas the :math:`C_k` overflow. They are orthogonal for the law of
one coordinate of a uniform point on the sphere, with :math:`E[P_k(w_1)^2] = 1/N(d,k)`, N(d, k) the number of
spherical harmonics of degree k. For d = 2 they are the Chebyshev, for d = 3 the Legendre polynomials.
"""

import math
from functools import lru_cache
from itertools import pairwise

import numpy as np

from twolayer.kernels import as_inner_products
from twolayer.validation import finite_array, positive_integer

PANEL_NODES = 100
"""Nodes of one Gauss-Legendre panel; longer rules are joined from panels to keep accuracy."""


@lru_cache(maxsize=1)
def _panel():
    """Gauss-Legendre nodes and weights on [-1, 1]."""
    return np.polynomial.legendre.leggauss(PANEL_NODES)


def sphere_quadrature(dimension, nodes=2000, kinks=()):
    r"""Nodes and weights for functions of one coordinate of a uniform point on the sphere.

    The coordinate has density proportional to :math:`(1-t^2)^{(d-3)/2}`. Substituting :math:`t = \pm(1-r^2)`
    makes square roots at :math:`t = \pm 1` smooth and puts kinks at t = 0 at an end of the interval; panels
    of Gauss-Legendre nodes in r do the rest.

    Parameters
    ----------
    dimension : int
        d >= 2.
    nodes : int
        The least number of nodes with t > 0; rounded up to whole panels.
    kinks : sequence of float
        Points of (-1, 1) other than 0 where the integrand is not smooth.

    Returns
    -------
    t : ndarray of shape (number of nodes,)
        Positive nodes. The rule is symmetric: -t are nodes with the same weights.
    weights : ndarray of the same shape
        ``(weights * (g(t) + g(-t))).sum()`` approximates E[g], exactly so for constants. Cost O(nodes).

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        If the dimension is below 2, nodes below 1, or a kink outside (-1, 1).
    """
    dimension = positive_integer(dimension, "dimension", 2)
    nodes = positive_integer(nodes, "nodes")
    cuts = finite_array(kinks, "kinks")
    if cuts.ndim != 1 or not (np.abs(cuts) < 1).all():
        raise ValueError(f"kinks must be numbers strictly between -1 and 1, got {kinks!r}")
    ends = np.unique(np.concatenate([[0.0, 1.0], np.sqrt(1 - np.abs(cuts))]))
    panels = math.ceil(nodes / PANEL_NODES)
    edges = [0.0]
    for left, right in pairwise(ends):
        pieces = max(1, math.ceil(panels * (right - left)))
        edges.extend(np.linspace(left, right, pieces + 1)[1:])
    left, right = np.array(edges[:-1])[:, None], np.array(edges[1:])[:, None]
    u, w = _panel()
    r = ((left + right) / 2 + (right - left) / 2 * u).ravel()
    weights = ((right - left) / 2 * w).ravel()
    # Large dimensions underflow only where the density is truly negligible.
    weights = weights * np.exp((dimension - 2) * np.log(r) + (dimension - 3) / 2 * np.log(2 - r * r))
    return 1 - r * r, weights / (2 * weights.sum())


def spherical_harmonic_dimension(dimension, degree):
    r"""Count the linearly independent spherical harmonics N(d, k) of degree k in :math:`R^d`.

    Parameters
    ----------
    dimension : int
        d >= 2.
    degree : int
        k >= 0.

    Returns
    -------
    int
        :math:`\binom{d+k-1}{k} - \binom{d+k-3}{k-2}`, exact; 1 for k = 0 and d for k = 1. Paper 001 writes
        :math:`b_{k,d}`.

    Raises
    ------
    TypeError
        If an argument is not an integer.
    ValueError
        If the dimension is below 2 or the degree below 0.
    """
    d = positive_integer(dimension, "dimension", 2)
    k = positive_integer(degree, "degree", 0)
    return math.comb(d + k - 1, k) - (math.comb(d + k - 3, k - 2) if k >= 2 else 0)


def gegenbauer_recurrence(t, dimension, degree):
    """Yield P_0, ..., P_degree at t; the arrays are reused, so consume each before the next."""
    before, current = np.ones_like(t), t.copy()
    yield before
    if degree >= 1:
        yield current
    for k in range(1, degree):
        # (k+d-2) P_{k+1} = (2k+d-2) t P_k - k P_{k-1}, written over P_{k-1}
        before *= -k / (k + dimension - 2)
        before += ((2 * k + dimension - 2) / (k + dimension - 2)) * t * current
        before, current = current, before
        yield current


def gegenbauer_ratios(t, dimension, degree):
    r"""Evaluate the Gegenbauer polynomials :math:`P_k = C_k^{(\lambda)}/C_k^{(\lambda)}(1)`, :math:`\lambda = (d-2)/2`.

    Parameters
    ----------
    t : array_like
        Numbers in [-1, 1], of any shape.
    dimension : int
        d >= 2; Chebyshev polynomials for 2, Legendre polynomials for 3.
    degree : int
        The highest degree K >= 0.

    Returns
    -------
    ndarray of shape (K + 1,) + t.shape
        Values in [-1, 1]. Cost O(K size).

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        If t leaves [-1, 1], the dimension is below 2 or the degree below 0.
    """
    values = as_inner_products(t)
    dimension = positive_integer(dimension, "dimension", 2)
    degree = positive_integer(degree, "degree", 0)
    return np.stack([p.copy() for p in gegenbauer_recurrence(values, dimension, degree)])
