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

from twolayer.balanced_start import balanced_start
from twolayer.flow_path import FlowPath
from twolayer.jump_window import WindowError, compiled_window
from twolayer.linear_motion import LinearMotion
from twolayer.validation import finite_array, positive_integer, positive_number

TINY = 1e-5
"""Norm below which a neuron does not count in the residuals, for labels of size 1: its products are below 1e-10."""

_USUAL = (0.25, 16.0)  # largest labels for which this is small; others are brought there
_FITTED = 1e-9  # residuals below this part of the largest label are zero on the next plateau
_LEAST = 1e-6  # labels below this part of the largest are refused: their jumps would last for ever
_KEPT = 4_000_000  # at most so many numbers are held for the samples of a piece of a window
_COARSEST, _FINEST = 1e-7, 1e-13
_SLACK = 1e-6  # a neuron that has just arrived counts as large, whatever the rounding


@dataclass
class _Neurons:
    """Scaled weights: hidden z (m, n) and output w (m,) times exp(scale) (m,)."""

    z: np.ndarray
    w: np.ndarray
    scale: np.ndarray

    def __post_init__(self):
        self.signs = np.sign(self.w)

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
        # A neuron that dies out inside a jump may pass through zero by rounding; the flow keeps all signs.
        self.w[alive] = self.signs[alive]
        self.scale[alive] += np.log(size[alive])


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
    integrate=compiled_window,
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
        Labels, not all zero; those that are not zero at least 1e-6 of the largest.
    log_scale : float
        :math:`-L`: logarithm of the scale of the start, negative, any size.
    factor : float
        c of the loss :math:`\frac c{2n}\|r\|^2`.
    time_limit : float
        Where to stop if the flow has not ended before. Time is that of the flow, not divided by L.
    snapshots : sequence of float
        Times up to the limit at which to keep all directions; they stay what they are after the end.
    samples : int
        Points recorded on each plateau; twice as many on each piece of a jump.
    tolerance : float
        Relative tolerance of the integrator inside jumps, from 1e-13 to 1e-7: residuals that it leaves unknown count
        as fitted.
    integrate : callable
        How a jump is integrated: :func:`twolayer.jump_window.compiled_window`, or its slow reference
        :func:`twolayer.jump_window.scipy_window`.

    Returns
    -------
    FlowPath
        Cost O(n m) for each event of a neuron on a plateau and for each evaluation of the integrator (DOP853), some
        thousands for each jump, more for one of a norm Y far below that of all labels: their number grows as the
        quotient.

    Raises
    ------
    TypeError, ValueError
        If a shape does not fit, a direction is zero, a label is not a number or too small beside others, the scale is
        not small, a time is negative, a snapshot beyond the limit, or the tolerance out of range.
    """
    z, w, scale, y = balanced_start(directions, signs, y, log_scale)
    factor = positive_number(factor, "factor")
    tolerance, samples = positive_number(tolerance, "tolerance"), positive_integer(samples, "samples")
    if not _FINEST <= tolerance <= _COARSEST:
        raise ValueError(
            f"tolerance must be at most {_COARSEST:g}, or jumps have no end, and at least {_FINEST:g}, or rounding "
            f"is in the way, got {tolerance:g}"
        )
    limit, snapshots = _times(time_limit, snapshots)
    unit = _unit(y)
    scale -= np.log(unit) / 2
    if scale.max() > np.log(TINY):
        raise ValueError(
            f"all neurons must start tiny, below {TINY:g} times the root of the size of the labels, but neuron "
            f"{int(scale.argmax())} starts at {np.exp(scale.max()):.3g} times it; "
            f"log_scale must be below {log_scale - scale.max() + np.log(TINY):.1f}, got {log_scale:g}"
        )
    flow = _Flow(_Neurons(z, w, scale), y / unit, factor, tolerance, samples, integrate)
    path = flow.run(limit * unit, snapshots * unit)
    return path if unit == 1 else path.in_units(unit)


def _times(limit, snapshots):
    limit = np.inf if limit == np.inf else positive_number(limit, "time_limit")
    snapshots = np.sort(finite_array(np.asarray(snapshots, dtype=float), "snapshots"))
    if snapshots.ndim != 1 or (snapshots < 0).any() or (snapshots > limit).any():
        raise ValueError(
            f"snapshots must be a sequence of times from 0 to time_limit = {limit:g}, got "
            f"{np.array2string(snapshots, threshold=8)}"
        )
    return limit, snapshots


def _unit(y):
    """Return a power of four that brings the labels to size 1, or 1 if they are there."""
    sizes = np.abs(y)
    largest = sizes.max()
    if largest == 0:
        raise ValueError("y has no label but zero: from a small start nothing moves; pass another label")
    small = np.flatnonzero((sizes > 0) & (sizes < _LEAST * largest))
    if small.size:
        raise ValueError(
            f"y[{small[0]}] = {y[small[0]]:g} is below {_LEAST:g} times the largest label, {largest:g}: its jump "
            "would last for ever, compared with others; leave the point out, or set the label to zero"
        )
    return 1.0 if _USUAL[0] <= largest <= _USUAL[1] else 4.0 ** round(np.log2(largest) / 2)


class _Flow:
    """The state of a run and what it has recorded."""

    def __init__(self, neurons, y, factor, tolerance, samples, integrate):
        self.neurons, self.y, self.rate, self.tolerance = neurons, y, factor / y.size, tolerance
        self.samples, self.integrate, self.time = samples, integrate, 0.0
        self.fitted = max(_FITTED, tolerance) * np.abs(y).max()
        self.records, self.kept, self.windows, self.deactivations = [], [], [], []

    def run(self, limit, snapshots):
        waiting, finished = snapshots.tolist(), False
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
        clock, segments, lost = np.full(tiny.size, self.time), [], []
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
            state.z[moved], state.w[moved], growth = part.after(loses[early] - clock[early], early)
            state.scale[moved] += growth
            state.z[moved, which[early]] = 0.0
            clock[early] = loses[early]
            lost += list(loses[early])
        finished = not np.isfinite(horizon)
        if finished:
            # What is left moves nothing: no neuron grows, and none will lose a coordinate.
            horizon = float(np.max(clock, initial=self.time))
        self.deactivations += [time for time in lost if time <= horizon]
        self._record_plateau(tiny, segments, horizon, residuals)
        self._settle(tiny, segments, horizon)
        state.rescale()
        self.time = horizon
        return finished

    def _settle(self, tiny, segments, time):
        """Bring all neurons to one time; some may have been followed beyond it before another one had grown."""
        state, waiting = self.neurons, np.ones(tiny.size, dtype=bool)
        for begin, end, part, scale in reversed(segments):
            chosen = waiting & (begin <= time) & (time < end)
            indices = tiny[chosen]
            state.z[indices], state.w[indices], growth = part.after(time - begin[chosen], chosen)
            state.scale[indices] = scale[chosen] + growth
            waiting &= ~chosen
            if not waiting.any():
                break

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
        state = self.neurons
        samples = max(2, min(2 * self.samples, _KEPT // state.z.size))
        begin, piece = self.time, 16.0 / (self.rate * np.linalg.norm(self.y))
        while self.time < stop:
            state.rescale()
            weights = np.exp(2 * state.scale)
            end = min(stop, self.time + piece)
            times = np.linspace(self.time, end, samples + 1)
            try:
                state.z, state.w, residuals, outputs = self.integrate(
                    state.z, state.w, weights, self.y, self.rate, times, self.tolerance
                )
            except WindowError as error:
                raise ValueError(f"the integration of a jump at time {self.time:g} failed: {error}") from None
            losses = self.rate / 2 * np.einsum("ki,ki->k", residuals, residuals)
            self.records += zip(times[1:], np.log(np.abs(outputs)) + state.scale, losses, strict=True)
            residuals = residuals[-1]
            self.time = end
            large = state.log_norms() >= np.log(TINY) - _SLACK
            open_points = np.abs(residuals) > self.fitted
            if not ((state.z[large] > 0) & open_points).any():
                break
        state.rescale()
        self.windows.append((begin, self.time))
        return False
