r"""One step of gradient descent on the star for eight networks at once, at a cost that does not depend on the width.

The state of a network is one 4 x 3 matrix for each of its 22 activation groups (see :mod:`twolayer.star_groups`), the
outer bias, and the *free* neurons: those that have crossed a point at some time and are trained one by one. Arrays
are flat; entry i of lane l stands at position ``i * LANES + l``.

A step with step size h moves a neuron by :math:`h u` with the *drive* u of its pattern,

.. math:: \alpha_i \leftarrow \alpha_i + h u w_i,\quad w_i \leftarrow w_i + h \langle u, \alpha_i \rangle, \qquad
          \alpha_i = (a_i, b_i),\quad u = \sum_{j\ \text{active}} \omega_j (y_j - f(x_j)) (x_j, 1).

Sums over the active arms of a group, and over the groups active on an arm, are sums over windows of a circle.
"""

from twolayer.compiled import compiled
from twolayer.lanes import LANES, any_positive, larger, load, magnitude, spread, store, where_positive
from twolayer.star_data import ARM_LABELS, ARMS, DIRECTIONS, RADII
from twolayer.star_groups import GROUPS

SPENT = 0.999
"""Share of the safe distance after which the exact kink test is due; below one by far more than rounding."""


_A, _G, _L = ARMS, GROUPS, LANES
_R0, _R1, _R2 = RADII
_Y0, _Y1, _Y2 = ARM_LABELS
_D1, _D2 = DIRECTIONS[:, 0].copy(), DIRECTIONS[:, 1].copy()


@compiled
def _arm_lines(sums, shift, lines, pairs):
    """Sum the groups active on each arm: gradient (two numbers) and intercept of the network along it."""
    for c in range(3):
        for k in range(_A):
            x = load(sums, (6 * k + c) * _L) + load(sums, (6 * k + 3 + c) * _L)
            store(pairs, k * _L, x)
        for k in range(_A):  # groups 2k to 2k + 3
            after = k + 1 if k + 1 < _A else 0
            store(pairs, (_A + k) * _L, load(pairs, k * _L) + load(pairs, after * _L))
        for j in range(_A):  # groups 2j - 5 to 2j + 5
            low, high = j - 2 if j >= 2 else j + _A - 2, j + 2 if j + 2 < _A else j + 2 - _A
            odd = 2 * j - 5 if 2 * j >= 5 else 2 * j + 2 * _A - 5
            x = load(pairs, (_A + low) * _L) + load(pairs, (_A + j) * _L) + load(pairs, high * _L)
            store(lines, (3 * j + c) * _L, x + load(sums, (3 * odd + c) * _L))
    for j in range(_A):
        slope = load(lines, 3 * j * _L) * _D1[j] + load(lines, (3 * j + 1) * _L) * _D2[j]
        store(lines, 3 * j * _L, slope)
        store(lines, (3 * j + 1) * _L, load(lines, (3 * j + 2) * _L) + load(shift, 0))


@compiled
def _free_outputs(free, count, outputs):
    """Add up what the free neurons contribute at the 33 points."""
    zero = spread(0.0)
    for i in range(3 * _A):
        store(outputs, i * _L, zero)
    for f in range(count):
        a1, a2 = load(free, 4 * f * _L), load(free, (4 * f + 1) * _L)
        b, w = load(free, (4 * f + 2) * _L), load(free, (4 * f + 3) * _L)
        for j in range(_A):
            t, p = a1 * _D1[j] + a2 * _D2[j], 3 * j * _L
            store(outputs, p, load(outputs, p) + w * larger(t * _R0 + b, zero))
            store(outputs, p + _L, load(outputs, p + _L) + w * larger(t * _R1 + b, zero))
            store(outputs, p + 2 * _L, load(outputs, p + 2 * _L) + w * larger(t * _R2 + b, zero))


