r"""Three points that freeze a network: the construction of paper 000, Lemma J.1 and Remark 14."""

import numpy as np

from twolayer.half_sided import SIDES
from twolayer.validation import as_labels, finite_array, positive_number


def adversarial_points(x, y, distance=1.0):
    r"""Return at most three points after whose addition both half-sided lines run through the origin.

    On a side with points, of sums :math:`S_{xx}, S_x, S_{xy}, S_y` in distances from zero, one point at
    :math:`x' = \max x + \text{distance}` with

    .. math:: y' = \frac{(S_{xx} + x'^2) S_y - S_{xy} (S_x + x')}{x' S_x - S_{xx}}

    makes the intercept zero: the slope :math:`p = (S_{xy} + x'y')/(S_{xx} + x'^2)` of the line through the origin
    then satisfies the other normal equation, :math:`p\,(S_x + x') = S_y + y'`. The denominator is
    :math:`\sum_j x_j (x' - x_j) > 0`. A side without points gets one at the distance given, with label zero, first.
    So Corollary 12 applies to the enlarged data, whatever the data were.

    Parameters
    ----------
    x : array_like of shape (n,)
        Points of the line, none at zero; one side may be empty or hold a single point.
    y : array_like of shape (n,)
        Labels.
    distance : float
        How far beyond the farthest point of its side the new one lies; the paper takes 1. Small distances need large
        labels where the line of the side misses the origin.

    Returns
    -------
    x_added, y_added : ndarray of shape (k,)
        k = 2, or 3 if a side was empty. Where the line of a side ran through the origin already, the added point lies
        on it. Cost O(n).

    Raises
    ------
    TypeError
        If entries are not real numbers.
    ValueError
        If there are no points, shapes do not fit, an entry is NaN or infinite, a point is zero (the lemma, as the
        theory, excludes it), or the distance is not positive.
    """
    x = finite_array(x, "x")
    if x.ndim != 1 or not x.size:
        raise ValueError(f"x must be a vector of at least one point of the line, got shape {x.shape}")
    y = as_labels(y, x.size)
    distance = positive_number(distance, "distance")
    if (x == 0).any():
        raise ValueError(
            f"x[{int(np.argmax(x == 0))}] is zero, but Lemma J.1 of paper 000 needs data off zero; move that point"
        )
    added = []
    for sign in SIDES:
        on_side = np.sign(x) == sign
        t, labels = np.abs(x[on_side]), y[on_side]
        if not t.size:
            t, labels = np.array([distance]), np.array([0.0])
            added.append((sign * distance, 0.0))
        far = t.max() + distance
        gap = (t * (far - t)).sum()
        label = (((t**2).sum() + far**2) * labels.sum() - (t * labels).sum() * (t.sum() + far)) / gap
        added.append((sign * far, label))
    return tuple(np.array(added).T)


def with_adversarial_points(x, y, distance=1.0):
    """Return the data with :func:`adversarial_points` appended, as arrays x and y; same arguments and errors."""
    x_added, y_added = adversarial_points(x, y, distance)
    return np.concatenate([finite_array(x, "x"), x_added]), np.concatenate([finite_array(y, "y"), y_added])
