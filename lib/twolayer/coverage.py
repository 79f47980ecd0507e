r"""Whether random neurons cover all orthonormal points: the probability that gradient flow can interpolate.

Each of m neurons has a random sign and is active on each point with probability 1/2, independently. The mask of paper
003, Assumption 4, has :math:`M_{ij} = 1` if neuron j is active on point i and has the sign of its label, so with
probability 1/4. Points whose row of M is zero are never fitted.
"""

import numpy as np
from scipy.special import gammaln, xlog1py

from twolayer.validation import as_labels, finite_array, positive_integer


def _counts(positive, negative, width):
    positive, negative = positive_integer(positive, "positive", 0), positive_integer(negative, "negative", 0)
    if positive + negative == 0:
        raise ValueError("there must be at least one point, got positive = negative = 0")
    return positive, negative, positive_integer(width, "width")


def interpolation_probability(positive, negative, width):
    r"""Return the probability that every point is covered by a neuron of its sign.

    Parameters
    ----------
    positive, negative : int
        Numbers of points with a positive and with a negative label.
    width : int
        m >= 1.

    Returns
    -------
    float
        :math:`\sum_k \binom mk 2^{-m} (1 - 2^{-k})^{n_+} (1 - 2^{-(m-k)})^{n_-}`, k being the number of neurons with
        positive sign, given which the points are covered independently. Cost O(m).

    Raises
    ------
    TypeError, ValueError
        If a number is not an integer, or there is no point.
    """
    positive, negative, width = _counts(positive, negative, width)
    k = np.arange(width + 1)
    choices = gammaln(width + 1) - gammaln(k + 1) - gammaln(width - k + 1) - width * np.log(2.0)
    with np.errstate(divide="ignore"):
        covered = xlog1py(positive, -(0.5**k)) + xlog1py(negative, -(0.5 ** (width - k)))
    return float(np.exp(choices + covered).sum())


def one_sign_interpolation_probability(points, width):
    """Return the probability that neurons of one sign cover all points of that sign, (1 - 2^-m)^n.

    Parameters
    ----------
    points, width : int
        n >= 1 and m >= 1.

    Returns
    -------
    float
        The probability.

    Raises
    ------
    TypeError, ValueError
        If a number is not a positive integer.
    """
    points, width = positive_integer(points, "points"), positive_integer(width, "width")
    return float(np.exp(xlog1py(points, -(0.5**width))))


def assumption_bound(positive, negative, width):
    r"""Return the lower bound of paper 003, Proposition 2, for Assumption 4 (i).

    Parameters
    ----------
    positive, negative, width
        As in :func:`interpolation_probability`.

    Returns
    -------
    float
        :math:`1 - n(3/4)^m - m2^{-n_0} - \tfrac14 m(m-1)2^{-n_0}` with :math:`n_0 = \min(n_+, n_-)`: rows that are
        zero, columns that are zero, pairs of equal columns. Negative where it says nothing.

    Raises
    ------
    TypeError, ValueError
        As in :func:`interpolation_probability`.
    """
    positive, negative, width = _counts(positive, negative, width)
    rare = 0.5 ** min(positive, negative)
    return 1.0 - (positive + negative) * 0.75**width - width * rare - width * (width - 1) / 4 * rare


def satisfies_assumption(active, signs, y):
    """Tell for which ensembles of neurons Assumption 4 (i) holds: rows and columns not zero, columns distinct.

    Parameters
    ----------
    active : array_like of bool, shape (..., m, n)
        Activations at the start.
    signs : array_like of shape (..., m)
        Signs of the output weights.
    y : array_like of shape (n,)
        Labels, none of them zero.

    Returns
    -------
    rows, all_of_it : ndarray of bool, shape (...)
        Whether every point is covered, and whether the whole assumption holds. Cost O(n m log m) for each ensemble.

    Raises
    ------
    TypeError, ValueError
        If the shapes do not fit, the activations are no truth values, a label is zero or a sign is not 1 or -1.
    """
    active, signs, y = np.asarray(active), finite_array(signs, "signs"), as_labels(y, np.size(y))
    if active.ndim < 2 or 0 in active.shape[-2:] or active.shape != (*signs.shape, *y.shape):
        raise ValueError(
            "shapes must be (..., m, n), (..., m), (n,) with at least one neuron and one point, got "
            f"{active.shape}, {signs.shape}, {y.shape}"
        )
    if active.dtype != bool:
        raise TypeError(
            f"active must hold truth values, got {active.dtype}; coordinates become activations by z > 0, zeros and "
            "ones by a == 1"
        )
    if (y == 0).any() or not np.isin(signs, (-1, 1)).all():
        raise ValueError(
            "labels must not be zero, and signs must be 1 or -1; leave other points and neurons out"
        )
    mask = active & ((y > 0) == (signs > 0)[..., None])
    rows, columns = mask.any(axis=-2).all(axis=-1), mask.any(axis=-1).all(axis=-1)
    packed = np.packbits(mask, axis=-1)
    flat = packed.reshape(-1, *packed.shape[-2:])
    distinct = np.array([len(np.unique(one, axis=0)) == len(one) for one in flat], dtype=bool)
    distinct = distinct.reshape(rows.shape)
    return rows, rows & columns & distinct
