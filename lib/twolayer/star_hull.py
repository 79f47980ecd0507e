r"""Which neurons of an activation group can be the first to cross a point: the corners of its convex hull.

While no neuron of a group crosses, all of them move by the same linear map, so that whether a neuron is still on its
side of a point is the sign of a linear functional of its initial vector :math:`(a^1, a^2, w)`. Divided by its
component along the middle of the sector (positive in the whole group) the vector becomes a point (t, s) of the plane;
a functional is positive on all of them if it is on the corners of their convex hull.
"""

from twolayer.compiled import compiled


@compiled
def _left_turn(t, s, i, j, k):
    return (t[j] - t[i]) * (s[k] - s[i]) - (s[j] - s[i]) * (t[k] - t[i])


@compiled
def hull_corners(t, s, members, corners):
    """Find the corners of the convex hull of some points of the plane, by Andrew's monotone chain.

    Parameters
    ----------
    t, s : ndarray of shape (m,)
        Coordinates.
    members : ndarray of int, shape (k,)
        Indices of the points, in ascending order of t.
    corners : ndarray of int, shape (at least 2 k,)
        Overwritten with the indices of the corners.

    Returns
    -------
    int
        Their number. Points inside an edge are left out. Cost O(k).
    """
    k = members.shape[0]
    if k <= 2:
        for i in range(k):
            corners[i] = members[i]
        return k
    count = 0
    for i in range(k):  # lower chain
        while count >= 2 and _left_turn(t, s, corners[count - 2], corners[count - 1], members[i]) <= 0.0:
            count -= 1
        corners[count] = members[i]
        count += 1
    least = count + 1
    for i in range(k - 2, -1, -1):  # upper chain
        while count >= least and _left_turn(t, s, corners[count - 2], corners[count - 1], members[i]) <= 0.0:
            count -= 1
        corners[count] = members[i]
        count += 1
    return count - 1  # the first corner closed the chain
