r"""Many trainings at once in the lanes of the processor's vector registers, as long as nothing happens to them.

A lane is one training: the 13 numbers of the closed system and the neurons of extreme ratio w/a on each side. While a
keeps its sign, the kink of a neuron is a Möbius function of its initial ratio :math:`\rho`, since all neurons of a
side are moved by one matrix: :math:`|b| < \underline{x} |a|` says that two functions affine in :math:`\rho` are
positive, so it holds for all neurons of the side if it holds for the smallest and the largest ratio. One number for
each lane, the largest :math:`|b| - \underline{x}\,\sigma a` seen, thus tells whether a kink has reached the data or
an ``a`` has changed its sign; what exactly happened is found out by :mod:`twolayer.crossing_groups`.

The loops over lanes have a fixed length and no branches, so that the compiler turns them into vector instructions.
"""

import numpy as np

from twolayer.closed_system_arithmetic import moments_step, neuron_step, side_force
from twolayer.compiled import compiled
from twolayer.crossing_certificate import stays_on_its_side, total_movement
from twolayer.crossing_protocol import (
    CERTIFIED,
    CHUNK,
    EARLY_STOPPED,
    FLAGGED,
    UNFINISHED,
    VALIDATION_PERIOD,
    next_draw,
    next_poll,
    should_stop,
    validation_loss,
)

LANES = 16
"""Trainings in a block: two registers of eight numbers."""

# Rows of the block, an array of shape (ROWS, LANES) stored flat.
STEP_SIZE = 0
OUTPUT_BIAS = 1
MOMENTS = 2  # 6 for each side
DATA = 14  # for each side: xx, x, 1 of M; x, 1 of u0
NEURONS = 24  # (a, b, w): smallest and largest ratio of side 1, then of side -1
DISTANCE = 36
WORST = 37
ROWS = 38


@compiled
def _advance_once(block, leak):
    """Make one step in all lanes. Cost about 150 floating-point operations for each lane, at any m and n."""
    for lane in range(LANES):
        h = block[STEP_SIZE * LANES + lane]
        c = block[OUTPUT_BIAS * LANES + lane]
        aa, ab, aw = block[2 * LANES + lane], block[3 * LANES + lane], block[4 * LANES + lane]
        bb, bw, ww = block[5 * LANES + lane], block[6 * LANES + lane], block[7 * LANES + lane]
        aa_, ab_, aw_ = block[8 * LANES + lane], block[9 * LANES + lane], block[10 * LANES + lane]
        bb_, bw_, ww_ = block[11 * LANES + lane], block[12 * LANES + lane], block[13 * LANES + lane]
        r, s = side_force(
            aw + leak * aw_,
            c + bw + leak * bw_,
            block[14 * LANES + lane],
            block[15 * LANES + lane],
            block[16 * LANES + lane],
            block[17 * LANES + lane],
            block[18 * LANES + lane],
        )
        r_, s_ = side_force(
            aw_ + leak * aw,
            c + bw_ + leak * bw,
            block[19 * LANES + lane],
            block[20 * LANES + lane],
            block[21 * LANES + lane],
            block[22 * LANES + lane],
            block[23 * LANES + lane],
        )
        block[OUTPUT_BIAS * LANES + lane] = c + h * (s + s_)
        r, r_ = h * (r + leak * r_), h * (r_ + leak * r)
        s, s_ = h * (s + leak * s_), h * (s_ + leak * s)
        aa, ab, aw, bb, bw, ww = moments_step(aa, ab, aw, bb, bw, ww, r, s)
        aa_, ab_, aw_, bb_, bw_, ww_ = moments_step(aa_, ab_, aw_, bb_, bw_, ww_, r_, s_)
        block[2 * LANES + lane], block[3 * LANES + lane], block[4 * LANES + lane] = aa, ab, aw
        block[5 * LANES + lane], block[6 * LANES + lane], block[7 * LANES + lane] = bb, bw, ww
        block[8 * LANES + lane], block[9 * LANES + lane], block[10 * LANES + lane] = aa_, ab_, aw_
        block[11 * LANES + lane], block[12 * LANES + lane], block[13 * LANES + lane] = bb_, bw_, ww_
        distance = block[DISTANCE * LANES + lane]
        worst = block[WORST * LANES + lane]
        a, b, w = neuron_step(
            block[24 * LANES + lane], block[25 * LANES + lane], block[26 * LANES + lane], r, s
        )
        block[24 * LANES + lane], block[25 * LANES + lane], block[26 * LANES + lane] = a, b, w
        excess = abs(b) - distance * a
        worst = excess if excess > worst else worst
        a, b, w = neuron_step(
            block[27 * LANES + lane], block[28 * LANES + lane], block[29 * LANES + lane], r, s
        )
        block[27 * LANES + lane], block[28 * LANES + lane], block[29 * LANES + lane] = a, b, w
        excess = abs(b) - distance * a
        worst = excess if excess > worst else worst
        a, b, w = neuron_step(
            block[30 * LANES + lane], block[31 * LANES + lane], block[32 * LANES + lane], r_, s_
        )
        block[30 * LANES + lane], block[31 * LANES + lane], block[32 * LANES + lane] = a, b, w
        excess = abs(b) + distance * a
        worst = excess if excess > worst else worst
        a, b, w = neuron_step(
            block[33 * LANES + lane], block[34 * LANES + lane], block[35 * LANES + lane], r_, s_
        )
        block[33 * LANES + lane], block[34 * LANES + lane], block[35 * LANES + lane] = a, b, w
        excess = abs(b) + distance * a
        block[WORST * LANES + lane] = excess if excess > worst else worst


