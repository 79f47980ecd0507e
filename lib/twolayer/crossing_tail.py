r"""The crossing probability of a wide network from a single training: which ratios w/a would have crossed.

No single neuron matters to the closed system of a wide network. Given the path of the system on one training, the
probability that none of m fresh neurons crosses is therefore :math:`(1 - P_1)^m`, with :math:`P_1` the
probability that one does, and averaging :math:`1 - (1 - P_1)^m` over trainings estimates the crossing
probability with far fewer of them than counting crossings (Rao and Blackwell); the neglected influence of a neuron on
its own path is O(1/m). For He initialisation the modulus of a and w are
:math:`\sqrt2(|g_1|, g_2/\sqrt m)` with normal variables, and the angle
:math:`\varphi` with :math:`\tan\varphi = |a|/(\sqrt m\,w)` is uniform on :math:`(-\pi/2, \pi/2)`, and a set of
ratios that crosses is a union of intervals, found by following the intervals that have not crossed yet. What crosses
lies near :math:`\varphi = 0`, where numbers are dense: widths of a million lose no digits.
"""

import math
from dataclasses import dataclass

import numpy as np

from twolayer.closed_system import as_leak, largest_step
from twolayer.compiled import compiled
from twolayer.crossing_certificate import total_movement
from twolayer.crossing_lanes import (
    DATA,
    DISTANCE,
    LANES,
    MOMENTS,
    NEURONS,
    OUTPUT_BIAS,
    ROWS,
    STEP_SIZE,
    advance,
)
from twolayer.crossing_protocol import CHUNK
from twolayer.crossing_start import as_moments, data_rows
from twolayer.half_sided import half_sided_moments
from twolayer.validation import finite_array, positive_integer, positive_number

EARLY = 2000
"""Steps after each of which the intervals are updated; later after each hundred, in which a wide network moves by less
than 1e-4 of what its slow phase does in one e-folding."""

PIECES = 64
"""Intervals that are followed at most."""

PATHS = LANES // 2
"""Trainings in a block: each takes two lanes, for the images of (a, w) and of b."""


@dataclass(frozen=True)
class CrossingRatios:
    r"""What T trainings tell about neurons that might have been in them; arrays of shape (T,).

    Parameters
    ----------
    probability : ndarray
        :math:`P_1`, that a fresh neuron of this initialisation crosses.
    first_order : ndarray
        :math:`\Lambda/m` with :math:`\Lambda = \frac{\sqrt m}{2\pi}\sum_{\sigma,\pm}\sup_k
        (|S_{\sigma,k}|/\underline{x} \mp R_{\sigma,k})_+`: the Cauchy tail with transfer matrices replaced by their
        first-order sums :math:`R_\sigma = h\sum r_\sigma`, :math:`S_\sigma = h\sum s_\sigma`.
    remaining : ndarray
        :math:`\kappa` of the certificate at the end, a bound on all later movement.
    steps : ndarray of int64
        Steps made.
    """

    probability: np.ndarray
    first_order: np.ndarray
    remaining: np.ndarray
    steps: np.ndarray

    def crossing_probability(self, m):
        r"""Return :math:`1 - (1 - P_1)^m`, that one of m fresh neurons crosses, of shape (T,)."""
        return -np.expm1(m * np.log1p(-self.probability))

    def first_order_probability(self, m):
        r"""Return :math:`1 - e^{-\Lambda}`, of shape (T,)."""
        return -np.expm1(-m * self.first_order)


