r"""Gradient descent on the last layer in closed form: the Landweber iteration.

From :math:`\alpha^{(0)} = 0` the iterates are :math:`\alpha^{(k)} = V f_k(\Sigma)\Sigma^{-1}U^T y` with the
filter :math:`f_k(\sigma) = 1 - (1-\eta\sigma^2)^k` (paper 001, (4.2) to (4.4) and Lemma A.6). It is an
identity for every :math:`\eta`; the hypothesis :math:`\eta < \|Z\|^{-2}` of Lemma A.6 is not needed (errata
E9). Powers are taken through logarithms, :math:`\exp(k\log|1-\eta\sigma^2|)` with a sign, so that k may be
1e10; the relative error grows like k times the machine epsilon only in the component where
:math:`\eta\sigma^2` is near 2.
"""

import numpy as np

from twolayer.conditioning import as_singular_values
from twolayer.validation import as_labels, as_points, finite_array, positive_number

LARGEST_EXACT_INTEGER = 2**53
"""Beyond this, numbers of steps are no longer exact as floats."""


def _as_steps(iterations):
    """Return numbers of steps as an array of int64."""
    steps = finite_array(iterations, "iterations")
    if (steps < 0).any() or (steps > LARGEST_EXACT_INTEGER).any():
        raise ValueError(f"iterations must lie between 0 and 2**53, got values from {steps.min():.6g}")
    if not (steps == np.floor(steps)).all():
        raise ValueError("iterations must be whole numbers of steps, got a fraction; round them first")
    return steps.astype(np.int64)


def _as_spectrum(singular_values):
    """Return a vector of singular values."""
    values = as_singular_values(singular_values)
    if values.ndim != 1:
        raise ValueError(f"singular_values must be a vector, got shape {values.shape}")
    return values


def _log_magnitude(values, eta):
    r"""Return :math:`\log|1-\eta\sigma^2|`, accurate for tiny :math:`\eta\sigma^2` and near 2."""
    product = eta * values**2
    with np.errstate(divide="ignore"):
        logs = np.where(product < 1, np.log1p(-np.minimum(product, 1)), np.log1p(np.maximum(product, 1) - 2))
    # The step of Lemma 4.2 for a singular Z makes the product 2: rounding must not turn that into divergence.
    return np.where(np.abs(product - 2) <= 4 * np.finfo(np.float64).eps, 0.0, logs)


def _log_powers(values, eta, steps):
    r"""Return :math:`\log|1-\eta\sigma_j^2|^k` in shape steps.shape + (n,); zero to the power 0 is 1."""
    logs = _log_magnitude(values, eta)
    with np.errstate(invalid="ignore"):
        return np.where(steps[..., None] == 0, 0.0, steps[..., None] * logs)


def filter_factors(iterations, step, singular_values):
    r"""Filter factors :math:`f_k(\sigma_j) = 1 - (1-\eta\sigma_j^2)^k` of the Landweber iteration.

    Near 1 where gradient descent has resolved a component, near 0 where it has not begun. With the step of
    Lemma 4.2 :math:`1-\eta\sigma_1^2` is near -1, so the first factor is near 0 for even and near 2 for odd
    k.

    Parameters
    ----------
    iterations : int or array_like of int
        Numbers of steps k, from 0 to 2**53, of any shape.
    step : float
        :math:`\eta > 0`.
    singular_values : array_like of shape (n,)
        Singular values of Z.

    Returns
    -------
    ndarray of shape iterations.shape + (n,)
        The factors, with full relative accuracy where :math:`\eta\sigma^2 < 1`; infinite on overflow. Cost
        O(size).

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        If a number of steps is negative or fractional, the step not positive, or a singular value negative.
    """
    steps = _as_steps(iterations)
    eta = positive_number(step, "step")
    values = _as_spectrum(singular_values)
    negative = (eta * values**2 > 1) & (steps[..., None] % 2 == 1)
    with np.errstate(over="ignore"):
        logs = _log_powers(values, eta, steps)
        return np.where(negative, 1 + np.exp(logs), -np.expm1(logs))


def residual_curve(singular_values, coefficients, step, iterations, *, printed=False):
    r"""Residual norm :math:`\|Z\alpha^{(k)} - y\|_2` of gradient descent from zero, for any numbers of steps.

    The square root of :math:`\sum_j (u_j^T y)^2 (1-\eta\sigma_j^2)^{2k}`. Paper 001 prints (4.4) without the
    square on :math:`u_j^T y` (errata E11).

    Parameters
    ----------
    singular_values : array_like of shape (n,)
        All n singular values of Z, zeros included.
    coefficients : array_like of shape (n,)
        :math:`U^T y`, in the same order.
    step : float
        :math:`\eta > 0`.
    iterations : int or array_like of int
        Numbers of steps k, from 0 to 2**53, of any shape.
    printed : bool
        Whether to evaluate (4.4) as printed, which gives NaN where the sum under the root is negative.

    Returns
    -------
    ndarray
        The norms, in the shape of ``iterations``; infinite where gradient descent has overflowed. Cost O(n)
        for each k.

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        If shapes disagree or a number is out of range.
    """
    values = _as_spectrum(singular_values)
    weights = as_labels(coefficients, len(values), "coefficients")
    eta = positive_number(step, "step")
    steps = _as_steps(iterations)
    # Components without any part of y do not count, however fast they would diverge.
    values, weights = values[weights != 0], weights[weights != 0]
    logs = _log_powers(values, eta, steps)
    with np.errstate(over="ignore", invalid="ignore"):
        if printed:
            return np.sqrt((weights * np.exp(2 * logs)).sum(axis=-1))
        amplitudes = np.exp(logs + np.log(np.abs(weights)))
        largest = amplitudes.max(axis=-1, keepdims=True, initial=0.0)
        ratios = np.divide(amplitudes, largest, out=np.zeros_like(amplitudes), where=largest > 0)
        norms = largest[..., 0] * np.sqrt((ratios**2).sum(axis=-1))
    return np.where(np.isnan(norms), np.inf, norms)


