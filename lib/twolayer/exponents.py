r"""Which widths prove inconsistency: the exponents of paper 000, Theorem 22, as linear programs (Remark 23)."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from twolayer.validation import positive_number


@dataclass(frozen=True)
class Exponents:
    r"""A choice of exponents, and by how much it satisfies every strict inequality.

    Attributes
    ----------
    slack : float
        The largest t for which all conditions hold with room t; the theorem applies if and only if it is positive.
    psi, data, probability : float
        :math:`\gamma_\psi, \gamma_{data}, \gamma_P`.
    """

    slack: float
    psi: float
    data: float
    probability: float


def best_exponents(eta, growth):
    r"""Return the exponents of Theorem 22 with most room for widths :math:`m_n = \Theta(n^\gamma)`.

    The probability of Theorem 22 tends to one, and the theorem applies, if and only if there are
    :math:`\gamma_\psi, \gamma_{data} \ge 0` and :math:`\gamma_P > 0` with

    .. math:: \gamma_\psi + \gamma_{data} + \gamma_P < \tfrac12, \qquad
        \gamma\eta\gamma_{data} > 1, \qquad \gamma(2 - 2\gamma_\psi) \le 1 .

    For a given :math:`\gamma` these are linear. They are solvable exactly for
    :math:`2/\eta < \gamma < 1 - 2/\eta` (Corollary 25), an interval that is empty unless :math:`\eta > 4`.

    Parameters
    ----------
    eta : float
        :math:`\eta > 0` of Assumption 16 (P2), finite.
    growth : float
        :math:`\gamma > 0`.

    Returns
    -------
    Exponents
        With the largest slack; where it is not positive, no choice satisfies all conditions.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a positive number.
    """
    eta, growth = positive_number(eta, "eta"), positive_number(growth, "growth")
    # Unknowns (psi, data, probability, t), minimise -t; every row: coefficients @ unknowns <= bound.
    rows = np.array(
        [
            [1.0, 1.0, 1.0, 1.0],  # psi + data + probability + t <= 1/2
            [0.0, -1.0, 0.0, 1.0],  # data >= 1 / (growth eta) + t
            [0.0, 0.0, -1.0, 1.0],  # probability >= t
            [-1.0, 0.0, 0.0, 0.0],  # psi >= 1 - 1 / (2 growth)
        ]
    )
    bounds = np.array([0.5, -1 / (growth * eta), 0.0, 1 / (2 * growth) - 1])
    free = [(0, None), (0, None), (0, None), (None, None)]
    solution = linprog([0.0, 0.0, 0.0, -1.0], A_ub=rows, b_ub=bounds, bounds=free)
    psi, data, probability, slack = (float(value) for value in solution.x)
    return Exponents(slack, psi, data, probability)


def largest_slack(eta):
    r"""Return the slack of the best growth: :math:`(\eta - 4)/(6\eta)` for :math:`\eta \ge 4`, at :math:`\gamma = 1/2`.

    In :math:`1/\gamma` the conditions of :func:`best_exponents` are linear jointly, so this is one linear program too.

    Parameters
    ----------
    eta : float
        :math:`\eta > 0`, finite.

    Returns
    -------
    float
        Positive if and only if a sequence of widths exists: :math:`\eta > 4` (Remark 23).

    Raises
    ------
    TypeError, ValueError
        If eta is not a positive number.
    """
    eta = positive_number(eta, "eta")
    # Unknowns (psi, data, probability, t, g) with g = 1 / growth.
    rows = np.array(
        [
            [1.0, 1.0, 1.0, 1.0, 0.0],
            [0.0, -1.0, 0.0, 1.0, 1 / eta],
            [0.0, 0.0, -1.0, 1.0, 0.0],
            [-1.0, 0.0, 0.0, 0.0, -0.5],
        ]
    )
    free = [(0, None), (0, None), (0, None), (None, None), (0, None)]
    return float(-linprog([0.0, 0.0, 0.0, -1.0, 0.0], A_ub=rows, b_ub=[0.5, 0.0, 0.0, -1.0], bounds=free).fun)