@compiled
def _update(pieces, sides, matrices, count, root_m, distance):
    """Cut what crosses at this step out of the intervals of angles. Return their new number, -1 if too many."""
    cuts = np.empty(4)
    for g in range(count):
        low, high, side = pieces[g, 0], pieces[g, 1], sides[g]
        sign = 1.0 if side == 0 else -1.0
        half = 1.0 if low >= 0.0 else -1.0
        # Where sign a +- b / distance vanishes, as constant |a_0| + slope w_0: at tan(angle) = -slope / constant.
        cuts[0], cuts[3] = low, high
        for inner, direction in ((1, -1.0), (2, 1.0)):
            constant = sign * matrices[g, 0] + direction * matrices[g, 1] / distance
            slope = (sign * matrices[g, 3] + direction * matrices[g, 4] / distance) / root_m
            root = high if constant == 0.0 else math.atan(-slope / constant)
            cuts[inner] = min(max(root, low), high)
        if cuts[1] > cuts[2]:
            cuts[1], cuts[2] = cuts[2], cuts[1]
        pieces[g, 0] = pieces[g, 1] = 0.0
        place, last = g, -1
        for part in range(3):
            left, right = cuts[part], cuts[part + 1]
            if left < right:
                middle = 0.5 * (left + right)
                size, outer = abs(math.sin(middle)), half * math.cos(middle) / root_m
                a = sign * (matrices[g, 0] * size + matrices[g, 3] * outer)
                b = matrices[g, 1] * size + matrices[g, 4] * outer
                if not abs(b) < distance * abs(a):
                    last = -1
                    continue
                new_side = side if a > 0.0 else 1 - side
                if last >= 0 and sides[last] == new_side:  # cut in two by rounding only
                    pieces[last, 1] = right
                    continue
                if place == PIECES:
                    return -1
                matrices[place] = matrices[g]
                pieces[place, 0], pieces[place, 1], sides[place] = left, right, new_side
                count = max(count, place + 1)
                last, place = place, count
    return count


@compiled
def _unit_neurons(block):
    """Put unit vectors into the tracked neurons: (a, w) in the first half of the lanes, (b, b) in the second."""
    for lane in range(LANES):
        for slot in range(4):
            row = NEURONS + 3 * slot
            for entry in range(3):
                block[(row + entry) * LANES + lane] = 0.0
            entry = 1 if lane >= PATHS else 2 * (slot % 2)
            block[(row + entry) * LANES + lane] = 1.0


@compiled
def _read_transfer(block, path, transfer):
    """Write the matrices by which the neurons of both sides were multiplied since :func:`_unit_neurons`."""
    for side in range(2):
        for entry in range(3):
            row = NEURONS + 6 * side + entry
            transfer[side, entry, 0] = block[row * LANES + path]
            transfer[side, entry, 1] = block[row * LANES + path + PATHS]
            transfer[side, entry, 2] = block[(row + 3) * LANES + path]


