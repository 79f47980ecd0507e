r"""How far training can move the neurons, given how much it was driven (paper 000, Appendix G).

While no kink crosses a data point, a step multiplies every neuron :math:`\theta_i = (a_i, b_i, w_i)` of a side by
:math:`I + hQ_\sigma`. Everything here is bounded by one number, the accumulated drive

.. math:: \kappa_{u,k} = h\sum_{l \le k} \|u_l\|_\infty, \qquad u = (r_1, r_{-1}, s_1, s_{-1}).

The bounds hold from any starting time on, with that time's values: nothing in their proof needs zero biases.
"""

import numpy as np

from twolayer.validation import finite_array

PATTERN = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [1.0, 1.0, 0.0]])
r"""The matrix :math:`\tilde Q` of Definition G.1: where :math:`Q_\sigma` has entries."""


def _drive(kappa):
    kappa = np.asarray(kappa, dtype=np.float64)
    if not (kappa >= 0).all():
        raise ValueError(
            f"kappa is a sum of norms and must be >= 0, got {float(kappa.min()):.6g} as its least entry"
        )
    return kappa


def movement_bound(theta, kappa):
    r"""Bound how far each weight of a neuron moves (paper 000, Proposition G.2).

    Parameters
    ----------
    theta : array_like of shape (..., 3)
        Neurons (a, b, w) at the starting time.
    kappa : array_like of shape (...)
        Accumulated drive :math:`\kappa` of their network, broadcast against the neurons.

    Returns
    -------
    ndarray of shape (..., 3)
        :math:`\kappa\tilde Q|\theta| + 2\kappa^2 e^{2\kappa}\|\theta\|_\infty\mathbf 1`, at least
        :math:`\max_{l \le k+1}|\theta_l - \theta_0|` componentwise. Cost O(1) for each neuron.

    Raises
    ------
    TypeError, ValueError
        If the neurons are not finite vectors of length 3, or kappa is negative.
    """
    size = np.abs(finite_array(theta, "theta"))
    if size.shape[-1:] != (3,):
        raise ValueError(f"theta must have shape (..., 3), entries a, b, w, got shape {size.shape}")
    kappa = _drive(kappa)[..., None]
    return kappa * (size @ PATTERN) + 2 * kappa**2 * np.exp(2 * kappa) * size.max(axis=-1, keepdims=True)


def moment_movement_bound(moments, kappa):
    r"""Bound how far the second moments of a side move (paper 000, Proposition G.2).

    Parameters
    ----------
    moments : array_like of shape (..., 3, 3)
        :math:`\Sigma_\sigma` at the starting time.
    kappa : array_like of shape (...)
        Accumulated drive :math:`\kappa`.

    Returns
    -------
    ndarray of shape (..., 3, 3)
        :math:`\kappa(\tilde Q|\Sigma| + |\Sigma|\tilde Q) + 8\kappa^2e^{4\kappa}\|\Sigma\|_\infty\mathbf 1\mathbf 1^T`,
        with the largest absolute row sum as norm. Cost O(1).

    Raises
    ------
    TypeError, ValueError
        If the moments are not finite 3x3 matrices, or kappa is negative.
    """
    size = np.abs(finite_array(moments, "moments"))
    if size.shape[-2:] != (3, 3):
        raise ValueError(f"moments must have shape (..., 3, 3), order a, b, w, got shape {size.shape}")
    kappa = _drive(kappa)[..., None, None]
    norm = size.sum(axis=-1).max(axis=-1)[..., None, None]
    return kappa * (PATTERN @ size + size @ PATTERN) + 8 * kappa**2 * np.exp(4 * kappa) * norm


def perturbed_sum_bound(reference, matrices, start):
    r"""Compare a changing linear iteration with a fixed one (paper 000, Lemma G.5), in the largest-entry norm.

    Parameters
    ----------
    reference : array_like of shape (d, d)
        :math:`\tilde K`.
    matrices : array_like of shape (k, d, d)
        :math:`K_0, \dots, K_{k-1}`.
    start : array_like of shape (d,)
        :math:`v_0`.

    Returns
    -------
    total : float
        :math:`\sum_{l \le k}\|v_l\|_\infty` of :math:`v_{l+1} = K_l v_l`.
    reference_total : float
        :math:`\sum_{l \le k}\|\tilde K^l v_0\|_\infty`.
    delta : float
        :math:`\delta_{k-1} = \sum_{l<k}\|\tilde K^l\|_\infty\,\sup_{l<k}\|K_l - \tilde K\|_\infty`. If it is below one,
        ``total <= reference_total / (1 - delta)``. Cost :math:`O(k d^3)`.

    Raises
    ------
    TypeError, ValueError
        If the shapes do not fit, or an entry is not finite.
    """
    reference, matrices = finite_array(reference, "reference"), finite_array(matrices, "matrices")
    start = finite_array(start, "start")
    if start.ndim != 1 or reference.shape != 2 * start.shape or matrices.shape[1:] != reference.shape:
        raise ValueError(
            "start must have shape (d,), reference (d, d) and matrices (k, d, d), got shapes "
            f"{start.shape}, {reference.shape} and {matrices.shape}"
        )
    path, fixed, power = [start], [start], np.eye(start.size)
    power_norms = 0.0
    for matrix in matrices:
        path.append(matrix @ path[-1])
        fixed.append(reference @ fixed[-1])
        power_norms += np.abs(power).sum(axis=-1).max()
        power = reference @ power
    distance = np.abs(matrices - reference).sum(axis=-1).max(initial=0.0)
    total, reference_total = (float(np.abs(vectors).max(axis=-1).sum()) for vectors in (path, fixed))
    return total, reference_total, float(power_norms * distance)
