r"""Closed-form kernels of ReLU networks of infinite width, for points on the unit sphere.

With :math:`\theta` the angle between two unit points and :math:`w` a standard Gaussian vector, the arc-cosine
kernels of Cho and Saul (2009) are

.. math::

    k_0(\theta) &= 1 - \theta/\pi = 2\,P(\langle w, x\rangle > 0,\ \langle w, y\rangle > 0), \\
    k_1(\theta) &= \bigl(\sin\theta + (\pi-\theta)\cos\theta\bigr)/\pi
                 = 2\,E\bigl[\langle w, x\rangle_+ \langle w, y\rangle_+\bigr],

both 1 at :math:`\theta = 0`. The Gram matrices take the angles from the points themselves: the arc cosine of
an inner product loses half of the digits near parallel and antipodal pairs, which are the very pairs that
make the matrices singular.
"""

import numpy as np

from twolayer.validation import as_points, finite_array

INNER_PRODUCT_ROUNDING = 1e-12
"""How far an inner product of unit vectors may leave [-1, 1] and still count as rounding."""


def as_inner_products(t, name="t"):
    r"""Return inner products of unit vectors, with rounding beyond :math:`\pm 1` clipped.

    Parameters
    ----------
    t : array_like
        Numbers in [-1, 1], of any shape.
    name : str
        How messages call the argument.

    Returns
    -------
    ndarray of float64
        The numbers, clipped to [-1, 1].

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If an entry is NaN, infinite, or outside [-1, 1] by more than ``INNER_PRODUCT_ROUNDING``.
    """
    values = finite_array(t, name)
    if values.size and (worst := np.abs(values).max()) > 1 + INNER_PRODUCT_ROUNDING:
        raise ValueError(
            f"{name} must hold inner products of unit vectors, which lie in [-1, 1], but one has magnitude "
            f"{worst:.15g}; divide the points by their norms first"
        )
    return np.clip(values, -1.0, 1.0)


def _of_angle(theta, degree):
    """Evaluate the arc-cosine kernel at angles."""
    if degree == 0:
        return 1 - theta / np.pi
    return (np.sin(theta) + (np.pi - theta) * np.cos(theta)) / np.pi


def arccosine_kernel(t, degree=1):
    r"""Evaluate the arc-cosine kernel of degree 0 or 1 at inner products of unit vectors.

    Degree 1 belongs to ReLU: the population kernel (3.1) of paper 001 is :math:`k_1(t)/(2d)` for weights on
    the sphere and :math:`k_1(t)/2` for Gaussian weights. Degree 0 belongs to its derivative: the ReLU neural
    tangent kernel is :math:`t\,k_0(t)/2`.

    Parameters
    ----------
    t : array_like
        Inner products in [-1, 1], of any shape.
    degree : {0, 1}
        The power of the positive part: 0 for the step function, 1 for ReLU.

    Returns
    -------
    ndarray of float64
        Kernel values in [0, 1], with value 1 at ``t = 1``. Cost O(size).

    Raises
    ------
    TypeError
        If ``t`` does not hold real numbers.
    ValueError
        If ``t`` leaves [-1, 1] or the degree is neither 0 nor 1.
    """
    if isinstance(degree, bool) or degree not in (0, 1):
        raise ValueError(
            f"degree must be 0 (step function) or 1 (ReLU), got {degree!r}; for other activations use "
            "twolayer.funk_hecke.population_kernel"
        )
    return _of_angle(np.arccos(as_inner_products(t)), degree)


def pairwise_angles(x):
    r"""Angles between unit points, accurate near 0 and near :math:`\pi`.

    Uses :math:`\theta = 2\arctan(|x-y| / |x+y|)`, which keeps full relative accuracy for nearly parallel
    points and gives exactly 0 for equal and exactly :math:`\pi` for opposite ones.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Unit points as rows.

    Returns
    -------
    ndarray of shape (n, n)
        Symmetric, in radians. Cost O(n^2 d), memory O(n d) beside the result.

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If the shape is wrong, an entry is not finite, or a row is not of norm 1.
    """
    points = as_points(x, unit=True)
    angles = np.empty((len(points), len(points)))
    for row, point in zip(angles, points, strict=True):
        row[:] = 2 * np.arctan2(
            np.linalg.norm(points - point, axis=1), np.linalg.norm(points + point, axis=1)
        )
    return angles


def relu_gram(x, *, weights="sphere"):
    r"""Compute the population Gram matrix H of ReLU random features, in closed form.

    Paper 001, (2.7) and (3.1): :math:`H_{ij} = E_w[\langle w, x_i\rangle_+ \langle w, x_j\rangle_+]`. Since
    ReLU is homogeneous, Gaussian weights give exactly d times the matrix of weights on the sphere (Appendix
    A.1).

    Parameters
    ----------
    x : array_like of shape (n, d)
        Unit points as rows.
    weights : {"sphere", "gaussian"}
        The law of the hidden weights: uniform on the unit sphere, or standard normal.

    Returns
    -------
    ndarray of shape (n, n)
        Symmetric, with diagonal 1/(2d) for the sphere and 1/2 for Gaussian weights. Cost O(n^2 d).

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If the points are not unit rows, or the law of the weights is unknown.
    """
    if weights not in ("sphere", "gaussian"):
        raise ValueError(f"weights must be 'sphere' or 'gaussian', got {weights!r}")
    points = as_points(x, unit=True)
    scale = 2 * points.shape[1] if weights == "sphere" else 2
    return _of_angle(pairwise_angles(points), 1) / scale


def relu_neural_tangent_gram(x, *, printed_constant=False):
    r"""Compute the Gram matrix G of the ReLU neural tangent kernel of the hidden weights.

    Paper 001, (3.3): :math:`G_{ij} = \langle x_i, x_j\rangle\, P(\langle w, x_i\rangle > 0, \langle w,
    x_j\rangle > 0) = t(\pi - \arccos t)/(2\pi)`. The law of w enters through its direction only, so there is
    no factor 1/d; the formula printed after (3.3) has one (errata E5).

    Parameters
    ----------
    x : array_like of shape (n, d)
        Unit points as rows.
    printed_constant : bool
        Whether to divide by d as the paper's formula does.

    Returns
    -------
    ndarray of shape (n, n)
        Symmetric, with diagonal 1/2. Cost O(n^2 d).

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If the points are not unit rows.
    """
    points = as_points(x, unit=True)
    angles = pairwise_angles(points)
    gram = np.cos(angles) * _of_angle(angles, 0) / 2
    return gram / points.shape[1] if printed_constant else gram
