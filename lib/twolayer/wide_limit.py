r"""The norm after training infinitely many neurons from a small start on orthonormal data: a heuristic formula.

Ours, for paper 003's Figure 6, where the width grows at a fixed scale :math:`\lambda`. Of infinitely many neurons with
the output sign s, a part :math:`2^{-n_s}` is active on each subset A of the :math:`n_s` points of that sign, and grows
by the factor :math:`\frac12 e^{\|v_A\| ct/n}`, where :math:`v = |y_s|`. No neuron wins: all become large together, when
the squared weights add up to about :math:`\|v\|`. To first order,
:math:`\|v_A\| = \|v\|(1 - \frac12\sum_{i \notin A} u_i)` with :math:`u_i = v_i^2/\|v\|^2`, so that by then, at
:math:`T = \|v\|ct/n`, the point i is missing from the active set of a part :math:`p_i = 1/(1 + e^{Tu_i})` of the mass,
independently of other points. If all neurons that are active on a point share its label equally, the squared norm of
either layer is

.. math:: \Bigl(\sum_i \frac{v_i^2}{1 - p_i}\Bigr)^{1/2} = \Bigl(\sum_i v_i^2 (1 + e^{-Tu_i})\Bigr)^{1/2}.

T = 0 gives the quotient :math:`\sqrt2` of the squared norm and the least one, and large T the quotient 1.
"""

import numpy as np

from twolayer.validation import as_labels, real_number

_ITERATIONS = 60


def growth_at_fit(moduli, log_scale):
    r"""Return T, the logarithmic growth of a neuron with all points of its sign by the time that the data get fitted.

    It solves :math:`\frac18\lambda^2 e^{2T}\prod_i\frac12(1 + e^{-Tu_i}) = \|v\|`: squared output weights of one sign
    start from the sum :math:`\lambda^2/2`.

    Parameters
    ----------
    moduli : array_like of shape (k,)
        :math:`v_i`, the moduli of the labels of one sign.
    log_scale : float
        :math:`\log\lambda < 0`, where :math:`\lambda^2` is the sum of the squared output weights at the start.

    Returns
    -------
    float
        The fixed point of a map that contracts by 1/4.

    Raises
    ------
    TypeError, ValueError
        If ``log_scale`` is not negative, or the labels are not a vector of numbers, not all zero.
    """
    v = np.abs(as_labels(moduli, np.size(moduli)))
    if not real_number(log_scale, "log_scale") < 0:
        raise ValueError(f"log_scale must be negative, the logarithm of a small scale, got {log_scale!r}")
    if not v.any():
        raise ValueError("moduli must hold a label that is not zero: otherwise there is nothing to fit")
    norm = np.linalg.norm(v)
    u, start = (v / norm) ** 2, 0.5 * np.log(8.0 * norm) - log_scale
    growth = -float(log_scale)
    for _ in range(_ITERATIONS):
        growth = start - 0.5 * float(np.log((1.0 + np.exp(-growth * u)) / 2.0).sum())
    return growth


def wide_limit_squared_norm(y, log_scale):
    r"""Return the squared norm of all weights that infinitely many neurons are expected to end with.

    Parameters
    ----------
    y : array_like of shape (n,)
        Labels on orthonormal points.
    log_scale : float
        :math:`\log\lambda < 0`, where :math:`\lambda^2` is the sum of the squared output weights at the start.

    Returns
    -------
    float
        Between the least squared norm of an interpolator and :math:`\sqrt2` times as much. Cost O(n).

    Raises
    ------
    TypeError, ValueError
        If ``log_scale`` is not negative, or the labels are not a vector of numbers.
    """
    y = as_labels(y, np.size(y))
    total = 0.0
    for v in (y[y > 0], -y[y < 0]):
        if v.size:
            u = (v / np.linalg.norm(v)) ** 2
            missing = np.exp(-growth_at_fit(v, log_scale) * u)
            total += 2.0 * float(np.sqrt((v**2 * (1.0 + missing)).sum()))
    return total
