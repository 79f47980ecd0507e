r"""A certificate that no kink will ever cross a data point (after paper 000, Appendix G and Section 9.1).

Gradient descent is halted and the theory is started afresh at the current weights, whose biases need not vanish.
Let :math:`H = M_D^{1/2}AM_D^{1/2} = \sum_i\lambda_iU_iU_i^T` with the current moments, :math:`\alpha` the leak, and
:math:`\psi_0 = -M_D^{1/2}\overline v_0`. If the activation pattern never changes, then

1. :math:`h\sum_k\|(I-hH)^k\|_\infty \le S = 2h/(1-\rho)`, :math:`\rho = \max_i|1-h\lambda_i|`, as
   :math:`\|\cdot\|_\infty \le \sqrt 4\,\|\cdot\|_2`;
2. :math:`h\sum_k\|(I-hH)^k\psi_0\|_\infty \le S_\psi = \sum_i\frac{h}{1-|1-h\lambda_i|}|U_i^T\psi_0|\,\|U_i\|_\infty`;
3. :math:`h\sum_k\|u_k\|_\infty \le \kappa = 2(1+|\alpha|)\|M_D^{1/2}\|_\infty S_\psi`, as long as the operator stays so
   close to H that :math:`\delta \le \tfrac12` in Lemma G.5;
4. it does, because the moments move at most by Proposition G.2 with this :math:`\kappa`, and the resulting bound
   for :math:`\delta` is at most 1/2: an induction over the steps;
5. and the pattern never changes, because Proposition G.2 leaves every kink inside the gap of the data.

Where :math:`h\lambda_i \le 1`, the factor in 2 is :math:`1/\lambda_i`, as in the authors' code; beyond, where a step
overshoots, only the factor given here is an upper bound.
"""

from dataclasses import dataclass

import numpy as np

from twolayer.closed_system import (
    as_leak,
    data_matrix,
    lines,
    neuron_moments,
    plain,
    square_root,
    system_matrix,
)
from twolayer.movement import moment_movement_bound, movement_bound
from twolayer.validation import finite_array

EIGENVECTOR_NORMS = ("largest entry", "row sum")
r"""How :func:`certify` bounds an eigenvector: by :math:`\|U_i\|_\infty`, or, as the authors' code does by a slip
of index, by the sum of the absolute values in row i of the matrix of eigenvectors. That sum is at least 1."""

_HOPELESS = 100.0
"""Drives beyond this are cut before they are exponentiated: the certificate fails from 1/2 on."""


@dataclass(frozen=True)
class DriveBound:
    r"""A bound for the whole future drive, and whether its induction closes.

    Parameters
    ----------
    rho : ndarray of shape (...)
        :math:`\rho`, the contraction of the slowest (or of an overshooting) mode.
    power_sum : ndarray of shape (...)
        S, a bound for :math:`h\sum_k\|(I-hH)^k\|_\infty`; infinite where :math:`\rho \ge 1`.
    residual_sum : ndarray of shape (...)
        :math:`S_\psi`, a bound for :math:`h\sum_k\|(I-hH)^k\psi_0\|_\infty`.
    kappa : ndarray of shape (...)
        Bound for :math:`h\sum_k\|u_k\|_\infty`, valid where ``closes``.
    delta : ndarray of shape (...)
        The :math:`\delta` of Lemma G.5.
    closes : ndarray of bool, shape (...)
        Whether :math:`\rho < 1`, :math:`\kappa < \tfrac12` and :math:`\delta \le \tfrac12`.
    """

    rho: np.ndarray
    power_sum: np.ndarray
    residual_sum: np.ndarray
    kappa: np.ndarray
    delta: np.ndarray
    closes: np.ndarray


@dataclass(frozen=True)
class Certificate(DriveBound):
    r"""The bound for the drive, and what it leaves of every neuron's distance to a crossing.

    Parameters
    ----------
    margins : ndarray of shape (..., m)
        :math:`(|a_i| - \Delta a_i)\underline{x}_D - |b_i| - \Delta b_i`.
    certified : ndarray of bool, shape (...)
        Whether the bound closes and every margin is positive: then no kink ever crosses a data point.
    """

    margins: np.ndarray
    certified: np.ndarray

    @property
    def verdict(self):
        """The first condition that fails: "rho", "kappa", "delta" or "margin", else "certified"."""
        failures = [~(self.rho < 1), ~(self.kappa < 0.5), ~(self.delta <= 0.5), ~self.certified]
        return np.select(failures, ["rho", "kappa", "delta", "margin"], "certified")


