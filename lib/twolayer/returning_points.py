r"""Algorithm 1 of paper 003 for points that are not orthogonal: dead coordinates come back.

On a plateau the neuron j has the signal :math:`D_j = \frac cn\sum_{k \in A_j} y_k x_k` from the unfitted points of its
sign that it is active on, and once aligned grows at the rate :math:`\delta_j = \|D_j\|`. For any point i, active or
not, :math:`\dot z_{ji} = |w_j| s_j\langle D_j, x_i\rangle`. So :math:`\zeta_{ji} = z_{ji}/\|a_j\|` relaxes to
:math:`T_{ji} = s_j\langle D_j, x_i\rangle/\delta_j`, as :math:`e^{-\Delta}` when :math:`\log\|a_j\|` has grown by
:math:`\Delta`; and where :math:`\zeta_{ji} < 0 < T_{ji}` the point returns at :math:`\Delta = \log(1 + |\zeta_{ji}| /
T_{ji})`. On orthonormal points :math:`T_{ji} = 0` off :math:`A_j`, nothing returns, and this is Algorithm 1
(:mod:`twolayer.jump_process`).

Points of the other sign die, but where :math:`T_{ji} > 0` they are pulled back to zero, and pushed out again by their
own labels: the neuron slides along :math:`z_{ji} = 0`, held by a push between 0 and :math:`\frac cn|y_i|` that balances
the pull of the others. First alignment and jumps are taken to be instantaneous. (The library writes a for hidden
weights and w for output weights; the paper has it the other way round.)
"""

from dataclasses import dataclass

import numpy as np

from twolayer.balanced_start import balanced_start
from twolayer.compiled import compiled
from twolayer.correlated_descent import as_gram, symmetric_root
from twolayer.validation import positive_number


@dataclass(frozen=True)
class ReturningProcess:
    r"""The jumps, in order; K is their number, m that of the neurons and n that of the points.

    Attributes
    ----------
    times : ndarray of shape (K,)
        :math:`\tau_k`, in units of :math:`L = \log(1/\lambda)`.
    neurons : ndarray of int, shape (K,)
        The neurons that jump.
    output_squares : ndarray of shape (K,)
        :math:`Y_k = (y_S^T G_{SS}^{-1}y_S)^{1/2}` over the set S fitted by the jump: the squared norm of either layer.
    fitted_by : ndarray of int, shape (n,)
        Number of the jump that fits a point, from 0, or -1 where none does.
    returned : ndarray of int, shape (K,)
        How many points of each jump its neuron was not active on at the start.
    returns : ndarray of shape (R, 4)
        Every return on the first plateau: neuron, point, time, and :math:`\log\|a_j\|`.
    losses : ndarray of shape (K + 1,)
        Loss of the saddles, from the zero network to the last.
    """

    times: np.ndarray
    neurons: np.ndarray
    output_squares: np.ndarray
    fitted_by: np.ndarray
    returned: np.ndarray
    returns: np.ndarray
    losses: np.ndarray

    @property
    def squared_norm(self):
        r"""Squared norm of all weights at the end, :math:`2\sum_k Y_k`."""
        return 2.0 * float(self.output_squares.sum())

    @property
    def counts(self):
        """Number of points fitted by each jump, shape (K,)."""
        return np.bincount(self.fitted_by[self.fitted_by >= 0], minlength=self.times.size)


@compiled
def _hold(gram, pull, limit, push):
    """Find pushes between 0 and the limit that leave no pull on the points that push by less than the limit."""
    for _ in range(400):
        largest, change = 0.0, 0.0
        for k in range(pull.size):
            new = push[k] + pull[k]
            for i in range(pull.size):
                new -= gram[k, i] * push[i]
            new = min(max(new, 0.0), limit[k])
            change = max(change, abs(new - push[k]))
            largest = max(largest, new)
            push[k] = new
        if change <= 1e-12 * largest:
            break


