r"""Gradient descent from tiny balanced starts on any unit points, with the scale of each neuron kept as a logarithm.

:mod:`twolayer.log_scaled_descent` for data that are not orthogonal. With the Gram matrix :math:`G_{ik} = \langle x_i,
x_k\rangle` an epoch of rate :math:`\eta` adds :math:`\eta\frac cn w_j\sum_k G_{ik} r_k [z_{jk} > 0]` to
:math:`z_{ji} = \langle a_j, x_i\rangle`: a coordinate follows the residuals of other points, and one that is inactive
moves, too (paper 003 has :math:`G = I`, and writes w for a and a for w).

Hidden weights are given in the coordinates of the orthonormal vectors :math:`u_i` nearest to the points, the rows of
:math:`G^{-1/2}X`: :math:`a_j = \sum_i v_{ji}u_i` has the norm of :math:`v_j`, and :math:`z_j = G^{1/2}v_j`. They exist
when G is singular, too, and are the coordinates of the data when :math:`G = I`. What a weight has outside their span
never moves.
"""

from dataclasses import dataclass

import numpy as np

from twolayer.balanced_start import balanced_start
from twolayer.compiled import compiled
from twolayer.validation import as_points, finite_array, positive_integer, positive_number

TOLERANCE = 1e-8
"""Asymmetry, distance of the diagonal from one, and negative part of the spectrum that pass for rounding."""

_DIVERGED = 1e100


def as_gram(gram):
    """Return the Gram matrix of unit points after a check that it is one.

    Parameters
    ----------
    gram : array_like of shape (n, n)
        Inner products.

    Returns
    -------
    ndarray of shape (n, n)
        Symmetric; the entries are not changed otherwise. Cost O(n^3).

    Raises
    ------
    TypeError, ValueError
        If it is not a square matrix of numbers, not symmetric, has no unit diagonal, or a negative eigenvalue; the
        message names the place and the size.
    """
    gram = finite_array(gram, "gram")
    if gram.ndim != 2 or gram.size == 0 or gram.shape[0] != gram.shape[1]:
        raise ValueError(f"gram must have shape (n, n), got {gram.shape}; for points x (rows) it is x @ x.T")
    asymmetry = np.abs(gram - gram.T)
    i, k = np.unravel_index(asymmetry.argmax(), gram.shape)
    if asymmetry[i, k] > TOLERANCE:
        raise ValueError(
            f"gram must be symmetric, but entry ({i}, {k}) is {gram[i, k]:g} and ({k}, {i}) is {gram[k, i]:g}"
        )
    away = np.abs(np.diag(gram) - 1.0)
    if away.max() > TOLERANCE:
        i = int(away.argmax())
        raise ValueError(
            f"gram must have ones on its diagonal (unit points), but entry {i} is {gram[i, i]:g}; divide the points "
            "by their norms"
        )
    least = float(np.linalg.eigvalsh(gram)[0])
    if least < -TOLERANCE * len(gram):
        raise ValueError(
            f"gram must be positive semidefinite, but has the eigenvalue {least:g}: no points have these inner products"
        )
    return (gram + gram.T) / 2


def gram_of(x):
    """Return the inner products of points after division by their norms.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Points, none of them zero.

    Returns
    -------
    ndarray of shape (n, n)
        Cost O(n^2 d).

    Raises
    ------
    TypeError, ValueError
        If the points are no matrix of numbers, or one of them is zero.
    """
    x = as_points(x)
    norms = np.linalg.norm(x, axis=1)
    if (norms == 0).any():
        raise ValueError(f"x must not hold the zero vector, but row {int(norms.argmin())} is; leave it out")
    x = x / norms[:, None]
    gram = x @ x.T
    np.fill_diagonal(gram, 1.0)
    return (gram + gram.T) / 2


def symmetric_root(gram):
    """Return the symmetric positive semidefinite root of a Gram matrix, shape (n, n), at a cost of O(n^3).

    Close to the identity it is taken from the series of the root, so that correlations far below the rounding of one
    survive.
    """
    off = as_gram(gram).copy()
    np.fill_diagonal(off, 0.0)
    if np.abs(off).sum(axis=1).max() < 1e-5:
        root = off / 2 - off @ off / 8 + off @ off @ off / 16
        root[np.diag_indices_from(root)] += 1.0
        return root
    values, vectors = np.linalg.eigh(as_gram(gram))
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T


