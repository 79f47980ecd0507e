r"""What happens to networks on the star between two stretches of steps: exact kink tests and crossings.

**No crossing is missed.** Let :math:`\delta` be the sum of :math:`\|h u\|_1` over some steps, u being the drives of a
group. Over these steps no inner vector :math:`\alpha = (a, b)` of the group can move by more than
:math:`\delta \max |w|` in any entry, nor its outer weight w by more than :math:`\delta \max \|\alpha\|_\infty`, maxima
over these steps. The two bounds together give

.. math:: |\Delta(\langle a, d_j \rangle + b/r)| \le \frac{10}{9}\,\delta\,
          \frac{|w| + \delta \|\alpha\|_\infty}{1 - \delta^2}

with w and :math:`\alpha` at their start. The *safe distance* of a group is a :math:`\delta` for which this is
below the margin of each of its neurons. (Margin minus bound is a concave function of the neuron, so the corners of the
hull decide.) The kernel adds up the moves at every step, and as soon as a safe distance may be used up, at worst at
every step, the pattern of each corner is computed. Hence the step of a crossing is that of a test at every step.

A neuron that has crossed leaves its group, exactly: the others get new orthonormal coordinates, and it is *free* from
then on, trained by the points that it is active on. A crossing that is undone later is a crossing.
"""

import numpy as np

from twolayer.compiled import compiled
from twolayer.lanes import LANES
from twolayer.star_data import ARM_LABELS, ARMS, DIRECTIONS, RADII
from twolayer.star_groups import GROUPS, orthonormal_coordinates, pattern_margin
from twolayer.star_hull import hull_corners

LARGEST_MOVE = 0.25
"""Largest safe distance."""

_STRETCH = 1 / RADII[0] / (1 - LARGEST_MOVE**2)
_LABELS, _RADII, _UNIT = np.array(ARM_LABELS), np.array(RADII), DIRECTIONS


@compiled
def safe_distance(margin, largest, outer):
    r"""Return a sum of drives that cannot bring a neuron out of its activation pattern.

    Parameters
    ----------
    margin : float
        From :func:`twolayer.star_groups.pattern_margin`, positive.
    largest, outer : float
        :math:`\|\alpha\|_\infty` and :math:`|w|`.

    Returns
    -------
    float
        At most ``LARGEST_MOVE``: the root of :math:`\kappa(|w| \delta + \|\alpha\|_\infty \delta^2) = \text{margin}`
        with the factors :math:`\kappa` of the bound at the largest distance.
    """
    half = _STRETCH * outer
    root = 2.0 * margin / (half + np.sqrt(half * half + 4.0 * _STRETCH * largest * margin))
    return min(root, LARGEST_MOVE)


@compiled
def group_matrix(psi, lane, group):
    """Return the 4 x 3 matrix of a group of one lane."""
    matrix = np.empty((4, 3))
    for i in range(12):
        matrix[i // 3, i % 3] = psi[(12 * group + i) * LANES + lane]
    return matrix


@compiled
def set_group_matrix(psi, sums, lane, group, matrix):
    """Put a group's matrix into a lane, and the sums that follow from it."""
    for i in range(12):
        psi[(12 * group + i) * LANES + lane] = matrix[i // 3, i % 3]
    for i in range(3):
        sums[(3 * group + i) * LANES + lane] = (matrix[i] * matrix[3]).sum()


@compiled
def neuron(matrix, coordinates):
    """Return (a1, a2, b, w) of a neuron of a group, as a tuple."""
    x, y, z = coordinates[0], coordinates[1], coordinates[2]
    return (
        matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2] * z,
        matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2] * z,
        matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2] * z,
        matrix[3, 0] * x + matrix[3, 1] * y + matrix[3, 2] * z,
    )


@compiled
def load_network(lane, a, w, order, start, t, s, q, corners, corner_count, psi, sums):
    """Put a network at initialisation into a lane: groups, orthonormal coordinates, hulls. Cost O(m log m).

    ``order`` holds the neurons sector by sector and in the order of their angles, those of sector g at
    ``start[g] : start[g + 1]``.
    """
    for g in range(GROUPS):
        members = order[start[g] : start[g + 1]]
        angle = np.pi * g / ARMS
        for i in members:
            along = a[i, 0] * np.cos(angle) + a[i, 1] * np.sin(angle)
            t[i] = (a[i, 1] * np.cos(angle) - a[i, 0] * np.sin(angle)) / along
            s[i] = w[i] / along
            q[i, 0], q[i, 1], q[i, 2] = a[i, 0], a[i, 1], w[i]
        matrix = np.zeros((4, 3))
        matrix[0, 0] = matrix[1, 1] = matrix[3, 2] = 1.0
        orthonormal_coordinates(q, members, matrix)
        set_group_matrix(psi, sums, lane, g, matrix)
        corner_count[g] = hull_corners(t, s, members, corners[2 * start[g] : 2 * start[g + 1]])


