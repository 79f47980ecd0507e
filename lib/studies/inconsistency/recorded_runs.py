"""Runs of the true network, neuron by neuron, from which the pages on exact identities read their numbers.

What is compared with the theory is measured on the network itself: lines through its values, not sums over its weights.
"""

import numpy as np

from twolayer import closed_system
from twolayer.half_sided import half_sided_moments, half_sided_regression
from twolayer.half_sided_datasets import sampled, six_points
from twolayer.initialisation import he
from twolayer.line_descent import descent_on_line

LEAKS = (0.0, 0.3, -0.5)


def network_and_step(seed, m, leak, data):
    """Return a He network of width m on the line and the step of Section 9.1 for it, 1 / lambda_max(H)."""
    start = he(np.random.default_rng([seed, m]), m, 1)
    matrices, _ = half_sided_moments(data)
    moments = closed_system.neuron_moments(start.a[:, 0], start.b, start.w)
    return start, float(closed_system.largest_step(moments, matrices, leak))


def resampled_six_points(seed, sample_size=40_000):
    """Return a sample of the six points of Example 1: its half-sided intercepts are small and not zero."""
    return sampled(np.random.default_rng([seed, 1]), six_points(), sample_size)


def recorded_run(start, data, step_size, steps, leak=0.0):
    """Train neuron by neuron on weighted data and keep the network after each of the given steps (a LinePath)."""
    return descent_on_line(
        start, data.x, data.y, step=step_size, record_at=steps, leak=leak, point_weights=data.weights
    )


def moments_along(path):
    r"""Return :math:`\Sigma_\sigma` of the recorded networks, shape (r, 2, 3, 3)."""
    weights = path.parameters
    return closed_system.neuron_moments(weights.a[..., 0], weights.b, weights.w)


def deviations_along(path, data, leak=0.0):
    r"""Return :math:`\overline v_k` in the plain order, shape (r, 4), from values of the network.

    On each side a line is laid through the values at the outermost and the innermost data point.
    """
    weights, (near, far) = path.parameters, (np.abs(data.x).min(), np.abs(data.x).max())
    x = np.array([far, near, -near, -far])
    z = weights.a * x + weights.b[..., None]  # (r, m, 4)
    values = weights.c[..., None] + (np.where(z >= 0, z, leak * z) * weights.w[..., None]).sum(axis=-2)
    first, last = values[..., [0, 2]], values[..., [1, 3]]
    slope = (first - last) / (far - near)
    lines = np.stack([slope, first - slope * x[[0, 2]]], axis=-1)
    return closed_system.plain(lines - half_sided_regression(data))
