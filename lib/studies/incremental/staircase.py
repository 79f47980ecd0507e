"""The run of Figures 1, 3 and 4: plain gradient descent, and Algorithm 1 beside it."""

import functools
import math
from dataclasses import dataclass

import numpy as np

from studies.incremental.instances import OrthogonalInstance, positive_instance
from twolayer.jump_process import JumpProcess, jump_process
from twolayer.log_scaled_descent import DescentPath, log_scaled_descent
from twolayer.validation import positive_number

SEED, LOG_INVERSE_SCALE, RATE = 1094, 500.0, 0.01
_RECORDS = 3600  # up to the last predicted jump


@dataclass(frozen=True)
class Staircase:
    r"""A run and its prediction.

    Attributes
    ----------
    instance : OrthogonalInstance
        Labels, directions and signs.
    log_inverse_scale : float
        :math:`L = \log(1/\lambda)`.
    rate, factor : float
        Learning rate, and c of the loss.
    process : JumpProcess
        What Algorithm 1 predicts.
    path : DescentPath
        What gradient descent did, with a snapshot of all neurons at every record.
    """

    instance: OrthogonalInstance
    log_inverse_scale: float
    rate: float
    factor: float
    process: JumpProcess
    path: DescentPath

    @property
    def predicted_epochs(self):
        r"""Epochs :math:`L\tau_k/\eta` of the jumps, shape (K,)."""
        return self.process.times * self.log_inverse_scale / self.rate

    @functools.cached_property
    def half_heights(self):
        r"""Epochs at which the neurons that jump have half of their squared norm :math:`Y_k`, shape (K,).

        Between two records :math:`\log\frac q{Y-q}` is interpolated, which is linear in time for a neuron that fits
        its points alone.
        """
        found = []
        for neuron, label_norm in zip(self.process.neurons, self.process.label_norms, strict=True):
            share = np.exp(2 * self.path.log_norms[:, neuron]) / label_norm
            after = int(np.argmax(share >= 0.5))
            if after == 0:
                found.append(math.nan)
                continue
            low, high = (math.log(s / max(1 - s, 1e-9)) for s in share[after - 1 : after + 1])
            begin, end = self.path.epochs[after - 1 : after + 1]
            found.append(begin + (end - begin) * low / (low - high))
        return np.array(found)

    @functools.cached_property
    def shares(self):
        r"""Outputs divided by labels at the recorded epochs, shape (R, n), from the snapshots."""
        signs, rows = self.instance.signs, []
        for _, directions, log_norms in self.path.snapshots:
            rows.append((signs * np.exp(2 * log_norms)) @ np.maximum(directions, 0.0) / self.instance.y)
        return np.array(rows)

    def fitted(self, threshold=0.5):
        """Return the number of points whose output is at least this part of the label, shape (R,)."""
        return (self.shares >= threshold).sum(axis=1)

    @property
    def snapshot_epochs(self):
        """Epochs of the snapshots, shape (R,)."""
        return np.array([epoch for epoch, _, _ in self.path.snapshots])

    def snapshot(self, epoch):
        """Return the last snapshot that is not after an epoch: directions (m, n) and log norms (m,)."""
        k = max(0, int(np.searchsorted(self.snapshot_epochs, epoch, side="right")) - 1)
        return self.path.snapshots[k][1:]

    @property
    def targets(self):
        r"""Directions :math:`D_j^k / \|D_j^k\|` on each plateau, shape (K + 1, m, n); zero where all is fitted."""
        unfitted = (self.process.fitted_by < 0) | (
            self.process.fitted_by >= np.arange(self.process.times.size + 1)[:, None]
        )
        mask = self.instance.active & ((self.instance.y > 0) == (self.instance.signs > 0)[:, None])
        pull = mask * unfitted[:, None, :] * np.abs(self.instance.y)
        size = np.linalg.norm(pull, axis=2, keepdims=True)
        return np.divide(pull, size, out=np.zeros_like(pull), where=size > 0)


@functools.lru_cache(maxsize=4)
def run(log_inverse_scale=LOG_INVERSE_SCALE, seed=SEED, rate=RATE, factor=1.0):
    r"""Train the network of Figure 1: 64 orthonormal points, 6 neurons with positive output weights, tiny start.

    Parameters
    ----------
    log_inverse_scale : float
        :math:`L = \log(1/\lambda)`.
    seed : int
        Of labels and directions.
    rate : float
        Learning rate.
    factor : float
        c of the loss.

    Returns
    -------
    Staircase
        1 s for the settings of the paper. The last result is kept, so that a page may ask again.

    Raises
    ------
    TypeError, ValueError
        If a number is not positive, or the seed is no seed.
    """
    log_inverse_scale = positive_number(log_inverse_scale, "log_inverse_scale")
    rate, factor = positive_number(rate, "rate"), positive_number(factor, "factor")
    instance = positive_instance(seed)
    process = jump_process(instance.active, instance.signs, instance.y, factor=factor)
    last = process.times[-1] * log_inverse_scale / rate
    settle = 15 * instance.y.size / (factor * process.label_norms.min()) / rate
    epochs, every = math.ceil(1.05 * last + settle), max(1, round(last / _RECORDS))
    path = log_scaled_descent(
        instance.directions,
        instance.signs,
        instance.y,
        -log_inverse_scale,
        rate=rate,
        factor=factor,
        epochs=epochs,
        record_every=every,
        snapshots=range(0, epochs + 1, every),
    )
    return Staircase(instance, float(log_inverse_scale), rate, factor, process, path)


def middles(run):
    """Return the recorded index in the middle of each plateau but the first and the last, shape (K - 1,)."""
    centres = (run.half_heights[1:] + run.half_heights[:-1]) / 2
    return np.searchsorted(run.path.epochs, centres)
