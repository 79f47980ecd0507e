r"""Wendland's compactly supported radial functions, read as activations of an inner product.

For unit vectors :math:`|x - w| = \sqrt{2 - 2z}` with :math:`z = \langle x, w\rangle`, so a radial function of width
:math:`\zeta` becomes the activation :math:`\gamma(z) = \phi_{d,k}(r)`, :math:`r = \sqrt{2 - 2z} / \zeta`, supported
on :math:`z > 1 - \zeta^2 / 2` (paper 001, (3.6) and Table 1; of its two readings of (3.7), Table 1 settles which:
errata E12). It depends on the dimension and is defined only for :math:`z \le 1`.

With :math:`p = \lfloor d/2 \rfloor + 5` the two functions are

.. math::

    \phi_{d,0}(r) = (1 - r)_+^{\lfloor d/2 \rfloor + 1}, \qquad
    \phi_{d,2}(r) = (1 - r)_+^{p} \, [(p^2 - 1) r^2 + 3 p r + 3],

and the second has the derivative :math:`\phi_{d,2}'(r) = -(p+1)(p+2)\, r\, (1-r)_+^{p-1} (1 + (p-1) r)`, whose factor
:math:`r` cancels the one that the chain rule divides by. The first has no such factor: its activation behaves like
:math:`1 - c \sqrt{1 - z}` at :math:`z = 1` and is not Lipschitz there (errata E3).
"""

import numpy as np

from twolayer.activation import ROUNDING
from twolayer.blockwise import evaluate, integer_power
from twolayer.validation import finite_array, positive_integer, positive_number

ROOT_TWO = float(np.sqrt(2.0))
"""The width in all experiments of paper 001; the support is then z > 0."""


def _exponent(smoothness, dimension):
    """Return the exponent of 1 - r: l for smoothness 0 and p = l + 2 for smoothness 2, in the paper's l."""
    return dimension // 2 + (1 if smoothness == 0 else 5)


def check_smoothness(smoothness):
    r"""Return the smoothness, 0 or 2.

    Parameters
    ----------
    smoothness : int
        The index k of :math:`\phi_{d,k}`.

    Returns
    -------
    int
        The value.

    Raises
    ------
    TypeError
        If it is not an integer.
    ValueError
        If it is neither 0 nor 2.
    """
    smoothness = positive_integer(smoothness, "smoothness", minimum=0)
    if smoothness not in (0, 2):
        raise ValueError(f"smoothness must be 0 or 2 (Wendland0 or Wendland2), got {smoothness}")
    return smoothness


def wendland_function(r, smoothness, dimension):
    r"""Evaluate the radial function :math:`\phi_{d,k}` (paper 001, (3.6)).

    Parameters
    ----------
    r : array_like
        Distances divided by the width, any shape, not negative.
    smoothness : int
        k, either 0 or 2; the function is k times continuously differentiable as a function of r >= 0 and 2k times
        as a radial function.
    dimension : int
        d >= 1, on which the exponent depends.

    Returns
    -------
    ndarray of float64
        Values in [0, 1] for k = 0 and [0, 3] for k = 2, zero for r >= 1. Cost O(size).

    Raises
    ------
    TypeError
        If an argument is not of its kind.
    ValueError
        If a distance is negative, NaN or infinite, k is neither 0 nor 2, or d < 1.
    """
    r = finite_array(r, "r")
    smoothness = check_smoothness(smoothness)
    dimension = positive_integer(dimension, "dimension")
    if r.size and r.min() < 0:
        raise ValueError(f"r must not be negative: it is a distance; got {r.min()}")
    r = np.minimum(r, 1.0)
    values = integer_power(1.0 - r, _exponent(smoothness, dimension), np.empty(r.shape))
    if smoothness == 2:
        p = _exponent(2, dimension)
        values = values * (((p * p - 1) * r + 3 * p) * r + 3)
    return values[()]


def _check_inner_products(z):
    """Return z as float64, or say that it cannot be an inner product of unit vectors."""
    z = finite_array(z, "z")
    if z.size and z.max() > 1 + ROUNDING:
        raise ValueError(
            f"a Wendland activation is defined for z <= 1 only, got z = {z.max():.9g}; use unit points and unit "
            "weights, so that z is an inner product of unit vectors"
        )
    return z


def check_width(zeta):
    """Return the width zeta as a float.

    Parameters
    ----------
    zeta : float
        Greater than zero.

    Returns
    -------
    float
        The value.

    Raises
    ------
    TypeError
        If it is not one real number.
    ValueError
        If it is not greater than zero, NaN, infinite, or so small that its inverse overflows.
    """
    zeta = positive_number(zeta, "zeta")
    if zeta < 1e-150:
        raise ValueError(f"zeta must be at least 1e-150, so that 1 / zeta^2 is finite, got {zeta}")
    return zeta


def _radius(z, scale, out):
    """Write min(1, sqrt(1 - z) * scale), the radius up to the end of the support, where everything is zero."""
    np.subtract(1.0, z, out=out)
    np.maximum(out, 0.0, out=out)  # 1 - z may be negative by rounding
    np.sqrt(out, out=out)
    if scale != 1.0:
        np.multiply(out, scale, out=out)
    return np.minimum(out, 1.0, out=out)


