r"""Which learning rates are stable, which the theorem allows, and which the paper used (section 4 and (15))."""

import numpy as np
import pandas as pd

from studies.convergence.instances import DIMENSION, draw
from twolayer.two_rate_kernels import hidden_layer_gram, stable_rate_limit

STATED = {100: ((100, 1000, 1e-3),), 200: ((100, 1000, 1e-3),), 500: ((100, 880, 1e-3), (900, 1000, 5e-4)),
          1000: ((100, 880, 1e-3), (900, 1000, 2e-4))}  # fmt: skip
"""For each width the rates of the text: (first m, last m, rate)."""

WIDTHS = (100, 200, 500, 1000)


def limit_formula(S, m, n=DIMENSION):
    r"""Return :math:`2/\lambda` with :math:`\lambda = S(\tfrac14(1+\sqrt{m/n})^2 + \tfrac14)`, for signs as z.

    The limit kernel has the entries :math:`\gamma(\tfrac14 + \dots) = \tfrac14\gamma + O(\gamma^2)` off the diagonal
    and one half on it, so it is :math:`\tfrac14X^\top X + \tfrac14I` up to entries of the order 1/n, and
    :math:`\|X\| \approx 1 + \sqrt{m/n}`.

    Parameters
    ----------
    S, m, n : float or ndarray
        Width, number of points, dimension.

    Returns
    -------
    float or ndarray
        The largest stable rate, approximately.
    """
    return 2 / (S * ((1 + np.sqrt(np.asarray(m) / n)) ** 2 + 1) / 4)


def measured_limits(sizes, run: int = 0) -> pd.DataFrame:
    r"""Return :math:`2/\lambda_{\max}(H_0)` of drawn instances.

    Parameters
    ----------
    sizes : sequence of (S, m)
        Sizes, with n = 100.
    run : int
        Of the draws.

    Returns
    -------
    DataFrame
        ``S``, ``m``, ``limit``, ``formula``, ``quotient``. Cost O(m^2 S + m^3) each.
    """
    rows = []
    for S, m in sizes:
        start = draw(S, m, run)
        limit = stable_rate_limit(hidden_layer_gram(start.x, start.a, start.w))
        rows.append((S, m, limit, float(limit_formula(S, m)), limit / float(limit_formula(S, m))))
    return pd.DataFrame(rows, columns=["S", "m", "limit", "formula", "quotient"])


def theorem_rates(S, m, n=DIMENSION):
    r"""Return the bounds of (15) with all constants and logarithms replaced by one.

    Parameters
    ----------
    S, m, n : int
        Width, number of points, dimension.

    Returns
    -------
    tuple of two floats
        :math:`\min(S^{-2}, n/(mS^2))` for the first layer and :math:`1/(mS^2)` for the second.
    """
    return min(1.0, n / m) / S**2, 1.0 / (m * S**2)


def stated_rates() -> pd.DataFrame:
    """Return the rates of the paper's text: ``S``, ``m``, ``eta``, and ``limit`` by the formula; one row for each m."""
    rows = [
        (S, m, eta, float(limit_formula(S, m)))
        for S in WIDTHS
        for low, high, eta in STATED[S]
        for m in range(low, high + 1, S // 10)
    ]
    return pd.DataFrame(rows, columns=["S", "m", "eta", "limit"])
