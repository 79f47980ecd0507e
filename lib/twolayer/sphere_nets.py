r"""Nets of the unit sphere: how many points come within a distance of all others (paper 002, Facts 2.1 and 2.2)."""

import numpy as np
from scipy.spatial import ConvexHull

from twolayer.validation import as_points, positive_integer, positive_number


def net_size_bound(epsilon, dimension):
    r"""Return :math:`(1 + 2/\varepsilon)^n`, the size of Fact 2.1.

    Parameters
    ----------
    epsilon : float
        Radius > 0.
    dimension : int
        n >= 1.

    Returns
    -------
    float

    Raises
    ------
    TypeError, ValueError
        If an argument is not positive.
    """
    return (1 + 2 / positive_number(epsilon, "epsilon")) ** positive_integer(dimension, "dimension")


def circle_net(epsilon):
    r"""Return the smallest net of the circle: equally spaced points, at most :math:`4\arcsin(\varepsilon/2)` apart.

    Parameters
    ----------
    epsilon : float
        Radius, 0 < epsilon <= 2 (a distance through the disc, not along the circle).

    Returns
    -------
    ndarray of shape (N, 2)
        Cost O(1 / epsilon).

    Raises
    ------
    TypeError, ValueError
        If the radius is not in the range.
    """
    epsilon = _radius(epsilon)
    # A little is taken off, so that rounding does not add a point where the division goes without remainder.
    count = max(int(np.ceil(np.pi / (2 * np.arcsin(epsilon / 2)) - 1e-9)), 1)
    angles = 2 * np.pi * np.arange(count) / count
    return np.column_stack([np.cos(angles), np.sin(angles)])


def covering_radius(points):
    r"""Return the largest distance of a point of the sphere from the nearest one of the set, exactly.

    On the circle it is reached in the middle of the largest gap. On the sphere in three dimensions it is reached at a
    corner of the spherical Voronoi diagram, and these corners are the outer unit normals of the facets of the
    convex hull.

    Parameters
    ----------
    points : array_like of shape (N, n)
        Unit vectors, n = 2 or 3; for n = 3 the origin must lie inside their convex hull.

    Returns
    -------
    float
        Cost O(N log N).

    Raises
    ------
    TypeError, ValueError
        For points off the sphere, another dimension, or points of one hemisphere (n = 3).
    """
    points = as_points(points, unit=True, name="points")
    if points.shape[1] == 2:
        angles = np.sort(np.arctan2(points[:, 1], points[:, 0]))
        gap = np.diff(np.concatenate([angles, [angles[0] + 2 * np.pi]])).max()
        return float(2 * np.sin(min(gap / 4, np.pi / 2)))
    return float(_corners(points)[1].max())


def separated_net(epsilon):
    r"""Return a net of the sphere in three dimensions, as the proof of Fact 2.1 does.

    The proof takes a maximal set of points more than epsilon apart; it is a net, since a point that it leaves out at a
    larger distance could be added. Here the farthest corners of the Voronoi diagram are added to an octahedron until
    none is farther away than epsilon.

    Parameters
    ----------
    epsilon : float
        Radius, 0 < epsilon <= 1.4; small ones cost O(epsilon^-2) points.

    Returns
    -------
    ndarray of shape (N, 3)
        Points more than epsilon apart whose covering radius is at most epsilon.

    Raises
    ------
    TypeError, ValueError
        If the radius is not in the range.
    """
    epsilon = _radius(epsilon, 1.4)
    points = np.concatenate([np.eye(3), -np.eye(3)])
    while True:
        corners, distances = _corners(points)
        candidates = corners[np.argsort(-distances, kind="stable")][: np.count_nonzero(distances > epsilon)]
        if len(candidates) == 0:
            return points
        for (
            corner
        ) in candidates:  # two corners may be close to each other, so each is compared with all points
            if np.linalg.norm(points - corner, axis=1).min() > epsilon:
                points = np.vstack([points, corner])


def _corners(points):
    """Return the corners of the Voronoi diagram and their distances from the nearest point."""
    if points.shape[1] != 3:
        raise ValueError(f"points must have dimension 2 or 3, got {points.shape[1]}")
    hull = ConvexHull(points)
    normals, offsets = hull.equations[:, :3], hull.equations[:, 3]
    if not (offsets < -1e-12).all():
        raise ValueError("points must not lie in one hemisphere: the origin must be inside their convex hull")
    nearest = points[hull.simplices[:, 0]]
    return normals, np.linalg.norm(normals - nearest, axis=1)


def _radius(epsilon, largest=2.0):
    epsilon = positive_number(epsilon, "epsilon")
    if epsilon > largest:
        raise ValueError(f"epsilon must be at most {largest:g}, got {epsilon:g}")
    return epsilon
