r"""One training on the line, event by event: the closed system with exact regrouping.

In discrete time the ``a`` of a neuron may jump through zero while :math:`|b| < \underline{x}|a|` before and after:
its kink jumps through infinity. No kink has crossed a data point, the network is still affine on each side, but the
neuron now belongs to the other side. Then its group is split. A *group* is a set of neurons of one initial side with
the same history, hence the same matrix: an interval of the ratios w/a, sorted once. Events are found at the two ends
of the intervals (see :mod:`twolayer.crossing_lanes`), and only then are all its members looked at.
"""

import numpy as np

from twolayer.closed_system_arithmetic import moments_step, neuron_step, side_force
from twolayer.compiled import compiled
from twolayer.crossing_certificate import stays_on_its_side, total_movement
from twolayer.crossing_protocol import (
    CERTIFIED,
    CROSSED,
    EARLY_STOPPED,
    UNFINISHED,
    VALIDATION_PERIOD,
    draw_batch,
    next_poll,
    should_stop,
    validation_loss,
)


@compiled
def _regroup(groups, matrices, count, ratios, squares, moments):
    """Write the second moments of the two sides, summed over the groups. Cost O(m)."""
    moments[:] = 0.0
    for g in range(count):
        first, last, side = groups[g, 0], groups[g, 1], groups[g, 2]
        for i in range(first, last):
            a = matrices[g, 0] + matrices[g, 3] * ratios[i]
            b = matrices[g, 1] + matrices[g, 4] * ratios[i]
            w = matrices[g, 2] + matrices[g, 5] * ratios[i]
            size = squares[i]
            moments[side, 0] += size * a * a
            moments[side, 1] += size * a * b
            moments[side, 2] += size * a * w
            moments[side, 3] += size * b * b
            moments[side, 4] += size * b * w
            moments[side, 5] += size * w * w


@compiled
def _split(groups, matrices, g, count, ratios, distance):
    """Split a group where a changes its sign. Return the new number of groups and of flips, or -1 for a crossing."""
    first, last, side = groups[g, 0], groups[g, 1], groups[g, 2]
    sign = 1.0 if side == 0 else -1.0
    flipped = 0
    boundary = -1  # the first member whose state differs from that of the one before it
    state = False
    for i in range(first, last):
        a = sign * (matrices[g, 0] + matrices[g, 3] * ratios[i])
        b = matrices[g, 1] + matrices[g, 4] * ratios[i]
        if not abs(b) < distance * abs(a):
            return -1, 0
        turned = a < 0.0
        flipped += turned
        if i > first and turned != state:
            boundary = i
        state = turned
    if flipped == 0:
        return count, 0
    if flipped == last - first:
        groups[g, 2] = 1 - side
        return count, flipped
    groups[count] = groups[g]
    matrices[count] = matrices[g]
    groups[g, 1] = boundary
    groups[count, 0] = boundary
    groups[count if state else g, 2] = 1 - side
    return count + 1, flipped


