r"""The jump process between saddles that gradient flow follows on orthonormal data when it starts from nothing.

Paper 003 trains :math:`h(x) = \sum_j w_j \max(\langle a_j, x\rangle, 0)` from :math:`\|a_j\| = |w_j| = \lambda` on
orthonormal points. With time divided by :math:`\log(1/\lambda)`, the limit :math:`\lambda \to 0` is a process that
rests at saddles of the loss and jumps between them. Each jump switches on one neuron, which fits all points that it is
active on, that have its sign, and that nobody has fitted before. Algorithm 1 of the paper finds the jumps without
training. (The paper calls the hidden weights w and the output weights a; the library has it the other way round.)

On a plateau the neuron j grows at the rate :math:`\|D_j\| = \frac cn \|y_{A_j}\|_2`, where :math:`A_j` are its unfitted
points: its exponent :math:`\rho_j = \log\|a_j\| / \log(1/\lambda)` starts at -1 and rises by that rate until one of
them reaches 0. The loss is :math:`\frac c{2n}\sum_i (h(x_i) - y_i)^2`.
"""

from dataclasses import dataclass

import numpy as np

from twolayer.validation import as_labels, finite_array, positive_number

_TIE = 1e-12  # exponents closer to 0 than this have arrived: far above their rounding
_REFRESH = 1e-2  # sums of squares are added up anew when they have fallen by this factor since the last time


@dataclass(frozen=True)
class JumpProcess:
    r"""The jumps, in order; K is their number, m that of the neurons and n that of the points.

    Attributes
    ----------
    times : ndarray of shape (K,)
        :math:`\tau_k`, in units of :math:`\log(1/\lambda)`.
    neurons : ndarray of int, shape (K,)
        :math:`j_k`; of neurons with the same unfitted points, the first.
    label_norms : ndarray of shape (K,)
        :math:`Y_k = \|y_{A}\|_2` over the points fitted by the jump: the squared norm of either layer of its neuron.
    fitted_by : ndarray of int, shape (n,)
        Number of the jump that fits a point, from 0, or -1 where none does.
    exponents : ndarray of shape (K + 1, m)
        :math:`\rho_j` at time 0 and at each jump.
    rates : ndarray of shape (K + 1, m)
        :math:`\|D_j\|` after time 0 and after each jump; 0 for a neuron that has jumped.
    losses : ndarray of shape (K + 1,)
        Loss of the saddles, from the zero network to the last.
    """

    times: np.ndarray
    neurons: np.ndarray
    label_norms: np.ndarray
    fitted_by: np.ndarray
    exponents: np.ndarray
    rates: np.ndarray
    losses: np.ndarray

    @property
    def squared_norm(self):
        r"""Squared norm of all weights at the end, :math:`2\sum_k Y_k` (paper 003, (15))."""
        return 2.0 * float(self.label_norms.sum())

    @property
    def counts(self):
        """Number of points fitted by each jump, shape (K,)."""
        return np.bincount(self.fitted_by[self.fitted_by >= 0], minlength=self.times.size)

    def exponents_at(self, time):
        r"""Return :math:`\rho_j` at given times, shape (..., m); a neuron that has jumped stays at 0.

        Parameters
        ----------
        time : array_like
            Times >= 0 in units of :math:`\log(1/\lambda)`.

        Returns
        -------
        ndarray

        Raises
        ------
        TypeError, ValueError
            If a time is negative or no finite number.
        """
        time = finite_array(time, "time")
        if (time < 0).any():
            raise ValueError(f"time must be >= 0, got {time.min():g}")
        k = np.searchsorted(self.times, time, side="right")
        start = np.concatenate([[0.0], self.times])[k]
        return self.exponents[k] + (time - start)[..., None] * self.rates[k]


