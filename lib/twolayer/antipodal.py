r"""Antipodal pairs and the null space they give to ReLU features and to the ReLU neural tangent kernel.

On distinct unit points the population matrices H (features) and G (neural tangent kernel) of ReLU have the same
null space, and the points show it: with p antipodal pairs :math:`\pm x_1, \dots, \pm x_p` among them that span r
dimensions it consists of the vectors that are odd on the pairs, zero on all other points, and satisfy :math:`\sum_j
c_j x_j = 0`; so its dimension is p - r. At finite width the null space contains this one, whatever the weights.
The paper 001 shows the case of the cube (p = 4, r = 3; Theorems 2.2, 3.1 and 3.2); the rest is proved in the book.
"""

import numpy as np

from twolayer.kernels import relu_gram
from twolayer.validation import as_points, finite_array, positive_integer, real_number

OPPOSITE = 1e-9
"""Points x and y count as antipodal if no coordinate of x + y is larger than this."""


def antipodal_pair_indices(x):
    r"""Find the antipodal pairs among unit points.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Distinct unit points.

    Returns
    -------
    ndarray of int, shape (p, 2)
        Indices i < j with :math:`x_j = -x_i` up to rounding, in the order of i. Cost O(n^2 d).

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If the points are not unit rows, or two of them coincide.
    """
    points = as_points(x, unit=True)
    found = []
    for i, point in enumerate(points[:-1]):
        later = points[i + 1 :]
        same = np.abs(later - point).max(axis=1) <= OPPOSITE
        if same.any():
            raise ValueError(
                f"points {i} and {i + 1 + int(same.argmax())} coincide; equal points make every kernel singular, "
                "keep one of them"
            )
        found += [(i, i + 1 + j) for j in np.flatnonzero(np.abs(later + point).max(axis=1) <= OPPOSITE)]
    return np.array(found, dtype=np.intp).reshape(-1, 2)


def relu_null_space(x):
    r"""Return the null space that H and G of ReLU share, read off from the antipodal pairs.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Distinct unit points, d >= 2.

    Returns
    -------
    ndarray of shape (n, p - r)
        Orthonormal columns v: :math:`v_i = -v_j` on an antipodal pair, zero on points without partner, and
        :math:`\sum_i v_i x_i = 0`. No columns if the kernels are strictly positive definite on these points. For the
        cube it is :math:`v/\sqrt 8` of paper 001, Theorem 2.2. Cost O(n^2 d + p^2 d).

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If the points are not unit rows, or two of them coincide.
    """
    points = as_points(x, unit=True)
    pairs = antipodal_pair_indices(points)
    if not len(pairs):
        return np.zeros((len(points), 0))
    half = points[pairs[:, 0]]  # (p, d): one point of each pair
    u, s, _ = np.linalg.svd(half)
    rank = int((s > len(half) * np.finfo(np.float64).eps * s[0]).sum())
    relations = u[:, rank:] / np.sqrt(2)  # columns c with sum_j c_j x_j = 0
    null = np.zeros((len(points), relations.shape[1]))
    null[pairs[:, 0]], null[pairs[:, 1]] = relations, -relations
    return null


def move_point(x, index, tangent, angle):
    r"""Move one point along a great circle: :math:`x_i \mapsto \cos(\epsilon)\,x_i + \sin(\epsilon)\,t`.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Unit points.
    index : int
        Which point moves, from 0.
    tangent : array_like of shape (d,)
        A unit vector t orthogonal to that point.
    angle : float
        :math:`\epsilon` in radians.

    Returns
    -------
    ndarray of shape (n, d)
        A copy with that point moved. Cost O(n d).

    Raises
    ------
    TypeError
        If an argument is not of its kind.
    ValueError
        If the points are not unit rows, there is no point of this index, or t is not a unit tangent vector.
    """
    points, index, tangent = _check_tangent(x, index, tangent)
    angle = real_number(angle, "angle")
    moved = points.copy()
    moved[index] = np.cos(angle) * points[index] + np.sin(angle) * tangent
    return moved


