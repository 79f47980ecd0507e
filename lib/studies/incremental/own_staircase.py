r"""Algorithm 1 on an instance of the reader's own, and training from the same start to compare with.

Labels s y instead of y multiply weights by :math:`\sqrt s`, times by 1/s and losses by :math:`s^2`. So L is meant
relative to the labels here, :math:`\lambda = e^{-L}\sqrt{\max|y|}`, all training is done with labels divided by their
largest modulus, and results are given for the labels as they are.
"""

from dataclasses import dataclass

import numpy as np

from twolayer.jump_process import JumpProcess, jump_process
from twolayer.log_scaled_descent import log_scaled_descent
from twolayer.saddle_flow import saddle_flow
from twolayer.validation import positive_number

FLOW_FROM = 12.0
"""Smallest L at which the flow can start tiny; below it gradient descent with small steps stands in for it."""

STEPS = (0.01, 0.1)
"""Least and largest learning rate times the largest growth rate: the smaller, the closer to the flow."""

SAME = 1e-9
"""Exponents, and relative times, that are nearer than this count as equal."""

_SECONDS = 2.5  # of either run, roughly, on one core
_RECORDS = 600
_KEPT = 10_000_000  # numbers in all snapshots of a descent


@dataclass(frozen=True)
class Prediction:
    r"""What Algorithm 1 says.

    Attributes
    ----------
    process : JumpProcess
        Of the points whose label is not zero, with times for all n points.
    fitted_by : ndarray of int, shape (n,)
        Number of the jump that fits a point, from 0; -1 where none does, or the label is zero.
    groups : tuple of ndarray
        The neurons that share each jump; mostly one.
    uncovered : ndarray of int
        Points that no neuron covers.
    ties : tuple of (jump, neuron, other, points)
        Where another neuron with other points arrives at the same time, and how many points both want.
    """

    process: JumpProcess
    fitted_by: np.ndarray
    groups: tuple
    uncovered: np.ndarray
    ties: tuple

    @property
    def limits(self):
        """Squared norms at the end, of the whole group at its first neuron, shape (m,)."""
        limits = np.zeros(self.process.exponents.shape[1])
        limits[self.process.neurons] = self.process.label_norms
        return limits

    def loss_at(self, times):
        """Return the loss at times divided by L."""
        return self.process.losses[np.searchsorted(self.process.times, times, side="right")]


def predict(instance, factor=1.0):
    """Run Algorithm 1; zero labels are left out, and of two neurons that tie the first goes first.

    Parameters
    ----------
    instance : OwnInstance
        The instance.
    factor : float
        c of the loss.

    Returns
    -------
    Prediction
    """
    factor, kept = positive_number(factor, "c"), np.flatnonzero(instance.y)
    n, y = instance.y.size, instance.y[kept]
    mask = instance.mask[:, kept]
    process = jump_process(
        instance.active[:, kept], instance.signs, y, factor=factor * kept.size / n, ties="first"
    )
    fitted_by = np.full(n, -1)
    fitted_by[kept] = process.fitted_by
    groups, ties = [], []
    for k, j in enumerate(process.neurons):
        open_points = process.fitted_by >= k
        after = process.exponents[k + 1]
        same = (mask[:, open_points] == mask[j, open_points]).all(axis=1)
        groups.append(np.flatnonzero(same & (process.rates[k] > 0) & (after == 0)))
        waiting = np.flatnonzero((process.rates[k] > 0) & ~same)
        near = waiting[np.abs(after[waiting]) <= SAME]
        ties += [(k, int(j), int(i), int((mask[i] & mask[j] & open_points).sum())) for i in near]
    return Prediction(process, fitted_by, tuple(groups), kept[process.fitted_by < 0], tuple(ties))


@dataclass(frozen=True)
class Training:
    """A run in units of the reader's labels, over time divided by L.

    Attributes
    ----------
    method : str
        "flow" or "descent".
    times, losses : ndarray of shape (R,)
        Of what was recorded.
    log_norms : ndarray of shape (R, m)
        Logarithms of the norms of the neurons.
    seen, outputs : ndarray of shapes (S,) and (S, n)
        Times at which outputs on the data were kept, and these; for the flow the end only.
    whole : bool
        Whether the run went on until Algorithm 1 is through, and beyond.
    epochs : int
        Of descent; 0 for the flow.
    step : float
        Learning rate times the largest growth rate; 0 for the flow.
    """

    method: str
    times: np.ndarray
    losses: np.ndarray
    log_norms: np.ndarray
    seen: np.ndarray
    outputs: np.ndarray
    whole: bool
    epochs: int
    step: float