class _Race:
    """Neurons on their plateaus, each at its own last event: patterns, relative coordinates, log norms, rates."""

    def __init__(self, gram, start, signs, y, log_norms, factor, sliding):
        self.gram, self.strength = gram, factor / y.size * np.abs(y)
        self.zeta = start @ symmetric_root(gram)
        self.unfitted, self.waiting = np.ones(y.size, dtype=bool), np.ones(signs.size, dtype=bool)
        self.own = (y > 0) == (signs > 0)[:, None]
        self.other = ~self.own & sliding
        self.zeta[~self.own] = np.minimum(self.zeta[~self.own], 0.0)  # what is above zero falls to it at once
        self.active = self.own & (self.zeta > 0)
        self.log_norm, self.stamp = log_norms.copy(), np.zeros(signs.size)
        self.pull, self.force = np.zeros_like(self.zeta), np.zeros_like(self.zeta)
        self.push, self.rate = np.zeros_like(self.zeta), np.zeros(signs.size)
        self.due, self.point = np.zeros(signs.size), np.zeros(signs.size, dtype=int)
        self.plan_all()

    def plan_all(self):
        """Compute all signals and next events anew."""
        self.pull = (self.active * self.strength) @ self.gram
        for j in range(self.rate.size):
            self.plan(j)

    def plan(self, j):
        """Find the next event of a neuron: a point that crosses zero, or -1 for its jump."""
        zeta, push = self.zeta[j], np.zeros(self.strength.size)
        self.rate[j], self.due[j], self.point[j] = 0.0, np.inf, -1
        if not (self.waiting[j] and self.active[j].any()):
            return
        held = np.flatnonzero(self.other[j] & self.unfitted & (zeta == 0))
        force = self.pull[j]
        if held.size:
            part = np.zeros(held.size)
            _hold(self.gram[np.ix_(held, held)], force[held], self.strength[held], part)
            push[held] = part
            force = force - part @ self.gram[held]
        signal = np.where(self.active[j], self.strength, 0.0) - push
        self.force[j], self.push[j] = force, push
        self.rate[j] = rate = max(float(signal @ force), 0.0) ** 0.5
        if rate == 0.0:
            return
        growth = -self.log_norm[j]
        turning = self.own[j] & ((force > 0) != self.active[j]) & (force != 0)
        crossing = np.flatnonzero(self.unfitted & (turning | (self.other[j] & (zeta < 0) & (force > 0))))
        if crossing.size:
            first = np.log1p(np.abs(zeta[crossing]) * rate / np.abs(force[crossing]))
            if first.min() < growth:
                growth, self.point[j] = float(first.min()), crossing[first.argmin()]
        self.due[j] = self.stamp[j] + growth / rate

    def move(self, j, time):
        """Let a neuron grow until a time before its next event."""
        growth = self.rate[j] * (time - self.stamp[j])
        if self.rate[j] > 0:
            aim = self.force[j] / self.rate[j]
            self.zeta[j] = np.where(self.push[j] > 0, 0.0, aim + (self.zeta[j] - aim) * np.exp(-growth))
        self.log_norm[j] += growth
        self.stamp[j] = time

    def turn(self, j, i):
        """Let a coordinate reach zero: a point of its sign crosses, one of the other sign is held there."""
        self.zeta[j, i] = 0.0
        if self.own[j, i]:
            self.active[j, i] = not self.active[j, i]
            if self.active[j, i]:
                self.pull[j] += self.strength[i] * self.gram[i]
            else:  # a difference would lose forces that are far smaller than the strength
                self.pull[j] = (self.active[j] * self.strength) @ self.gram
        self.plan(j)

    def jump(self, j):
        """Fit the points of a neuron; return them and the squared norm of either layer."""
        points = np.flatnonzero(self.active[j])
        solution = np.linalg.lstsq(self.gram[np.ix_(points, points)], self.strength[points], rcond=None)[0]
        square = float(np.sqrt(max(self.strength[points] @ solution, 0.0)))
        time = self.due[j]
        for other in range(self.rate.size):
            self.move(other, time)
        self.unfitted[points] = False
        self.waiting[j] = False
        self.active[:, points] = False
        self.plan_all()
        return points, square


def returning_process(gram, directions, signs, y, log_scale, *, factor=1.0, sliding=True):
    r"""Predict the jumps of gradient flow on correlated points without training.

    Parameters
    ----------
    gram : array_like of shape (n, n)
        Inner products of unit points.
    directions : array_like of shape (m, n)
        Directions of the hidden weights at the start, as in :func:`twolayer.correlated_descent.correlated_descent`.
    signs : array_like of shape (m,)
        Signs of the output weights, 1 or -1.
    y : array_like of shape (n,)
        Labels, none of them zero.
    log_scale : float
        :math:`-L < 0`. Unlike Algorithm 1 this needs the scale: a point returns when :math:`\|a_j\|` has grown to
        :math:`|z_{ji}|/T_{ji}`.
    factor : float
        c of the loss.
    sliding : bool
        False leaves out points of the other sign.

    Returns
    -------
    ReturningProcess
        Cost O(n) for each return and O(n^2 m) for each jump.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    start, signs, log_norms, y = balanced_start(directions, signs, y, log_scale)
    gram, factor = as_gram(gram), positive_number(factor, "factor")
    if len(gram) != y.size:
        raise ValueError(f"gram has {len(gram)} points, but directions and y have {y.size}")
    if (y == 0).any():
        raise ValueError(f"labels must not be zero, but y[{int(np.flatnonzero(y == 0)[0])}] is; leave it out")
    if log_scale >= 0 or log_norms.max() >= 0:
        raise ValueError(
            f"log_scale must put all norms below one, but {log_scale!r} does not; it is a logarithm"
        )
    length = -float(log_scale)
    race = _Race(gram, start, signs, y, log_norms, factor, bool(sliding))
    first = race.active.copy()
    fitted_by, jumps, back = np.full(y.size, -1), [], []
    losses = [factor / (2 * y.size) * float(y @ y)]
    while True:
        j = int(race.due.argmin())
        time, point = float(race.due[j]), int(race.point[j])
        if not np.isfinite(time):
            break
        if point >= 0:
            race.move(j, time)
            if not jumps and race.own[j, point] and not race.active[j, point]:
                back.append((j, point, time / length, race.log_norm[j]))
            race.turn(j, point)
            continue
        points, square = race.jump(j)
        fitted_by[points] = len(jumps)
        jumps.append((time / length, j, square * y.size / factor, int((~first[j, points]).sum())))
        left = y[race.unfitted]
        losses.append(factor / (2 * y.size) * float(left @ left))
    times, neurons, squares, returned = (
        (np.array(column) for column in zip(*jumps, strict=True)) if jumps else (np.empty(0),) * 4
    )
    return ReturningProcess(
        times,
        neurons.astype(int),
        squares,
        fitted_by,
        returned.astype(int),
        np.array(back).reshape(-1, 4),
        np.array(losses),
    )