def _check_tangent(x, index, tangent):
    points = as_points(x, unit=True)
    index = positive_integer(index, "index", minimum=0)
    if index >= len(points):
        raise ValueError(f"index must be below the number of points {len(points)}, got {index}")
    tangent = finite_array(tangent, "tangent")
    if tangent.shape != points.shape[1:]:
        raise ValueError(f"tangent must have shape ({points.shape[1]},), got {tangent.shape}")
    if abs(np.linalg.norm(tangent) - 1) > 1e-8 or abs(tangent @ points[index]) > 1e-8:
        raise ValueError(
            f"tangent must be a unit vector orthogonal to point {index}, got norm {np.linalg.norm(tangent):.9g} and "
            f"inner product {tangent @ points[index]:.3g}"
        )
    return points, index, tangent


def _null_entry(points, index):
    """Return the square of the entry of the null vector at the moving point, if there is one null vector."""
    null = relu_null_space(points)
    if null.shape[1] != 1:
        raise ValueError(
            f"the points must have exactly one null vector, p - r = 1, but p - r = {null.shape[1]}; "
            "take the cube or a hexagon"
        )
    return float(null[index, 0] ** 2)


def relu_moving_rate(x, index, tangent):
    r"""Return :math:`\lim_{\epsilon\to 0} \lambda_{\min}(H)/\epsilon^2` as a point of a bad set moves.

    With v the unit null vector and :math:`g(w) = 1\{\langle w, x_i\rangle > 0\}\langle w, t\rangle` the derivative of
    the moving feature, the limit is :math:`v_i^2` times the squared distance of g from the span of the features in
    :math:`L^2` of the sphere: :math:`v_i^2\,(1/(2d) - b^T H^+ b)` with :math:`b_j = \phi'(\langle x_i,
    x_j\rangle)\langle t, x_j\rangle` and :math:`\phi'(s) = (\pi - \arccos s)/(2\pi d)`.

    Parameters
    ----------
    x, index, tangent
        As in :func:`move_point`; the points have exactly one null vector.

    Returns
    -------
    float
        The limit; 0 if the point is not in a bad pair. Cost O(n^3).

    Raises
    ------
    TypeError, ValueError
        As for :func:`move_point`, or if the nullity p - r is not one.
    """
    points, index, tangent = _check_tangent(x, index, tangent)
    share = _null_entry(points, index)
    dimension = points.shape[1]
    cosines = np.clip(points @ points[index], -1, 1)
    b = (np.pi - np.arccos(cosines)) / (2 * np.pi * dimension) * (points @ tangent)
    inverse = np.linalg.pinv(relu_gram(points), rcond=1e-10, hermitian=True)
    return share * float(1 / (2 * dimension) - b @ inverse @ b)


def neural_tangent_moving_rate(x, index):
    r"""Return :math:`\lim_{\epsilon\to 0} \lambda_{\min}(G)/\epsilon` as a point of a bad set moves.

    The tangent feature :math:`x_i 1\{\langle w, x_i\rangle > 0\}` changes on the weights between two hyperplanes at
    the angle :math:`\epsilon`, which have probability :math:`\epsilon/\pi`, and by a vector of norm one: the limit is
    :math:`v_i^2/\pi` in any dimension and direction; :math:`1/(8\pi)` for the cube.

    Parameters
    ----------
    x, index
        As in :func:`move_point`; the points have exactly one null vector.

    Returns
    -------
    float
        The limit; 0 if the point is not in a bad pair. Cost O(n^2 d).

    Raises
    ------
    TypeError, ValueError
        As for :func:`move_point`, or if the nullity p - r is not one.
    """
    points = as_points(x, unit=True)
    index = positive_integer(index, "index", minimum=0)
    if index >= len(points):
        raise ValueError(f"index must be below the number of points {len(points)}, got {index}")
    return _null_entry(points, index) / np.pi