def residual_bound(singular_values, iterations):
    r"""Return the bound of Lemma 4.2 of paper 001, :math:`(1 - 2/(1+\kappa(Z)^2))^k`.

    It bounds the residual after k steps of ``twolayer.least_squares.optimal_step``, relative to the residual at the
    start, from any start.

    Parameters
    ----------
    singular_values : array_like of shape (n,)
        All n singular values of Z.
    iterations : array_like of int
        Numbers of steps k >= 0.

    Returns
    -------
    ndarray
        The bound, in the shape of ``iterations``, accurate for any k. Cost O(size).

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If the values are not a vector, one is negative, all are zero, or a number of steps is negative.
    """
    values = _as_spectrum(singular_values)
    steps = _as_steps(iterations)
    if not values.any():
        raise ValueError(
            "singular_values are all zero: there is nothing to descend on; is the activation dead?"
        )
    # 2/(1+kappa) written so that a zero singular value gives the rate 1; log1p keeps tiny decays visible.
    share = (values.min() / values.max()) ** 2
    if share == 1:
        return np.where(steps == 0, 1.0, 0.0)
    return np.exp(steps * np.log1p(-2 * share / (1 + share)))


def landweber_iterates(z, y, step, iterations):
    r"""Coefficients :math:`\alpha^{(k)} = V f_k(\Sigma)\Sigma^{-1}U^T y` of gradient descent from zero.

    Parameters
    ----------
    z : array_like of shape (n, m)
        Features, one point in each row.
    y : array_like of shape (n,)
        Labels.
    step : float
        :math:`\eta > 0`.
    iterations : int or array_like of int
        Numbers of steps k, from 0 to 2**53, of any shape.

    Returns
    -------
    ndarray of shape iterations.shape + (m,)
        The coefficients; components with a zero singular value stay zero. Cost O(n m min(n, m)) once and O(n
        m) for each k.

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        If shapes disagree or a number is out of range.
    """
    features = as_points(z, name="z")
    labels = as_labels(y, len(features))
    u, s, vt = np.linalg.svd(features, full_matrices=False)
    factors = filter_factors(iterations, step, s)
    scaled = np.divide(u.T @ labels, s, out=np.zeros_like(s), where=s > 0)
    return (factors * scaled) @ vt


def iterations_to_tolerance(singular_values, coefficients, step, tolerance):
    r"""Least number of steps after which the residual is at most a given share of :math:`\|y\|_2`.

    Each component shrinks by :math:`|1-\eta\sigma_j^2| \le 1` in each step. So the residual never grows,
    although with the step of Lemma 4.2 components change their signs, and bisection finds the first step
    below the tolerance.

    Parameters
    ----------
    singular_values : array_like of shape (n,)
        All n singular values of Z, zeros included.
    coefficients : array_like of shape (n,)
        :math:`U^T y`, in the same order.
    step : float
        :math:`\eta > 0`.
    tolerance : float
        The share, in (0, 1).

    Returns
    -------
    int or float
        The number of steps, or ``math.inf`` if 2**53 steps do not suffice (for example, if the labels are out
        of reach of a rank deficient Z). Cost O(n log k).

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        If shapes disagree, a number is out of range, the coefficients are all zero, or a component diverges.
    """
    values = _as_spectrum(singular_values)
    weights = as_labels(coefficients, len(values), "coefficients")
    eta = positive_number(step, "step")
    goal = positive_number(tolerance, "tolerance")
    if goal >= 1:
        raise ValueError(
            f"tolerance must be below 1, the relative residual before the first step, got {goal}"
        )
    if not weights.any():
        raise ValueError("coefficients are all zero: the labels are fitted before the first step")
    if (_log_magnitude(values, eta)[weights != 0] > 0).any():
        raise ValueError(
            f"step {eta:.6g} exceeds 2 / sigma^2 = {2 / values[weights != 0].max() ** 2:.6g}: gradient descent "
            "diverges and has no first step below a tolerance; take twolayer.least_squares.optimal_step"
        )
    goal *= np.linalg.norm(weights)

    def reached(k):
        return residual_curve(values, weights, eta, k) <= goal

    high = 1
    while not reached(high):
        if high == LARGEST_EXACT_INTEGER:
            return float("inf")
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        if reached(middle):
            high = middle
        else:
            low = middle
    return high