def jump_process(active, signs, y, *, factor=1.0, ties="refuse"):
    r"""Run Algorithm 1 of paper 003.

    Parameters
    ----------
    active : array_like of bool, shape (m, n)
        Whether neuron j is active on point i at the start, :math:`\langle a_j(0), x_i\rangle > 0`.
    signs : array_like of shape (m,)
        Signs of the output weights, 1 or -1.
    y : array_like of shape (n,)
        Labels, none of them zero.
    factor : float
        c of the loss: 1 for half the mean square, 2 for the mean square. Times are proportional to 1/c.
    ties : str
        What to do if two neurons with different points would jump at the same time, which Assumption 4 excludes:
        "refuse", also if double precision cannot tell, or "first", of exactly equal times the smaller index.

    Returns
    -------
    JumpProcess
        Points that no neuron covers stay unfitted. Neurons with the same unfitted points act as one: the first of them
        is named, and the squared norms of all of them add up to Y. Cost O(n m) for all sums together and O(m) for each
        jump.

    Raises
    ------
    TypeError, ValueError
        If a label is zero, a sign is not 1 or -1, the activations are no truth values, a shape does not fit, or there
        is a tie.
    """
    active, signs, y = _check(active, signs, y)
    factor = positive_number(factor, "factor")
    if ties not in ("refuse", "first"):
        raise ValueError(f"ties must be 'refuse' or 'first', got {ties!r}")
    m, n = active.shape
    mask = active & ((y > 0) == (signs > 0)[:, None])
    # Powers of two, so that nothing is rounded: squares of labels far from 1 may leave the range of the numbers.
    power = np.frexp(np.abs(y).max())[1]
    squares, unfitted = np.ldexp(y, -power) ** 2, np.ones(n, dtype=bool)
    sums = mask @ squares
    reference, left = sums.copy(), mask.sum(axis=1)
    waiting, exponents, time = np.ones(m, dtype=bool), np.full(m, -1.0), 0.0
    fitted_by = np.full(n, -1)
    jumps, exponent_rows, rate_rows, losses = [], [], [], []
    while True:
        sums[left == 0] = 0.0
        stale = waiting & (left > 0) & (sums < _REFRESH * reference)
        if stale.any():
            sums[stale] = mask[stale] @ np.where(unfitted, squares, 0.0)
            reference[stale] = sums[stale]
        rates = np.where(waiting, factor / n * np.sqrt(np.maximum(sums, 0.0)), 0.0)
        exponent_rows.append(exponents.copy())
        rate_rows.append(rates)
        losses.append(factor / (2 * n) * squares[unfitted].sum())
        candidates = np.flatnonzero(rates > 0)
        if not candidates.size:
            break
        waits = -exponents[candidates] / rates[candidates]
        wait, j = float(waits.min()), candidates[waits.argmin()]
        arrived = candidates[exponents[candidates] + rates[candidates] * wait > -_TIE]
        same = ((mask[arrived] & unfitted) == (mask[j] & unfitted)).all(axis=1)
        if ties == "refuse" and not same.all():
            _refuse_tie(j, arrived[~same][0], np.ldexp(time + wait, -power))
        twins = arrived[same]
        j, time = twins[0], time + wait
        exponents = exponents + rates * wait
        points = np.flatnonzero(mask[j] & unfitted)
        norm = float(np.sqrt(squares[points].sum()))
        exponents[twins] = 0.0
        waiting[twins] = False
        fitted_by[points] = len(jumps)
        unfitted[points] = False
        overlap = mask[:, points]
        sums -= overlap @ squares[points]
        left -= overlap.sum(axis=1)
        jumps.append((time, j, norm))
    times, neurons, norms = (
        (np.array(column) for column in zip(*jumps, strict=True)) if jumps else (np.empty(0),) * 3
    )
    return JumpProcess(
        np.ldexp(times, -power),
        neurons.astype(int),
        np.ldexp(norms, power),
        fitted_by,
        np.array(exponent_rows),
        np.ldexp(rate_rows, power),
        np.ldexp(losses, 2 * power),
    )


def _refuse_tie(j, other, time):
    raise ValueError(
        f"neurons {j} and {other} have different points and would jump at the same time {time:g}, which "
        "Assumption 4 (ii) excludes; change a label a little, or pass ties='first'"
    )


def _check(active, signs, y):
    active, signs = np.asarray(active), finite_array(signs, "signs")
    if active.dtype != bool or active.ndim != 2 or active.size == 0:
        raise ValueError(
            f"active must be bool of shape (m, n), one row for each of at least one neuron, got {active.dtype} of "
            f"shape {active.shape}; coordinates become activations by z > 0, zeros and ones by a == 1"
        )
    y = as_labels(y, active.shape[1])
    if (y == 0).any():
        raise ValueError(
            f"labels must not be zero, but y[{int(np.flatnonzero(y == 0)[0])}] is; leave that point out"
        )
    if signs.shape != (len(active),) or not np.isin(signs, (-1, 1)).all():
        raise ValueError(f"signs must be 1 or -1 for each of the {len(active)} neurons, got {signs!r}")
    return active, signs, y


def limit_weights(process, y, signs):
    r"""Return the weights at the end, in the coordinates of the data (paper 003, (12) to (14)).

    Parameters
    ----------
    process : JumpProcess
        The jumps.
    y : array_like of shape (n,)
        Labels.
    signs : array_like of shape (m,)
        Signs of the output weights.

    Returns
    -------
    a : ndarray of shape (m, n)
        :math:`\langle a_j, x_i\rangle = |y_i| / \sqrt{Y}` for the points that neuron j has fitted, else 0.
    w : ndarray of shape (m,)
        :math:`s_j\sqrt Y`.

    Raises
    ------
    TypeError, ValueError
        If the labels or the signs do not fit the process.
    """
    y, signs = as_labels(y, process.fitted_by.size), finite_array(signs, "signs")
    if signs.shape != process.exponents.shape[1:] or not np.isin(signs, (-1, 1)).all():
        raise ValueError(
            f"signs must be 1 or -1 for each of the {process.exponents.shape[1]} neurons, got {signs!r}"
        )
    a, w = np.zeros((signs.size, y.size)), np.zeros(signs.size)
    for k, (j, norm) in enumerate(zip(process.neurons, process.label_norms, strict=True)):
        points = process.fitted_by == k
        a[j, points] = np.abs(y[points]) / np.sqrt(norm)
        w[j] = signs[j] * np.sqrt(norm)
    return a, w


def least_squared_norm(y):
    r"""Return the least squared norm of weights that interpolate, :math:`2(\|y_+\|_2 + \|y_-\|_2)` (paper 003, (15)).

    Parameters
    ----------
    y : array_like of shape (n,)
        Labels on orthonormal points.

    Returns
    -------
    float
        For every interpolator :math:`|y_i| \le \sum_{s_j = \operatorname{sign} y_i} |w_j| \max(\langle a_j, x_i\rangle,
        0)`; norms on both sides and the inequality of the means give the bound, which two neurons attain.

    Raises
    ------
    ValueError
        If the labels are not a vector of numbers.
    """
    y = as_labels(y, np.size(y))
    return 2.0 * float(np.linalg.norm(y[y > 0]) + np.linalg.norm(y[y < 0]))
