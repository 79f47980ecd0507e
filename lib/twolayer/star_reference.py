r"""The plain simulator on the star: every neuron, every point, every step. Slow, and obviously right.

It is what :mod:`twolayer.star` is tested against, and what the paper's experiment did (in single precision, on a
graphics card).
"""

import numpy as np

from twolayer.compiled import compiled
from twolayer.star_data import POINTS, arm_affine_fit, star_points, star_weights
from twolayer.validation import finite_array, positive_integer, positive_number


@compiled
def _descend(x, y, weights, theta, shift, step, horizon, threshold, until_kink):
    m, n = theta.shape[0], x.shape[0]
    initial = np.zeros((m, n), dtype=np.bool_)
    for i in range(m):
        for j in range(n):
            initial[i, j] = theta[i, 0] * x[j, 0] + theta[i, 1] * x[j, 1] + theta[i, 2] > 0.0
    kink, low, loss = -1, -1, 0.0
    f, pull = np.empty(n), np.empty(n)
    for k in range(horizon + 1):
        f[:] = shift
        for i in range(m):
            for j in range(n):
                z = theta[i, 0] * x[j, 0] + theta[i, 1] * x[j, 1] + theta[i, 2]
                if z > 0.0:
                    f[j] += theta[i, 3] * z
                if kink < 0 and (z > 0.0) != initial[i, j]:
                    kink = k
        loss = 0.0
        for j in range(n):
            loss += weights[j] * (f[j] - y[j]) ** 2
        if low < 0 and kink >= 0 and loss < threshold:
            low = k
        if k == horizon or low >= 0 or (until_kink and kink >= 0):
            return kink, low, k, loss, shift
        for j in range(n):
            pull[j] = step * weights[j] * (y[j] - f[j])
        for i in range(m):
            a1, a2, b, w = theta[i, 0], theta[i, 1], theta[i, 2], theta[i, 3]
            g1, g2, g3, g4 = 0.0, 0.0, 0.0, 0.0
            for j in range(n):
                z = a1 * x[j, 0] + a2 * x[j, 1] + b
                if z > 0.0:
                    g1 += pull[j] * w * x[j, 0]
                    g2 += pull[j] * w * x[j, 1]
                    g3 += pull[j] * w
                    g4 += pull[j] * z
            theta[i, 0], theta[i, 1], theta[i, 2], theta[i, 3] = a1 + g1, a2 + g2, b + g3, w + g4
        shift += pull.sum()
    return kink, low, horizon, loss, shift


def train_plainly(a, w, weights, step, horizon, threshold=0.999999, until_kink=False):
    r"""Train one network on the star by full-batch gradient descent, neuron by neuron.

    The loss is :math:`\frac12 \sum_j \omega_j (f(x_j) - y_j)^2`; biases start at zero.

    Parameters
    ----------
    a, w : array_like of shape (m, 2), (m,)
        Initial inner and outer weights.
    weights : array_like of shape (33,)
        Weights :math:`\omega` of the points.
    step : float
        Step size h > 0.
    horizon : int
        Most steps to take.
    threshold : float
        The second event is a loss below this times that of the best function that is affine on each arm.
    until_kink : bool
        Whether to stop at the first crossing.

    Returns
    -------
    dict
        ``kink`` and ``low``: first step after which the activation pattern of a neuron differs from that at
        initialisation, and after which the loss is below the threshold (-1 if none); the run stops at the latter.
        ``steps``: steps taken. ``ratio``: loss at the end over that of the best arm-wise affine function.
        ``neurons`` (m, 4): (a1, a2, b, w) at the end; ``shift``: c. Cost O(33 m) for each step.

    Raises
    ------
    TypeError, ValueError
        If an argument has a wrong shape, is not finite, or not positive.
    """
    a, w = finite_array(a, "a"), finite_array(w, "w")
    if w.ndim != 1 or a.shape != (len(w), 2) or len(w) == 0:
        raise ValueError(f"a and w must have shapes (m, 2) and (m,) with m >= 1, got {a.shape} and {w.shape}")
    weights = star_weights(weights)
    if weights.shape != (POINTS,):
        raise ValueError(f"weights must have shape ({POINTS},), got {weights.shape}")
    x, y = star_points()
    best = 2 * float(arm_affine_fit(weights)[1])
    theta = np.column_stack([a, np.zeros(len(w)), w])
    kink, low, steps, loss, shift = _descend(
        x, y, weights, theta, 0.0, positive_number(step, "step"), positive_integer(horizon, "horizon"),
        threshold * best, bool(until_kink),
    )  # fmt: skip
    return {
        "kink": kink,
        "low": low,
        "steps": steps,
        "ratio": loss / best,
        "neurons": theta,
        "shift": shift,
    }
