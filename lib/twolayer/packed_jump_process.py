r"""The jumps of Algorithm 1 for one sign, for hundreds of thousands of neurons: eight activations in a byte.

The sub-networks of positive and of negative output weights do not see each other in the limit process of
:mod:`twolayer.jump_process`, so each is run by itself, on the points whose labels have its sign. What a neuron brings
is a row of bits. Before each jump the unfitted part :math:`\|y_{A_j}\|^2` of every neuron is added up anew, from a
table that holds, for each group of eight points, the 256 possible sums of squared labels: one look-up for eight points,
and nothing is ever subtracted. With 1024 points and 2^18 neurons the rows take 32 megabytes.
"""

from dataclasses import dataclass

import numpy as np

from twolayer.compiled import compiled
from twolayer.validation import as_generator, as_labels, positive_integer

_GROUP = 8  # points in a byte


@dataclass(frozen=True)
class PackedJumps:
    r"""The K jumps of one sign, in order.

    Attributes
    ----------
    times : ndarray of shape (K,)
        :math:`\tau_k` times c/n of the loss: the label norms are the rates.
    neurons : ndarray of int, shape (K,)
        :math:`j_k`.
    label_norms : ndarray of shape (K,)
        :math:`Y_k`, the norm of the labels fitted by each jump.
    counts : ndarray of int, shape (K,)
        Number of points fitted by each jump.
    uncovered : int
        Number of points that no neuron is active on.
    """

    times: np.ndarray
    neurons: np.ndarray
    label_norms: np.ndarray
    counts: np.ndarray
    uncovered: int

    @property
    def squared_norm(self):
        r"""Squared norm of all weights at the end, :math:`2\sum_k Y_k`."""
        return 2.0 * float(self.label_norms.sum())


def random_patterns(rng, neurons, points):
    """Draw the activations of random neurons: independent fair coins.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the bits.
    neurons, points : int
        Their numbers, at least 1.

    Returns
    -------
    ndarray of uint8, shape (neurons, ceil(points / 8))
        Bit b of byte g, counted from the lowest, belongs to point 8 g + b; bits beyond the last point are 0.

    Raises
    ------
    TypeError, ValueError
        If a number is not a positive integer, or the source is no generator.
    """
    rng = as_generator(rng)
    neurons, points = positive_integer(neurons, "neurons"), positive_integer(points, "points")
    groups = -(-points // _GROUP)
    patterns = rng.integers(0, 256, (neurons, groups), dtype=np.uint8)
    patterns[:, -1] &= np.uint8(2 ** (points - _GROUP * (groups - 1)) - 1)
    return patterns


def packed_jump_process(patterns, y):
    r"""Run Algorithm 1 of paper 003 for neurons of one sign.

    Parameters
    ----------
    patterns : array_like of uint8, shape (W, ceil(n / 8))
        Activations as :func:`random_patterns` returns them, or ``numpy.packbits(active, axis=1, bitorder="little")``.
    y : array_like of shape (n,)
        Labels of the sign of the neurons; only their moduli matter.

    Returns
    -------
    PackedJumps
        As :func:`twolayer.jump_process.jump_process` with ``ties="first"``: of neurons that would jump at the same
        time, exactly, the one with the smallest index does. Neurons that have the same unfitted points are not merged;
        the twins of a neuron that jumps are left without points. Cost O(n W / 8) for each jump, memory n W / 8 bytes.

    Raises
    ------
    ValueError
        If a shape does not fit, a label is zero, or a bit beyond the last point is set.
    """
    y = as_labels(y, np.size(y))
    if y.size == 0:
        raise ValueError("y must hold the label of at least one point, got none")
    patterns = np.ascontiguousarray(patterns)
    groups = -(-y.size // _GROUP)
    if patterns.dtype != np.uint8 or patterns.ndim != 2 or not len(patterns) or patterns.shape[1] != groups:
        raise ValueError(
            f"patterns must be uint8 of shape (W, {groups}) for {y.size} labels, "
            f"got {patterns.dtype} of shape {patterns.shape}"
        )
    if (y == 0).any():
        raise ValueError(
            f"labels must not be zero, but y[{int(np.flatnonzero(y == 0)[0])}] is; leave that point out"
        )
    if (patterns[:, -1] >> (y.size - _GROUP * (groups - 1)) != 0).any() and y.size % _GROUP:
        raise ValueError(
            f"patterns have bits set beyond the last of {y.size} points; np.packbits(active, axis=1, "
            "bitorder='little') leaves them 0"
        )
    squares = np.zeros(groups * _GROUP)
    # Powers of two, so that nothing is rounded: squares of labels far from 1 may leave the range of the numbers.
    power = np.frexp(np.abs(y).max())[1]
    squares[: y.size] = np.ldexp(y, -power) ** 2
    unfitted = np.zeros(groups * _GROUP, dtype=np.bool_)
    unfitted[: y.size] = True
    capacity = min(len(patterns), y.size)
    times, norms = np.empty(capacity), np.empty(capacity)
    neurons, counts = np.empty(capacity, dtype=np.int64), np.empty(capacity, dtype=np.int64)
    number = _run(patterns, squares, unfitted, times, neurons, norms, counts)
    times, norms = np.ldexp(times[:number], -power), np.ldexp(norms[:number], power)
    return PackedJumps(times, neurons[:number], norms, counts[:number], int(unfitted.sum()))


@compiled
def _table(squares, unfitted, table, live):
    """Fill the sums of squared unfitted labels for each byte of each group; return how many groups are left."""
    left = 0
    for group in range(table.shape[0]):
        some = False
        table[group, 0] = 0.0
        for bit in range(8):
            i = 8 * group + bit
            value = squares[i] if unfitted[i] else 0.0
            some = some or unfitted[i]
            for low in range(1 << bit):
                table[group, (1 << bit) + low] = table[group, low] + value
        if some:
            live[left] = group
            left += 1
    return left


@compiled
def _run(patterns, squares, unfitted, times, neurons, norms, counts):
    count, groups = patterns.shape
    table, live = np.empty((groups, 256)), np.empty(groups, dtype=np.int64)
    exponents, rates = np.full(count, -1.0), np.empty(count)
    time = 0.0
    for jump in range(times.size):
        left = _table(squares, unfitted, table, live)
        best, wait = -1, np.inf
        for j in range(count):
            total = 0.0
            for g in range(left):
                total += table[live[g], patterns[j, live[g]]]
            rates[j] = np.sqrt(total)
            if total > 0.0 and -exponents[j] / rates[j] < wait:
                best, wait = j, -exponents[j] / rates[j]
        if best < 0:
            return jump
        time += wait
        for j in range(count):
            exponents[j] += rates[j] * wait
        points = 0
        for i in range(8 * groups):
            if unfitted[i] and (patterns[best, i >> 3] >> (i & 7)) & 1:
                unfitted[i] = False
                points += 1
        times[jump], neurons[jump], norms[jump], counts[jump] = time, best, rates[best], points
    return times.size
