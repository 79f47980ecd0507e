r"""The activation groups of the star and their shared coordinates.

With zero biases a neuron is active on the arms within a right angle of its inner weights. Eleven arms cut the circle
into 22 sectors of :math:`\pi/11`; sector g is centred at the angle :math:`\pi g/11`, and its neurons are active on the
arms j with :math:`|g - 2j| \le 5` modulo 22: five arms where g is even, six where it is odd.

The neurons of a group have the vectors :math:`\theta_i = \Psi q_i` with one 4 x 3 matrix :math:`\Psi` (rows
:math:`a^1, a^2, b, w`) and three coordinates :math:`q_i` of each neuron, orthonormal over the group:
:math:`\sum_i q_i q_i^\top = I`. Then :math:`\sum_i w_i (a_i, b_i) = \Psi_{ab} \Psi_w^\top`, and training changes
:math:`\Psi` only. This is the transfer matrix times a root of the initial moment matrix.
"""

import numpy as np

from twolayer.compiled import compiled
from twolayer.star_data import ARMS, DIRECTIONS, RADII

GROUPS = 2 * ARMS


def _boundary_arms(g):
    """Return the first and last active arm of a group and their inactive neighbours."""
    first, last = (-(-(g - 5) // 2)), (g + 5) // 2
    return [arm % ARMS for arm in (first, last, first - 1, last + 1)]


BOUNDARY = np.array([_boundary_arms(g) for g in range(GROUPS)])
"""The two outermost active arms and the two inactive arms next to them, shape (22, 4). They settle the pattern."""

_NEAR, _FAR = 1 / RADII[0], 1 / RADII[-1]
_UNIT = DIRECTIONS


def active_arms():
    """Return which arms a group with zero bias is active on.

    Returns
    -------
    ndarray of bool, shape (22, 11)
        Row g is the activation pattern of sector g. Cost O(1).
    """
    distance = np.abs(np.arange(GROUPS)[:, None] - 2 * np.arange(ARMS))
    return np.minimum(distance, GROUPS - distance) <= 5


def sector_coordinate(a):
    r"""Return the angle of inner weights in units of sectors, shifted so that its integer part is the sector.

    Parameters
    ----------
    a : ndarray of shape (..., 2)
        Inner weights.

    Returns
    -------
    ndarray of float64, shape (...)
        In [0, 22). Cost O(size).
    """
    return np.mod(np.arctan2(a[..., 1], a[..., 0]) * (ARMS / np.pi) + 0.5, GROUPS)


@compiled
def pattern_margin(group, a1, a2, b):
    r"""Return by how much a neuron keeps the activation pattern of its group.

    The points of one radius on which a neuron is active form an arc. If the outermost arms of the group's block are
    active and their neighbours outside are not, the arc is the block. The pre-activation is affine along an arm, so
    that the middle ring follows from the other two. So eight signs settle all 33.

    Parameters
    ----------
    group : int
        Sector g.
    a1, a2, b : float
        Inner weights and bias.

    Returns
    -------
    float
        Least of :math:`\pm(\langle a, d_j \rangle + b/r)` over the four boundary arms and the two extreme radii. The
        pattern is that of the group if this is positive, and is another one if it is negative. Cost O(1).
    """
    margin = np.inf
    low, high = min(b * _NEAR, b * _FAR), max(b * _NEAR, b * _FAR)
    for side in range(2):
        arm = BOUNDARY[group, side]
        margin = min(margin, a1 * _UNIT[arm, 0] + a2 * _UNIT[arm, 1] + low)
        arm = BOUNDARY[group, side + 2]
        margin = min(margin, -(a1 * _UNIT[arm, 0] + a2 * _UNIT[arm, 1] + high))
    return margin


@compiled
def orthonormal_coordinates(q, members, psi):
    r"""Make the coordinates of the members of a group orthonormal, and change their matrix accordingly.

    Gram-Schmidt, done twice for each column, so that the columns are orthogonal to rounding. A column that depends on
    the others (in groups of one or two neurons) becomes zero.

    Parameters
    ----------
    q : ndarray of shape (m, 3)
        Coordinates of all neurons; the rows of the members are overwritten.
    members : ndarray of int, shape (k,)
        Rows of the group.
    psi : ndarray of shape (4, 3)
        The group's matrix, overwritten; the products ``psi @ q[i]`` stay the same up to rounding. Cost O(k).
    """
    root = np.zeros((3, 3))  # upper triangular: old coordinates = new coordinates @ root
    for c in range(3):
        before = 0.0
        for i in members:
            before += q[i, c] * q[i, c]
        for _ in range(2):
            for d in range(c):
                product = 0.0
                for i in members:
                    product += q[i, d] * q[i, c]
                for i in members:
                    q[i, c] -= product * q[i, d]
                root[d, c] += product
        after = 0.0
        for i in members:
            after += q[i, c] * q[i, c]
        norm = np.sqrt(after)
        if norm <= 1e-13 * np.sqrt(before):
            norm = 0.0
        root[c, c] = norm
        for i in members:
            q[i, c] = q[i, c] / norm if norm > 0.0 else 0.0
    for row in range(4):
        x0, x1, x2 = psi[row, 0], psi[row, 1], psi[row, 2]
        psi[row, 0] = x0 * root[0, 0] + x1 * root[0, 1] + x2 * root[0, 2]
        psi[row, 1] = x1 * root[1, 1] + x2 * root[1, 2]
        psi[row, 2] = x2 * root[2, 2]