def bound_future_drive(moments, c, matrices, optimum, step_size, leak=0.0, eigenvector_norm="largest entry"):
    r"""Bound the drive of all future steps from the state of the closed system (steps 1 to 4).

    Parameters
    ----------
    moments : array_like of shape (..., 2, 3, 3)
        :math:`\Sigma_\sigma`, grouped by the current signs of a.
    c : array_like of shape (...)
        Output bias.
    matrices, optimum : array_like of shape (..., 2, 2, 2) and (..., 2, 2)
        :math:`M_{D,\sigma}` and :math:`v^{opt}_{D,\sigma}`.
    step_size : array_like of shape (...)
        h > 0.
    leak : float
        :math:`\alpha \ne \pm 1`.
    eigenvector_norm : str
        One of ``EIGENVECTOR_NORMS``. Both give true bounds, "largest entry" the smaller one.

    Returns
    -------
    DriveBound
        Cost O(1) in the width and in the sample size. In double precision, not in interval arithmetic.

    Raises
    ------
    TypeError, ValueError
        If an array is not finite, the step is not positive, the leak is 1 or -1, or the name is unknown.
    """
    if eigenvector_norm not in EIGENVECTOR_NORMS:
        raise ValueError(f"eigenvector_norm must be one of {EIGENVECTOR_NORMS}, got {eigenvector_norm!r}")
    leak, step_size = as_leak(leak), finite_array(step_size, "step_size")
    if not (step_size > 0).all():
        raise ValueError(f"step_size must be greater than zero, got {float(step_size.min()):.6g}")
    moments = finite_array(moments, "moments")
    root = square_root(data_matrix(finite_array(matrices, "matrices")))
    deviation = plain(lines(moments, finite_array(c, "c"), leak) - finite_array(optimum, "optimum"))
    eigenvalues, vectors = np.linalg.eigh(root @ system_matrix(moments, leak=leak) @ root)
    rates = 1 - np.abs(1 - step_size[..., None] * eigenvalues)
    smallest = rates.min(axis=-1)
    sums = np.divide(step_size[..., None], rates, out=np.full(rates.shape, np.inf), where=rates > 0)
    coefficients = np.abs(np.einsum("...ij,...jk,...k->...i", np.swapaxes(vectors, -1, -2), root, deviation))
    axis = -2 if eigenvector_norm == "largest entry" else -1
    sizes = np.abs(vectors).max(axis=axis) if axis == -2 else np.abs(vectors).sum(axis=axis)
    terms = np.where(np.isfinite(sums), coefficients, 1.0) * sums * sizes
    power_sum, residual_sum = 2 * sums.max(axis=-1), terms.sum(axis=-1)
    norm = np.abs(root).sum(axis=-1).max(axis=-1)
    kappa = 2 * (1 + abs(leak)) * norm * residual_sum
    change = sum(operator_change(moments, np.minimum(kappa, _HOPELESS)))
    delta = power_sum * norm**2 * (1 + abs(leak)) ** 2 * change
    closes = (smallest > 0) & (kappa < 0.5) & (delta <= 0.5)
    return DriveBound(1 - smallest, power_sum, residual_sum, kappa, delta, closes)


def operator_change(moments, kappa):
    r"""Bound how far the matrix A can move while the drive stays below :math:`\kappa` (step 4).

    Parameters
    ----------
    moments : array_like of shape (..., 2, 3, 3)
        :math:`\Sigma_\sigma` now.
    kappa : array_like of shape (...)
        Bound for the future drive.

    Returns
    -------
    output, hidden, mixed : ndarray of shape (...)
        Bounds for :math:`\|G^w_l - G^w_0\|_\infty`, :math:`\|G^{ab}_l - G^{ab}_0\|_\infty` and
        :math:`h\|G^{wab}_l\|_\infty` at all later steps. Cost O(1).

    Raises
    ------
    TypeError, ValueError
        If the moments are not finite 3x3 matrices, or kappa is negative.
    """
    kappa = np.asarray(kappa, dtype=np.float64)
    moved = moment_movement_bound(moments, kappa[..., None])
    reach = np.abs(moments) + moved
    output = moved[..., 2, 2].max(axis=-1)
    hidden = (moved[..., 0, 0] + moved[..., 0, 1] + moved[..., 1, 1]).max(axis=-1)
    mixed = kappa * (reach[..., 2, 0] + reach[..., 2, 1]).max(axis=-1)
    return output, hidden, mixed


