r"""Training on the line neuron by neuron: the protocol of paper 000, Section 9.1, written to be obviously right.

:mod:`twolayer.crossing` gives the same verdicts at the same steps, at a cost that does not depend on the width.
"""

import numpy as np

from twolayer.certificate import certify as certificate
from twolayer.closed_system import as_leak
from twolayer.crossing_protocol import (
    CERTIFIED,
    CROSSED,
    EARLY_STOPPED,
    IMPROVEMENT,
    PATIENCE,
    UNFINISHED,
    VALIDATION_PERIOD,
    draw_batch,
    next_poll,
)
from twolayer.half_sided import half_sided_moments, half_sided_regression


def gradient_step(a, b, w, c, x, y, weights, step_sizes, leak=0.0):
    r"""Make one step of gradient descent on :math:`\tfrac12\sum_j\omega_j(f(x_j) - y_j)^2` for T networks.

    Parameters
    ----------
    a, b, w : ndarray of shape (T, m)
        Neurons, changed in place.
    c : ndarray of shape (T,)
        Output biases, changed in place.
    x, y : ndarray of shape (n,)
        Points and labels.
    weights : ndarray of shape (T, n)
        :math:`\omega_j` of each network.
    step_sizes : ndarray of shape (T,)
        h of each network.
    leak : float
        :math:`\alpha`. Cost O(T n m).
    """
    z = a[:, None, :] * x[:, None] + b[:, None, :]  # (T, n, m)
    slopes = np.where(z >= 0, 1.0, leak)
    errors = c[:, None] + ((slopes * z) @ w[:, :, None])[..., 0] - y  # (T, n)
    descent = -step_sizes[:, None] * weights * errors  # (T, n)
    through = descent[:, :, None] * slopes  # (T, n, m)
    change_a = w * (x[:, None] * through).sum(axis=1)
    change_b = w * through.sum(axis=1)
    w += (through * z).sum(axis=1)
    a += change_a
    b += change_b
    c += descent.sum(axis=1)


def train(
    a,
    w,
    data,
    step_sizes,
    *,
    leak=0.0,
    cap=10**6,
    certify=True,
    validation_weights=None,
    generators=None,
    batch_size=16,
):
    r"""Train T networks with zero biases until each has a verdict.

    Parameters
    ----------
    a, w : array_like of shape (T, m)
        Weights at the start.
    data : WeightedData
        With weights of shape (T, n).
    step_sizes : array_like of shape (T,)
        h.
    leak : float
        :math:`\alpha`.
    cap : int
        Steps after which a training is unfinished.
    certify : bool
        Whether the certificate of Appendix G is asked for, at the times of ``next_poll``.
    validation_weights : array_like of shape (T, n), optional
        Weights of the validation data; early stopping if given.
    generators : tuple of (ndarray of uint64 (T, 2), ndarray of int64 (T, n - 1)), optional
        Random states and thresholds of :func:`twolayer.crossing_protocol.draw_batch`; gradient descent on all data if
        not given.
    batch_size : int
        Points of a batch.

    Returns
    -------
    outcome, step : ndarray of shape (T,)
        Codes of :data:`twolayer.crossing.OUTCOMES`, and the step of the verdict. Cost O(n m) for each step.
    """
    leak = as_leak(leak)
    a, w = np.array(a, dtype=np.float64), np.array(w, dtype=np.float64)
    total = a.shape[0]
    b, c = np.zeros_like(a), np.zeros(total)
    x, y, h = data.x, data.y, np.array(step_sizes, dtype=np.float64)
    weights, distance = data.weights.copy(), data.smallest_distance
    matrices, optimum = half_sided_moments(data)[0], half_sided_regression(data)
    states = None if generators is None else generators[0].copy()
    outcome, steps = np.zeros(total, dtype=np.uint8), np.zeros(total, dtype=np.int64)
    reference, waited = np.full(total, np.inf), np.zeros(total, dtype=np.int64)
    alive = np.arange(total)
    poll = next_poll(0)
    counts = np.zeros(x.size)
    for k in range(1, cap + 1):
        batch = weights
        if states is not None:
            batch = np.empty_like(weights)
            for row, trial in enumerate(alive):
                draw_batch(states[trial], generators[1][trial], batch_size, counts)
                batch[row] = counts / batch_size
        gradient_step(a, b, w, c, x, y, batch, h[alive], leak)
        verdict = np.zeros(alive.size, dtype=np.uint8)
        verdict[(np.abs(b) >= distance[alive, None] * np.abs(a)).any(axis=1)] = CROSSED
        if validation_weights is not None and k % VALIDATION_PERIOD == 0:
            z = a[:, None, :] * x[:, None] + b[:, None, :]
            errors = c[:, None] + (np.where(z >= 0, z, leak * z) @ w[:, :, None])[..., 0] - y
            loss = 0.5 * (validation_weights[alive] * errors**2).sum(axis=1)
            better = loss < reference[alive] - IMPROVEMENT
            reference[alive[better]] = loss[better]
            waited[alive] = np.where(better, 0, waited[alive] + 1)
            verdict[(verdict == 0) & (waited[alive] >= PATIENCE)] = EARLY_STOPPED
        if k == poll:
            poll = next_poll(k)
            if certify:
                proven = certificate(
                    a, b, w, c, matrices[alive], optimum[alive], distance[alive], h[alive], leak
                ).certified
                verdict[(verdict == 0) & proven] = CERTIFIED
        if k == cap:
            verdict[verdict == 0] = UNFINISHED
        done = verdict > 0
        if done.any():
            outcome[alive[done]], steps[alive[done]] = verdict[done], k
            left = ~done
            alive, weights = alive[left], weights[left]
            a, b, w, c = a[left], b[left], w[left], c[left]
        if not alive.size:
            break
    return outcome, steps
