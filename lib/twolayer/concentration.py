r"""Matrix concentration: how wide a network must be for its Gram matrix to be near the population matrix.

Notation of paper 001, section 2.2: n points, :math:`C \ge \sup|\gamma|` on [-1, 1], H the population Gram
matrix, :math:`\hat H` the empirical one of width m. One neuron contributes :math:`h h^T/m` with :math:`|h|^2
\le n C^2`; wherever a sharper bound on :math:`|h|^2` is known it may be passed as ``row_bound``. All
functions broadcast over arrays, cost O(size), and return widths as real numbers: the theorems hold for any
integer at least as large.
"""

import numpy as np

from twolayer.validation import finite_array

LOWER_TAIL_EXPONENT = 0.5 * (1 - np.log(2))
r"""Chernoff exponent :math:`-\log(e^{-1/2}/(1/2)^{1/2})` of the event that lambda_min(Hhat) <= lambda_min(H)/2."""

UPPER_TAIL_EXPONENT = 2 * np.log(2) - 1
r"""Chernoff exponent :math:`-\log(e/4)` of the event that lambda_max(Hhat) >= 2 lambda_max(H)."""


def _positive(value, name):
    """Return an array of positive numbers."""
    array = finite_array(value, name)
    if not (array > 0).all():
        hint = ""
        if "eigenvalue" in name:
            hint = "; the bounds say nothing when the population matrix is singular"
        raise ValueError(f"{name} must be greater than zero, got {array.min():.6g}{hint}")
    return array


def _count(value, name):
    """Return an array of counts as floats."""
    array = _positive(value, name)
    if not (array == np.floor(array)).all():
        raise ValueError(f"{name} must be a whole number >= 1, got {array.flat[0]}")
    return array


def _probability(value):
    """Return an array of failure probabilities."""
    array = finite_array(value, "failure")
    if not ((array > 0) & (array < 1)).all():
        raise ValueError(
            "failure must be a probability strictly between 0 and 1, got values from "
            f"{array.min():.6g} to {array.max():.6g}"
        )
    return array


def _row_bound(points, bound, row_bound):
    """Return the bound on the squared norm of a column of features: n C^2 unless given."""
    if row_bound is not None:
        return _positive(row_bound, "row_bound")
    return points * _positive(bound, "bound") ** 2


def chernoff_width(points, bound, smallest_eigenvalue, failure, *, constant="printed", row_bound=None):
    r"""Return a width that keeps the eigenvalues within a factor of two, with a given probability.

    Then :math:`\lambda_{\min}(\hat H) > \lambda_{\min}(H)/2` and :math:`\lambda_{\max}(\hat H) <
    2\lambda_{\max}(H)`.

    Lemma 2.4 of paper 001: :math:`m \ge 10\, n C^2 \log(2n/\delta)/\lambda_{\min}(H)`, from the matrix
    Chernoff bound (Tropp 2015, Theorem 5.1.1). The constant that the proof needs is :math:`1/0.1534 = 6.52`,
    set by the lower tail.

    Parameters
    ----------
    points : array_like of int
        The number n of points.
    bound : array_like of float
        C, a bound on the activation over [-1, 1].
    smallest_eigenvalue : array_like of float
        :math:`\lambda_{\min}(H) > 0`.
    failure : array_like of float
        The failure probability :math:`\delta` in (0, 1).
    constant : {"printed", "exact"}
        10 as printed, or the constant of the proof.
    row_bound : array_like of float, optional
        A bound on the squared norm of the features of one neuron, in place of :math:`n C^2`.

    Returns
    -------
    ndarray of float64
        The width, a real number.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If an argument is out of its range or the constant is unknown.
    """
    factors = {"printed": 10.0, "exact": 1 / LOWER_TAIL_EXPONENT}
    if constant not in factors:
        raise ValueError(f"constant must be 'printed' or 'exact', got {constant!r}")
    points = _count(points, "points")
    squared = _row_bound(points, bound, row_bound)
    smallest = _positive(smallest_eigenvalue, "smallest_eigenvalue")
    return factors[constant] * squared * np.log(2 * points / _probability(failure)) / smallest


def chernoff_tail(width, points, bound, smallest_eigenvalue, largest_eigenvalue, *, row_bound=None):
    r"""Bound on the probability that a conclusion of Lemma 2.4 fails at a given width.

    The sum of the two Chernoff tails,
    :math:`n e^{-0.1534\, m\lambda_{\min}/(nC^2)} + n e^{-0.3863\, m\lambda_{\max}/(nC^2)}`, at most 1.

    Parameters
    ----------
    width : array_like of int
        The width m.
    points : array_like of int
        The number n of points.
    bound : array_like of float
        C, a bound on the activation over [-1, 1].
    smallest_eigenvalue, largest_eigenvalue : array_like of float
        The extreme eigenvalues of H, both positive.
    row_bound : array_like of float, optional
        A bound on the squared norm of the features of one neuron, in place of :math:`n C^2`.

    Returns
    -------
    ndarray of float64
        The bound, in [0, 1].

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If an argument is out of its range.
    """
    points = _count(points, "points")
    ratio = _count(width, "width") / _row_bound(points, bound, row_bound)
    smallest = _positive(smallest_eigenvalue, "smallest_eigenvalue")
    largest = _positive(largest_eigenvalue, "largest_eigenvalue")
    _require_order(smallest, largest)
    lower = points * np.exp(-LOWER_TAIL_EXPONENT * ratio * smallest)
    upper = points * np.exp(-UPPER_TAIL_EXPONENT * ratio * largest)
    return np.minimum(1.0, lower + upper)


