r"""The compiled stopping certificate: proof, at a step, that no kink will ever reach the data (paper 000, Appendix G).

:mod:`twolayer.certificate` states and explains it neuron by neuron; this is the same from the moments, in O(1).
Neurons that were moved by one matrix :math:`\Phi` are :math:`\theta = \Phi(\pm1, 0, \rho)^T` up to a positive factor,
the sign being that of :math:`a_0`, and the last condition of the certificate is positively homogeneous in
:math:`\theta`. Where a keeps its sign on an interval of ratios :math:`\rho`, that condition reads
:math:`g(\rho) > 0` with

.. math:: g = \underline{x}\,(\sigma a - \kappa|w| - \epsilon\|\theta\|_\infty)
    - (|b| + \kappa|w| + \epsilon\|\theta\|_\infty),

an affine function minus convex ones: concave. It is positive on the interval if it is at the two ends.
"""

import numpy as np

from twolayer.compiled import compiled

SWEEPS = 12
"""Jacobi sweeps for a 4 x 4 matrix; convergence is quadratic and takes three to five."""


@compiled
def symmetric_eigensystem(matrix, vectors):
    """Overwrite a symmetric 4 x 4 matrix by its diagonal form and write its eigenvectors as columns (Jacobi)."""
    vectors[:] = 0.0
    for i in range(4):
        vectors[i, i] = 1.0
    for _ in range(SWEEPS):
        off = 0.0
        for i in range(4):
            for j in range(i + 1, 4):
                off += matrix[i, j] ** 2
        if off == 0.0:
            return
        for i in range(4):
            for j in range(i + 1, 4):
                if matrix[i, j] != 0.0:
                    half = (matrix[j, j] - matrix[i, i]) / (2.0 * matrix[i, j])
                    t = 1.0 / (abs(half) + np.sqrt(1.0 + half * half))
                    t = -t if half < 0.0 else t
                    cosine = 1.0 / np.sqrt(1.0 + t * t)
                    sine = t * cosine
                    for k in range(4):
                        left, right = matrix[k, i], matrix[k, j]
                        matrix[k, i], matrix[k, j] = (
                            cosine * left - sine * right,
                            sine * left + cosine * right,
                        )
                    for k in range(4):
                        left, right = matrix[i, k], matrix[j, k]
                        matrix[i, k], matrix[j, k] = (
                            cosine * left - sine * right,
                            sine * left + cosine * right,
                        )
                    matrix[i, j] = matrix[j, i] = 0.0
                    for k in range(4):
                        left, right = vectors[k, i], vectors[k, j]
                        vectors[k, i] = cosine * left - sine * right
                        vectors[k, j] = sine * left + cosine * right


