r"""The compiled arithmetic of one training step on the line (paper 000, Proposition C.2), shared by all engines.

The second moments of a side are the six numbers aa, ab, aw, bb, bw, ww. The same lines serve a lane of the vectorised
engine, the event-driven one and the long runs that record movements, so that all round alike.
"""

from twolayer.compiled import compiled


@compiled
def moments_step(aa, ab, aw, bb, bw, ww, r, s):
    r"""Return the entries of :math:`(I + Q)\Sigma(I + Q)` for :math:`Q` with h r and h s, here r and s."""
    row_aa, row_ab, row_aw = aa + r * aw, ab + r * bw, aw + r * ww
    row_ba, row_bb, row_bw = ab + s * aw, bb + s * bw, bw + s * ww
    row_wa, row_wb, row_ww = aw + (r * aa + s * ab), bw + (r * ab + s * bb), ww + (r * aw + s * bw)
    return (
        row_aa + r * row_aw,
        row_ab + s * row_aw,
        row_aw + (r * row_aa + s * row_ab),
        row_bb + s * row_bw,
        row_bw + (r * row_ba + s * row_bb),
        row_ww + (r * row_wa + s * row_wb),
    )


@compiled
def neuron_step(a, b, w, r, s):
    r"""Return :math:`(I + Q)(a, b, w)^T` for :math:`Q` with h r and h s, here r and s."""
    return a + r * w, b + s * w, w + (r * a + s * b)


@compiled
def side_force(p, q, m_xx, m_x, m_1, u_x, u_1):
    r"""Return :math:`\hat u = \hat u^0 - M (p, q)^T` of one side."""
    return u_x - (m_xx * p + m_x * q), u_1 - (m_x * p + m_1 * q)


@compiled
def drive(sums, c, matrices, optimum, leak, u):
    r"""Write :math:`u_\sigma = (r_\sigma, s_\sigma)` into u (2, 2); return :math:`\hat s_1 + \hat s_{-1}`.

    ``sums`` (2, 2) holds the sums of w a and of w b on each side; ``matrices`` (2, 2, 2) is :math:`M_{D,\sigma}` and
    ``optimum`` (2, 2) the half-sided lines, so that :math:`\hat u = -M\overline v`.
    """
    for side in range(2):
        p = sums[side, 0] + leak * sums[1 - side, 0] - optimum[side, 0]
        q = c + sums[side, 1] + leak * sums[1 - side, 1] - optimum[side, 1]
        matrix = matrices[side]
        u[side, 0], u[side, 1] = side_force(p, q, matrix[0, 0], matrix[0, 1], matrix[1, 1], 0.0, 0.0)
    total = u[0, 1] + u[1, 1]
    for k in range(2):
        first, second = u[0, k], u[1, k]
        u[0, k], u[1, k] = first + leak * second, second + leak * first
    return total
