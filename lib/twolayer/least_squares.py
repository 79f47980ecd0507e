r"""The last layer as a linear least-squares problem: the least-norm solution and plain gradient descent.

With frozen hidden weights training minimises :math:`f(\alpha) = \frac12\|Z\alpha - y\|^2` (paper 001,
sections 2.1 and 4.2). Gradient descent with step :math:`\eta` maps the residual :math:`r = Z\alpha - y` to
:math:`(I - \eta ZZ^T) r`, so everything is decided by the singular values of Z. Here the iterations are
really carried out, slowly and obviously; ``twolayer.landweber`` has their closed form.
"""

from dataclasses import dataclass, field

import numpy as np

from twolayer.conditioning import as_singular_values, numerical_rank
from twolayer.gram import increasing_integers
from twolayer.validation import as_labels, as_points, positive_integer, positive_number


@dataclass(frozen=True)
class LeastNormSolution:
    r"""The least-squares solution of smallest norm.

    Attributes
    ----------
    solution : ndarray of shape (m,)
        :math:`Z^+ y`.
    residual_norm : float
        :math:`\|Z\alpha - y\|_2`.
    rank : int
        The rank that was used; below n the labels may be out of reach.
    singular_values : ndarray of shape (min(n, m),)
        Those of Z, descending.
    """

    solution: np.ndarray = field(repr=False)
    residual_norm: float
    rank: int
    singular_values: np.ndarray = field(repr=False)


@dataclass(frozen=True)
class GradientDescentPath:
    r"""What gradient descent did, at the recorded steps.

    Attributes
    ----------
    steps : ndarray of int, shape (s,)
        The recorded numbers of steps.
    residual_norms : ndarray of shape (s,)
        :math:`\|Z\alpha^{(k)} - y\|_2` at these steps.
    iterates : ndarray of shape (s, m) or (s, n)
        The coefficients :math:`\alpha^{(k)}`, or (for the residual recursion) the residuals
        :math:`Z\alpha^{(k)} - y`.
    """

    steps: np.ndarray
    residual_norms: np.ndarray = field(repr=False)
    iterates: np.ndarray = field(repr=False)


def _as_features(z):
    """Return a feature matrix of shape (n, m)."""
    return as_points(z, name="z")


def least_norm_solution(z, y, *, relative_tolerance=None):
    r"""Solve the least-squares problem of the last layer by the singular value decomposition.

    For full row rank this is (2.5) of paper 001, :math:`Z^T(ZZ^T)^{-1}y`, without forming :math:`ZZ^T`. For a
    rank deficient Z it is the least-squares solution of smallest norm, and ``rank`` and ``residual_norm``
    tell so.

    Parameters
    ----------
    z : array_like of shape (n, m)
        Features, one point in each row.
    y : array_like of shape (n,)
        Labels.
    relative_tolerance : float, optional
        Singular values below this share of the largest count as zero; by default n times the machine epsilon.

    Returns
    -------
    LeastNormSolution
        The solution with its residual, rank and singular values. Cost O(n m min(n, m)).

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If shapes disagree, an entry is not finite, or the tolerance is not positive.
    """
    features = _as_features(z)
    labels = as_labels(y, len(features))
    if relative_tolerance is None:
        relative_tolerance = len(features) * np.finfo(np.float64).eps
    u, s, vt = np.linalg.svd(features, full_matrices=False)
    rank = int(numerical_rank(s, relative_tolerance))
    solution = vt[:rank].T @ ((u[:, :rank].T @ labels) / s[:rank])
    residual = float(np.linalg.norm(features @ solution - labels))
    return LeastNormSolution(solution, residual, rank, s)


def _record_steps(iterations, record_at):
    """Return the list of recorded steps."""
    iterations = positive_integer(iterations, "iterations", 0)
    if record_at is None:
        return [iterations]
    recorded = increasing_integers(record_at, "record_at", 0)
    if recorded[-1] > iterations:
        raise ValueError(f"record_at asks for step {recorded[-1]}, but there are {iterations} iterations")
    return recorded


def _descend(state, update, residual_of, iterations, recorded):
    """Iterate ``update`` in place and keep copies of the state at the recorded steps."""
    kept, norms, wanted = [], [], set(recorded)
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(iterations + 1):
            if k in wanted:
                norm = float(np.linalg.norm(residual_of(state)))
                if not np.isfinite(norm):
                    raise ValueError(
                        f"gradient descent left the range of floats by step {k}: the step size exceeds "
                        "2 / (largest singular value)^2; take a smaller step or fewer iterations"
                    )
                kept.append(state.copy())
                norms.append(norm)
            if k < iterations:
                update(state)
    return GradientDescentPath(np.array(recorded), np.array(norms), np.array(kept))