@compiled
def advance(block, steps, leak):
    """Make steps of gradient descent in all lanes and record the largest excess of a kink over the data."""
    for lane in range(LANES):
        block[WORST * LANES + lane] = -np.inf
    for _ in range(steps):
        _advance_once(block, leak)


@compiled
def advance_with_batches(block, steps, leak, generators, thresholds, features, batch_size):
    r"""Make steps of stochastic gradient descent, each lane with batches from its own generator.

    Parameters
    ----------
    block : ndarray of shape (ROWS * LANES,)
        The lanes; their data are overwritten by those of the batch.
    steps : int
        How many.
    leak : float
        :math:`\alpha`.
    generators : ndarray of uint64, shape (2 * LANES,)
        States of xoroshiro128+ (Blackman and Vigna 2021).
    thresholds : ndarray of int64, shape ((n - 1) * LANES,)
        Cumulative weights of the points in units of :math:`2^{-32}`.
    features : ndarray of shape (10, n)
        What a point of weight one contributes to each number of the data, in the order of the block.
    batch_size : int
        Points drawn with replacement for each step. Cost O(batch_size n) for each step and lane.
    """
    inner = features.shape[1] - 1
    draw = np.empty(LANES, dtype=np.int64)
    below = np.empty(inner * LANES)
    for lane in range(LANES):
        block[WORST * LANES + lane] = -np.inf
    for _ in range(steps):
        below[:] = 0.0
        for _ in range(batch_size):
            for lane in range(LANES):
                draw[lane], generators[lane], generators[LANES + lane] = next_draw(
                    generators[lane], generators[LANES + lane]
                )
            for point in range(inner):
                for lane in range(LANES):
                    below[point * LANES + lane] += (
                        1.0 if draw[lane] < thresholds[point * LANES + lane] else 0.0
                    )
        # sum_j count_j f_j = N f_n + sum_j below_j (f_j - f_{j+1}), since count_j = below_j - below_{j-1}.
        for row in range(10):
            last = features[row, inner]
            for lane in range(LANES):
                block[(DATA + row) * LANES + lane] = last
            for point in range(inner):
                change = (features[row, point] - features[row, point + 1]) / batch_size
                if change != 0.0:
                    for lane in range(LANES):
                        block[(DATA + row) * LANES + lane] += change * below[point * LANES + lane]
        _advance_once(block, leak)


@compiled
def _load(block, lane, trial, starts, extremes, data, distances, steps):
    """Put a training into a lane."""
    block[STEP_SIZE * LANES + lane] = steps[trial]
    block[OUTPUT_BIAS * LANES + lane] = 0.0
    block[DISTANCE * LANES + lane] = distances[trial]
    for side in range(2):
        row = MOMENTS + 6 * side
        for entry in range(6):
            block[(row + entry) * LANES + lane] = 0.0
        block[row * LANES + lane] = starts[trial, side, 0]
        block[(row + 2) * LANES + lane] = starts[trial, side, 1]
        block[(row + 5) * LANES + lane] = starts[trial, side, 2]
        for entry in range(5):
            block[(DATA + 5 * side + entry) * LANES + lane] = data[trial, side, entry]
        for end in range(2):
            row = NEURONS + 6 * side + 3 * end
            block[row * LANES + lane] = 1.0 - 2.0 * side
            block[(row + 1) * LANES + lane] = 0.0
            block[(row + 2) * LANES + lane] = extremes[trial, side, end]