@compiled
def _follow(starts, data, distances, steps, leak, root_m, tolerance, cap, results):
    """Follow up to eight closed systems and the intervals that have not crossed; see :func:`crossing_ratios`."""
    total = distances.shape[0]
    block = np.zeros(ROWS * LANES)
    for path in range(total):
        for lane in (path, path + PATHS):
            block[STEP_SIZE * LANES + lane] = steps[path]
            block[DISTANCE * LANES + lane] = distances[path]
            for side in range(2):
                row = MOMENTS + 6 * side
                block[row * LANES + lane] = starts[path, side, 0]
                block[(row + 2) * LANES + lane] = starts[path, side, 1]
                block[(row + 5) * LANES + lane] = starts[path, side, 2]
                for entry in range(5):
                    block[(DATA + 5 * side + entry) * LANES + lane] = data[path, side, entry]
    pieces, sides = np.zeros((total, PIECES, 2)), np.zeros((total, PIECES), dtype=np.int64)
    matrices, counts = np.zeros((total, PIECES, 6)), np.full(total, 4)
    for path in range(total):
        for g in range(4):
            sides[path, g] = g // 2
            pieces[path, g, (g + 1) % 2] = 0.5 * math.pi * (1.0 if g % 2 == 0 else -1.0)
            matrices[path, g, 0], matrices[path, g, 5] = 1.0 - 2.0 * (g // 2), 1.0
    sums, suprema, moments = np.zeros((total, 2, 2)), np.zeros((total, 2, 2)), np.zeros((2, 6))
    transfer, running = np.empty((2, 3, 3)), np.ones(total, dtype=np.bool_)
    k, next_look = 0, EARLY
    while running.any() and k < cap:
        chunk = 1 if k < EARLY else CHUNK
        k += chunk
        _unit_neurons(block)
        advance(block, chunk, leak)
        look = k >= next_look or k >= cap
        if look:
            next_look = k + max(CHUNK, k // 20)
        for path in range(total):
            if not running[path]:
                continue
            _read_transfer(block, path, transfer)
            for g in range(counts[path]):
                for first in (0, 3):
                    image = matrices[path, g]
                    a, b, w = image[first], image[first + 1], image[first + 2]
                    for i in range(3):
                        t = transfer[sides[path, g], i]
                        image[first + i] = t[0] * a + t[1] * b + t[2] * w
            for side in range(2):
                sums[path, side, 0] += transfer[side, 0, 2]  # h r in a single step
                sums[path, side, 1] += transfer[side, 1, 2]  # h s
                for end in range(2):
                    excess = (
                        abs(sums[path, side, 1]) / distances[path] - (1.0 - 2.0 * end) * sums[path, side, 0]
                    )
                    suprema[path, side, end] = max(suprema[path, side, end], excess)
            counts[path] = _update(
                pieces[path], sides[path], matrices[path], counts[path], root_m, distances[path]
            )
            if counts[path] < 0:
                running[path] = False
                results[path, 0] = -1.0
            elif look:
                for side in range(2):
                    for entry in range(6):
                        moments[side, entry] = block[(MOMENTS + 6 * side + entry) * LANES + path]
                c = block[OUTPUT_BIAS * LANES + path]
                kappa = total_movement(moments, c, data[path], steps[path], leak)
                if kappa <= tolerance * max(abs(sums[path, 0, 1]), abs(sums[path, 1, 1])) or k >= cap:
                    running[path] = False
                    results[path, 0] = 1.0
                    for g in range(counts[path]):
                        results[path, 0] -= (pieces[path, g, 1] - pieces[path, g, 0]) / (2.0 * math.pi)
                    results[path, 1] = suprema[path].sum() / (2.0 * math.pi * root_m)
                    results[path, 2] = kappa
                    results[path, 3] = k


def crossing_ratios(starts, m, data, step_sizes=None, *, leak=0.0, tolerance=0.02, cap=10**10):
    r"""Return the probability that a fresh neuron would have crossed during each of some trainings.

    Parameters
    ----------
    starts : array_like of shape (T, 2, 3)
        :math:`\sum a^2, \sum aw, \sum w^2` over the neurons of each side of networks of He initialisation
        (:func:`twolayer.crossing_start.initial_summary`).
    m : int
        Their width.
    data : WeightedData
        With an ensemble axis of length T.
    step_sizes : array_like of shape (T,), optional
        h; :math:`\lambda_{\max}(H)^{-1}` of each training if not given.
    leak : float
        :math:`\alpha \ne \pm 1`.
    tolerance : float
        A training ends when all later movement is certified to be less than this fraction of the drift so far.
    cap : int
        Steps after which it ends in any case, a multiple of 100.

    Returns
    -------
    CrossingRatios
        Arrays of shape (T,). Cost O(1) for each step, about :math:`220 m` steps; memory O(T).

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    RuntimeError
        If more intervals arise than can be followed.
    """
    starts, m = finite_array(starts, "starts"), positive_integer(m, "m", minimum=2)
    if starts.ndim != 3 or starts.shape[1:] != (2, 3) or data.ensemble != starts.shape[:1]:
        raise ValueError(
            f"starts must have shape (T, 2, 3) and data an ensemble axis of length T, got shapes {starts.shape} and "
            f"{data.weights.shape}"
        )
    leak, tolerance = as_leak(leak), positive_number(tolerance, "tolerance")
    if step_sizes is None:
        step_sizes = largest_step(as_moments(starts), half_sided_moments(data)[0], leak)
    step_sizes = finite_array(step_sizes, "step_sizes")
    rows, distances, cap = (
        data_rows(data),
        data.smallest_distance,
        positive_integer(cap, "cap", minimum=CHUNK),
    )
    results = np.zeros((starts.shape[0], 4))
    for first in range(0, starts.shape[0], PATHS):
        part = slice(first, first + PATHS)
        _follow(
            starts[part],
            rows[part],
            distances[part],
            step_sizes[part],
            leak,
            math.sqrt(m),
            tolerance,
            cap,
            results[part],
        )
    if (results[:, 0] < 0).any():
        raise RuntimeError(f"more than {PIECES} intervals of ratios arose in a training; use a smaller step")
    return CrossingRatios(results[:, 0], results[:, 1], results[:, 2], results[:, 3].astype(np.int64))