def margins(a, b, w, kappa, smallest_distance):
    r"""Return what the drive :math:`\kappa` leaves of each neuron's distance to a crossing (step 5).

    Parameters
    ----------
    a, b, w : array_like of shape (..., m)
        Current weights of the neurons, or of the extreme ones of each side (:func:`extreme_neurons`).
    kappa : array_like of shape (...)
        Bound for the future drive.
    smallest_distance : array_like of shape (...)
        :math:`\underline{x}_D`.

    Returns
    -------
    ndarray of shape (..., m)
        :math:`(|a_i| - \Delta a_i)\underline{x}_D - |b_i| - \Delta b_i` with the bounds of Proposition G.2. Cost O(m).

    Raises
    ------
    TypeError, ValueError
        If an array is not finite, or kappa is negative.
    """
    theta = np.stack([finite_array(value, name) for value, name in ((a, "a"), (b, "b"), (w, "w"))], axis=-1)
    moved = movement_bound(theta, np.minimum(np.asarray(kappa, dtype=np.float64), _HOPELESS)[..., None])
    distance = finite_array(smallest_distance, "smallest_distance")[..., None]
    size = np.abs(theta)
    return (size[..., 0] - moved[..., 0]) * distance - size[..., 1] - moved[..., 1]


def certify(
    a, b, w, c, matrices, optimum, smallest_distance, step_size, leak=0.0, eigenvector_norm="largest entry"
):
    r"""Decide whether it is proved that gradient descent never moves a kink across a data point.

    Parameters
    ----------
    a, b, w : array_like of shape (..., m)
        Current weights of the neurons. Biases need not be zero; sides are taken by the current signs of a.
    c : array_like of shape (...)
        Current output bias.
    matrices, optimum : array_like of shape (..., 2, 2, 2) and (..., 2, 2)
        :math:`M_{D,\sigma}` and :math:`v^{opt}_{D,\sigma}`, see :mod:`twolayer.half_sided`.
    smallest_distance : array_like of shape (...)
        :math:`\underline{x}_D`.
    step_size : array_like of shape (...)
        h > 0, constant for all future steps.
    leak : float
        :math:`\alpha \ne \pm 1`.
    eigenvector_norm : str
        One of ``EIGENVECTOR_NORMS``.

    Returns
    -------
    Certificate
        With the ensemble axes of the input. A certified network keeps its activation pattern on the data for ever;
        a network that is not certified may, too. Cost O(m).

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    moments = neuron_moments(a, b, w)
    bound = bound_future_drive(moments, c, matrices, optimum, step_size, leak, eigenvector_norm)
    left = margins(a, b, w, bound.kappa, smallest_distance)
    certified = bound.closes & (left > 0).all(axis=-1)
    return Certificate(**vars(bound), margins=left, certified=certified)


def extreme_neurons(a, w):
    r"""Find the neurons that decide for all: on each side those of least and of largest ratio w/a at the start.

    Neurons of a side that start with b = 0 are all moved by one matrix :math:`\Phi_\sigma`. The margin of
    :math:`\Phi_\sigma(a_0, 0, w_0)`, divided by :math:`|a_0|`, is a concave function of :math:`w_0/a_0` wherever
    :math:`a` keeps its sign, so it is positive in between if it is positive at the two ends.

    Parameters
    ----------
    a, w : array_like of shape (..., m)
        Initial weights; the initial biases are zero.

    Returns
    -------
    indices : ndarray of int, shape (..., 2, 2)
        Axes: side (a > 0, a < 0); least and largest ratio.

    Raises
    ------
    TypeError, ValueError
        If the arrays are not finite, or a side has no neuron.
    """
    a, w = finite_array(a, "a"), finite_array(w, "w")
    on_side = np.stack([a > 0, a < 0], axis=-2)
    if not on_side.any(axis=-1).all():
        raise ValueError("a must have both signs in each network: a side without neurons cannot learn")
    ratio = np.divide(w, a, out=np.zeros_like(a), where=a != 0)[..., None, :]
    least = np.where(on_side, ratio, np.inf).argmin(axis=-1)
    largest = np.where(on_side, ratio, -np.inf).argmax(axis=-1)
    return np.stack([least, largest], axis=-1)
