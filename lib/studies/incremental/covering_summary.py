"""What the draws of :mod:`studies.incremental.covering` are held against: exact probabilities and the bound."""

import math
from functools import partial

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from twolayer.coverage import (
    assumption_bound,
    interpolation_probability,
    one_sign_interpolation_probability,
)
from twolayer.coverage_widths import (
    alternating_interpolation_probability,
    assumption_probability,
    failure_exponent,
    failure_probability,
    least_width,
    threshold_law,
)


def _covered(row):
    if row.signs == "one":
        return one_sign_interpolation_probability(row.positive, row.width)
    formula = interpolation_probability if row.signs == "drawn" else alternating_interpolation_probability
    return formula(row.positive, row.negative, row.width)


def _surprise(count, draws, probability):
    """Return the two-sided p-value of a count."""
    probability = min(max(probability, 0.0), 1.0)
    return float(binomtest(count, draws, probability).pvalue)


def against_exact(table):
    """Add to each row of the draws the exact probabilities, the bound of Proposition 2, and p-values of the counts.

    Parameters
    ----------
    table : DataFrame
        Of the study.

    Returns
    -------
    DataFrame
        With columns n, frequency, exact, satisfied_frequency, satisfied_exact, bound, p_covered, p_satisfied. The bound
        holds for drawn signs only, and is NaN elsewhere.
    """
    rows = []
    for row in table.itertuples():
        exact = _covered(row)
        whole = assumption_probability(row.positive, row.negative, row.width, signs=row.signs)
        rows.append(
            {
                "n": row.positive + row.negative,
                "frequency": row.covered / row.draws,
                "exact": exact,
                "satisfied_frequency": row.satisfied / row.draws,
                "satisfied_exact": whole,
                "bound": assumption_bound(row.positive, row.negative, row.width)
                if row.signs == "drawn"
                else np.nan,
                "p_covered": _surprise(row.covered, row.draws, exact),
                "p_satisfied": _surprise(row.satisfied, row.draws, whole),
            }
        )
    return pd.concat([table.reset_index(drop=True), pd.DataFrame(rows)], axis=1)


def least_p_value(judged):
    """Return the smallest p-value of all counts times their number: at least 0.01 but for one table in a hundred."""
    values = judged[["p_covered", "p_satisfied"]].to_numpy()
    return float(min(1.0, values.min() * values.size))


def union_bound_width(points, failure):
    """Return the width at which n (3/4)^m falls to the allowed failure."""
    return math.ceil(math.log(points / failure) / math.log(4 / 3))


def thresholds(sizes, failure=0.05):
    """Return the least widths at which balanced points are covered with probability 1/2 and with 1 - failure.

    Parameters
    ----------
    sizes : sequence of int
        Even numbers of points.
    failure : float
        Allowed probability of an uncovered point.

    Returns
    -------
    DataFrame
        Columns n, half, enough (drawn signs), bound (where Proposition 2's rows allow it), fixed_half, fixed_enough
        (alternating signs).
    """
    rows = []
    for n in sizes:
        half = n // 2
        drawn = partial(interpolation_probability, half, half)
        fixed = partial(alternating_interpolation_probability, half, half)
        rows.append(
            {
                "n": n,
                "half": least_width(drawn, 0.5),
                "enough": least_width(drawn, 1 - failure),
                "bound": union_bound_width(n, failure),
                "fixed_half": least_width(fixed, 0.5),
                "fixed_enough": least_width(fixed, 1 - failure),
            }
        )
    return pd.DataFrame(rows)


def curves(sizes, widths):
    """Return the exact probability of coverage and the bound of Proposition 2 for balanced labels, in long form."""
    return pd.DataFrame(
        {
            "n": n,
            "m": m,
            "exact": interpolation_probability(n // 2, n // 2, m),
            "bound": assumption_bound(n // 2, n // 2, m),
        }
        for n in sizes
        for m in widths
    )


def law(digits, reach=3.0):
    """Return the probability of coverage for n = 2^digits against its limit law, over the window of the law.

    Parameters
    ----------
    digits : sequence of int
        Binary logarithms of the numbers of points.
    reach : float
        How far the normal variable u = (m - 2 log2 n) / sqrt m goes.

    Returns
    -------
    DataFrame
        Columns digits, m, u, covered, limit and from_union, the distance m - log n / log(4/3).
    """
    rows = []
    for d in digits:
        last = ((reach + math.sqrt(reach**2 + 8 * d)) / 2) ** 2
        step = max(1, round(last / 150))
        for m in range(max(1, round(2 * d - 0.5 * math.sqrt(2 * d))), round(last) + 1, step):
            rows.append(
                {
                    "digits": d,
                    "m": m,
                    "u": (m - 2 * d) / math.sqrt(m),
                    "covered": 1 - failure_probability(d, m),
                    "limit": threshold_law(d, m),
                    "from_union": m - d * math.log(2) / math.log(4 / 3),
                }
            )
    return pd.DataFrame(rows)


def exponents(digits, ratios):
    """Return the exponent of the probability of failure at m = ratio log2 n, exact and in the limit.

    Returns
    -------
    DataFrame
        Columns digits, ratio, exact, limit, and union, the exponent of n (3/4)^m.
    """
    rows = []
    for d in digits:
        for ratio in ratios:
            m = round(ratio * d)
            rows.append(
                {
                    "digits": d,
                    "ratio": m / d,
                    "exact": -math.log2(failure_probability(d, m)) / d,
                    "limit": failure_exponent(m / d),
                    "union": m / d * math.log2(4 / 3) - 1,
                }
            )
    return pd.DataFrame(rows)


def skewed(n, width, negatives):
    """Return what becomes of the probabilities when fewer and fewer labels are negative.

    Returns
    -------
    DataFrame
        Columns negative, covered, satisfied and bound, for drawn signs.
    """
    return pd.DataFrame(
        {
            "negative": k,
            "covered": interpolation_probability(n - k, k, width),
            "satisfied": assumption_probability(n - k, k, width),
            "bound": assumption_bound(n - k, k, width),
        }
        for k in negatives
    )
