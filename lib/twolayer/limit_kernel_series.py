r"""The limit kernels of appendix C of paper 002 as power series and as sums over spherical harmonics.

With t the inner product of two unit points, the tangent kernels of a ReLU network of infinite width are
:math:`f^w(t) = t k_0(t)/2` for the hidden and :math:`f^z(t) = k_1(t)/2` for the output layer, in terms of the
arc-cosine kernels of :mod:`twolayer.kernels`. All coefficients of both series are nonnegative, which is what the paper
uses; those of :math:`f^z` are misprinted there (errata R7).
"""

import numpy as np
from scipy.special import gammaln

from twolayer.gegenbauer import gegenbauer_ratios, sphere_quadrature, spherical_harmonic_dimension
from twolayer.kernels import arccosine_kernel
from twolayer.validation import finite_array, positive_integer


def hidden_layer_kernel(t):
    r"""Return :math:`f^w(t) = t\,(\frac12 - \frac{\arccos t}{2\pi})`, the limit kernel of the hidden layer.

    Parameters
    ----------
    t : array_like
        Inner products in [-1, 1], of any shape.

    Returns
    -------
    ndarray of float64
        Values from about -0.09 to 1/2. Cost O(size).

    Raises
    ------
    TypeError, ValueError
        If the entries are not inner products of unit vectors.
    """
    return finite_array(t, "t") * arccosine_kernel(t, 0) / 2


def output_layer_kernel(t):
    r"""Return :math:`f^z(t) = \frac{t(\pi - \arccos t) + \sqrt{1 - t^2}}{2\pi}`, the limit kernel of the output layer.

    Parameters
    ----------
    t : array_like
        Inner products in [-1, 1], of any shape.

    Returns
    -------
    ndarray of float64
        Values from 0 to 1/2, increasing. Cost O(size).

    Raises
    ------
    TypeError, ValueError
        If the entries are not inner products of unit vectors.
    """
    return arccosine_kernel(t, 1) / 2


def _arcsine_coefficients(count):
    r"""Return :math:`\frac{(2r)!}{4^r (r!)^2 (2r+1)}` for r < count: those of arcsin."""
    r = np.arange(count)
    return np.exp(gammaln(2 * r + 1) - r * np.log(4) - 2 * gammaln(r + 1)) / (2 * r + 1)


def hidden_layer_series(degree):
    r"""Return the coefficients of :math:`1, t, \dots, t^{degree}` in :math:`f^w`.

    Parameters
    ----------
    degree : int
        At least 1.

    Returns
    -------
    ndarray of shape (degree + 1,)
        Nonnegative, with sum increasing to :math:`f^w(1) = 1/2`.

    Raises
    ------
    TypeError, ValueError
        If the degree is not a positive integer.
    """
    degree = positive_integer(degree, "degree")
    coefficients = np.zeros(degree + 1)
    coefficients[1] = 0.25
    coefficients[2::2] = _arcsine_coefficients(degree // 2) / (2 * np.pi)
    return coefficients


def output_layer_series(degree, *, printed=False):
    r"""Return the coefficients of :math:`1, t, \dots, t^{degree}` in :math:`f^z`.

    That of :math:`t^{2r}` is :math:`\frac1{2\pi}\frac{(2r-3)!!}{(2r-1)(2r)!!}`, with :math:`(-1)!! = 1`, for r at least
    1. It follows from :math:`2\pi f^{z\prime} = \pi - \arccos t`.

    Parameters
    ----------
    degree : int
        At least 1.
    printed : bool
        Whether to return the misprinted series: :math:`\frac1{48\pi}` for :math:`t^2`, and no factor 2r - 1.

    Returns
    -------
    ndarray of shape (degree + 1,)
        Nonnegative; with sum increasing to :math:`f^z(1) = 1/2` if not as printed.

    Raises
    ------
    TypeError, ValueError
        If the degree is not a positive integer.
    """
    degree = positive_integer(degree, "degree")
    coefficients = np.zeros(degree + 1)
    coefficients[:2] = 1 / (2 * np.pi), 0.25
    # The derivative is (pi/2 + arcsin t) / (2 pi): integrate its terms t^(2r+1).
    r = np.arange(1, degree // 2 + 1)
    coefficients[2::2] = _arcsine_coefficients(degree // 2) / (2 * r) / (2 * np.pi)
    if printed and degree >= 2:
        coefficients[2::2] *= 2 * r - 1
        coefficients[2] = 1 / (48 * np.pi)
    return coefficients


def kernel_harmonics(kernel, dimension, degree):
    r"""Expand a function of the inner product in Gegenbauer polynomials :math:`P_k` scaled to 1 at 1.

    Parameters
    ----------
    kernel : callable
        f on [-1, 1], vectorised, smooth but for square roots at the ends.
    dimension : int
        Dimension of the space, at least 2.
    degree : int
        Highest k.

    Returns
    -------
    ndarray of shape (degree + 1,)
        :math:`c_k = N(d, k)\,E[f(t) P_k(t)]`, so that :math:`f = \sum_k c_k P_k`. Cost O(degree * nodes).

    Raises
    ------
    TypeError, ValueError
        If a number is out of its range.
    """
    degree = positive_integer(degree, "degree", 0)
    t, weights = sphere_quadrature(dimension)
    t, weights = np.concatenate([t, -t]), np.concatenate([weights, weights])
    moments = gegenbauer_ratios(t, dimension, degree) @ (weights * kernel(t))
    return moments * [float(spherical_harmonic_dimension(dimension, k)) for k in range(degree + 1)]


def smallest_eigenvalue_estimate(kernel, dimension, points, degree=8):
    r"""Estimate the smallest eigenvalue of a kernel's matrix at random points of the sphere.

    The part of degree k is :math:`c_k` times a Gram matrix of m points in N(d, k) dimensions, whose smallest eigenvalue
    is near :math:`(1 - \sqrt{m/N})_+^2` (Marchenko and Pastur); the sum over degrees is, by Weyl's
    inequality, an estimate from below, and degrees above the highest have the identity in place of their matrix.

    Parameters
    ----------
    kernel : callable
        See :func:`kernel_harmonics`.
    dimension, points : int
        Dimension and number m of points.
    degree : int
        Highest degree that is treated by itself.

    Returns
    -------
    float
        The estimate: a heuristic, not a bound.

    Raises
    ------
    TypeError, ValueError
        If a number is out of its range.
    """
    coefficients = kernel_harmonics(kernel, dimension, degree)
    sizes = np.array([float(spherical_harmonic_dimension(dimension, k)) for k in range(degree + 1)])
    edges = np.maximum(1 - np.sqrt(positive_integer(points, "points") / sizes), 0.0) ** 2
    rest = float(kernel(np.array([1.0]))[0]) - coefficients.sum()
    return float(coefficients @ edges + rest)
