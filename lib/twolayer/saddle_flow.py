r"""Gradient flow from a tiny balanced start on orthonormal data: exact on plateaus, integrated inside jumps.

The flow of paper 003, (5), in the coordinates :math:`z_{ji} = \langle a_j, x_i\rangle` of the data, is

.. math:: \dot z_{ji} = \tfrac cn w_j r_i [z_{ji} > 0], \qquad \dot w_j = \tfrac cn \sum_i \max(z_{ji}, 0)\, r_i,
          \qquad r_i = y_i - \sum_j w_j \max(z_{ji}, 0).

Neurons meet only in the residuals r. While every neuron that could change one is tiny, the residuals are constant and
each neuron follows a linear equation of its own: with :math:`b_i = \frac cn r_i [z_i > 0]`, :math:`\delta = \|b\|` and
:math:`p = \langle z, b\rangle/\delta`, the sums :math:`w \pm p` grow and fall like :math:`e^{\pm\delta t}` and the rest
of z stays. So a plateau is crossed in one step, whatever its length, from one event to the next: a coordinate reaches
zero, where it stays for ever, or a neuron is no longer tiny. Only then, inside a jump, is the flow integrated.

Every neuron carries the logarithm of its scale, so that a start of :math:`e^{-2000}` is as good as one of
:math:`10^{-2}`. (The paper calls the hidden weights w and the output weights a; here it is the other way round.)
"""

from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp
from scipy.interpolate import CubicSpline

from twolayer.balanced_start import balanced_start
from twolayer.compiled import compiled
from twolayer.linear_motion import LinearMotion
from twolayer.validation import positive_integer, positive_number

TINY = 1e-5
"""Norm below which a neuron does not count in the residuals: its products are below 1e-10."""

_FITTED = 1e-9  # residuals below this part of the largest label are zero on the next plateau
_KEPT = 4_000_000  # at most so many numbers are held for the samples of a piece of a window
_COARSEST = 1e-7
_SLACK = 1e-6  # a neuron that has just arrived counts as large, whatever the rounding


@compiled
def _force(values, weights, y, rate):
    """Return the derivatives of the scaled weights z, w, with weights exp(2 scale)."""
    m, n = weights.size, y.size
    pull, result = y.copy(), np.empty_like(values)
    for j in range(m):
        weight = weights[j] * values[m * n + j]
        if weight != 0.0:
            for i in range(n):
                pull[i] -= weight * max(values[j * n + i], 0.0)
    for i in range(n):
        pull[i] *= rate
    for j in range(m):
        w, total = values[m * n + j], 0.0
        for i in range(n):
            z = values[j * n + i]
            result[j * n + i] = w * pull[i] if z > 0.0 else 0.0
            total += max(z, 0.0) * pull[i]
        result[m * n + j] = total
    return result


@dataclass
class _Neurons:
    """Scaled weights: hidden z (m, n) and output w (m,) times exp(scale) (m,)."""

    z: np.ndarray
    w: np.ndarray
    scale: np.ndarray

    def log_norms(self):
        with np.errstate(divide="ignore"):
            return np.log(np.abs(self.w)) + self.scale

    def outputs(self):
        weights = self.w * np.exp(2 * self.scale)
        return weights @ np.maximum(self.z, 0.0)

    def rescale(self):
        size = np.abs(self.w)
        alive = size > 0
        self.z[alive] /= size[alive, None]
        self.w[alive] /= size[alive]
        self.scale[alive] += np.log(size[alive])

    def copy(self):
        return _Neurons(self.z.copy(), self.w.copy(), self.scale.copy())


@dataclass(frozen=True)
class FlowPath:
    """A path of the flow.

    Attributes
    ----------
    times : ndarray of shape (R,)
        Increasing times, dense inside jumps; between two of them on a plateau the closed form is sampled.
    log_norms : ndarray of shape (R, m)
        Logarithm of the norm of either layer of each neuron.
    losses : ndarray of shape (R,)
        Loss.
    snapshots : tuple of (time, directions, log_norms)
        At the times asked for: hidden weights divided by the norm, shape (m, n), and their log norms.
    end : tuple of (hidden weights, output weights)
        At the last time, arrays of shapes (m, n) and (m,); what underflows is zero.
    finished : bool
        Whether nothing will move any more; otherwise the path ends at the time limit.
    windows : ndarray of shape (W, 2)
        Begin and end of the intervals that were integrated numerically.
    deactivations : ndarray
        Times at which a coordinate reached zero on a plateau.
    """

    times: np.ndarray
    log_norms: np.ndarray
    losses: np.ndarray
    snapshots: tuple
    end: tuple
    finished: bool
    windows: np.ndarray
    deactivations: np.ndarray

    def crossing_time(self, neuron, log_norm):
        """Return the first time at which a neuron's log norm reaches a value, NaN if it never does."""
        values = self.log_norms[:, neuron]
        above = np.flatnonzero(values >= log_norm)
        if not above.size:
            return np.nan
        k = above[0]
        if k == 0:
            return float(self.times[0])
        low, high = max(0, k - 4), min(self.times.size, k + 4)
        piece = CubicSpline(self.times[low:high], values[low:high] - log_norm)
        roots = piece.roots(extrapolate=False)
        inside = roots[(roots >= self.times[k - 1]) & (roots <= self.times[k])]
        return float(inside[0]) if inside.size else float(self.times[k])


