r"""The gradient flow inside a jump, integrated: all neurons together, only over coordinates that still move.

Both functions take the same arguments and give the same: :func:`scipy_window` hands the flow of
:mod:`twolayer.saddle_flow` to scipy's DOP853, and :func:`compiled_window` is that method again, step for step, in
compiled code. It leaves out the coordinates that are not positive (three quarters of them after the first plateau),
since they never move again, and keeps of each sample only what is recorded. The coefficients are scipy's.
"""

import numpy as np
from scipy.integrate import DOP853, solve_ivp

from twolayer.compiled import compiled

ABSOLUTE = 1e-2
"""The absolute tolerance, as a part of the relative one, for weights divided by the norm at the begin of a window."""

_A, _B, _EXTRA, _DENSE = (np.ascontiguousarray(x) for x in (DOP853.A, DOP853.B, DOP853.A_EXTRA, DOP853.D))
_ERROR_3, _ERROR_5 = np.ascontiguousarray(DOP853.E3), np.ascontiguousarray(DOP853.E5)
_STAGES = 12


class WindowError(ValueError):
    """An integration whose steps became too small."""


def scipy_window(z, w, weights, y, rate, times, tolerance):
    r"""Integrate with :func:`scipy.integrate.solve_ivp`; the slow, well-kept reference.

    Parameters
    ----------
    z : ndarray of shape (m, n)
        Hidden weights in the coordinates of the data, each neuron divided by its scale.
    w : ndarray of shape (m,)
        Output weights, divided likewise.
    weights : ndarray of shape (m,)
        Squares of the scales: the network's output at point i is :math:`\sum_j \mathrm{weights}_j w_j \max(z_{ji}, 0)`.
    y : ndarray of shape (n,)
        Labels.
    rate : float
        :math:`c/n`.
    times : ndarray of shape (S + 1,)
        Begin, and the S increasing times of the samples; the last is the end.
    tolerance : float
        Relative tolerance.

    Returns
    -------
    z, w : ndarray
        At the end.
    residuals : ndarray of shape (S, n)
        Labels minus outputs at the samples.
    outputs : ndarray of shape (S, m)
        Output weights w at the samples.

    Raises
    ------
    WindowError
        If the steps become too small. Cost O(n m) per evaluation, twelve a step.
    """
    m, n = z.shape
    cols, first = np.tile(np.arange(n), m), n * np.arange(m + 1)
    pull = np.empty(n)

    def force(_time, values):
        result = np.empty_like(values)
        _force(values, cols, first, weights, y, rate, pull, result)
        return result

    solution = solve_ivp(
        force, (times[0], times[-1]), np.concatenate([z.ravel(), w]), method="DOP853",
        rtol=tolerance, atol=ABSOLUTE * tolerance, t_eval=times,
    )  # fmt: skip
    if not solution.success:
        raise WindowError(solution.message)
    values = solution.y.T[1:]
    z, w = values[:, : m * n].reshape(-1, m, n), values[:, m * n :]
    residuals = y - np.einsum("kj,kji->ki", weights * w, np.maximum(z, 0.0))
    return z[-1].copy(), w[-1].copy(), residuals, w.copy()


def compiled_window(z, w, weights, y, rate, times, tolerance):
    """Integrate as :func:`scipy_window` does, with the same arguments and results, in a fraction of the time."""
    alive = z > 0
    first = np.concatenate([[0], np.cumsum(np.count_nonzero(alive, axis=1))])
    values = np.concatenate([z[alive], w])
    # What does not move enters the choice of the first step, as it does in scipy's.
    still = z[~alive] / (tolerance * (ABSOLUTE + np.abs(z[~alive])))
    residuals, outputs = np.empty((times.size - 1, y.size)), np.empty((times.size - 1, w.size))
    ended = _integrate(
        values, np.nonzero(alive)[1], first, weights, y, rate, times, tolerance, float(still @ still), z.size + w.size,
        _A, _B, _ERROR_3, _ERROR_5, _EXTRA, _DENSE, residuals, outputs,
    )  # fmt: skip
    if not ended:
        raise WindowError("Required step size is less than spacing between numbers.")
    z = z.copy()
    z[alive] = values[: -w.size]
    return z, values[-w.size :].copy(), residuals, outputs


@compiled
def _residuals(values, cols, first, weights, y, result):
    """Write labels minus outputs; values are the coordinates of neuron after neuron, then the output weights."""
    result[:] = y
    for j in range(weights.size):
        weight = weights[j] * values[cols.size + j]
        if weight != 0.0:
            for p in range(first[j], first[j + 1]):
                result[cols[p]] -= weight * max(values[p], 0.0)


@compiled
def _force(values, cols, first, weights, y, rate, pull, result):
    """Write the derivatives of the values."""
    _residuals(values, cols, first, weights, y, pull)
    for i in range(y.size):
        pull[i] *= rate
    for j in range(weights.size):
        w, total = values[cols.size + j], 0.0
        for p in range(first[j], first[j + 1]):
            z, force = values[p], pull[cols[p]]
            result[p] = w * force if z > 0.0 else 0.0
            total += max(z, 0.0) * force
        result[cols.size + j] = total


@compiled
def _stage(slopes, coefficients, count, step, start, result):
    """Write start + step * (the sum of the first slopes with coefficients)."""
    result[:] = 0.0
    for k in range(count):
        if coefficients[k] != 0.0:
            for i in range(result.size):
                result[i] += coefficients[k] * slopes[k, i]
    for i in range(result.size):
        result[i] = start[i] + step * result[i]


