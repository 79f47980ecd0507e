"""The run of Figures 1, 3 and 4: plain gradient descent, and Algorithm 1 beside it."""

import functools
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.signal import find_peaks

from studies.incremental.instances import OrthogonalInstance, positive_instance
from twolayer.jump_process import JumpProcess, jump_process
from twolayer.log_scaled_descent import DescentPath, log_scaled_descent

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
    """
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


def jump_table(run):
    """Return one row for each jump: what Algorithm 1 predicts and what was measured.

    Parameters
    ----------
    run : Staircase
        The run.

    Returns
    -------
    DataFrame
        Columns k, neuron, points, tau, Y, squared_norm (at the end), loss (of the saddle reached), plateau (in the
        middle of it; at the end of the run after the last jump), predicted, half_height, offset (in time, not epochs).
    """
    process, path = run.process, run.path
    rows = np.append(middles(run), path.epochs.size - 1)
    return pd.DataFrame(
        {
            "k": np.arange(1, process.times.size + 1),
            "neuron": process.neurons,
            "points": process.counts,
            "tau": process.times,
            "Y": process.label_norms,
            "squared_norm": np.exp(2 * path.log_norms[-1, process.neurons]),
            "loss": process.losses[1:],
            "plateau": path.losses[rows],
            "predicted": run.predicted_epochs,
            "half_height": run.half_heights,
            "offset": (run.half_heights - run.predicted_epochs) * run.rate,
        }
    )


def drops(run):
    """Return the epochs at which the loss falls fastest, relative to itself: local maxima of that speed.

    Parameters
    ----------
    run : Staircase
        The run.

    Returns
    -------
    ndarray
        Maxima that stand out by a thousandth of the largest, and the last epoch if the loss still falls there: the
        last drop of a run that converges never ends.
    """
    epochs, speed = run.path.epochs, -np.gradient(np.log(run.path.losses), run.path.epochs)
    least = 1e-3 * speed.max()
    peaks, _ = find_peaks(speed, prominence=least)
    return np.append(epochs[peaks], epochs[-1:] if speed[-1] > least else [])


def changes_at_others(run):
    """Return the largest relative change of the norm of any neuron at a jump of another, from those that have jumped.

    Parameters
    ----------
    run : Staircase
        The run; norms in the middles of the plateaus before and after each jump but the first and the last are
        compared.

    Returns
    -------
    ndarray of shape (K - 2,)
        For jumps 2 to K - 1: the largest change among the neurons that jumped before.
    """
    norms, rows = np.exp(run.path.log_norms), middles(run)
    found = []
    for k in range(1, rows.size):
        earlier = run.process.neurons[:k]
        found.append(np.abs(norms[rows[k], earlier] / norms[rows[k - 1], earlier] - 1).max())
    return np.array(found)


def slopes(run, least_growth=0.0):
    r"""Return the slope of every log norm on the middle half of every plateau on which its neuron grows.

    Parameters
    ----------
    run : Staircase
        The run.
    least_growth : float
        Segments on which the predicted growth is below it, in nats, are left out.

    Returns
    -------
    DataFrame
        Columns segment (k), neuron, growth (predicted, in nats), predicted :math:`\|D_j^k\|`, discrete
        :math:`\log(1 + \eta\|D_j^k\|)/\eta`, measured, error (relative to predicted), discrete_error.
    """
    process, path = run.process, run.path
    times, rate = np.concatenate([[0.0], process.times]), run.rate
    rows = []
    for k in range(process.times.size):
        begin, end = (times[k : k + 2] * run.log_inverse_scale) / rate
        inside = (path.epochs > begin + (end - begin) / 4) & (path.epochs < end - (end - begin) / 4)
        epochs = path.epochs[inside]
        for j in np.flatnonzero(process.rates[k] > 0):
            predicted = process.rates[k, j]
            growth = predicted * (end - begin) * rate
            if growth < least_growth:
                continue
            measured = np.polyfit(epochs - epochs[0], path.log_norms[inside, j], 1)[0] / rate
            discrete = math.log1p(rate * predicted) / rate
            rows.append((k, j, growth, predicted, discrete, measured))
    table = pd.DataFrame(rows, columns=["segment", "neuron", "growth", "predicted", "discrete", "measured"])
    table["error"] = table["measured"] / table["predicted"] - 1
    table["discrete_error"] = table["measured"] / table["discrete"] - 1
    return table


def cosines(run, epoch):
    r"""Return the cosines of the hidden weights with :math:`D_j^0` and :math:`D_j^1`, of the neurons that jump later.

    Parameters
    ----------
    run : Staircase
        The run.
    epoch : float
        Where to look.

    Returns
    -------
    old, new : ndarray of shape (m - 1,)
        Of all neurons but the first to jump.
    """
    directions, _ = run.snapshot(epoch)
    others = np.delete(np.arange(run.instance.signs.size), run.process.neurons[0])
    signed = run.instance.signs[others, None] * run.targets[:2, others]
    return tuple(np.einsum("kji,ji->kj", signed, directions[others]))
