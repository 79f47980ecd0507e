r"""Point sets on the sphere, with labels: the bad points of paper 001, their relatives, and its synthetic data.

What makes a set bad for ReLU is antipodal pairs: an activation with an even part and a linear odd part has features
of rank at most p + r on p antipodal pairs that span r dimensions, since the even part takes p values at most and the
linear part has rank r. The cube's vertices (p = 4, r = 3) and a hexagon (p = 3, r = 2) are the smallest examples in
three and two dimensions.
"""

import numpy as np

from twolayer.initialisation import sphere_points
from twolayer.validation import as_generator, positive_integer

CUBE_SIGNS = np.array(
    [
        [+1, +1, +1],
        [-1, +1, +1],
        [+1, -1, +1],
        [+1, +1, -1],
        [-1, -1, +1],
        [-1, +1, -1],
        [+1, -1, -1],
        [-1, -1, -1],
    ],
    dtype=np.float64,
)
"""Signs of the coordinates of the eight bad points, in the order of paper 001, Definition 2.1."""


def _padded(points, dimension):
    """Return the points with zero coordinates appended up to the dimension."""
    return np.pad(points, ((0, 0), (0, dimension - points.shape[1])))


def cube_vertices(dimension=3):
    r"""Return the eight bad points: the vertices of a cube on the unit sphere (paper 001, Definition 2.1).

    Parameters
    ----------
    dimension : int
        d >= 3; coordinates beyond the third are zero.

    Returns
    -------
    ndarray of shape (8, d)
        :math:`x_1, \dots, x_8` in the paper's order: four antipodal pairs, :math:`x_{9-i} = -x_i`.

    Raises
    ------
    TypeError
        If d is not an integer.
    ValueError
        If d < 3.
    """
    return _padded(CUBE_SIGNS / np.sqrt(3.0), positive_integer(dimension, "dimension", minimum=3))


def cube_null_vector():
    r"""Return :math:`v_i = \operatorname{sign}(x_{i1} x_{i2} x_{i3})`, the cubic harmonic on the cube's vertices.

    It is odd, so it kills every even function, and :math:`\sum_i v_i x_i = 0`, so it kills every linear one
    (paper 001, proof of Theorem 2.2).

    Returns
    -------
    ndarray of shape (8,)
        :math:`v = (1, -1, -1, -1, 1, 1, 1, -1)`.
    """
    return CUBE_SIGNS.prod(axis=1)


def hexagon(dimension=2):
    r"""Return the vertices of a regular hexagon, the smallest set that is bad for ReLU.

    Parameters
    ----------
    dimension : int
        d >= 2; coordinates beyond the second are zero.

    Returns
    -------
    ndarray of shape (6, d)
        The points at the angles :math:`j \pi / 3`: three antipodal pairs, point j + 3 opposite to point j.

    Raises
    ------
    TypeError
        If d is not an integer.
    ValueError
        If d < 2.
    """
    dimension = positive_integer(dimension, "dimension", minimum=2)
    angles = np.pi / 3 * np.arange(3)
    half = np.column_stack([np.cos(angles), np.sin(angles)])
    return _padded(np.concatenate([half, -half]), dimension)


def hexagon_null_vector():
    r"""Return :math:`v_j = \cos 3\theta_j`, which is odd and kills every linear function on the hexagon.

    Returns
    -------
    ndarray of shape (6,)
        Alternating signs.
    """
    return np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])


def antipodal_pairs(rng, pairs, subspace_dimension, dimension):
    r"""Draw p antipodal pairs of unit points in a random subspace of dimension r.

    ReLU features and kernel have nullity :math:`\max(p - r, 0)` on them, with probability one (and at least that on
    any p pairs that span r dimensions).

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the randomness.
    pairs : int
        p >= 1.
    subspace_dimension : int
        r, at most d.
    dimension : int
        d.

    Returns
    -------
    ndarray of shape (2 p, d)
        Point j + p is the opposite of point j. Cost O(p d r).

    Raises
    ------
    TypeError
        If an argument is not of its kind.
    ValueError
        If a number is less than one, r > d, or r = 1 with p > 1, where points would coincide.
    """
    rng = as_generator(rng)
    pairs = positive_integer(pairs, "pairs")
    r = positive_integer(subspace_dimension, "subspace_dimension")
    dimension = positive_integer(dimension, "dimension")
    if r > dimension:
        raise ValueError(f"subspace_dimension must be at most the dimension {dimension}, got {r}")
    if r == 1 and pairs > 1:
        raise ValueError(
            f"a line holds one antipodal pair only, got pairs = {pairs}; take subspace_dimension >= 2"
        )
    basis = np.linalg.qr(rng.standard_normal((dimension, r)))[0]
    half = sphere_points(rng, pairs, r) @ basis.T
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    return np.concatenate([half, -half])


def linear_on_sphere(rng, n=500, dimension=10):
    r"""Draw the data set Synthetic-1 of paper 001, section 3.5: uniform points, labels :math:`y_i = \sum_k x_{ik}`.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the randomness; the paper gives no seed.
    n, dimension : int
        Number of points and input dimension.

    Returns
    -------
    x : ndarray of shape (n, d)
        Points uniform on the sphere.
    y : ndarray of shape (n,)
        Labels, exactly linear.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind, or a size is less than one.
    """
    x = sphere_points(rng, positive_integer(n, "n"), dimension)
    return x, x.sum(axis=1)


def planted_cube(rng, n=100, dimension=3):
    r"""Draw the data set Synthetic-2 of paper 001, section 3.5: the eight bad points among uniform ones.

    Half of the labels are +1, those of all bad points among them. These labels are orthogonal to the null vector,
    so ReLU fits them although its features are singular (errata E1); with ``y[:8] = cube_null_vector()`` it cannot.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the randomness; the paper gives no seed.
    n : int
        Number of points, even and at least 16.
    dimension : int
        d >= 3.

    Returns
    -------
    x : ndarray of shape (n, d)
        The bad points first, in the order of :func:`cube_vertices`, then n - 8 uniform points.
    y : ndarray of shape (n,)
        +1 for the first half, -1 for the second.

    Raises
    ------
    TypeError
        If an argument is not of its kind.
    ValueError
        If n is odd or less than 16, or d < 3.
    """
    n = positive_integer(n, "n", minimum=16)
    if n % 2:
        raise ValueError(f"n must be even, since half of the labels are +1, got {n}")
    x = np.concatenate([cube_vertices(dimension), sphere_points(rng, n - 8, dimension)])
    return x, np.repeat([1.0, -1.0], n // 2)
