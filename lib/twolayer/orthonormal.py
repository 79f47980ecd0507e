r"""Orthonormal data points, and weights in their coordinates.

On points with :math:`\langle x_i, x_k\rangle = [i = k]` a network without biases sees of the hidden weights only the
coordinates :math:`z_{ji} = \langle a_j, x_i\rangle`, and descent moves each of them by itself (paper 003, (5); the
hidden weights are w there). What a weight has outside the span of the points never moves. So training in the
coordinates is training in the space, if the points are orthonormal: otherwise a coordinate would also follow the
residuals of other points, and one that is inactive could be moved by them.
"""

from dataclasses import dataclass

import numpy as np

from twolayer.validation import as_points, finite_array, positive_number

TOLERANCE = 1e-8
r"""How far inner products of orthonormal points may be from 0 and 1: above the rounding of a QR factorisation, below
any intended change. Growth rates, and with them exponents of :math:`\lambda`, then err by about 1e-8 n at most."""


@dataclass(frozen=True)
class DataCoordinates:
    r"""Hidden weights, split by orthonormal points.

    Attributes
    ----------
    inside : ndarray of shape (m, n)
        :math:`z_{ji} = \langle a_j, x_i\rangle`.
    outside : ndarray of shape (m,)
        Norm of :math:`a_j - \sum_i z_{ji} x_i`, which no training changes.
    """

    inside: np.ndarray
    outside: np.ndarray


def orthonormal_points(x, tolerance=TOLERANCE):
    r"""Return the points after a check that they are orthonormal.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Points, one in each row.
    tolerance : float
        Largest distance of an inner product from 0 or 1.

    Returns
    -------
    ndarray of shape (n, d)
        The points, not changed. Cost O(n^2 d).

    Raises
    ------
    TypeError, ValueError
        If the points are no matrix of numbers, there are more of them than dimensions, or they are not orthonormal;
        the message names the worst pair and its inner product.
    """
    x, tolerance = as_points(x), positive_number(tolerance, "tolerance")
    n, d = x.shape
    if n > d:
        raise ValueError(
            f"x holds {n} points in dimension {d}, and no more than {d} can be orthonormal; leave points out, or "
            "append coordinates in which they differ"
        )
    with np.errstate(over="ignore", invalid="ignore"):
        products = x @ x.T
        error = np.abs(products - np.eye(n))
    error[~np.isfinite(error)] = np.inf
    i, k = np.unravel_index(error.argmax(), error.shape)
    if error[i, k] > tolerance:
        wrong = (
            f"row {i} has squared norm {products[i, i]:.9g} instead of 1"
            if i == k
            else f"rows {min(i, k)} and {max(i, k)} have inner product {products[i, k]:.9g} instead of 0"
        )
        raise ValueError(
            f"x must have orthonormal rows up to {tolerance:g}, but {wrong} (the worst pair); the theory of "
            "orthogonal data says nothing about such points. The nearest orthonormal ones are u @ v with "
            "u, _, v = np.linalg.svd(x, full_matrices=False)"
        )
    return x


def data_coordinates(x, a, tolerance=TOLERANCE):
    r"""Return hidden weights in the coordinates of orthonormal points.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Orthonormal points.
    a : array_like of shape (m, d)
        Hidden weights, one neuron in each row.
    tolerance : float
        Of the orthonormality, see :func:`orthonormal_points`.

    Returns
    -------
    DataCoordinates
        Cost O(n m d + n^2 d). A balanced start, :math:`|w_j| = \|a_j\|`, is balanced in the coordinates if and only if
        nothing is outside.

    Raises
    ------
    TypeError, ValueError
        If the points are not orthonormal, or the weights do not have their dimension.
    """
    x, a = orthonormal_points(x, tolerance), finite_array(a, "a")
    if a.ndim != 2 or a.shape[0] == 0 or a.shape[1] != x.shape[1]:
        raise ValueError(
            f"a must have shape (m, {x.shape[1]}), one neuron in each row, to go with x of shape {x.shape}, "
            f"got {a.shape}"
        )
    inside = a @ x.T
    rest = a - inside @ x
    return DataCoordinates(inside, np.linalg.norm(rest, axis=1))
