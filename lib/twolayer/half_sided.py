r"""Regression on each side of zero: what a network learns while none of its kinks crosses a data point.

Data on the line are cut at zero. The half-sided regression lines of paper 000 (Definitions 7 and 8) are the
least-squares lines of the two parts. Side :math:`\sigma = 1` has index 0, side :math:`\sigma = -1` index 1,
in every array of this part of the library.
"""

from dataclasses import dataclass

import numpy as np

from twolayer.validation import as_labels, finite_array

SIDES = np.array([1.0, -1.0])
r"""The signs :math:`\sigma` in the order of the arrays."""

TOTAL_WEIGHT_TOLERANCE = 1e-10
"""How far weights may be from summing to one: the rounding of a sum of many terms, and no forgotten factor."""


@dataclass(frozen=True)
class WeightedData:
    r"""Points of the line with labels and probabilities: a data set, or a distribution with finitely many atoms.

    A sample of n points is the same thing with weights count / n, so nothing costs more for a larger sample.

    Parameters
    ----------
    x : array_like of shape (n,)
        Points, none at zero, at least two distinct ones on each side.
    y : array_like of shape (n,)
        Labels.
    weights : array_like of shape (..., n), optional
        Probabilities :math:`\omega_j \ge 0` that sum to one, with leading axes for an ensemble of data sets on
        the same points; 1/n if not given. A point of weight zero is absent.

    Raises
    ------
    TypeError
        If entries are not real numbers.
    ValueError
        If shapes do not fit, an entry is NaN or infinite, a point is zero, weights are negative or do not sum to
        one, or a side of zero holds fewer than two distinct points: then :math:`M_{D,\sigma}` is singular
        (paper 000, Remark 9) and no half-sided line is determined.
    """

    x: np.ndarray
    y: np.ndarray
    weights: np.ndarray | None = None

    def __post_init__(self):
        """Convert to float64 and check the hypotheses."""
        x = finite_array(self.x, "x")
        if x.ndim != 1 or not x.size:
            raise ValueError(f"x must be a vector of points of the line, shape (n,), got shape {x.shape}")
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "y", as_labels(self.y, x.size))
        weights = np.full(x.size, 1.0 / x.size) if self.weights is None else self.weights
        object.__setattr__(self, "weights", _checked_weights(weights, x.size))
        if (x == 0).any():
            raise ValueError(
                f"x[{int(np.argmax(x == 0))}] is zero: the theory needs data bounded away from zero (paper 000, "
                "Theorem 10 (a): the distance of the data from zero is positive); remove or move that point"
            )
        for sign, name in ((1, "positive"), (-1, "negative")):
            distinct = _distinct_points(x, self.weights, sign)
            if (distinct < 2).any():
                raise ValueError(
                    f"the {name} side needs at least two distinct points of positive weight, got "
                    f"{int(distinct.min())}: M is singular there (paper 000, Theorem 10 (b), "
                    "Remark 9); add points, or use twolayer.half_sided.is_degenerate to find such samples"
                )

    @property
    def ensemble(self):
        """The leading axes of the weights, a tuple."""
        return self.weights.shape[:-1]

    @property
    def smallest_distance(self):
        r"""The least :math:`|x_j|` of positive weight, :math:`\underline{x}_D`, of shape (...)."""
        return np.where(self.weights > 0, np.abs(self.x), np.inf).min(axis=-1)


def _checked_weights(weights, n):
    weights = finite_array(weights, "weights")
    if weights.shape[-1:] != (n,):
        raise ValueError(f"weights must have shape (..., {n}), one for each point, got shape {weights.shape}")
    if (weights < 0).any():
        raise ValueError(
            f"weights are probabilities, but the least one is {weights.min():.6g}; it must be >= 0"
        )
    error = np.abs(weights.sum(axis=-1) - 1.0).max(initial=0.0)
    if error > TOTAL_WEIGHT_TOLERANCE:
        raise ValueError(
            f"weights must sum to one (they are the empirical measure of the data), but a sum is off by "
            f"{error:.3g}; divide them: weights / weights.sum(axis=-1, keepdims=True)"
        )
    return weights


def _distinct_points(x, weights, sign):
    """Return how many distinct points of positive weight a side has: 0, 1, or 2 for more than one. O(n)."""
    present = (weights > 0) & (np.sign(x) == sign)
    nearest = np.where(present, np.abs(x), np.inf).min(axis=-1, initial=np.inf)
    farthest = np.where(present, np.abs(x), -np.inf).max(axis=-1, initial=-np.inf)
    return np.where(farthest < nearest, 0, np.where(farthest == nearest, 1, 2))


