r"""How far the hidden weights must move to change activations (paper 002, Appendix D).

A neuron that is active at a point before and not after, or the other way round, has moved its pre-activation through
zero: by at least its initial size. With :math:`D^j` the neurons changed at the point :math:`x_j`, of which there are k,

.. math:: \|(A_t - A_0)x_j\|^2 \ge \sum_{i\in D^j}\langle a_{0,i}, x_j\rangle^2
          \ge \text{the sum of the k smallest } \langle a_{0,i}, x_j\rangle^2 .

For m standard normal weights and a unit point the last sum is about :math:`\tfrac\pi6k^3/m^2`, so that k is at most
about :math:`(6/\pi)^{1/3}m^{2/3}\|(A_t - A_0)x_j\|^{2/3}`. In paper 002 the width m is S, and A is W.
"""

from dataclasses import dataclass

import numpy as np

from twolayer.validation import as_points, finite_array, positive_integer


@dataclass(frozen=True)
class PointChanges:
    r"""Net changes at each point, and the chain of norms that bounds their number; arrays of shape (n,).

    Attributes
    ----------
    changed : ndarray of int
        :math:`|D^j|`.
    movement : ndarray
        :math:`\|(A_t - A_0)x_j\|`.
    movement_of_changed : ndarray
        The same over the neurons of :math:`D^j` only.
    start_of_changed : ndarray
        :math:`\|A_0x_j\|` over the neurons of :math:`D^j`.
    smallest : ndarray
        Root of the sum of the :math:`|D^j|` smallest squared entries of :math:`A_0x_j`.
    """

    changed: np.ndarray
    movement: np.ndarray
    movement_of_changed: np.ndarray
    start_of_changed: np.ndarray
    smallest: np.ndarray


def changes_at_points(x, start, end):
    """Compare the activations of two sets of hidden weights at every point.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Points.
    start, end : array_like of shape (m, d)
        Hidden weights.

    Returns
    -------
    PointChanges
        Each of the four norms is at least the next, in the order of the attributes. Cost O(n m (d + log m)).

    Raises
    ------
    TypeError, ValueError
        If shapes do not fit or a number is not finite.
    """
    x, start, end = as_points(x), finite_array(start, "start"), finite_array(end, "end")
    if start.ndim != 2 or start.shape != end.shape or start.shape[1] != x.shape[1] or len(start) == 0:
        raise ValueError(
            f"start and end must both have shape (m, {x.shape[1]}) with m >= 1, got {start.shape} and {end.shape}"
        )
    before, moved = x @ start.T, x @ (end - start).T
    different = (before > 0) != (x @ end.T > 0)
    changed = different.sum(axis=1)
    sums = np.cumsum(np.sort(before**2, axis=1), axis=1)
    smallest = np.where(changed > 0, sums[np.arange(len(x)), np.maximum(changed, 1) - 1], 0.0)
    return PointChanges(
        changed,
        np.linalg.norm(moved, axis=1),
        np.linalg.norm(moved * different, axis=1),
        np.linalg.norm(before * different, axis=1),
        np.sqrt(smallest),
    )


def smallest_squares(count, width):
    r"""Return :math:`\tfrac\pi6k^3/m^2`, a lower bound, nearly sharp for k << m, for an expected sum of squares.

    The sum is that of the k smallest of m squared standard normal numbers. The quantile function of their absolute
    values is convex with slope :math:`\sqrt{\pi/2}` at zero, and the i-th smallest of m uniform numbers has mean
    i/(m + 1); so by Jensen's inequality the expectation is at least :math:`\tfrac\pi2\sum_{i\le k}i^2/(m+1)^2`, and
    up to the factor :math:`(m/(m+1))^2` this is above the value returned.

    Parameters
    ----------
    count : array_like
        k, not negative.
    width : int
        m >= 1.

    Returns
    -------
    ndarray
        In the shape of ``count``. Cost O(1) for each.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range.
    """
    count, width = finite_array(count, "count"), positive_integer(width, "width")
    if (count < 0).any() or (count > width).any():
        raise ValueError(f"count must lie between 0 and the width {width}, got {count}")
    return np.pi / 6 * count**3 / width**2


def changed_count_bound(movement, width):
    r"""Return :math:`(6/\pi)^{1/3}m^{2/3}M^{2/3}`, the most neurons that a movement M can change at a point.

    Parameters
    ----------
    movement : array_like
        :math:`M = \|(A_t - A_0)x_j\|`, not negative.
    width : int
        m >= 1.

    Returns
    -------
    ndarray
        In the shape of ``movement``; the inverse of :func:`smallest_squares`. It holds for standard normal weights up
        to the deviation of the sum of smallest squares from its mean. Cost O(1) for each.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of range.
    """
    movement, width = finite_array(movement, "movement"), positive_integer(width, "width")
    if (movement < 0).any():
        raise ValueError(f"movement is a norm and must not be negative, got {movement.min()}")
    return (6 / np.pi * width**2 * movement**2) ** (1 / 3)
