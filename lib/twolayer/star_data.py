r"""The star: 33 points on eleven arms in the plane (Holzmüller and Steinwart, Section 9.2, Figure 7).

.. math:: x_{ij} = (1 + i/10)\,(\cos(2\pi j/11), \sin(2\pi j/11))^\top,\quad y_{ij} = 3|i| - 2,
          \qquad i \in \{-1, 0, 1\},\ j = 0, \dots, 10.

On each arm the labels are 1, -2, 1 from inside out, so no function that is affine on the arm fits them. Points are
ordered arm by arm and outwards: row 3 j + i + 1 is :math:`x_{ij}`.
"""

import numpy as np

from twolayer.validation import as_generator, finite_array, positive_integer

ARMS = 11
"""Number of directions; odd, so that no two arms are opposite."""

RADII = (0.9, 1.0, 1.1)
"""Distances of the points of one arm from the origin."""

POINTS = ARMS * len(RADII)

DIRECTIONS = np.stack(
    [np.cos(2 * np.pi * np.arange(ARMS) / ARMS), np.sin(2 * np.pi * np.arange(ARMS) / ARMS)], axis=1
)
"""Unit vectors of the arms, shape (11, 2)."""

ARM_LABELS = (1.0, -2.0, 1.0)
"""Labels of the points of one arm, from inside out."""


def star_points():
    """Return the points and labels of the star.

    Returns
    -------
    x : ndarray of shape (33, 2)
        Arm by arm, outwards.
    y : ndarray of shape (33,)
        1 on the inner and the outer ring, -2 on the middle one.
    """
    x = (np.asarray(RADII)[:, None] * DIRECTIONS[:, None, :]).reshape(POINTS, 2)
    return x, np.tile(ARM_LABELS, ARMS)


def sampled_star_weights(rng, sample_size):
    """Draw a sample from the uniform distribution on the star, and return the share of each point.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    sample_size : int
        Number n >= 1 of draws; the paper takes n = m^2.

    Returns
    -------
    ndarray of shape (33,)
        Multinomial counts over n; they sum to one. Cost O(33), whatever n.

    Raises
    ------
    TypeError, ValueError
        If the generator or the sample size is none.
    """
    sample_size = positive_integer(sample_size, "sample_size")
    return as_generator(rng).multinomial(sample_size, np.full(POINTS, 1 / POINTS)) / sample_size


def star_weights(weights):
    """Return weights of the 33 points as an array, checked.

    Parameters
    ----------
    weights : array_like of shape (..., 33)
        Nonnegative, summing to one; each arm needs two points of positive weight.

    Returns
    -------
    ndarray of float64, shape (..., 33)
        Cost O(size).

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If the shape is wrong, a weight is negative, the weights do not sum to one, or the regression line of an arm
        is not unique.
    """
    weights = finite_array(weights, "weights")
    if weights.ndim == 0 or weights.shape[-1] != POINTS:
        raise ValueError(
            f"weights must have shape (..., {POINTS}), a weight for each point, got {weights.shape}"
        )
    if (weights < 0).any():
        raise ValueError(f"weights must be nonnegative, got {weights.min():g}; they are shares of a sample")
    error = np.abs(weights.sum(axis=-1) - 1).max(initial=0.0)
    if error > 1e-9:
        raise ValueError(
            f"weights must sum to one, but a sum is off by {error:.3g}; divide them by their sum"
        )
    present = (weights.reshape(*weights.shape[:-1], ARMS, 3) > 0).sum(axis=-1)
    if (present < 2).any():
        arm = int(np.argwhere(present < 2)[0][-1])
        raise ValueError(
            f"arm {arm} has fewer than two points of positive weight, so that its regression line is not unique; "
            "take a larger sample"
        )
    return weights


def arm_affine_fit(weights):
    r"""Fit the best function that is affine on every arm: weighted least squares in the radius, arm by arm.

    Parameters
    ----------
    weights : array_like of shape (..., 33)
        Weights :math:`\omega` of the points, checked by :func:`star_weights`.

    Returns
    -------
    lines : ndarray of shape (..., 11, 2)
        Slope and intercept in :math:`\|x\|` on each arm.
    risk : ndarray of shape (...)
        :math:`\frac12 \sum_j \omega_j e_j^2` of this fit. No network whose kinks have not crossed a point is
        better. Cost O(33) for each set of weights.

    Raises
    ------
    TypeError, ValueError
        If the weights are none.
    """
    weights = star_weights(weights)
    w = weights.reshape(*weights.shape[:-1], ARMS, 3)
    r, y = np.asarray(RADII), np.asarray(ARM_LABELS)
    total = w.sum(axis=-1)
    centre, level = (w * r).sum(axis=-1) / total, (w * y).sum(axis=-1) / total
    offset = r - centre[..., None]
    slope = (w * offset * y).sum(axis=-1) / (w * offset**2).sum(axis=-1)
    lines = np.stack([slope, level - slope * centre], axis=-1)
    residual = y - slope[..., None] * r - lines[..., 1:]
    return lines, 0.5 * (w * residual**2).sum(axis=(-2, -1))
