"""A ReLU network on the line through given points: what training could have found."""

import numpy as np

from twolayer.parameters import Parameters
from twolayer.validation import as_labels, finite_array, positive_integer


def interpolating_network(x, y, width=None):
    r"""Return a ReLU network through n points of the line, the polygon that joins them.

    With the points in increasing order and slopes :math:`s_j` between neighbours,
    :math:`f(x) = y_1 + \sum_{j<n} (s_j - s_{j-1}) (x - x_j)_+`, :math:`s_0 = 0`: n - 1 neurons, of which n - 2 have
    their kinks strictly between the outer points.

    Parameters
    ----------
    x : array_like of shape (n,)
        Distinct points, n >= 2.
    y : array_like of shape (n,)
        Labels.
    width : int, optional
        At least n - 1; the neurons beyond that are inactive (output weight zero, kink at the first point).

    Returns
    -------
    network : Parameters
        One network with d = 1 and output bias y of the first point. Cost O(n log n).

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit, points coincide, or the width is less than n - 1.
    """
    x = finite_array(x, "x")
    if x.ndim != 1 or x.size < 2 or np.unique(x).size < x.size:
        raise ValueError(f"x must be a vector of at least two distinct points, got {x}")
    y = as_labels(y, x.size)
    width = positive_integer(x.size - 1 if width is None else width, "width", minimum=x.size - 1)
    order = np.argsort(x)
    x, y = x[order], y[order]
    slopes = np.diff(y) / np.diff(x)
    w, kinks = np.zeros(width), np.full(width, x[0])
    w[: x.size - 1], kinks[: x.size - 1] = np.diff(slopes, prepend=0.0), x[:-1]
    return Parameters(np.ones((width, 1)), -kinks, w, y[0])