def is_degenerate(x, weights):
    """Tell for which weights a side of zero is left with fewer than two distinct points.

    Parameters
    ----------
    x : array_like of shape (n,)
        Points.
    weights : array_like of shape (..., n)
        Nonnegative weights or counts.

    Returns
    -------
    ndarray of bool, shape (...)
        True where :class:`WeightedData` would refuse. Cost O(n) for each data set.
    """
    x, weights = finite_array(x, "x"), finite_array(weights, "weights")
    return (_distinct_points(x, weights, 1) < 2) | (_distinct_points(x, weights, -1) < 2)


def half_sided_moments(data):
    r"""Return the second moments and the correlations with the labels, side by side.

    Parameters
    ----------
    data : WeightedData
        With ensemble axes ``...``.

    Returns
    -------
    matrices : ndarray of shape (..., 2, 2, 2)
        :math:`M_{D,\sigma} = \sum_{\operatorname{sgn} x_j = \sigma} \omega_j
        \begin{pmatrix} x_j^2 & x_j \\ x_j & 1 \end{pmatrix}`: divided by the whole weight, not by that of the side.
    vectors : ndarray of shape (..., 2, 2)
        :math:`\hat u^0_{D,\sigma} = \sum_{\operatorname{sgn} x_j = \sigma} \omega_j (x_j y_j, y_j)`. Cost O(n).
    """
    on_side = np.where(np.sign(data.x) == SIDES[:, None], data.weights[..., None, :], 0.0)  # (..., 2, n)
    powers = np.stack([np.ones_like(data.x), data.x, data.x**2], axis=1)
    zeroth, first, second = np.moveaxis(on_side @ powers, -1, 0)
    matrices = np.stack([np.stack([second, first], -1), np.stack([first, zeroth], -1)], -2)
    vectors = on_side @ np.stack([data.x * data.y, data.y], axis=1)
    return matrices, vectors


def half_sided_regression(data):
    r"""Return the least-squares line of each side, :math:`v^{opt}_{D,\sigma} = M_{D,\sigma}^{-1}\hat u^0_{D,\sigma}`.

    Parameters
    ----------
    data : WeightedData
        With ensemble axes ``...``.

    Returns
    -------
    ndarray of shape (..., 2, 2)
        Row: side; columns: slope :math:`p^{opt}` and intercept :math:`q^{opt}` (paper 000, Definition 8). Solved
        in centred coordinates, so that a side far from zero loses no digits. Cost O(n).
    """
    on_side = np.where(np.sign(data.x) == SIDES[:, None], data.weights[..., None, :], 0.0)
    total = on_side.sum(axis=-1, keepdims=True)
    mean_x = (on_side * data.x).sum(axis=-1, keepdims=True) / total
    mean_y = (on_side * data.y).sum(axis=-1, keepdims=True) / total
    centred = data.x - mean_x
    slope = (on_side * centred * (data.y - mean_y)).sum(axis=-1) / (on_side * centred**2).sum(axis=-1)
    return np.stack([slope, mean_y[..., 0] - slope * mean_x[..., 0]], axis=-1)


def half_sided_bounds(data):
    r"""Return :math:`\psi_{D,p}` and :math:`\psi_{D,q}`, the largest absolute slope and intercept of the two lines.

    Parameters
    ----------
    data : WeightedData
        With ensemble axes ``...``.

    Returns
    -------
    slope, intercept : ndarray of shape (...)
        The quantities of Theorem 10 (c) and (d). Cost O(n).
    """
    lines = np.abs(half_sided_regression(data)).max(axis=-2)
    return lines[..., 0], lines[..., 1]


def half_sided_risk(data, lines=None):
    r"""Return the risk :math:`\tfrac12 \sum_j \omega_j (y_j - p_\sigma x_j - q_\sigma)^2` of a pair of lines.

    Parameters
    ----------
    data : WeightedData
        With ensemble axes ``...``.
    lines : array_like of shape (..., 2, 2), optional
        Slope and intercept on each side; the half-sided regression if not given, which has the least risk.

    Returns
    -------
    ndarray of shape (...)
        With the factor 1/2 of paper 000, (1). Cost O(n).

    Raises
    ------
    ValueError
        If the lines do not have shape (..., 2, 2), or are not finite.
    """
    lines = half_sided_regression(data) if lines is None else finite_array(lines, "lines")
    if lines.shape[-2:] != (2, 2):
        raise ValueError(f"lines must have shape (..., 2, 2), one row for each side, got shape {lines.shape}")
    side = np.where(data.x > 0, 0, 1)
    residuals = data.y - lines[..., side, 0] * data.x - lines[..., side, 1]
    return 0.5 * (data.weights * residuals**2).sum(axis=-1)