@compiled
def _residuals(lines, outputs, weights, shift, pulls, arms):
    """Turn predictions into weighted residuals and their sums over each arm; return the weighted sum of squares."""
    loss, total = spread(0.0), spread(0.0)
    for j in range(_A):
        p, slope, level = 3 * j * _L, load(lines, 3 * j * _L), load(lines, (3 * j + 1) * _L)
        e0 = _Y0 - (slope * _R0 + level + load(outputs, p))
        e1 = _Y1 - (slope * _R1 + level + load(outputs, p + _L))
        e2 = _Y2 - (slope * _R2 + level + load(outputs, p + 2 * _L))
        x0, x1, x2 = e0 * load(weights, p), e1 * load(weights, p + _L), e2 * load(weights, p + 2 * _L)
        store(pulls, p, x0)
        store(pulls, p + _L, x1)
        store(pulls, p + 2 * _L, x2)
        loss = loss + (x0 * e0 + x1 * e1 + x2 * e2)
        along, plain = x0 * _R0 + x1 * _R1 + x2 * _R2, x0 + x1 + x2
        store(arms, p, along * _D1[j])
        store(arms, p + _L, along * _D2[j])
        store(arms, p + 2 * _L, plain)
        total = total + plain
    store(shift, 0, load(shift, 0) + total)
    return loss


@compiled
def _group_drives(arms, drive, pairs):
    """Sum the arms on which each group is active: arms k - 2 to k + 2 for group 2k, one more for group 2k + 1."""
    for c in range(3):
        for k in range(_A):
            after = k + 1 if k + 1 < _A else 0
            store(pairs, k * _L, load(arms, (3 * k + c) * _L) + load(arms, (3 * after + c) * _L))
        for k in range(_A):
            low, high = k - 2 if k >= 2 else k + _A - 2, k + 2 if k + 2 < _A else k + 2 - _A
            last = k + 3 if k + 3 < _A else k + 3 - _A
            five = load(pairs, low * _L) + load(pairs, k * _L) + load(arms, (3 * high + c) * _L)
            store(drive, (6 * k + c) * _L, five)
            store(drive, (6 * k + 3 + c) * _L, five + load(arms, (3 * last + c) * _L))


@compiled
def _move_groups(psi, drive, sums, haste):
    """Apply the shared map of each group; return the largest share of a safe distance that this step may use up."""
    share = spread(0.0)
    for g in range(_G):
        p, d = 12 * g * _L, 3 * g * _L
        u0, u1, u2 = load(drive, d), load(drive, d + _L), load(drive, d + 2 * _L)
        a0, a1, a2 = load(psi, p), load(psi, p + _L), load(psi, p + 2 * _L)
        b0, b1, b2 = load(psi, p + 3 * _L), load(psi, p + 4 * _L), load(psi, p + 5 * _L)
        c0, c1, c2 = load(psi, p + 6 * _L), load(psi, p + 7 * _L), load(psi, p + 8 * _L)
        w0, w1, w2 = load(psi, p + 9 * _L), load(psi, p + 10 * _L), load(psi, p + 11 * _L)
        x0, x1, x2 = (
            w0 + (u0 * a0 + u1 * b0 + u2 * c0),
            w1 + (u0 * a1 + u1 * b1 + u2 * c1),
            w2 + (u0 * a2 + u1 * b2 + u2 * c2),
        )
        a0, a1, a2 = a0 + u0 * w0, a1 + u0 * w1, a2 + u0 * w2
        b0, b1, b2 = b0 + u1 * w0, b1 + u1 * w1, b2 + u1 * w2
        c0, c1, c2 = c0 + u2 * w0, c1 + u2 * w1, c2 + u2 * w2
        store(psi, p, a0), store(psi, p + _L, a1), store(psi, p + 2 * _L, a2)
        store(psi, p + 3 * _L, b0), store(psi, p + 4 * _L, b1), store(psi, p + 5 * _L, b2)
        store(psi, p + 6 * _L, c0), store(psi, p + 7 * _L, c1), store(psi, p + 8 * _L, c2)
        store(psi, p + 9 * _L, x0), store(psi, p + 10 * _L, x1), store(psi, p + 11 * _L, x2)
        store(sums, d, a0 * x0 + a1 * x1 + a2 * x2)
        store(sums, d + _L, b0 * x0 + b1 * x1 + b2 * x2)
        store(sums, d + 2 * _L, c0 * x0 + c1 * x1 + c2 * x2)
        share = larger(share, (magnitude(u0) + magnitude(u1) + magnitude(u2)) * load(haste, g * _L))
    return share