@compiled
def follow(
    ratios,
    squares,
    negative_from,
    data,
    validation,
    validation_constant,
    distance,
    h,
    leak,
    cap,
    certify,
    early_stopping,
    generator,
    thresholds,
    features,
    batch_size,
):
    r"""Train one network until a verdict.

    Parameters
    ----------
    ratios, squares : ndarray of shape (m,)
        :math:`w_{i,0}/|a_{i,0}|` sorted within each side, and :math:`a_{i,0}^2` in the same order; biases are zero.
    negative_from : int
        Where the neurons of side -1 begin.
    data, validation : ndarray of shape (2, 5)
        xx, x, 1 of M and x, 1 of u0 of each side.
    validation_constant : float
        The mean of :math:`y^2` over the validation data.
    distance : float
        :math:`\underline{x}`.
    h, leak : float
        Step size and :math:`\alpha`.
    cap : int
        Steps after which training is given up, a multiple of ``CHUNK``.
    certify, early_stopping : bool
        Whether these end the training.
    generator, thresholds, features, batch_size
        As in :func:`twolayer.crossing_lanes.advance_with_batches`; a batch size of zero means all data.

    Returns
    -------
    outcome, steps, flips : int
        The verdict, the step at which it was reached, and how often the ``a`` of a neuron changed its sign.
    lines : ndarray of shape (2, 2)
        Slope and intercept on each side at the end. Cost O(1) for each step and group, O(m) for each event.
    """
    m = ratios.shape[0]
    groups = np.zeros((m + 2, 3), dtype=np.int64)  # first, last, present side
    matrices = np.zeros((m + 2, 6))  # images of (sign a_0, 0, 0) and of (0, 0, 1)
    groups[0, 1], groups[1, 0], groups[1, 1] = negative_from, negative_from, m
    groups[1, 2] = 1
    count = 2
    for g in range(2):
        matrices[g, 0], matrices[g, 5] = 1.0 - 2.0 * g, 1.0
    moments = np.zeros((2, 6))
    _regroup(groups, matrices, count, ratios, squares, moments)
    c, flips, poll = 0.0, 0, next_poll(0)
    memory = np.array([np.inf, 0.0])
    lines, force, move, current = np.zeros((2, 2)), np.zeros((2, 2)), np.zeros((2, 2)), data.copy()
    counts = np.zeros(features.shape[1])
    outcome, k = UNFINISHED, 0
    while k < cap:
        k += 1
        if batch_size > 0:
            draw_batch(generator, thresholds, batch_size, counts)
            for row in range(10):
                total = 0.0
                for point in range(counts.shape[0]):
                    total += features[row, point] * counts[point]
                current[row // 5, row % 5] = total / batch_size
        for side in range(2):
            p = moments[side, 2] + leak * moments[1 - side, 2]
            q = c + moments[side, 4] + leak * moments[1 - side, 4]
            force[side] = side_force(
                p,
                q,
                current[side, 0],
                current[side, 1],
                current[side, 2],
                current[side, 3],
                current[side, 4],
            )
        c += h * (force[0, 1] + force[1, 1])
        for side in range(2):
            for entry in range(2):
                move[side, entry] = h * (force[side, entry] + leak * force[1 - side, entry])
            moments[side] = moments_step(
                moments[side, 0],
                moments[side, 1],
                moments[side, 2],
                moments[side, 3],
                moments[side, 4],
                moments[side, 5],
                move[side, 0],
                move[side, 1],
            )
        event = False
        for g in range(count):
            r, s = move[groups[g, 2], 0], move[groups[g, 2], 1]
            matrices[g, :3] = neuron_step(matrices[g, 0], matrices[g, 1], matrices[g, 2], r, s)
            matrices[g, 3:] = neuron_step(matrices[g, 3], matrices[g, 4], matrices[g, 5], r, s)
            if groups[g, 1] > groups[g, 0]:
                sign = 1.0 if groups[g, 2] == 0 else -1.0
                for end in (ratios[groups[g, 0]], ratios[groups[g, 1] - 1]):
                    a = sign * (matrices[g, 0] + matrices[g, 3] * end)
                    b = matrices[g, 1] + matrices[g, 4] * end
                    event = event or not abs(b) < distance * a
        if event:
            for g in range(count):  # groups made on the way have been looked at
                count, flipped = _split(groups, matrices, g, count, ratios, distance)
                if count < 0:
                    break
                flips += flipped
            if count < 0:
                outcome = CROSSED
                break
            _regroup(groups, matrices, count, ratios, squares, moments)
        if k % VALIDATION_PERIOD == 0 and early_stopping:
            p, p_ = moments[0, 2] + leak * moments[1, 2], moments[1, 2] + leak * moments[0, 2]
            q, q_ = c + moments[0, 4] + leak * moments[1, 4], c + moments[1, 4] + leak * moments[0, 4]
            if should_stop(validation_loss(validation, validation_constant, p, q, p_, q_), memory):
                outcome = EARLY_STOPPED
                break
        if k == poll:
            poll = next_poll(k)
            kappa = total_movement(moments, c, data, h, leak) if certify else np.inf
            safe = kappa < np.inf
            for g in range(count):
                if safe and groups[g, 1] > groups[g, 0]:
                    sign = 1.0 if groups[g, 2] == 0 else -1.0
                    for end in (ratios[groups[g, 0]], ratios[groups[g, 1] - 1]):
                        a, b, w = (
                            matrices[g, 0] + matrices[g, 3] * end,
                            matrices[g, 1] + matrices[g, 4] * end,
                            matrices[g, 2] + matrices[g, 5] * end,
                        )
                        safe = safe and stays_on_its_side(sign * a, b, w, kappa, distance)
            if safe:
                outcome = CERTIFIED
                break
    for side in range(2):
        lines[side, 0] = moments[side, 2] + leak * moments[1 - side, 2]
        lines[side, 1] = c + moments[side, 4] + leak * moments[1 - side, 4]
    return outcome, k, flips, lines
