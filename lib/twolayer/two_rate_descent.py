r"""Full-batch gradient descent on a ReLU network without biases, with one rate for each layer (paper 002, (12)).

The network is :math:`f(x) = \sum_i w_i \max(\langle a_i, x\rangle, 0)`, the loss :math:`\ell = \tfrac12\|e\|^2` with
the error :math:`e_j = f(x_j) - y_j`. A step moves both layers at once along gradients taken at the same point:

.. math:: A \leftarrow A - \eta_w \nabla^w\ell, \qquad w \leftarrow w - \eta_z \nabla^z\ell .

Paper 002 writes points as columns of X, S for the width, W for the hidden weights and z for the output weights.

A step costs two matrix products, 4 n m d floating-point operations for n points in dimension d and m neurons. All the
rest of it is done on blocks of points while their pre-activations lie in the processor's cache: as soon as the row of
a point is there, its output, its error, its changes of activation and its row of the gradient's left factor are made
in place. The step therefore runs at the speed of the matrix product.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from twolayer.compiled import compiled
from twolayer.validation import (
    as_labels,
    as_points,
    finite_array,
    positive_integer,
    positive_number,
    real_number,
)

RUNNING, CONVERGED, ERROR_INCREASED, DIVERGED = "running", "converged", "error increased", "diverged"
"""Outcomes: the budget of steps is used up, the error is below the tolerance, it has grown, it left the numbers."""

_OUTCOMES = (RUNNING, CONVERGED, ERROR_INCREASED, DIVERGED)
_PARTIAL_SUMS = 32
_BLOCK_ENTRIES = 2**17  # pre-activations of a block: 1 MB, the second-level cache of a core
_DIVERGENCE = 1e150  # of an error norm: its square is still a number

# Bits of the code of a neuron at a point.
_ACTIVE, _WAS_ACTIVE, _CHANGED = 1, 2, 4


@compiled
def _take_up_rows(rows, y, w, codes, error, gradient_w, partial, with_outputs):
    """Turn the pre-activations of a block into its rows of A * e, and return the number of changed activations.

    The partial sums are added in a fixed order, which lets the compiler use vector instructions.
    """
    width = rows.shape[1]
    whole = width - width % _PARTIAL_SUMS
    changes = 0
    for j in range(rows.shape[0]):
        row, code = rows[j], codes[j]
        partial[:] = 0.0
        for i in range(0, whole, _PARTIAL_SUMS):
            for k in range(_PARTIAL_SUMS):
                partial[k] += w[i + k] * max(row[i + k], 0.0)
        output = 0.0
        for k in range(_PARTIAL_SUMS):
            output += partial[k]
        for i in range(whole, width):
            output += w[i] * max(row[i], 0.0)
        e = output - y[j]
        error[j] = e
        if with_outputs:
            for i in range(width):
                gradient_w[i] += e * max(row[i], 0.0)
        changed_here = 0
        for i in range(width):
            before = code[i]
            active = np.uint8(row[i] > 0.0)
            row[i] = e if row[i] > 0.0 else 0.0
            changed_here += (before ^ active) & np.uint8(1)
            started = before & np.uint8(2)
            code[i] = active | started | (before & np.uint8(4)) | (((active << 1) ^ started) << 1)
        changes += changed_here
    return changes


@compiled
def _evaluate(
    x, y, a, w, codes, error, gradient_a, gradient_w, block, product, partial, with_outputs, watched
):
    """Compute the error, gradients and activations; return the changes of activation: all, and of one point."""
    gradient_a[:] = 0.0
    gradient_w[:] = 0.0
    changes, watched_changes = 0, 0
    for low in range(0, x.shape[0], block.shape[0]):
        high = min(low + block.shape[0], x.shape[0])
        rows = block[: high - low]
        np.dot(x[low:high], a.T, rows)
        if low <= watched < high:
            for i in range(w.size):
                watched_changes += (np.uint8(rows[watched - low, i] > 0.0) ^ codes[watched, i]) & np.uint8(1)
        changes += _take_up_rows(
            rows, y[low:high], w, codes[low:high], error[low:high], gradient_w, partial, with_outputs
        )
        np.dot(rows.T, x[low:high], product)
        gradient_a += product
    for i in range(w.size):
        gradient_a[i] *= w[i]
    return changes, watched_changes


@compiled
def _norm(values):
    total = 0.0
    for value in values.flat:
        total += value * value
    return np.sqrt(total)


@compiled
def _advance(x, y, state, rates, tolerance, monotone, watched, norms, gradient_norms, changes):
    """Make the steps for which there is room in the records; return how many were made, and the outcome's number."""
    a, w, codes, error, gradient_a, gradient_w, block, product, partial = state
    before = norms[0]
    for k in range(1, norms.size):
        gradient_norms[k - 1, 0], gradient_norms[k - 1, 1] = _norm(gradient_a), _norm(gradient_w)
        a -= rates[0] * gradient_a
        if rates[1] > 0.0:
            w -= rates[1] * gradient_w
        changes[k - 1, 0], changes[k - 1, 1] = _evaluate(
            x, y, a, w, codes, error, gradient_a, gradient_w, block, product, partial, rates[1] > 0.0, watched
        )
        norms[k] = _norm(error)
        if not norms[k] < _DIVERGENCE:
            return k, 3
        if norms[k] < tolerance:
            return k, 1
        if monotone and norms[k] > before:
            return k, 2
        before = norms[k]
    return norms.size - 1, 0