@compiled
def _move_free(free, count, pulls):
    """Train the free neurons one by one, each by the points that it is active on now."""
    for f in range(count):
        p = 4 * f * _L
        a1, a2, b, w = load(free, p), load(free, p + _L), load(free, p + 2 * _L), load(free, p + 3 * _L)
        u0, u1, u2 = spread(0.0), spread(0.0), spread(0.0)
        for j in range(_A):
            t, i = a1 * _D1[j] + a2 * _D2[j], 3 * j * _L
            x0 = where_positive(t * _R0 + b, load(pulls, i))
            x1 = where_positive(t * _R1 + b, load(pulls, i + _L))
            x2 = where_positive(t * _R2 + b, load(pulls, i + 2 * _L))
            along = x0 * _R0 + x1 * _R1 + x2 * _R2
            u0, u1, u2 = u0 + along * _D1[j], u1 + along * _D2[j], u2 + (x0 + x1 + x2)
        store(free, p, a1 + u0 * w)
        store(free, p + _L, a2 + u1 * w)
        store(free, p + 2 * _L, b + u2 * w)
        store(free, p + 3 * _L, w + (u0 * a1 + u1 * a2 + u2 * b))


@compiled
def advance(steps, psi, sums, shift, free, count, weights, haste, spent, target, loss, scratch):
    r"""Train eight networks until one of them needs attention.

    Attention is due when a group may have moved as far as its safe distance, so that its kinks have to be tested, or
    when the loss of a network was below its target *before* the last step.

    Parameters
    ----------
    steps : int
        Most steps to take.
    psi, sums : ndarray of shape (22 * 12 * LANES,), (22 * 3 * LANES,)
        Matrices of the groups (row-major), and :math:`\sum_i w_i (a^1_i, a^2_i, b_i)` over each group.
    shift : ndarray of shape (LANES,)
        Outer bias c.
    free, count : ndarray of shape (at least 4 * count * LANES,), int
        Free neurons :math:`(a^1, a^2, b, w)`, zero where a lane has fewer, and the largest number of them in a lane.
    weights : ndarray of shape (33 * LANES,)
        :math:`h \omega_j`.
    haste, spent : ndarray of shape (22 * LANES,), (LANES,)
        Inverse safe distances; and the share used up, of which the most urgent group is counted at each step.
    target, loss : ndarray of shape (LANES,)
        Threshold and last value of :math:`h \sum_j \omega_j e_j^2`.
    scratch : ndarray of shape (300 * LANES,)
        Overwritten.

    Returns
    -------
    int
        Steps taken. Cost of a step for each network: about 160 operations on registers, 30 more for each free neuron.
    """
    lines, pairs = scratch[: 33 * _L], scratch[33 * _L : 55 * _L]
    outputs, pulls = scratch[55 * _L : 88 * _L], scratch[88 * _L : 121 * _L]
    arms, drive = scratch[121 * _L : 154 * _L], scratch[154 * _L : 220 * _L]
    _free_outputs(free, 0, outputs)
    for k in range(steps):
        _arm_lines(sums, shift, lines, pairs)
        if count > 0:
            _free_outputs(free, count, outputs)
        value = _residuals(lines, outputs, weights, shift, pulls, arms)
        _group_drives(arms, drive, pairs)
        use = load(spent, 0) + _move_groups(psi, drive, sums, haste)
        if count > 0:
            _move_free(free, count, pulls)
        store(spent, 0, use)
        if any_positive(larger(use - SPENT, load(target, 0) - value)):
            store(loss, 0, value)
            return k + 1
    return steps