@compiled
def release(lane, group, members, free, free_count, free_ids, q, psi, sums):
    """Take the neurons that have left the pattern of their group out of it.

    Returns the number of those that stay, which are moved to the front of ``members`` in their order. The matrix
    stays valid for them; their coordinates are made orthonormal again. Cost O(k) for k members.
    """
    matrix = group_matrix(psi, lane, group)
    kept = 0
    for position in range(members.shape[0]):
        i = members[position]
        theta = neuron(matrix, q[i])
        if pattern_margin(group, theta[0], theta[1], theta[2]) > 0.0:
            members[kept] = i
            kept += 1
        else:
            for c in range(4):
                free[(4 * free_count + c) * LANES + lane] = theta[c]
            free_ids[free_count] = i
            free_count += 1
    orthonormal_coordinates(q, members[:kept], matrix)
    set_group_matrix(psi, sums, lane, group, matrix)
    return kept, free_count


@compiled
def most_urgent(group, matrix, q, corners):
    """Return the least margin of the corners of a group and the group's safe distance (0 after a crossing)."""
    least, safe = np.inf, LARGEST_MOVE
    for i in corners:
        theta = neuron(matrix, q[i])
        margin = pattern_margin(group, theta[0], theta[1], theta[2])
        least = min(least, margin)
        if margin > 0.0:
            largest = max(abs(theta[0]), max(abs(theta[1]), abs(theta[2])))
            safe = min(safe, safe_distance(margin, largest, abs(theta[3])))
    return least, safe if least > 0.0 else 0.0


@compiled
def test_kinks(
    lane, start, size, order, t, s, q, corners, corner_count, psi, sums, haste, free, free_count, free_ids
):
    """Test every group of a lane exactly; release the neurons that have crossed; set the safe distances anew.

    Returns the number of free neurons. Cost O(corners), and O(k) for each group of k neurons that loses some.
    """
    for g in range(GROUPS):
        while True:
            matrix = group_matrix(psi, lane, g)
            found = corners[2 * start[g] : 2 * start[g] + corner_count[g]]
            least, safe = most_urgent(g, matrix, q, found)
            if least > 0.0:
                break
            members = order[start[g] : start[g] + size[g]]
            size[g], free_count = release(lane, g, members, free, free_count, free_ids, q, psi, sums)
            corner_count[g] = hull_corners(t, s, members[: size[g]], corners[2 * start[g] : 2 * start[g + 1]])
        haste[g * LANES + lane] = 1.0 / max(safe, 1e-200) if size[g] > 0 else 0.0
    return free_count


@compiled
def all_neurons(lane, start, size, order, q, psi, free, free_count, free_ids, theta):
    """Write (a1, a2, b, w) of every neuron of a lane, in the order of the initial arrays. Cost O(m)."""
    for g in range(GROUPS):
        matrix = group_matrix(psi, lane, g)
        for i in order[start[g] : start[g] + size[g]]:
            theta[i, 0], theta[i, 1], theta[i, 2], theta[i, 3] = neuron(matrix, q[i])
    for f in range(free_count):
        for c in range(4):
            theta[free_ids[f], c] = free[(4 * f + c) * LANES + lane]


@compiled
def squared_error(theta, shift, weights):
    r"""Return :math:`\sum_j \omega_j e_j^2` of one network, summed neuron by neuron. Cost O(33 m)."""
    total = 0.0
    for j in range(ARMS):
        for r in range(3):
            value = shift
            for i in range(theta.shape[0]):
                z = _RADII[r] * (theta[i, 0] * _UNIT[j, 0] + theta[i, 1] * _UNIT[j, 1]) + theta[i, 2]
                if z > 0.0:
                    value += theta[i, 3] * z
            total += weights[3 * j + r] * (_LABELS[r] - value) ** 2
    return total
