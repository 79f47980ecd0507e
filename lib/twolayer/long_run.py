r"""Long runs of the closed system, compiled: what the drive adds up to, and how far it moves everything.

The recursion is that of :mod:`twolayer.closed_system`, which says what it means and against which it is tested; a
step costs some fifty nanoseconds, whatever the width. Neurons that start with b = 0 are moved by one matrix
:math:`\Phi_\sigma` for each side, and only those of extreme ratio w/a can be the first to cross
(:func:`twolayer.certificate.extreme_neurons`).
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from twolayer.closed_system import as_leak
from twolayer.closed_system_arithmetic import drive, moments_step, neuron_step
from twolayer.compiled import compiled
from twolayer.validation import finite_array, positive_integer

MOMENTS = ("a2", "ab", "b2", "wa", "wb", "w2")
"""The order of second moments in the compiled state: aa, ab, bb, wa, wb, ww."""

_ROWS, _COLUMNS = np.array([0, 0, 1, 2, 2, 2]), np.array([0, 1, 1, 0, 1, 2])


@compiled
def move(moments, transfer, r, s):
    """Apply I + hQ with hQ = (r, s) to the six moments and to the transfer matrix (3, 3) of one side."""
    aa, ab, bb, wa, wb, ww = moments
    moments[0], moments[1], moments[3], moments[2], moments[4], moments[5] = moments_step(
        aa, ab, wa, bb, wb, ww, r, s
    )
    for j in range(3):
        transfer[0, j], transfer[1, j], transfer[2, j] = neuron_step(
            transfer[0, j], transfer[1, j], transfer[2, j], r, s
        )


@compiled
def _advance(moments, c, transfer, data, optimum, h, leak, ratios, distance, steps, u):
    """Train in place; return steps made, output bias, drive, largest kink, and whether an extreme neuron crossed."""
    total = 0.0
    largest = 0.0
    for k in range(steps):
        change = drive(moments[:, 3:5], c, data, optimum, leak, u)
        total += h * max(max(abs(u[0, 0]), abs(u[0, 1])), max(abs(u[1, 0]), abs(u[1, 1])))
        c += h * change
        for side in range(2):
            move(moments[side], transfer[side], h * u[side, 0], h * u[side, 1])
            matrix = transfer[side]
            for end in range(2):
                a = matrix[0, 0] + matrix[0, 2] * ratios[side, end]
                b = abs(matrix[1, 0] + matrix[1, 2] * ratios[side, end])
                if not b < distance * a:
                    return k + 1, c, total, np.inf, True
                largest = max(largest, b / a)
    return steps, c, total, largest, False


@dataclass(frozen=True)
class LongRun:
    r"""Where runs have come to.

    Attributes
    ----------
    moments : ndarray of shape (N, 2, 3, 3)
        :math:`\Sigma_\sigma` at the end.
    c : ndarray of shape (N,)
        Output bias at the end.
    transfer : ndarray of shape (N, 2, 3, 3)
        The matrices :math:`\Phi_\sigma` that take the initial neurons to the last ones.
    drive : ndarray of shape (N,)
        :math:`h\sum_k\|u_k\|_\infty` over the steps made.
    steps : ndarray of int, shape (N,)
        Steps made.
    largest_kink : ndarray of shape (N,)
        Largest :math:`|b_i/a_i|` after any step; infinite for runs that stopped.
    stopped : ndarray of bool, shape (N,)
        Whether a kink came to the data, or a changed its sign: then the closed system no longer holds.
    """

    moments: np.ndarray
    c: np.ndarray
    transfer: np.ndarray
    drive: np.ndarray
    steps: np.ndarray
    largest_kink: np.ndarray
    stopped: np.ndarray


def packed_moments(moments):
    """Return the six entries of symmetric moments of shape (..., 3, 3) in the order of ``MOMENTS``."""
    return np.ascontiguousarray(np.asarray(moments, dtype=np.float64)[..., _ROWS, _COLUMNS])


def _unpacked(packed):
    moments = np.empty((*packed.shape[:-1], 3, 3))
    moments[..., _ROWS, _COLUMNS] = packed
    moments[..., _COLUMNS, _ROWS] = packed
    return moments


def long_run(
    moments, c, transfer, matrices, optimum, step_sizes, ratios, distances, steps, leak=0.0, threads=1
):
    r"""Train N networks by gradient descent until a number of steps or a crossing.

    Parameters
    ----------
    moments : array_like of shape (N, 2, 3, 3)
        :math:`\Sigma_\sigma` now.
    c : array_like of shape (N,)
        Output biases now.
    transfer : array_like of shape (N, 2, 3, 3)
        :math:`\Phi_\sigma` from the initial neurons to those of now; identities at the start.
    matrices, optimum : array_like of shape (N, 2, 2, 2) and (N, 2, 2)
        :math:`M_{D,\sigma}` and :math:`v^{opt}_{D,\sigma}` of each trial.
    step_sizes : array_like of shape (N,)
        h of each trial.
    ratios : array_like of shape (N, 2, 2)
        Least and largest initial ratio w/a on each side.
    distances : array_like of shape (N,)
        :math:`\underline x_D` of each trial.
    steps : array_like of int, shape (N,)
        Steps to make.
    leak : float
        :math:`\alpha \ne \pm 1`.
    threads : int
        Threads; the result does not depend on their number.

    Returns
    -------
    LongRun
        Cost O(1) for each step of each trial.

    Raises
    ------
    TypeError, ValueError
        If an array is not finite or has the wrong shape, the leak is 1 or -1, or threads is below one.
    """
    leak, threads = as_leak(leak), positive_integer(threads, "threads")
    count = len(finite_array(c, "c"))
    arrays = {"moments": (moments, (3, 3)), "transfer": (transfer, (3, 3)), "matrices": (matrices, (2, 2))}
    arrays |= {"optimum": (optimum, (2,)), "ratios": (ratios, (2,))}
    checked = {name: finite_array(value, name) for name, (value, _) in arrays.items()}
    for name, (_, tail) in arrays.items():
        if checked[name].shape != (count, 2, *tail):
            raise ValueError(f"{name} must have shape {(count, 2, *tail)}, got {checked[name].shape}")
    packed, matrix = packed_moments(checked["moments"]), checked["transfer"].copy()
    c, made = np.array(c, dtype=np.float64), np.asarray(steps).astype(np.int64).copy()
    drive, largest, stopped = np.zeros(count), np.zeros(count), np.zeros(count, dtype=bool)
    step_sizes, distances = finite_array(step_sizes, "step_sizes"), finite_array(distances, "distances")

    def train(trials):
        u = np.zeros((2, 2))
        for i in trials:
            made[i], c[i], drive[i], largest[i], stopped[i] = _advance(
                packed[i], c[i], matrix[i], checked["matrices"][i], checked["optimum"][i], step_sizes[i], leak,
                checked["ratios"][i], distances[i], made[i], u,
            )  # fmt: skip

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(train, [range(t, count, threads) for t in range(threads)]))
    return LongRun(_unpacked(packed), c, matrix, drive, made, largest, stopped)
