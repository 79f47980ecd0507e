r"""Extreme singular values over all subsets of k points, searched for by alternation.

For a unit vector u the best subset consists of the k points with the largest (smallest) :math:`|\langle x_j,
u\rangle|`, and for a subset the best u is a singular vector. Going back and forth never makes the value worse. What it
ends in is a local optimum: with several restarts a **lower bound of the maximum**, or an **upper bound of the
minimum**. The exact values would take all :math:`\binom nk` subsets. They appear in the quasirandom properties
(20) and (21) of paper 002.
"""

import numpy as np

from twolayer.validation import as_generator, as_points, positive_integer


def _arguments(x, size, rng, restarts):
    points = as_points(x)
    size = positive_integer(size, "size")
    if size > len(points):
        raise ValueError(f"size must be at most the number of points, {len(points)}, got {size}")
    return points, size, as_generator(rng), positive_integer(restarts, "restarts")


def _directions(points, rng, restarts):
    """Return unit rows: one half at random, the other half near points, with which small subsets begin."""
    start = rng.standard_normal((restarts, points.shape[1]))
    near = points[rng.integers(len(points), size=restarts // 2)]
    start[: restarts // 2] *= 0.3 / np.sqrt(points.shape[1])
    start[: restarts // 2] += near / np.maximum(np.linalg.norm(near, axis=1, keepdims=True), 1e-300)
    return start / np.linalg.norm(start, axis=1, keepdims=True)


def largest_subset_norm(x, size, rng, *, restarts=16, rounds=60):
    r"""Search for k points with a large spectral norm.

    Each round replaces u by the normalised :math:`\sum_{j \in J(u)} x_j \langle x_j, u\rangle`, J(u) the k points with
    the largest inner products in size: a step of the power method on the best subset. The sum of the k
    largest squares is a convex function of u, so that it never falls.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Points.
    size : int
        k, from 1 to n.
    rng : numpy.random.Generator
        For the starting directions.
    restarts, rounds : int
        Number of starts, all at once, and of rounds.

    Returns
    -------
    norm : float
        The largest norm found: at most the maximum over all subsets.
    subset : ndarray of int, shape (k,)
        The points, in increasing order. Cost O(restarts * rounds * n d).

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    points, size, rng, restarts = _arguments(x, size, rng, restarts)
    directions = _directions(points, rng, restarts)
    chosen = np.zeros((restarts, size), dtype=np.intp)
    for _ in range(positive_integer(rounds, "rounds")):
        products = directions @ points.T
        chosen = np.argpartition(-np.abs(products), size - 1, axis=1)[:, :size]
        kept = np.zeros_like(products)
        np.put_along_axis(kept, chosen, np.take_along_axis(products, chosen, 1), 1)
        moved = kept @ points
        lengths = np.linalg.norm(moved, axis=1, keepdims=True)
        directions = np.where(lengths > 0, moved / np.where(lengths > 0, lengths, 1.0), directions)
    values = (np.take_along_axis(directions @ points.T, chosen, 1) ** 2).sum(axis=1)
    best = np.sort(chosen[values.argmax()])
    return float(np.linalg.norm(points[best], 2)), best


def smallest_subset_singular_value(x, size, rng, *, restarts=16, rounds=60):
    r"""Search for k points whose matrix has a small d-th singular value.

    Each round takes the k points with the smallest :math:`|\langle x_j, u\rangle|` and then the bottom eigenvector of
    their second moment matrix, until the subset repeats.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Points.
    size : int
        k, from d (fewer points always have the value 0) to n.
    rng : numpy.random.Generator
        For the starting directions.
    restarts, rounds : int
        Number of starts and the most rounds of each.

    Returns
    -------
    value : float
        The smallest :math:`\min_{|u| = 1} |X_J u|` found: at least the minimum over all subsets.
    subset : ndarray of int, shape (k,)
        The points, in increasing order. Cost O(restarts * rounds * (n d + k d^2 + d^3)).

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    points, size, rng, restarts = _arguments(x, size, rng, restarts)
    if size < points.shape[1]:
        raise ValueError(
            f"size = {size} is below the dimension {points.shape[1]}: so few points never span the space, and the "
            "value is 0"
        )
    rounds = positive_integer(rounds, "rounds")
    best, best_subset = np.inf, None
    for direction in _directions(points, rng, restarts):
        subset = None
        for _ in range(rounds):
            closest = np.sort(np.argpartition(np.abs(points @ direction), size - 1)[:size])
            if subset is not None and np.array_equal(subset, closest):
                break
            subset = closest
            direction = np.linalg.eigh(points[subset].T @ points[subset])[1][:, 0]
        value = np.linalg.norm(points[subset] @ direction)
        if value < best:
            best, best_subset = value, subset
    return float(best), best_subset
