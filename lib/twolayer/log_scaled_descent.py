r"""Gradient descent from tiny balanced starts on orthonormal data, with the scale of each neuron kept as a logarithm.

The discrete counterpart of :mod:`twolayer.saddle_flow`: an epoch of rate :math:`\eta` adds
:math:`\eta\frac cn w_j r_i [z_{ji} > 0]` to :math:`z_{ji} = \langle a_j, x_i\rangle` and
:math:`\eta\frac cn\sum_i \max(z_{ji}, 0) r_i` to :math:`w_j`, both from the weights before (paper 003, appendix A; its
letters a and w change places here). In plain double precision a start below :math:`10^{-308}` is zero, and products of
weights vanish long before. Here a neuron is stored divided by :math:`e^{S_j}`; its equation is linear, so nothing else
changes, and :math:`S_j` follows when the stored output weight leaves :math:`[10^{-3}, 10^3]`. The same epochs serve any
other start.
"""

from dataclasses import dataclass

import numpy as np

from twolayer.balanced_start import balanced_start
from twolayer.compiled import compiled
from twolayer.validation import as_labels, finite_array, positive_integer, positive_number

_SUMS = 16
_DIVERGED = 1e100


@compiled
def _epochs(z, w, scale, y, rate, step, pull, partial, target, count):
    """Make up to count epochs; return how many, and half the squared residuals of the last evaluation."""
    m, n = z.shape
    whole = n - n % _SUMS
    half = 0.0
    for epoch in range(count + 1):
        for i in range(n):
            pull[i] = y[i]
        for j in range(m):
            weight = w[j] * np.exp(2.0 * scale[j])
            if weight != 0.0:
                for i in range(n):
                    pull[i] -= weight * max(z[j, i], 0.0)
        half = 0.0
        for i in range(n):
            half += 0.5 * pull[i] * pull[i]
        if half < target or not half < _DIVERGED or epoch == count:
            return epoch, half
        for j in range(m):
            row = z[j]
            move = step * rate * w[j]
            partial[:] = 0.0
            for i in range(0, whole, _SUMS):
                for k in range(_SUMS):
                    partial[k] += max(row[i + k], 0.0) * pull[i + k]
            total = 0.0
            for k in range(_SUMS):
                total += partial[k]
            for i in range(whole, n):
                total += max(row[i], 0.0) * pull[i]
            for i in range(n):
                row[i] += move * pull[i] if row[i] > 0.0 else 0.0
            w[j] += step * rate * total
            size = abs(w[j])
            if size > 1e3 or 0.0 < size < 1e-3:
                for i in range(n):
                    row[i] /= size
                w[j] /= size
                scale[j] += np.log(size)
    return count, half


@dataclass(frozen=True)
class DescentPath:
    """A run of gradient descent.

    Attributes
    ----------
    epochs : ndarray of int, shape (R,)
        Recorded epochs; the last is where the run ended.
    losses : ndarray of shape (R,)
        Loss there.
    log_norms : ndarray of shape (R, m)
        Logarithm of the modulus of the output weight there, which for a balanced start is the norm of either layer up
        to the second order in the rate.
    squared_norm : float
        Squared norm of all weights at the end.
    outcome : str
        "converged", "unfinished" or "diverged".
    outputs : ndarray of shape (n,)
        Outputs of the network on the data at the end.
    snapshots : tuple of (epoch, directions, log_norms)
        At the epochs asked for that were reached: hidden weights of norm 1, shape (m, n), and logarithms of their
        norms, shape (m,).
    """

    epochs: np.ndarray
    losses: np.ndarray
    log_norms: np.ndarray
    squared_norm: float
    outcome: str
    outputs: np.ndarray
    snapshots: tuple = ()