def flow_seconds(prediction, instance):
    """Return about how long the flow takes: pieces of its integration, each with so many neurons times points."""
    pieces = 1.4 * np.linalg.norm(instance.y) / prediction.process.label_norms
    return float(pieces.sum() * (4e-4 + 3.5e-7 * instance.directions.size))


def train(instance, prediction, length, factor=1.0):
    """Train by the flow, or where it is too costly or cannot start tiny, by descent with small steps.

    Parameters
    ----------
    instance : OwnInstance
        The instance.
    prediction : Prediction
        Of this instance and factor.
    length : float
        L.
    factor : float
        c of the loss.

    Returns
    -------
    Training
    """
    length = positive_number(length, "L")
    if length < FLOW_FROM or flow_seconds(prediction, instance) > _SECONDS:
        return descend(instance, prediction, length, factor)
    return follow(instance, prediction, length, factor)


def _scaled(instance, prediction, factor):
    """Return the scale of the labels, the scaled labels, the last jump's time over L, and a time that ends a jump."""
    scale, process = float(np.abs(instance.y).max()), prediction.process
    last = float(process.times[-1]) * scale if process.times.size else 1.0
    smallest = process.label_norms.min(initial=scale) / scale
    return scale, instance.y / scale, last, 14 * instance.y.size / (factor * smallest)


def follow(instance, prediction, length, factor=1.0):
    """Follow the flow; arguments as for :func:`train`."""
    scale, y, last, rest = _scaled(instance, prediction, factor)
    limit = 1.1 * last * length + rest
    path = saddle_flow(
        instance.directions, instance.signs, y, -length, factor=factor, samples=40, time_limit=limit
    )
    times, losses, log_norms = path.times, path.losses, path.log_norms
    if times[-1] < limit:  # nothing moves any more
        times = np.append(times, limit)
        losses, log_norms = np.append(losses, losses[-1]), np.vstack([log_norms, log_norms[-1]])
    final = path.end[1] @ np.maximum(path.end[0], 0.0)
    unit = length * scale
    return Training(
        "flow", times / unit, losses * scale**2, log_norms + np.log(scale) / 2, times[-1:] / unit,
        final[None, :] * scale, True, 0, 0.0,
    )  # fmt: skip


def descend(instance, prediction, length, factor=1.0):
    """Train by gradient descent; arguments as for :func:`train`."""
    scale, y, last, rest = _scaled(instance, prediction, factor)
    signs, size = instance.signs, instance.directions.size
    fastest = prediction.process.rates[0].max() / scale or factor / y.size
    most = _SECONDS / (3e-7 + 1.3e-9 * size)
    wanted = (1.1 * last * length + rest) * fastest
    step = float(np.clip(wanted / most, *STEPS))
    epochs, rate = int(np.ceil(min(1.05 * wanted / step, most))), step / fastest
    grid = _grid(prediction, length * scale / rate, factor / y.size * rate / scale, epochs, size)
    path = log_scaled_descent(
        instance.directions, signs, y, -length, rate=rate, factor=factor, epochs=epochs, snapshots=grid,
        stop_loss=1e-13 * factor * (y @ y) / y.size,
    )  # fmt: skip
    rows = []
    for epoch, z, logs in path.snapshots:
        rows.append((epoch, logs, (signs * np.exp(2 * logs)) @ np.maximum(z, 0.0)))
    if rows[-1][0] < path.epochs[-1]:
        rows.append((path.epochs[-1], path.log_norms[-1], path.outputs))
    seen, logs, outputs = (np.array(column) for column in zip(*rows, strict=True))
    losses = factor / (2 * y.size) * ((y - outputs) ** 2).sum(axis=1)
    unit = length * scale
    times = seen * rate / unit
    whole = path.outcome == "converged" or epochs < most
    return Training(
        "descent", times, losses * scale**2, logs + np.log(scale) / 2, times, outputs * scale, whole,
        int(path.epochs[-1]), step,
    )  # fmt: skip


def _grid(prediction, epochs_for_time, rate, epochs, size):
    """Return the epochs to look at: some everywhere, and many around the jumps that are predicted."""
    process, most = prediction.process, _KEPT // size
    count = int(np.clip((most - _RECORDS) / (2 * process.times.size + 1), 5, 40))
    parts = [np.linspace(0, epochs, min(_RECORDS, max(most, 100)))]
    for time, norm in zip(process.times, process.label_norms, strict=True):
        middle, width = time * epochs_for_time, 12 / (rate * norm)
        parts += [middle + np.linspace(-width, width, count), middle * np.linspace(0.93, 1.07, count)]
    grid = np.concatenate(parts)
    return np.unique(grid[(grid >= 0) & (grid <= epochs)].astype(int)).tolist()