def _require_order(smallest, largest):
    """Raise unless the largest eigenvalue is at least the smallest."""
    if (largest < smallest).any():
        raise ValueError("largest_eigenvalue must be at least smallest_eigenvalue; are they swapped?")


def bernstein_width(
    points, bound, smallest_eigenvalue, largest_eigenvalue, failure, *, printed=False, row_bound=None
):
    r"""Return a width sufficient for :math:`\|\hat H - H\|_2 < \lambda_{\min}(H)/2`, with a given probability.

    Lemma 2.5 of paper 001. Setting :math:`\epsilon = \lambda_{\min}(H)/2` in the matrix Bernstein bound gives
    :math:`m \ge (8nC^2/\lambda_{\min})(\kappa(H) + 1/3)\log(2n/\delta)`. The printed (2.8),
    :math:`(2nC^2/\lambda_{\min})(\kappa(H)+2/3)\log(2n/\delta)`, belongs to the radius
    :math:`\lambda_{\min}(H)` (errata E2).

    Parameters
    ----------
    points : array_like of int
        The number n of points.
    bound : array_like of float
        C, a bound on the activation over [-1, 1].
    smallest_eigenvalue, largest_eigenvalue : array_like of float
        The extreme eigenvalues of H, both positive; their quotient is :math:`\kappa(H)`.
    failure : array_like of float
        The failure probability :math:`\delta` in (0, 1).
    printed : bool
        Whether to use the printed constants.
    row_bound : array_like of float, optional
        A bound on the squared norm of the features of one neuron, in place of :math:`n C^2`.

    Returns
    -------
    ndarray of float64
        The width, a real number.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If an argument is out of its range.
    """
    points = _count(points, "points")
    squared = _row_bound(points, bound, row_bound)
    smallest = _positive(smallest_eigenvalue, "smallest_eigenvalue")
    largest = _positive(largest_eigenvalue, "largest_eigenvalue")
    _require_order(smallest, largest)
    factor, shift = (2.0, 2 / 3) if printed else (8.0, 1 / 3)
    logarithm = np.log(2 * points / _probability(failure))
    return factor * squared / smallest * (largest / smallest + shift) * logarithm


def bernstein_tail(radius, width, points, bound, largest_eigenvalue, *, row_bound=None):
    r"""Matrix Bernstein bound on :math:`P\{\|\hat H - H\|_2 \ge \epsilon\}`.

    Proof of Lemma 2.5 of paper 001 (Tropp 2015, section 6.5):
    :math:`2n\exp\bigl(-(m\epsilon^2/2) / (nC^2\|H\|_2 + 2nC^2\epsilon/3)\bigr)`, at most 1.

    Parameters
    ----------
    radius : array_like of float
        :math:`\epsilon > 0`.
    width : array_like of int
        The width m.
    points : array_like of int
        The number n of points.
    bound : array_like of float
        C, a bound on the activation over [-1, 1].
    largest_eigenvalue : array_like of float
        :math:`\|H\|_2 > 0`.
    row_bound : array_like of float, optional
        A bound on the squared norm of the features of one neuron, in place of :math:`n C^2`.

    Returns
    -------
    ndarray of float64
        The bound, in [0, 1].

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If an argument is out of its range.
    """
    radius = _positive(radius, "radius")
    points = _count(points, "points")
    squared = _row_bound(points, bound, row_bound)
    largest = _positive(largest_eigenvalue, "largest_eigenvalue")
    exponent = _count(width, "width") * radius**2 / 2 / (squared * (largest + 2 * radius / 3))
    return np.minimum(1.0, 2 * points * np.exp(-exponent))


def du_width(points, smallest_eigenvalue, failure):
    r"""Order of the width that Du et al. (2019) need for gradient descent on the hidden weights.

    Quoted in section 4.2 of paper 001: :math:`\max\{n^4/\lambda^4,\ n/\delta,\ n^2\log(n/\delta)/\lambda^2\}`
    with :math:`\lambda = \lambda_{\min}(G)`, G the neural tangent Gram matrix, up to an unknown constant
    factor.

    Parameters
    ----------
    points : array_like of int
        The number n of points.
    smallest_eigenvalue : array_like of float
        :math:`\lambda_{\min}(G) > 0`.
    failure : array_like of float
        The failure probability :math:`\delta` in (0, 1).

    Returns
    -------
    ndarray of float64
        The width with constant 1, a real number.

    Raises
    ------
    TypeError
        If an argument does not hold real numbers.
    ValueError
        If an argument is out of its range.
    """
    points = _count(points, "points")
    ratio = points / _positive(smallest_eigenvalue, "smallest_eigenvalue")
    failure = _probability(failure)
    return np.maximum(
        np.maximum(ratio**4, points / failure), ratio**2 * np.maximum(np.log(points / failure), 0)
    )
