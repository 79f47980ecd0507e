r"""How the gradient changes between two steps of :class:`twolayer.two_rate_descent.TwoRateDescent` (paper 002, App. E).

Between the steps tau and tau + 1 the weights move along a segment, :math:`\theta_t = \theta_\tau + t\,\dot\theta` with
:math:`\dot\theta = -(\eta_w\nabla^w\ell, \eta_z\nabla^z\ell)` taken at :math:`\theta_\tau` and t in (0, 1]. With
:math:`\delta_t = \nabla\ell(\theta_t) - \nabla\ell(\theta_\tau)` the loss falls at the rate

.. math:: -\dot\ell = (1 - q_t)\,|\langle\nabla\ell(\theta_\tau), \dot\theta\rangle|, \qquad
          q_t = \langle\delta_t, \dot\theta\rangle / |\langle\nabla\ell(\theta_\tau), \dot\theta\rangle| .

Inequality (41) is :math:`|q_t| < 1/2`. Points are rows here; in the paper B * X has a column for each point.
"""

from dataclasses import dataclass

import numpy as np
import scipy.linalg

from twolayer.two_rate_kernels import activation_gram
from twolayer.validation import as_labels, as_points, finite_array, real_number


@dataclass(frozen=True)
class WithinStep:
    r"""What has changed at a fraction t of a step; norms without a name are spectral.

    Attributes
    ----------
    ratio : float
        :math:`q_t`, with its sign; NaN where the gradient vanishes.
    error_change : float
        :math:`\|e_t - e_\tau\|/\|e_\tau\|`.
    movement, movement_bound : float
        Both sides of (67): :math:`\|W_t - W_\tau\|_F \le t\eta_w\|B_\tau * X\|\,\|e_\tau\|`.
    feature_change, feature_bound : float
        Both sides of (68): :math:`\|F_t - F_\tau\|_F \le \|W_t - W_\tau\|_F\|X\|`.
    jacobian, jacobian_bound : float
        Both sides of (66): :math:`\|B_\tau * X\| \le \|z_\tau\|\,\|X\|`.
    jacobian_change : float
        :math:`\|(B_t - B_\tau) * X\|`, the subject of (69).
    drift_w, drift_z : float
        :math:`\|\delta^w_t\|/\|\nabla^w\ell(\theta_\tau)\|` and the same for z.
    drift_by_error, drift_by_activations : float
        :math:`\|(B_\tau * X)(e_t - e_\tau)\|` and :math:`\|((B_t - B_\tau) * X)e_t\|`, which add up to
        :math:`\delta^w_t` as vectors, over the norm of the gradient.
    activations : int
        Entries in which the activations of t and tau differ.
    """

    ratio: float
    error_change: float
    movement: float
    movement_bound: float
    feature_change: float
    feature_bound: float
    jacobian: float
    jacobian_bound: float
    jacobian_change: float
    drift_w: float
    drift_z: float
    drift_by_error: float
    drift_by_activations: float
    activations: int


def jacobian_norm(x, weighted):
    r"""Return the spectral norm of B * X from its Gram matrix :math:`(XX^T)\circ(BB^T)`.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Points.
    weighted : array_like of shape (n, m)
        B with points as rows; any matrix.

    Returns
    -------
    float
        Cost O(n^2 (m + d) + n^3); zero for the zero matrix at once.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    x, weighted = as_points(x), finite_array(weighted, "weighted")
    if weighted.ndim != 2 or len(weighted) != len(x):
        raise ValueError(
            f"weighted must have shape ({len(x)}, m), one row for each point, got {weighted.shape}"
        )
    used = np.flatnonzero(weighted.any(axis=1))  # points without an entry contribute nothing
    if used.size == 0:
        return 0.0
    gram = weighted[used] @ weighted[used].T
    gram *= x[used] @ x[used].T
    last = len(used) - 1
    top = scipy.linalg.eigh(gram, eigvals_only=True, subset_by_index=[last, last], check_finite=False)
    return float(np.sqrt(max(top[0], 0.0)))


def _norm(array):
    return float(np.linalg.norm(array))


def _quotient(part, whole):
    return part / whole if whole > 0 else np.nan


def within_step(x, y, a, w, rates, fractions):
    r"""Measure the gradient and the quantities of Appendix E at fractions of one step of gradient descent.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Points.
    y : array_like of shape (n,)
        Labels.
    a, w : array_like of shapes (m, d) and (m,)
        Weights at the step tau.
    rates : tuple of two floats
        :math:`(\eta_w, \eta_z)`, not negative.
    fractions : sequence of floats
        Values of t in (0, 1]; 1 is the left limit at the next step, as no pre-activation vanishes there.

    Returns
    -------
    list of WithinStep
        One for each fraction. Cost O(n m d + n^2 (m + n)) for each.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit or a fraction is outside (0, 1].
    """
    x = as_points(x)
    y = as_labels(y, len(x))
    a, w = finite_array(a, "a"), finite_array(w, "w")
    activation_gram(x[:1], x[:1] @ a.T > 0, w)  # refuses weights that do not fit
    rates = [real_number(rate, f"rates[{i}]") for i, rate in enumerate(rates)]
    if len(rates) != 2 or min(rates) < 0:
        raise ValueError(f"rates must be two numbers that are not negative, got {rates}")
    fractions = [real_number(t, "fraction") for t in fractions]
    if not all(0 < t <= 1 for t in fractions):
        raise ValueError(f"fractions of a step lie in (0, 1], got {fractions}")

    def state(a, w):
        features = np.maximum(x @ a.T, 0.0)
        weighted = (features > 0) * w
        error = features @ w - y
        return features, weighted, error

    features, weighted, error = state(a, w)
    gradient_a, gradient_w = (weighted * error[:, None]).T @ x, error @ features
    size_w, size_z, size = _norm(gradient_a), _norm(gradient_w), _norm(error)
    fall = rates[0] * size_w**2 + rates[1] * size_z**2
    jacobian, spread = jacobian_norm(x, weighted), float(np.linalg.norm(x, 2))
    found = []
    for t in fractions:
        later, weighted_later, error_later = state(
            a - t * rates[0] * gradient_a, w - t * rates[1] * gradient_w
        )
        by_error = (weighted * (error_later - error)[:, None]).T @ x
        by_activations = ((weighted_later - weighted) * error_later[:, None]).T @ x
        drift_a, drift_w = by_error + by_activations, error_later @ later - gradient_w
        change = -rates[0] * (drift_a * gradient_a).sum() - rates[1] * (drift_w @ gradient_w)
        movement = t * rates[0] * size_w
        found.append(
            WithinStep(
                ratio=_quotient(float(change), fall),
                error_change=_quotient(_norm(error_later - error), size),
                movement=movement,
                movement_bound=t * rates[0] * jacobian * size,
                feature_change=_norm(later - features),
                feature_bound=movement * spread,
                jacobian=jacobian,
                jacobian_bound=_norm(w) * spread,
                jacobian_change=jacobian_norm(x, weighted_later - weighted),
                drift_w=_quotient(_norm(drift_a), size_w),
                drift_z=_quotient(_norm(drift_w), size_z),
                drift_by_error=_quotient(_norm(by_error), size_w),
                drift_by_activations=_quotient(_norm(by_activations), size_w),
                activations=int(((later > 0) != (features > 0)).sum()),
            )
        )
    return found