def saddle_flow(
    directions,
    signs,
    y,
    log_scale,
    *,
    factor=1.0,
    time_limit=np.inf,
    snapshots=(),
    samples=60,
    tolerance=1e-10,
):
    r"""Follow the gradient flow from the balanced start :math:`a_j = e^{-L} g_j`, :math:`w_j = s_j e^{-L}\|g_j\|`.

    Parameters
    ----------
    directions : array_like of shape (m, n)
        :math:`g_j` in the coordinates of the data, :math:`\langle g_j, x_i\rangle`; parts orthogonal to the data never
        move, and must be left out of a balanced start.
    signs : array_like of shape (m,)
        :math:`s_j`, 1 or -1.
    y : array_like of shape (n,)
        Labels.
    log_scale : float
        :math:`-L`: logarithm of the scale of the start, negative, any size.
    factor : float
        c of the loss :math:`\frac c{2n}\|r\|^2`.
    time_limit : float
        Where to stop if the flow has not ended before. Time is that of the flow, not divided by L.
    snapshots : sequence of float
        Times at which to keep all directions.
    samples : int
        Points recorded on each plateau; twice as many on each piece of a jump.
    tolerance : float
        Relative tolerance of the integrator inside jumps, at most 1e-7: residuals that it leaves unknown count as
        fitted.

    Returns
    -------
    FlowPath
        Cost O(n m) for each event of a neuron on a plateau and for each evaluation of the integrator (DOP853), some
        thousands for each jump.

    Raises
    ------
    ValueError
        If a shape does not fit, a direction is zero, a label is not a number, the scale is not small, or the
        tolerance is coarse.
    """
    z, w, scale, y = balanced_start(directions, signs, y, log_scale)
    factor = positive_number(factor, "factor")
    if scale.max() > np.log(TINY):
        raise ValueError(
            f"log_scale must be below log({TINY:g}) = {np.log(TINY):.1f} to start tiny, got {log_scale:g}"
        )
    tolerance, samples = positive_number(tolerance, "tolerance"), positive_integer(samples, "samples")
    if tolerance > _COARSEST:
        raise ValueError(f"tolerance must be at most {_COARSEST:g}, or jumps have no end, got {tolerance:g}")
    neurons = _Neurons(z, w, scale)
    return _Flow(neurons, y, factor, tolerance, samples).run(float(time_limit), sorted(snapshots))


