r"""Gradient descent of a network on the line, through every crossing, at a cost that forgets the sample size.

Between two neighbouring kinks a network with scalar input is affine, so all it needs to know of the data there are six
sums. With the points sorted and these sums accumulated once, a step costs O(m) plus what it takes to keep the kinks
in order among the points, whatever n is: exact, also after kinks have crossed data points, where the closed system
of :mod:`twolayer.closed_system` ends. :mod:`twolayer.line_descent` is the same iteration point by point.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from twolayer.compiled import compiled
from twolayer.parameters import Parameters
from twolayer.validation import as_labels, finite_array, positive_integer, real_number


@dataclass(frozen=True)
class SortedRun:
    """What training an ensemble left behind; every array has the ensemble's shape.

    Attributes
    ----------
    parameters : Parameters
        The trained networks.
    losses : ndarray of shape (..., r)
        The losses after the recorded numbers of steps.
    first_crossing : ndarray of int, shape (...)
        The first step after which a kink had a data point between itself and zero, or -1 if that never happened.
    """

    parameters: Parameters
    losses: np.ndarray
    first_crossing: np.ndarray

    @property
    def crossed(self):
        """Whether a kink ever crossed a data point."""
        return self.first_crossing >= 0


@compiled
def _locate(x, t, after):
    """Return the number of points below t, or (after) not above it, by bisection."""
    low, high = 0, len(x)
    while low < high:
        middle = (low + high) // 2
        if x[middle] < t or (after and x[middle] == t):
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _place(theta, x, place):
    """Update the number of points to the left of each kink, the place where the activity of its neuron changes."""
    n = len(x)
    for i in range(theta.shape[1]):
        a, b = theta[0, i], theta[1, i]
        if a == 0.0:
            # Constant: active everywhere or nowhere; as for a > 0 with the kink infinitely far off.
            place[i] = 0 if b >= 0.0 else n
            continue
        t = -b / a
        after = a < 0.0
        old = place[i]
        below = old == 0 or x[old - 1] < t or (after and x[old - 1] == t)
        above = old == n or not (x[old] < t or (after and x[old] == t))
        if not (below and above):
            place[i] = _locate(x, t, after)


@compiled
def _sort(order, place):
    """Put the neurons into the order of their places by insertion: nearly no work from one step to the next."""
    for k in range(1, len(order)):
        moving = order[k]
        j = k
        while j > 0 and place[order[j - 1]] > place[moving]:
            order[j] = order[j - 1]
            j -= 1
        order[j] = moving


@compiled
def _sweep(theta, c, sums, place, order, leak, before):
    """Walk from left to right; return the loss and the sums of residuals (r, x r) over all data.

    ``before[k]`` receives those sums over the points left of the k-th kink in order. ``sums`` has columns w, w x,
    w x^2, w y, w x y, w y^2, accumulated: row j is the sum over the first j points.
    """
    m, n = len(order), len(sums) - 1
    slope, intercept = 0.0, c
    for i in range(m):
        # Far on the left, a neuron with a > 0 is inactive and one with a < 0 is active.
        factor = theta[2, i] * (leak if theta[0, i] >= 0.0 else 1.0)
        slope += factor * theta[0, i]
        intercept += factor * theta[1, i]
    loss, total_r, total_xr = 0.0, 0.0, 0.0
    at = 0
    for k in range(m + 1):
        until = place[order[k]] if k < m else n
        if until > at:
            s0, s1, s2 = (
                sums[until, 0] - sums[at, 0],
                sums[until, 1] - sums[at, 1],
                sums[until, 2] - sums[at, 2],
            )
            y0, y1, yy = (
                sums[until, 3] - sums[at, 3],
                sums[until, 4] - sums[at, 4],
                sums[until, 5] - sums[at, 5],
            )
            r, xr = slope * s1 + intercept * s0 - y0, slope * s2 + intercept * s1 - y1
            total_r += r
            total_xr += xr
            loss += 0.5 * (slope * (xr - y1) + intercept * (r - y0) + yy)
            at = until
        if k < m:
            i = order[k]
            before[k, 0], before[k, 1] = total_r, total_xr
            change = theta[2, i] * (1.0 - leak) * (1.0 if theta[0, i] >= 0.0 else -1.0)
            slope += change * theta[0, i]
            intercept += change * theta[1, i]
    return loss, total_r, total_xr


@compiled
def _train(theta, c, x, sums, leak, step, record_at, losses):
    """Train one network of shape (3, m) in place; return c and the first crossing."""
    m = theta.shape[1]
    origin = _locate(x, 0.0, False)
    place, order = np.full(m, origin), np.arange(m)
    before = np.empty((m, 2))
    first = -1
    recorded = 0
    for k in range(record_at[-1] + 1):
        _place(theta, x, place)
        if first < 0:
            for i in range(m):
                if place[i] != origin:
                    first = k
        if first >= 0:
            _sort(order, place)
        loss, total_r, total_xr = _sweep(theta, c, sums, place, order, leak, before)
        if k == record_at[recorded]:
            losses[recorded] = loss
            recorded += 1
        if k == record_at[-1]:
            break
        for position in range(m):
            i = order[position]
            left_r, left_xr = before[position]
            right_r, right_xr = total_r - left_r, total_xr - left_xr
            if theta[0, i] >= 0.0:
                r, xr = right_r + leak * left_r, right_xr + leak * left_xr
            else:
                r, xr = left_r + leak * right_r, left_xr + leak * right_xr
            a, b, w = theta[0, i], theta[1, i], theta[2, i]
            theta[0, i] = a - step * w * xr
            theta[1, i] = b - step * w * r
            theta[2, i] = w - step * (a * xr + b * r)
        c -= step * total_r
    return c, first


def _prefix_sums(x, y, weights):
    """Return the sorted points and the accumulated sums over them."""
    order = np.argsort(x, kind="stable")
    x, y, weights = x[order], y[order], weights[order]
    columns = np.stack([np.ones_like(x), x, x * x, y, x * y, y * y], axis=1) * weights[:, None]
    return x, np.concatenate([np.zeros((1, 6)), np.cumsum(columns, axis=0)])


def train_sorted(start, x, y, *, step, record_at, leak=0.0, point_weights=None, threads=1):
    r"""Train networks with scalar inputs by full-batch gradient descent, each point weighted.

    The loss is :math:`\tfrac12\sum_j\omega_j(f(x_j)-y_j)^2`.

    Parameters
    ----------
    start : Parameters
        Networks with d = 1 and ensemble axes ``...``.
    x, y : array_like of shape (n,)
        Points on the line, none at zero, and labels.
    step : array_like of shape (...) or scalar
        h > 0.
    record_at : sequence of int
        Increasing numbers of steps; the last one ends the run.
    leak : float
        :math:`\alpha`; 0 is ReLU.
    point_weights : array_like of shape (n,), optional
        :math:`\omega_j \ge 0`; 1/n if not given.
    threads : int
        Networks trained at a time; the result does not depend on it.

    Returns
    -------
    SortedRun
        Final networks, recorded losses and first crossings. Cost O(n log n) once, then O(m) a step (10 to 20 ns for
        each neuron) while kinks keep their order among the points; a kink that passes points costs O(log n).

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit, a point is zero, or a run diverges.
    """
    if not isinstance(start, Parameters):
        raise TypeError(f"start must be Parameters, got {type(start).__name__}")
    if start.dimension != 1:
        raise ValueError(
            f"start must have scalar inputs, a of shape (..., m, 1), got a of shape {start.a.shape}"
        )
    x = finite_array(x, "x")
    if x.ndim != 1 or not x.size or (x == 0).any():
        raise ValueError("x must be a vector of points of the line, shape (n,), none of them zero")
    y = as_labels(y, x.size)
    weights = (
        np.full(x.size, 1 / x.size) if point_weights is None else as_labels(point_weights, x.size, "weights")
    )
    if (weights < 0).any():
        raise ValueError(f"point_weights must not be negative, got {weights.min():g}")
    steps = np.broadcast_to(finite_array(step, "step"), start.ensemble)
    if not (steps > 0).all():
        raise ValueError(f"step must be > 0, got {steps.min():g}; gradient descent needs h > 0")
    record_at = np.array([positive_integer(k, "a step in record_at", 0) for k in record_at])
    if not record_at.size or (np.diff(record_at) <= 0).any():
        raise ValueError(f"record_at must hold increasing step numbers, got {list(record_at)[:10]}")
    leak, threads = real_number(leak, "leak"), positive_integer(threads, "threads")
    points, sums = _prefix_sums(x, y, weights)
    theta = np.stack([start.a[..., 0], start.b, start.w], axis=-2).reshape(-1, 3, start.width).copy()
    c, first = start.c.ravel().copy(), np.empty(len(theta), dtype=np.int64)
    losses = np.empty((len(theta), record_at.size))

    def run(t):
        c[t], first[t] = _train(theta[t], c[t], points, sums, leak, steps.flat[t], record_at, losses[t])

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, range(len(theta))))
    if not (np.isfinite(theta).all() and np.isfinite(losses).all()):
        raise ValueError(f"gradient descent with step up to {steps.max():g} diverged; take a smaller step")
    theta = theta.reshape(*start.ensemble, 3, start.width)
    shape = start.ensemble
    final = Parameters(theta[..., 0, :, None], theta[..., 1, :], theta[..., 2, :], c.reshape(shape))
    return SortedRun(final, losses.reshape(*shape, record_at.size), first.reshape(shape))