def _times_quadratic(values, r, p, work):
    """Multiply values by (p^2 - 1) r^2 + 3 p r + 3, in place."""
    np.multiply(r, p * p - 1, out=work)
    np.add(work, 3 * p, out=work)
    np.multiply(work, r, out=work)
    np.add(work, 3, out=work)
    return np.multiply(values, work, out=values)


def wendland_values(z, out=None, *, smoothness, dimension, zeta):
    r"""Evaluate a Wendland activation; the unchecked function behind ``twolayer.activations.wendland``.

    Parameters
    ----------
    z : ndarray of float64
        Inner products, at most 1 up to rounding.
    out : ndarray of float64, optional
        Where to write; may be ``z`` itself.
    smoothness, dimension : int
        As in :func:`wendland_function`.
    zeta : float
        Width :math:`\zeta > 0`.

    Returns
    -------
    ndarray of float64
        The values. Cost O(size): one square root and about ten products an entry.

    Raises
    ------
    ValueError
        If ``out`` has another shape or type than ``z``.
    """
    scale = ROOT_TWO / zeta
    power = _exponent(smoothness, dimension)

    def formula(z, values, r, work):
        _radius(z, scale, r)
        np.subtract(1.0, r, out=work)
        integer_power(work, power, values)
        if smoothness == 2:
            _times_quadratic(values, r, power, work)

    return evaluate(formula, z, [out], buffers=2)[0]


def wendland_derivative(z, out=None, *, smoothness, dimension, zeta):
    r"""Differentiate a Wendland activation with respect to z; unchecked, as :func:`wendland_values`.

    For k = 2 it is :math:`(p+1)(p+2) (1-r)_+^{p-1} (1 + (p-1) r) / \zeta^2`, largest at z = 1, where it equals
    28, 55 and 66 for d = 3, 8 and 10 at :math:`\zeta = \sqrt 2`. For k = 0 it is
    :math:`l (1-r)_+^{l-1} / (\zeta^2 r)`, infinite at z = 1 (errata E3). Where the support ends, r = 1, the
    derivative is continuous except for k = 0 and d = 1, whose value there is the one outside, zero.

    Parameters
    ----------
    z : ndarray of float64
        Inner products, at most 1 up to rounding.
    out : ndarray of float64, optional
        Where to write; may be ``z`` itself.
    smoothness, dimension : int
        As in :func:`wendland_function`.
    zeta : float
        Width :math:`\zeta > 0`.

    Returns
    -------
    ndarray of float64
        The derivatives, with ``inf`` at z = 1 for k = 0. Cost O(size).

    Raises
    ------
    ValueError
        If ``out`` has another shape or type than ``z``.
    """
    scale = ROOT_TWO / zeta
    power = _exponent(smoothness, dimension)

    def formula(z, values, r, work):
        _radius(z, scale, r)
        np.subtract(1.0, r, out=work)
        if smoothness == 2:
            integer_power(work, power - 1, values)
            np.multiply(r, power - 1, out=work)
            np.add(work, 1.0, out=work)
            np.multiply(values, work, out=values)
            np.multiply(values, (power + 1) * (power + 2) * scale**2 / 2, out=values)
            return
        if power == 1:
            np.copyto(values, work > 0)
        else:
            integer_power(work, power - 1, values)
        np.divide(values, r, out=values)  # r = 0 gives inf, as it should
        np.multiply(values, power * scale**2 / 2, out=values)

    return evaluate(formula, z, [out], buffers=2)[0]


def wendland_pair(z, dimension, zeta=ROOT_TWO, out=(None, None)):
    r"""Evaluate Wendland0 and Wendland2 together, sharing the radius and the power.

    Parameters
    ----------
    z : array_like
        Inner products of unit vectors, any shape, at most 1 up to rounding.
    dimension : int
        Input dimension d >= 1.
    zeta : float
        Width :math:`\zeta > 0`; the paper's experiments use :math:`\sqrt 2`, for which the support is z > 0.
    out : pair of (ndarray or None)
        Where to write the two results; either may be ``z`` itself, but not both.

    Returns
    -------
    pair of ndarray of float64
        Wendland0 and Wendland2 of ``z``. Cost O(size), about that of one of them.

    Raises
    ------
    TypeError
        If an argument is not of its kind.
    ValueError
        If an entry is NaN, infinite or above 1 beyond rounding, d < 1, zeta <= 0, or ``out`` does not fit.
    """
    z = _check_inner_products(z)
    dimension = positive_integer(dimension, "dimension")
    scale = ROOT_TWO / check_width(zeta)
    power = _exponent(0, dimension)

    def formula(z, rough, smooth, r, work):
        _radius(z, scale, r)
        np.subtract(1.0, r, out=work)
        integer_power(work, power, rough)
        np.multiply(work, work, out=work)
        np.multiply(work, work, out=work)
        np.multiply(rough, work, out=smooth)  # the exponents differ by four in every dimension
        _times_quadratic(smooth, r, power + 4, work)

    rough, smooth = evaluate(formula, z, list(out), buffers=2)
    return rough[()], smooth[()]