class _Flow:
    """The state of a run and what it has recorded."""

    def __init__(self, neurons, y, factor, tolerance, samples):
        self.neurons, self.y, self.rate, self.tolerance = neurons, y, factor / y.size, tolerance
        self.samples, self.time = samples, 0.0
        self.fitted = max(_FITTED, tolerance) * np.abs(y).max()
        self.records, self.kept, self.windows, self.deactivations = [], [], [], []

    def run(self, limit, snapshots):
        waiting, finished = [t for t in snapshots if t < limit], False
        self.record(self.time, self.neurons.log_norms(), self.loss(self.residuals()))
        while self.time < limit and not finished:
            stop = waiting[0] if waiting else limit
            if self.time < stop:
                residuals = self.residuals()
                large = self.neurons.log_norms() >= np.log(TINY) - _SLACK
                settled = np.where(np.abs(residuals) > self.fitted, residuals, 0.0)
                moving = (self.neurons.z[large] > 0) & (settled != 0)
                finished = self.window(stop) if moving.any() else self.plateau(settled, large, stop)
            if waiting and (self.time >= stop or finished):
                while waiting and (self.time >= waiting[0] or finished):
                    self.kept.append((waiting.pop(0), self.directions(), self.neurons.log_norms()))
        times, logs, losses = zip(*self.records, strict=True)
        scales = np.exp(self.neurons.scale)
        end = self.neurons.z * scales[:, None], self.neurons.w * scales
        return FlowPath(
            np.array(times), np.array(logs), np.array(losses), tuple(self.kept), end, finished,
            np.array(self.windows).reshape(-1, 2), np.sort(np.array(self.deactivations)),
        )  # fmt: skip

    def residuals(self):
        return self.y - self.neurons.outputs()

    def loss(self, residuals):
        return float(self.rate / 2 * (residuals @ residuals))

    def directions(self):
        return self.neurons.z / np.abs(self.neurons.w)[:, None]

    def record(self, time, log_norms, loss):
        if not self.records or time > self.records[-1][0]:
            self.records.append((time, log_norms, loss))

    def plateau(self, residuals, large, stop):
        """Cross a plateau up to the first neuron that is no longer tiny; tell whether nothing moves any more."""
        state, tiny = self.neurons, np.flatnonzero(~large)
        clock, segments = np.full(tiny.size, self.time), []
        while True:
            part = LinearMotion(state.z[tiny], state.w[tiny], self.rate * residuals)
            grows = clock + part.time_to_reach(np.log(TINY) - state.scale[tiny])
            loses, which = part.time_to_lose_a_coordinate()
            loses = clock + loses
            horizon = min(stop, np.min(grows[grows <= loses], initial=np.inf))
            early = loses < horizon
            segments.append((clock.copy(), np.where(early, loses, np.inf), part, state.scale[tiny].copy()))
            if not early.any():
                break
            moved = tiny[early]
            self._move(moved, part, early, loses[early] - clock[early])
            state.z[moved, which[early]] = 0.0
            clock[early] = loses[early]
            self.deactivations += list(loses[early])
        still = part.speed == 0
        if not np.isfinite(horizon):
            # What is left moves nothing: no neuron grows, and none will lose a coordinate.
            finished, horizon = True, self.time if still.all() else float(np.max(clock))
        else:
            finished = False
        self._record_plateau(tiny, segments, horizon, residuals)
        everybody = np.ones(tiny.size, dtype=bool)
        self._move(tiny, part, everybody, np.maximum(horizon - clock, 0.0))
        state.rescale()
        self.time = horizon
        return finished

    def _move(self, indices, part, chosen, steps):
        state = self.neurons
        z, w, growth = part.after(steps, chosen)
        state.z[indices], state.w[indices] = z, w
        state.scale[indices] += growth

    def _record_plateau(self, tiny, segments, horizon, residuals):
        if horizon <= self.time or not np.isfinite(horizon):
            return
        times = np.linspace(self.time, horizon, self.samples + 1)[1:]
        logs = np.tile(self.neurons.log_norms(), (times.size, 1))
        for begin, end, part, scale in segments:
            inside = (times[:, None] >= begin) & (times[:, None] < end)
            values = part.log_outputs(np.maximum(times[:, None] - begin, 0.0)) + scale
            logs[:, tiny] = np.where(inside, values, logs[:, tiny])
        for time, row in zip(times, logs, strict=True):
            self.record(float(time), row, self.loss(residuals))

    def window(self, stop):
        """Integrate until all points of the neurons that are not tiny are fitted, or up to a time."""
        state, n = self.neurons, self.y.size
        samples = max(2, min(2 * self.samples, _KEPT // state.z.size))
        begin, piece = self.time, 16.0 / (self.rate * np.linalg.norm(self.y))
        while self.time < stop:
            state.rescale()
            weights = np.exp(2 * state.scale)
            m = state.w.size

            def force(_time, values, weights=weights):
                return _force(values, weights, self.y, self.rate)

            end = min(stop, self.time + piece)
            solution = solve_ivp(
                force, (self.time, end), np.concatenate([state.z.ravel(), state.w]), method="DOP853",
                rtol=self.tolerance, atol=self.tolerance * 1e-2, t_eval=np.linspace(self.time, end, samples + 1),
            )  # fmt: skip
            if not solution.success:
                raise ValueError(
                    f"the integration of a jump at time {self.time:g} failed: {solution.message}"
                )
            values = solution.y.T[1:]
            z, w = values[:, : m * n].reshape(-1, m, n), values[:, m * n :]
            residuals = self.y - np.einsum("kj,kji->ki", weights * w, np.maximum(z, 0.0))
            losses = self.rate / 2 * np.einsum("ki,ki->k", residuals, residuals)
            self.records += zip(solution.t[1:], np.log(np.abs(w)) + state.scale, losses, strict=True)
            state.z, state.w, residuals = z[-1].copy(), w[-1].copy(), residuals[-1]
            self.time = end
            large = state.log_norms() >= np.log(TINY) - _SLACK
            open_points = np.abs(residuals) > self.fitted
            if not ((state.z[large] > 0) & open_points).any():
                break
        state.rescale()
        self.windows.append((begin, self.time))
        return False