def log_scaled_descent(
    directions,
    signs,
    y,
    log_scale,
    *,
    rate,
    factor=1.0,
    stop_loss=1e-10,
    epochs=10**6,
    record_every=None,
    snapshots=(),
):
    r"""Train from :math:`a_j = e^{-L} g_j`, :math:`w_j = s_j e^{-L}\|g_j\|`.

    Parameters
    ----------
    directions : array_like of shape (m, n)
        :math:`g_j` in the coordinates of the data.
    signs : array_like of shape (m,)
        :math:`s_j`, 1 or -1.
    y : array_like of shape (n,)
        Labels.
    log_scale : float
        :math:`-L`, any number.
    rate : float
        Learning rate; stable below about :math:`n / (c \|y\|)`.
    factor : float
        c of the loss :math:`\frac c{2n}\|r\|^2`: 2 for the mean square.
    stop_loss : float
        The run has converged when the loss is below it.
    epochs : int
        At most so many.
    record_every : int, optional
        Distance of the recorded epochs; only begin and end if not given.
    snapshots : sequence of int
        Epochs at which to keep all directions.

    Returns
    -------
    DescentPath
        Cost about 6 n m operations per epoch.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    z, w, scale, y = balanced_start(directions, signs, y, log_scale)
    return _train(z, w, scale, y, rate, factor, stop_loss, epochs, record_every, snapshots)


def orthogonal_descent(
    hidden,
    output,
    y,
    *,
    rate,
    factor=1.0,
    stop_loss=1e-10,
    epochs=10**6,
    record_every=None,
    snapshots=(),
):
    r"""Train from any start, balanced or not, on orthonormal data.

    Parameters
    ----------
    hidden : array_like of shape (m, n)
        :math:`\langle a_j(0), x_i\rangle`; what is orthogonal to the data never moves, and is left out.
    output : array_like of shape (m,)
        :math:`w_j(0)`.
    y, rate, factor, stop_loss, epochs, record_every, snapshots
        As in :func:`log_scaled_descent`.

    Returns
    -------
    DescentPath
        Here ``log_norms`` are the logarithms of the moduli of the output weights, not those of the hidden ones.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    z, w = finite_array(hidden, "hidden").copy(), finite_array(output, "output").copy()
    if z.ndim != 2 or z.size == 0 or w.shape != z.shape[:1]:
        raise ValueError(f"hidden and output must have shapes (m, n) and (m,), got {z.shape} and {w.shape}")
    scale = np.zeros(w.size)
    return _train(
        z, w, scale, as_labels(y, z.shape[1]), rate, factor, stop_loss, epochs, record_every, snapshots
    )


def _train(z, w, scale, y, rate, factor, stop_loss, epochs, record_every, snapshots):
    rate, factor = positive_number(rate, "rate"), positive_number(factor, "factor")
    stop_loss, epochs = positive_number(stop_loss, "stop_loss"), positive_integer(epochs, "epochs")
    piece = epochs if record_every is None else positive_integer(record_every, "record_every")
    wanted = sorted({positive_integer(epoch, "a snapshot's epoch", 0) for epoch in snapshots})
    n = y.size
    target, buffers = stop_loss * n / factor, (np.empty(n), np.empty(_SUMS))
    records, kept, done, outcome, stop = [], [], 0, "unfinished", 0
    while True:
        made, half = _epochs(z, w, scale, y, rate, factor / n, *buffers, target, stop - done)
        done += made
        ended = half < target or not half < _DIVERGED
        if ended or done == epochs or done % piece == 0:
            records.append((done, factor / n * half, _log_moduli(w) + scale))
        if wanted and done == wanted[0]:
            sizes = np.linalg.norm(z, axis=1)
            with np.errstate(divide="ignore", invalid="ignore"):
                kept.append((wanted.pop(0), z / sizes[:, None], np.log(sizes) + scale))
        if ended:
            outcome = "converged" if half < target else "diverged"
            break
        if done == epochs:
            break
        stop = min([epochs, (done // piece + 1) * piece, *wanted[:1]])
    norms = np.exp(scale)
    squared = float((((np.linalg.norm(z, axis=1) ** 2) + w**2) * norms**2).sum())
    columns = [np.array(column) for column in zip(*records, strict=True)]
    return DescentPath(*columns, squared, outcome, (w * norms**2) @ np.maximum(z, 0.0), tuple(kept))


def _log_moduli(w):
    with np.errstate(divide="ignore"):
        return np.log(np.abs(w))