@compiled
def _certified(block, lane, data, h, leak):
    """Tell whether the certificate holds for the training in a lane."""
    moments = np.empty((2, 6))
    for side in range(2):
        for entry in range(6):
            moments[side, entry] = block[(MOMENTS + 6 * side + entry) * LANES + lane]
    kappa = total_movement(moments, block[OUTPUT_BIAS * LANES + lane], data, h, leak)
    if kappa == np.inf:
        return False
    for end in range(4):
        row = NEURONS + 3 * end
        sign = 1.0 if end < 2 else -1.0
        a, b, w = block[row * LANES + lane], block[(row + 1) * LANES + lane], block[(row + 2) * LANES + lane]
        if not stays_on_its_side(sign * a, b, w, kappa, block[DISTANCE * LANES + lane]):
            return False
    return True


@compiled
def run(
    starts,
    extremes,
    data,
    validation,
    validation_constants,
    distances,
    steps,
    leak,
    cap,
    certify,
    early_stopping,
    generators,
    thresholds,
    features,
    batch_size,
    outcomes,
    times,
    lines,
):
    r"""Train all networks to a verdict, or to the first look at a neuron that has left its side.

    Parameters
    ----------
    starts : ndarray of shape (T, 2, 3)
        :math:`\sum a^2, \sum aw, \sum w^2` over the neurons of each side at the start.
    extremes : ndarray of shape (T, 2, 2)
        Smallest and largest :math:`w/|a|` of each side.
    data, validation : ndarray of shape (T, 2, 5)
        xx, x, 1 of M and x, 1 of u0 of each side.
    validation_constants : ndarray of shape (T,)
        The mean of :math:`y^2` over the validation data.
    distances, steps : ndarray of shape (T,)
        :math:`\underline{x}` and h.
    leak, cap, certify, early_stopping, features, batch_size
        As in :func:`twolayer.crossing_groups.follow`.
    generators : ndarray of uint64, shape (T, 2)
        States at the start, which are not changed.
    thresholds : ndarray of int64, shape (T, n - 1)
        Cumulative weights of the points.
    outcomes, times, lines : ndarray of shape (T,), (T,), (T, 2, 2)
        Written: the verdict (``FLAGGED`` if there is none), its step, slope and intercept on each side at the end.
        A training that ends makes room for the next one. Cost O(1) for each step.
    """
    total = starts.shape[0]
    inner = thresholds.shape[1]
    block = np.zeros(ROWS * LANES)
    states = np.zeros(2 * LANES, dtype=np.uint64)
    limits = np.zeros(inner * LANES, dtype=np.int64)
    trials = np.full(LANES, -1)
    ages, polls = np.zeros(LANES, dtype=np.int64), np.zeros(LANES, dtype=np.int64)
    memories = np.zeros((LANES, 2))
    waiting, active = 0, 1
    while active > 0:
        active = 0
        for lane in range(LANES):
            if trials[lane] < 0 and waiting < total:
                trials[lane] = waiting
                _load(block, lane, waiting, starts, extremes, data, distances, steps)
                states[lane], states[LANES + lane] = generators[waiting, 0], generators[waiting, 1]
                for point in range(inner):
                    limits[point * LANES + lane] = thresholds[waiting, point]
                ages[lane], polls[lane] = 0, next_poll(0)
                memories[lane, 0], memories[lane, 1] = np.inf, 0.0
                waiting += 1
            active += trials[lane] >= 0
        if batch_size > 0:
            advance_with_batches(block, CHUNK, leak, states, limits, features, batch_size)
        else:
            advance(block, CHUNK, leak)
        for lane in range(LANES):
            trial = trials[lane]
            if trial < 0:
                continue
            ages[lane] += CHUNK
            verdict = -1
            p = block[4 * LANES + lane] + leak * block[10 * LANES + lane]
            p_ = block[10 * LANES + lane] + leak * block[4 * LANES + lane]
            c = block[OUTPUT_BIAS * LANES + lane]
            q = c + block[6 * LANES + lane] + leak * block[12 * LANES + lane]
            q_ = c + block[12 * LANES + lane] + leak * block[6 * LANES + lane]
            if not block[WORST * LANES + lane] < 0.0 or not np.isfinite(p + p_ + q + q_):
                verdict = FLAGGED
            elif (
                early_stopping
                and ages[lane] % VALIDATION_PERIOD == 0
                and should_stop(
                    validation_loss(validation[trial], validation_constants[trial], p, q, p_, q_),
                    memories[lane],
                )
            ):
                verdict = EARLY_STOPPED
            elif ages[lane] == polls[lane]:
                polls[lane] = next_poll(ages[lane])
                if certify and _certified(block, lane, data[trial], steps[trial], leak):
                    verdict = CERTIFIED
            if verdict < 0 and ages[lane] >= cap:
                verdict = UNFINISHED
            if verdict >= 0:
                outcomes[trial], times[trial] = verdict, ages[lane]
                lines[trial, 0, 0], lines[trial, 0, 1] = p, q
                lines[trial, 1, 0], lines[trial, 1, 1] = p_, q_
                trials[lane] = -1
