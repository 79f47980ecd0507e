r"""Population kernels of random features on the sphere, by the Funk-Hecke formula.

For weights uniform on the unit sphere of :math:`R^d` the population Gram matrix is
:math:`H_{ij} = \phi(\langle x_i, x_j\rangle)` with (paper 001, (3.4) and Theorem 3.3)

.. math::

    \phi(t) = \sum_{k\ge 0} N(d,k)\,\hat g_k^2\,P_k(t), \qquad
    \hat g_k = E[\gamma(w_1) P_k(w_1)], \qquad \phi(1) = E[\gamma(w_1)^2].

:math:`P_k = C_k^{(\lambda)}/C_k^{(\lambda)}(1)` are the Gegenbauer polynomials scaled to 1 at 1, which never
overflow (the :math:`C_k` do), and :math:`N(d,k)` counts the spherical harmonics of degree k. All terms of
:math:`\phi(1)` are non-negative (Parseval), so the truncated series misses at most the *tail* :math:`\phi(1)
- \sum_{k\le K} N\hat g_k^2` at any t: every kernel carries its own error bound. For d = 2 the :math:`P_k` are
the Chebyshev polynomials.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from twolayer.gegenbauer import gegenbauer_recurrence, sphere_quadrature, spherical_harmonic_dimension
from twolayer.gram import activation_values
from twolayer.kernels import as_inner_products, relu_gram
from twolayer.validation import as_points, positive_integer, positive_number

NEGLIGIBLE = 1e-17
"""Share of phi(1) that the highest degrees may hold and still be dropped: below the rounding of phi."""

CHUNK = 8192
"""Arguments of a kernel treated at once, so that the recurrence stays in the processor's cache."""


@dataclass(frozen=True)
class PopulationKernel:
    r"""The kernel :math:`\phi` of random features on the sphere, as a truncated Funk-Hecke series.

    Calling it on inner products (an array of any shape, in [-1, 1]) evaluates the series at a cost of
    O(K size); the error is at most ``tail * mean_square`` beside rounding.

    Attributes
    ----------
    dimension : int
        d.
    coefficients : ndarray of shape (K + 1,)
        :math:`\hat g_k = E[\gamma(w_1)P_k(w_1)]`.
    energies : ndarray of shape (K + 1,)
        :math:`N(d,k)\,\hat g_k^2`, the share of degree k in :math:`\phi(1)`.
    mean_square : float
        :math:`\phi(1) = E[\gamma(w_1)^2]` by quadrature.
    tail : float
        The part of :math:`\phi(1)` above degree K, relative to :math:`\phi(1)`; a bound on the truncation
        error.
    """

    dimension: int
    coefficients: np.ndarray = field(repr=False)
    energies: np.ndarray = field(repr=False)
    mean_square: float
    tail: float

    def __call__(self, t):
        """Evaluate the kernel at inner products in [-1, 1]."""
        values = as_inner_products(t)
        flat = values.ravel()
        result = np.zeros_like(flat)
        # Trailing degrees that cannot be seen in double precision are skipped.
        above = np.cumsum(self.energies[::-1])[::-1]
        degree = max(int((above > NEGLIGIBLE * self.mean_square).sum()) - 1, 0)
        for start in range(0, flat.size, CHUNK):
            part = slice(start, start + CHUNK)
            terms = gegenbauer_recurrence(flat[part], self.dimension, degree)
            for energy, p in zip(self.energies, terms, strict=False):
                if energy > 0:
                    result[part] += energy * p
        return result.reshape(values.shape)


def default_degree(dimension):
    """Return the truncation degree that leaves a negligible tail for the activations of paper 001.

    Parameters
    ----------
    dimension : int
        d >= 2.

    Returns
    -------
    int
        1500 below dimension 8, else 400, lowered where N(d, k) would leave the range of floats.

    Raises
    ------
    TypeError
        If the dimension is not an integer.
    ValueError
        If it is below 2.
    """
    dimension = positive_integer(dimension, "dimension", 2)
    degree = 1500 if dimension < 8 else 400
    while spherical_harmonic_dimension(dimension, degree) > 10**300:
        degree = degree * 9 // 10
    return degree