def gradient_descent(z, y, *, step, iterations, start=None, record_at=None):
    r"""Run gradient descent on the last layer, step by step.

    :math:`\alpha^{(k+1)} = \alpha^{(k)} - \eta Z^T(Z\alpha^{(k)} - y)`, the iteration of Lemma 4.2 of paper
    001.

    Parameters
    ----------
    z : array_like of shape (n, m)
        Features, one point in each row.
    y : array_like of shape (n,)
        Labels.
    step : float
        :math:`\eta > 0`; the iteration converges for :math:`\eta < 2/\sigma_1^2`.
    iterations : int
        Number of steps, at least 0.
    start : array_like of shape (m,), optional
        :math:`\alpha^{(0)}`, zero unless given.
    record_at : sequence of int, optional
        Increasing numbers of steps to record, at most ``iterations``; by default the last one only.

    Returns
    -------
    GradientDescentPath
        Coefficients of shape (number of records, m) and residual norms. Cost O(n m) for each step.

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        If shapes disagree, a number is out of range, or the iteration diverges beyond the range of floats.
    """
    features = _as_features(z)
    labels = as_labels(y, len(features))
    eta = positive_number(step, "step")
    recorded = _record_steps(iterations, record_at)
    width = features.shape[1]
    alpha = np.zeros(width) if start is None else as_labels(start, width, "start").copy()

    def residual(alpha):
        return features @ alpha - labels

    def update(alpha):
        alpha -= eta * (features.T @ residual(alpha))

    return _descend(alpha, update, residual, iterations, recorded)


def residual_gradient_descent(z, y, *, step, iterations, record_at=None):
    r"""Run gradient descent from zero in the n-dimensional space of residuals.

    :math:`r^{(0)} = -y` and :math:`r^{(k+1)} = r^{(k)} - \eta \hat H r^{(k)}` with :math:`\hat H = ZZ^T`, the
    same iteration as ``gradient_descent`` at a cost that does not depend on the width.

    Parameters
    ----------
    z : array_like of shape (n, m)
        Features, one point in each row.
    y : array_like of shape (n,)
        Labels.
    step : float
        :math:`\eta > 0`.
    iterations : int
        Number of steps, at least 0.
    record_at : sequence of int, optional
        Increasing numbers of steps to record, at most ``iterations``; by default the last one only.

    Returns
    -------
    GradientDescentPath
        Residuals of shape (number of records, n) and their norms. Cost O(n^2 m) once and O(n^2) for each
        step.

    Raises
    ------
    TypeError
        If an argument is of the wrong kind.
    ValueError
        If shapes disagree, a number is out of range, or the iteration diverges beyond the range of floats.
    """
    features = _as_features(z)
    labels = as_labels(y, len(features))
    scaled = positive_number(step, "step") * (features @ features.T)
    recorded = _record_steps(iterations, record_at)

    def update(r):
        r -= scaled @ r

    return _descend(-labels, update, lambda r: r, iterations, recorded)


def optimal_step(singular_values):
    r"""Return the step size with the fastest worst-case decay, :math:`2/(\sigma_{\min}^2 + \sigma_{\max}^2)`.

    Lemma 4.2 of paper 001: it minimises :math:`\|I - \eta ZZ^T\|_2`. At this step the component along the
    first singular vector barely shrinks and changes its sign each time (see errata E14).

    Parameters
    ----------
    singular_values : array_like of shape (..., n)
        All n singular values of Z.

    Returns
    -------
    ndarray of shape (...)
        The step. Cost O(size).

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If there are none, one is negative or not finite, or all are zero.
    """
    values = as_singular_values(singular_values)
    largest = values.max(axis=-1)
    if not (largest > 0).all():
        raise ValueError(
            "singular_values are all zero: there is nothing to descend on; is the activation dead?"
        )
    return 2 / (values.min(axis=-1) ** 2 + largest**2)


def contraction_rate(singular_values, step=None):
    r"""Return the worst factor :math:`\|I - \eta ZZ^T\|_2 = \max_j |1 - \eta\sigma_j^2|` of one step.

    Without a step it is the rate of Lemma 4.2 of paper 001, :math:`1 - 2/(1+\kappa(Z)^2)`.

    Parameters
    ----------
    singular_values : array_like of shape (..., n)
        All n singular values of Z.
    step : float, optional
        :math:`\eta > 0`; by default ``optimal_step``.

    Returns
    -------
    ndarray of shape (...)
        The rate: below 1 if every component converges, 1 if Z is rank deficient, above 1 if gradient descent
        diverges. Cost O(size).

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        As for ``optimal_step``, or if the step is not positive.
    """
    values = as_singular_values(singular_values)
    optimal = optimal_step(values)
    eta = np.asarray(optimal if step is None else positive_number(step, "step"))
    return np.abs(1 - eta[..., None] * values**2).max(axis=-1)
