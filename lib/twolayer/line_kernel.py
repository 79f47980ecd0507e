r"""The neural tangent kernel of infinitely wide ReLU networks with biases, for points of the line.

A bias turns the point x into :math:`z = (x, 1)`. These vectors lie in a half-plane, so that no two of them are
antipodal and the kernel is positive definite: where paper 000's networks of finite width, started without biases, stay
affine on each side of zero, this limit can fit anything.
"""

import numpy as np

from twolayer.validation import finite_array


def line_tangent_kernel(x, other):
    r"""Return the kernel matrix of ReLU networks whose input weights, biases and output weights all train.

    With :math:`\theta` the angle between :math:`(x, 1)` and :math:`(x', 1)`,

    .. math:: K(x, x') = |z|\,|z'| \bigl(k_1(\theta) + \cos\theta\, k_0(\theta)\bigr), \quad
        k_0 = 1 - \theta/\pi, \quad k_1 = \bigl(\sin\theta + (\pi - \theta)\cos\theta\bigr)/\pi .

    The first term belongs to the output weights, the second to input weights and biases; all weights are normal with
    the He variance 2, biases included, in tangent-kernel scaling.

    Parameters
    ----------
    x : array_like of shape (n,)
        Points.
    other : array_like of shape (k,)
        Points.

    Returns
    -------
    ndarray of shape (n, k)
        The angles are differences of directions in the half-plane, exact for near points. Cost O(n k).

    Raises
    ------
    TypeError, ValueError
        If an argument does not hold finite real numbers, or is not a vector.
    """
    x, other = finite_array(x, "x"), finite_array(other, "other")
    if x.ndim != 1 or other.ndim != 1:
        raise ValueError(
            f"x and other must be vectors of points of the line, got shapes {x.shape}, {other.shape}"
        )
    theta = np.abs(np.arctan2(1.0, x)[:, None] - np.arctan2(1.0, other))
    cosine = np.cos(theta)
    share = 1 - theta / np.pi
    return np.hypot(x, 1.0)[:, None] * np.hypot(other, 1.0) * (np.sin(theta) / np.pi + 2 * share * cosine)