def population_kernel(activation, dimension, *, degree=None, nodes=2000, kinks=()):
    r"""Compute the population kernel of an activation for weights uniform on the sphere.

    Parameters
    ----------
    activation : callable
        :math:`\gamma`, acting entrywise on arrays with values in [-1, 1].
    dimension : int
        d >= 2.
    degree : int, optional
        Truncation degree K; by default ``default_degree(dimension)``.
    nodes : int
        Quadrature nodes on each half of [-1, 1]; keep it above the degree.
    kinks : sequence of float
        Points of (-1, 1) other than 0 where the activation is not smooth, for example
        :math:`1-\zeta^2/2` for a Wendland activation with :math:`\zeta\ne\sqrt2`.

    Returns
    -------
    PopulationKernel
        Callable on inner products; carries coefficients, mean square and tail. Cost O(K nodes).

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        If the dimension is below 2, the degree is too high for the dimension or for the nodes, the activation
        misbehaves on [-1, 1], or it vanishes there.
    """
    dimension = positive_integer(dimension, "dimension", 2)
    nodes = positive_integer(nodes, "nodes")
    degree = default_degree(dimension) if degree is None else positive_integer(degree, "degree", 0)
    if degree > nodes:
        raise ValueError(
            f"degree {degree} needs at least as many quadrature nodes, got nodes={nodes}; raise nodes"
        )
    if spherical_harmonic_dimension(dimension, degree) > 10**300:
        raise ValueError(
            f"degree {degree} is too high for dimension {dimension}: the number of spherical harmonics leaves the "
            f"range of floats; take at most {default_degree(dimension)}"
        )
    t, weights = sphere_quadrature(dimension, nodes, kinks)
    above, below = activation_values(activation, t), activation_values(activation, -t)
    mean_square = float(weights @ (above**2 + below**2))
    if mean_square == 0:
        raise ValueError(
            f"the activation vanishes in dimension {dimension}: its mean square on [-1, 1] is zero in double "
            "precision, so there are no features"
        )
    # P_k(-t) = (-1)^k P_k(t): even degrees see the even part of gamma only, odd degrees the odd part.
    parts = weights * (above + below), weights * (above - below)
    coefficients = np.array(
        [parts[k % 2] @ p for k, p in enumerate(gegenbauer_recurrence(t, dimension, degree))]
    )
    harmonics = np.array([float(spherical_harmonic_dimension(dimension, k)) for k in range(degree + 1)])
    energies = (np.sqrt(harmonics) * coefficients) ** 2
    tail = max(0.0, (mean_square - math.fsum(energies)) / mean_square)
    return PopulationKernel(dimension, coefficients, energies, mean_square, tail)


def funk_hecke_coefficients(activation, dimension, degree, *, nodes=2000, kinks=()):
    r"""Coefficients :math:`\hat g_k = E[\gamma(w_1)P_k(w_1)]` of an activation, for k = 0, ..., K.

    Theorem 3.3 of paper 001: H is strictly positive definite for all distinct points if infinitely many even
    and infinitely many odd ones are non-zero. A single quadrature error is about 1e-17 times the largest
    value.

    Parameters
    ----------
    activation : callable
        :math:`\gamma`, acting entrywise on arrays with values in [-1, 1].
    dimension : int
        d >= 2.
    degree : int
        The highest degree K >= 0.
    nodes : int
        Quadrature nodes on each half of [-1, 1].
    kinks : sequence of float
        Points of (-1, 1) other than 0 where the activation is not smooth.

    Returns
    -------
    ndarray of shape (K + 1,)
        The coefficients. Cost O(K nodes).

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        As for ``population_kernel``.
    """
    degree = positive_integer(degree, "degree", 0)
    return population_kernel(activation, dimension, degree=degree, nodes=nodes, kinks=kinks).coefficients


def population_gram(x, activation, *, degree=None, nodes=2000, kinks=(), tail_tolerance=1e-6):
    r"""Compute the population Gram matrix H for weights uniform on the sphere (paper 001, (2.7)).

    ReLU (an activation whose ``name`` is "relu") uses the closed form (3.1); any other activation the
    Funk-Hecke series.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Unit points as rows, d >= 2.
    activation : callable
        :math:`\gamma`, acting entrywise on arrays with values in [-1, 1].
    degree, nodes, kinks
        As for ``population_kernel``, whose result also reports the tail.
    tail_tolerance : float
        The largest relative tail that is accepted.

    Returns
    -------
    ndarray of shape (n, n)
        Symmetric, positive semi-definite up to rounding. Each entry is within ``tail_tolerance * phi(1)`` of
        the exact one. Cost O(n^2 (K + d)).

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        If the points are not unit rows, the tail exceeds the tolerance, or as for ``population_kernel``.
    """
    points = as_points(x, unit=True)
    tolerance = positive_number(tail_tolerance, "tail_tolerance")
    if getattr(activation, "name", None) == "relu":
        return relu_gram(points)
    kernel = population_kernel(activation, points.shape[1], degree=degree, nodes=nodes, kinks=kinks)
    if kernel.tail > tolerance:
        raise ValueError(
            f"the series misses {kernel.tail:.2g} of phi(1), more than tail_tolerance={tolerance:.2g}; raise degree, "
            "or name the kinks of the activation"
        )
    upper = np.triu_indices(len(points), 1)
    gram = np.empty((len(points), len(points)))
    # Unit up to 1e-8 is accepted as input, but the kernel is a function of the angle alone.
    directions = points / np.linalg.norm(points, axis=1, keepdims=True)
    gram[upper] = kernel((directions @ directions.T)[upper])
    gram.T[upper] = gram[upper]
    np.fill_diagonal(gram, kernel(1.0))
    return gram