@compiled
def total_movement(moments, c, data, h, leak):
    r"""Return :math:`\kappa`, a bound on :math:`h\sum_k \|u_k\|_\infty` over all later steps, or infinity.

    Parameters
    ----------
    moments : ndarray of shape (2, 6)
        aa, ab, aw, bb, bw, ww of each side, grouped by the present sign of a.
    c : float
        Output bias.
    data : ndarray of shape (2, 5)
        xx, x, 1 of M and x, 1 of u0 of each side.
    h, leak : float
        Step size and :math:`\alpha`.

    Returns
    -------
    float
        Finite only where the induction of Lemma G.5 closes: :math:`\rho < 1`, :math:`\kappa < 1/2` and
        :math:`\delta \le 1/2` (see :mod:`twolayer.certificate` for each). Cost O(1), a few microseconds.
    """
    # In the order (p_1, q_1, p_-1, q_-1); the norms do not depend on it.
    root, u = np.zeros((4, 4)), np.empty(4)
    for side in range(2):
        xx, x, one = data[side, 0], data[side, 1], data[side, 2]
        determinant = np.sqrt(xx * one - x * x)
        scale = np.sqrt(xx + one + 2.0 * determinant)
        k = 2 * side
        root[k, k], root[k + 1, k + 1] = (xx + determinant) / scale, (one + determinant) / scale
        root[k, k + 1] = root[k + 1, k] = x / scale
        p = moments[side, 2] + leak * moments[1 - side, 2]
        q = c + moments[side, 4] + leak * moments[1 - side, 4]
        u[k] = data[side, 3] - (xx * p + x * q)
        u[k + 1] = data[side, 4] - (x * p + one * q)
    inner = np.zeros((4, 4))
    for i in range(4):
        for j in range(4):
            if i % 2 == j % 2:
                inner[i, j] = moments[0, 5] * (1.0 if i < 2 else leak) * (1.0 if j < 2 else leak)
                inner[i, j] += moments[1, 5] * (leak if i < 2 else 1.0) * (leak if j < 2 else 1.0)
            entry = i % 2 + j % 2  # aa, ab, bb are the entries 0, 1, 3
            entry = 3 if entry == 2 else entry
            inner[i, j] += moments[0, entry] * (1.0 if i < 2 else leak) * (1.0 if j < 2 else leak)
            inner[i, j] += moments[1, entry] * (leak if i < 2 else 1.0) * (leak if j < 2 else 1.0)
            if i % 2 == 1 and j % 2 == 1:
                inner[i, j] += 1.0
    operator, vectors = np.zeros((4, 4)), np.empty((4, 4))
    for i in range(4):
        for j in range(i, 4):
            for k in range(4):
                for n in range(4):
                    operator[i, j] += root[i, k] * inner[k, n] * root[n, j]
            operator[j, i] = operator[i, j]
    symmetric_eigensystem(operator, vectors)
    # psi = -M^{1/2} v = M^{-1/2} u, block by block.
    psi = np.empty(4)
    norm = 0.0  # of M^{1/2}, the largest row sum
    for k in (0, 2):
        determinant = root[k, k] * root[k + 1, k + 1] - root[k, k + 1] ** 2
        psi[k] = (root[k + 1, k + 1] * u[k] - root[k, k + 1] * u[k + 1]) / determinant
        psi[k + 1] = (root[k, k] * u[k + 1] - root[k, k + 1] * u[k]) / determinant
        norm = max(norm, abs(root[k, k]) + abs(root[k, k + 1]), abs(root[k + 1, k + 1]) + abs(root[k, k + 1]))
    contraction, sum_of_psi = 0.0, 0.0
    for i in range(4):
        value = operator[i, i]
        contraction = max(contraction, abs(1.0 - h * value))
        if value <= 0.0:
            return np.inf
        along, largest = 0.0, 0.0
        for k in range(4):
            along += vectors[k, i] * psi[k]
            largest = max(largest, abs(vectors[k, i]))
        # h sum_k |1 - h lambda|^k, which is 1 / lambda for h lambda <= 1.
        sum_of_psi += h / (1.0 - abs(1.0 - h * value)) * abs(along) * largest
    if not contraction < 1.0:
        return np.inf
    kappa = 2.0 * (1.0 + abs(leak)) * norm * sum_of_psi
    if not kappa < 0.5:
        return np.inf
    g_w, g_ab, g_wab = 0.0, 0.0, 0.0
    for side in range(2):
        aa, ab, aw = abs(moments[side, 0]), abs(moments[side, 1]), abs(moments[side, 2])
        bb, bw, ww = abs(moments[side, 3]), abs(moments[side, 4]), abs(moments[side, 5])
        rest = 8.0 * kappa**2 * np.exp(4.0 * kappa) * max(aa + ab + aw, ab + bb + bw, aw + bw + ww)
        g_w = max(g_w, 2.0 * kappa * (aw + bw) + rest)
        g_ab = max(g_ab, 2.0 * kappa * aw + kappa * (aw + bw) + 2.0 * kappa * bw + 3.0 * rest)
        g_wab = max(g_wab, aw + bw + kappa * (aa + ab + ww) + kappa * (ab + bb + ww) + 2.0 * rest)
    delta = 2.0 * h / (1.0 - contraction) * norm**2 * (1.0 + abs(leak)) ** 2 * (g_w + g_ab + kappa * g_wab)
    return kappa if delta <= 0.5 else np.inf


@compiled
def stays_on_its_side(a, b, w, kappa, distance):
    r"""Tell whether a neuron that moves by no more than :math:`\kappa` allows keeps its kink within the distance.

    The sign of a is the side: pass :math:`\sigma a`.
    """
    rest = 2.0 * kappa**2 * np.exp(2.0 * kappa) * max(abs(a), abs(b), abs(w))
    return (a - kappa * abs(w) - rest) * distance > abs(b) + kappa * abs(w) + rest