@compiled
def _epochs(gram, z, b, w, scale, y, rate, step, residual, pull, fitted, target, done, count):
    """Make up to count epochs; return how many, and half the squared residuals of the last evaluation."""
    m, n = z.shape
    half = 0.0
    for epoch in range(count + 1):
        for i in range(n):
            residual[i] = y[i]
        for j in range(m):
            weight = w[j] * np.exp(2.0 * scale[j])
            if weight != 0.0:
                for i in range(n):
                    residual[i] -= weight * max(z[j, i], 0.0)
        half = 0.0
        for i in range(n):
            half += 0.5 * residual[i] * residual[i]
            if fitted[i] < 0 and residual[i] * y[i] <= 0.5 * y[i] * y[i]:
                fitted[i] = done + epoch
        if half < target or not half < _DIVERGED or epoch == count:
            return epoch, half
        for j in range(m):
            row = z[j]
            move = step * rate * w[j]
            total = 0.0
            pull[:] = 0.0
            for k in range(n):
                if row[k] > 0.0:
                    total += row[k] * residual[k]
                    b[j, k] += move * residual[k]
                    line = gram[k]
                    force = residual[k]
                    for i in range(n):
                        pull[i] += line[i] * force
            for i in range(n):
                row[i] += move * pull[i]
            w[j] += step * rate * total
            size = abs(w[j])
            if size > 1e3 or 0.0 < size < 1e-3:
                for i in range(n):
                    row[i] /= size
                    b[j, i] /= size
                w[j] /= size
                scale[j] += np.log(size)
    return count, half


@dataclass(frozen=True)
class CorrelatedPath:
    """A run of gradient descent on correlated data.

    Attributes
    ----------
    epochs : ndarray of int, shape (R,)
        Recorded epochs; the last is where the run ended.
    losses : ndarray of shape (R,)
        Loss there.
    log_norms : ndarray of shape (R, m)
        Logarithm of the modulus of the output weight there.
    fit_epochs : ndarray of int, shape (n,)
        First epoch at which the output at a point is at least half of its label, -1 where that never happens.
    squared_norm : float
        Squared norm of all weights at the end.
    hidden_norms, output_weights : ndarray of shape (m,)
        Norms of the hidden weights (not of their coordinates), and output weights at the end.
    active : ndarray of bool, shape (R, m, n)
        Which neuron is active on which point, at the recorded epochs.
    outputs : ndarray of shape (n,)
        Outputs of the network on the data at the end.
    outcome : str
        "converged", "unfinished" or "diverged".
    """

    epochs: np.ndarray
    losses: np.ndarray
    log_norms: np.ndarray
    fit_epochs: np.ndarray
    squared_norm: float
    hidden_norms: np.ndarray
    output_weights: np.ndarray
    active: np.ndarray
    outputs: np.ndarray
    outcome: str


def correlated_descent(
    gram,
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
):
    r"""Train from :math:`a_j = e^{-L}\sum_i g_{ji}u_i`, :math:`w_j = s_j e^{-L}\|g_j\|`.

    Parameters
    ----------
    gram : array_like of shape (n, n)
        :math:`\langle x_i, x_k\rangle` of unit points.
    directions : array_like of shape (m, n)
        :math:`g_j` in the coordinates of the orthonormal vectors nearest to the points.
    signs : array_like of shape (m,)
        :math:`s_j`, 1 or -1.
    y : array_like of shape (n,)
        Labels.
    log_scale : float
        :math:`-L`, any number.
    rate : float
        Learning rate; stable below about :math:`n / (c \|y\|)` for nearly orthogonal points.
    factor : float
        c of the loss :math:`\frac c{2n}\|r\|^2`: 2 for the mean square.
    stop_loss : float
        The run has converged when the loss is below it.
    epochs : int
        At most so many.
    record_every : int, optional
        Distance of the recorded epochs; only begin and end if not given.

    Returns
    -------
    CorrelatedPath
        Cost O(n^2 m) for each epoch.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    """
    start, w, scale, y = balanced_start(directions, signs, y, log_scale)
    gram = as_gram(gram)
    if len(gram) != y.size:
        raise ValueError(f"gram has {len(gram)} points, but directions and y have {y.size}")
    root = symmetric_root(gram)
    rate, factor = positive_number(rate, "rate"), positive_number(factor, "factor")
    stop_loss, epochs = positive_number(stop_loss, "stop_loss"), positive_integer(epochs, "epochs")
    piece = epochs if record_every is None else positive_integer(record_every, "record_every")
    n, first = y.size, scale.copy()
    z, b = start @ root, np.zeros_like(start)
    target, buffers = stop_loss * n / factor, (np.empty(n), np.empty(n))
    fitted = np.full(n, -1)
    records, done, stop = [], 0, 0
    while True:
        made, half = _epochs(
            gram, z, b, w, scale, y, rate, factor / n, *buffers, fitted, target, done, stop - done
        )
        done += made
        with np.errstate(divide="ignore"):
            records.append((done, factor / n * half, np.log(np.abs(w)) + scale, z > 0))
        if half < target or not half < _DIVERGED or done == epochs:
            break
        stop = min(epochs, done + piece)
    outcome = "converged" if half < target else "unfinished" if half < _DIVERGED else "diverged"
    norms = np.exp(scale)
    hidden = np.linalg.norm(start * np.exp(first - scale)[:, None] + b @ root, axis=1) * norms
    output = w * norms
    recorded, losses, logs, active = (np.array(column) for column in zip(*records, strict=True))
    return CorrelatedPath(
        recorded,
        losses,
        logs,
        fitted,
        float((hidden**2).sum() + (output**2).sum()),
        hidden,
        output,
        active,
        (w * norms**2) @ np.maximum(z, 0.0),
        outcome,
    )