@compiled
def _first_step(values, slopes, moved, system, absolute, tolerance, still, size, longest):
    """Return the first step as Hairer, Norsett and Wanner choose it (Solving ODEs I, II.4)."""
    cols, first, weights, y, rate, pull = system
    sum_0, sum_1, sum_2 = still, 0.0, 0.0
    for i in range(values.size):
        scale = absolute + abs(values[i]) * tolerance
        sum_0 += (values[i] / scale) ** 2
        sum_1 += (slopes[0, i] / scale) ** 2
    norm_0, norm_1 = np.sqrt(sum_0 / size), np.sqrt(sum_1 / size)
    step = 1e-6 if norm_0 < 1e-5 or norm_1 < 1e-5 else 0.01 * norm_0 / norm_1
    step = min(step, longest)
    for i in range(values.size):
        moved[i] = values[i] + step * slopes[0, i]
    _force(moved, cols, first, weights, y, rate, pull, slopes[1])
    for i in range(values.size):
        sum_2 += ((slopes[1, i] - slopes[0, i]) / (absolute + abs(values[i]) * tolerance)) ** 2
    norm_2 = np.sqrt(sum_2 / size) / step
    largest = max(norm_1, norm_2)
    other = (0.01 / largest) ** 0.125 if largest > 1e-15 else max(1e-6, step * 1e-3)
    return min(100 * step, other, longest)


@compiled
def _error(values, new, slopes, error_3, error_5, step, absolute, tolerance, size):
    """Return the estimated error of a step, 1 where it is as large as allowed."""
    sum_3, sum_5 = 0.0, 0.0
    for i in range(values.size):
        third, fifth = 0.0, 0.0
        for k in range(_STAGES + 1):
            third += error_3[k] * slopes[k, i]
            fifth += error_5[k] * slopes[k, i]
        scale = absolute + max(abs(values[i]), abs(new[i])) * tolerance
        sum_3 += (third / scale) ** 2
        sum_5 += (fifth / scale) ** 2
    if sum_3 == 0.0 and sum_5 == 0.0:
        return 0.0
    return step * sum_5 / np.sqrt((sum_5 + 0.01 * sum_3) * size)


@compiled
def _interpolant(values, new, slopes, dense, step, parts):
    """Write the seven parts of the polynomial that continues a step to all times inside it."""
    for i in range(values.size):
        change = new[i] - values[i]
        parts[0, i] = change
        parts[1, i] = step * slopes[0, i] - change
        parts[2, i] = 2 * change - step * (slopes[_STAGES, i] + slopes[0, i])
    for r in range(dense.shape[0]):
        parts[3 + r] = 0.0
        for k in range(dense.shape[1]):
            if dense[r, k] != 0.0:
                for i in range(values.size):
                    parts[3 + r, i] += step * dense[r, k] * slopes[k, i]


@compiled
def _integrate(
    values, cols, first, weights, y, rate, times, tolerance, still, size,
    a, b, error_3, error_5, extra, dense, residuals, outputs,
):  # fmt: skip
    """Integrate the values in place and fill the samples; tell whether the end was reached."""
    count, absolute = values.size, ABSOLUTE * tolerance
    slopes, parts = np.zeros((_STAGES + 4, count)), np.empty((7, count))
    pull, new, moved = np.empty(y.size), np.empty(count), np.empty(count)
    now, sample = times[0], 1
    _force(values, cols, first, weights, y, rate, pull, slopes[0])
    system = (cols, first, weights, y, rate, pull)
    length = _first_step(values, slopes, moved, system, absolute, tolerance, still, size, times[-1] - now)
    while now < times[-1]:
        rejected, shortest = False, 10 * abs(np.nextafter(now, np.inf) - now)
        if length < shortest:
            length = shortest
        while True:
            if not length >= shortest:  # too short, or not a number
                return False
            then = min(now + length, times[-1])
            step = then - now
            for s in range(1, _STAGES):
                _stage(slopes, a[s], s, step, values, moved)
                _force(moved, cols, first, weights, y, rate, pull, slopes[s])
            _stage(slopes, b, _STAGES, step, values, new)
            _force(new, cols, first, weights, y, rate, pull, slopes[_STAGES])
            error = _error(values, new, slopes, error_3, error_5, step, absolute, tolerance, size)
            if error < 1.0:
                factor = 10.0 if error == 0.0 else min(10.0, 0.9 * error**-0.125)
                length = step * (min(1.0, factor) if rejected else factor)
                break
            # An error that is not a number shrinks the step too, until it is too short.
            length = step * (0.9 * error**-0.125 if 0.9 * error**-0.125 > 0.2 else 0.2)
            rejected = True
        if times[sample] <= then:
            for e in range(3):
                _stage(slopes, extra[e], _STAGES + 1 + e, step, values, moved)
                _force(moved, cols, first, weights, y, rate, pull, slopes[_STAGES + 1 + e])
            _interpolant(values, new, slopes, dense, step, parts)
        while sample < times.size and times[sample] <= then:
            part = (times[sample] - now) / step
            moved[:] = 0.0
            for k in range(7):
                for i in range(count):
                    moved[i] = (moved[i] + parts[6 - k, i]) * (part if k % 2 == 0 else 1 - part)
            for i in range(count):
                moved[i] += values[i]
            _residuals(moved, cols, first, weights, y, residuals[sample - 1])
            outputs[sample - 1] = moved[cols.size :]
            sample += 1
        values[:] = new
        slopes[0] = slopes[_STAGES]
        now = then
    return True