class TwoRateDescent:
    r"""One training of a ReLU network without biases, which can be stopped, looked at and continued at any step.

    Parameters
    ----------
    x : array_like of shape (n, d)
        Points (columns of X in paper 002).
    y : array_like of shape (n,)
        Labels.
    a : array_like of shape (m, d)
        Hidden weights at the start, W_0 in paper 002.
    w : array_like of shape (m,)
        Output weights at the start, z_0 in paper 002.
    rates : tuple of two floats
        :math:`(\eta_w, \eta_z)`: of the hidden and of the output weights, not negative and not both zero.
    tolerance : float
        The run has converged as soon as :math:`\|e\|` is below it.
    monotone : bool
        Whether to stop as soon as :math:`\|e\|` is larger than one step before, the safety valve of paper 002.
    watched : int
        The point for which the changes of activation are recorded by themselves.

    Attributes
    ----------
    a, w : ndarray
        Weights at the present step.
    error : ndarray of shape (n,)
        :math:`e = f - y` there.
    gradient_a, gradient_w : ndarray of shapes (m, d) and (m,)
        Gradients there; the second is zero when :math:`\eta_z = 0`.
    outcome : str
        "running", "converged", "error increased" or "diverged".

    Raises
    ------
    TypeError, ValueError
        If an argument has a wrong shape, is not a number or out of range.
    """

    def __init__(self, x, y, a, w, *, rates, tolerance=1e-3, monotone=True, watched=0):
        self.x = np.ascontiguousarray(as_points(x))
        self.y = np.ascontiguousarray(as_labels(y, len(self.x)))
        a, w = finite_array(a, "a"), finite_array(w, "w")
        if a.ndim != 2 or a.shape[1] != self.x.shape[1] or len(a) == 0:
            raise ValueError(
                f"a must have shape (m, {self.x.shape[1]}) with m >= 1, for x of shape {self.x.shape}; got {a.shape}"
            )
        if w.shape != (len(a),):
            raise ValueError(f"w must have shape ({len(a)},), one entry for each row of a, got {w.shape}")
        self.rates = _as_rates(rates)
        self.tolerance = positive_number(tolerance, "tolerance")
        self.monotone = bool(monotone)
        self.watched = positive_integer(watched, "watched", 0)
        if self.watched >= len(self.x):
            raise ValueError(f"watched must be the index of one of the {len(self.x)} points, got {watched}")
        self.a, self.w = a.copy(order="C"), w.copy()
        self.error = np.empty(len(self.x))
        self.gradient_a, self.gradient_w = np.empty_like(self.a), np.empty_like(self.w)
        self._codes = np.zeros((len(self.x), len(a)), dtype=np.uint8)
        points = max(64, min(512, _BLOCK_ENTRIES // len(a)))
        block = np.empty((min(points, len(self.x)), len(a)))
        self._buffers = block, np.empty_like(self.a), np.empty(_PARTIAL_SUMS)
        _evaluate(
            self.x, self.y, self.a, self.w, self._codes, self.error, self.gradient_a, self.gradient_w,
            *self._buffers, self.rates[1] > 0, self.watched,
        )  # fmt: skip
        active = self._codes & _ACTIVE
        self._codes[...] = active * (_ACTIVE | _WAS_ACTIVE)
        self._norms = [np.array([_norm(self.error)])]
        self._gradient_norms, self._changes = [np.empty((0, 2))], [np.empty((0, 2), dtype=np.int64)]
        self.step = 0
        self.outcome = CONVERGED if self._norms[0][0] < self.tolerance else RUNNING

    def advance(self, steps):
        """Make up to so many steps, fewer where the run ends.

        Parameters
        ----------
        steps : int
            At most; >= 1.

        Returns
        -------
        str
            The outcome so far. Cost 4 n m d floating-point operations per step.
        """
        steps = positive_integer(steps, "steps")
        while steps > 0 and self.outcome == RUNNING:
            piece = min(steps, 4096)  # so that a long budget needs no long records
            norms = np.empty(piece + 1)
            norms[0] = self._norms[-1][-1]
            gradient_norms, changes = np.empty((piece, 2)), np.empty((piece, 2), dtype=np.int64)
            state = self.a, self.w, self._codes, self.error, self.gradient_a, self.gradient_w, *self._buffers
            made, outcome = _advance(
                self.x, self.y, state, self.rates, self.tolerance, self.monotone, self.watched,
                norms, gradient_norms, changes,
            )  # fmt: skip
            self._norms.append(norms[1 : made + 1])
            self._gradient_norms.append(gradient_norms[:made])
            self._changes.append(changes[:made])
            self.step += made
            steps -= made
            self.outcome = _OUTCOMES[outcome]
        return self.outcome

    @property
    def error_norms(self):
        r"""Norms :math:`\|e_\tau\|` at the steps 0 to T, shape (T + 1,)."""
        return np.concatenate(self._norms)

    @property
    def gradient_norms(self):
        r"""Norms of :math:`\nabla^w\ell` and :math:`\nabla^z\ell` at the steps 0 to T - 1, shape (T, 2)."""
        return np.concatenate(self._gradient_norms)

    @property
    def activation_changes(self):
        """Activations changed by each step, at all points and at the watched one, shape (T, 2)."""
        return np.concatenate(self._changes)

    @property
    def active(self):
        """Present activations (A in paper 002, with points as rows), bool of shape (n, m)."""
        return self._codes & _ACTIVE != 0

    @property
    def initially_active(self):
        """Activations at the start, bool of shape (n, m)."""
        return self._codes & _WAS_ACTIVE != 0

    @property
    def ever_changed(self):
        """Activations that have differed from the initial ones after at least one step, bool of shape (n, m)."""
        return self._codes & _CHANGED != 0


def _as_rates(rates):
    try:
        first, second = rates
    except (TypeError, ValueError):
        raise ValueError(f"rates must be a pair (hidden layer, output layer), got {rates!r}") from None
    first, second = real_number(first, "rates[0]"), real_number(second, "rates[1]")
    if min(first, second) < 0 or first == second == 0:
        raise ValueError(f"rates must not be negative and not both zero, got {(first, second)}")
    return first, second


def advance_all(descents, steps, threads=1):
    """Advance many trainings, on several cores.

    Parameters
    ----------
    descents : sequence of TwoRateDescent
        Of any sizes.
    steps : int
        As in :meth:`TwoRateDescent.advance`.
    threads : int
        Trainings under way at a time. The numbers do not depend on it.

    Returns
    -------
    list of str
        The outcomes.

    Raises
    ------
    TypeError, ValueError
        If ``steps`` or ``threads`` is not a positive integer.
    """
    steps = positive_integer(steps, "steps")
    with ThreadPoolExecutor(positive_integer(threads, "threads")) as pool:
        return list(pool.map(lambda descent: descent.advance(steps), descents))
