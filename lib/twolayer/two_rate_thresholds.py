r"""How many points a shallow network provably fits: thresholds in exponents of the dimension (paper 002, section 1).

With dimension n, width S, number of points m and rates :math:`\eta_w, \eta_z` write :math:`S = n^s`,
:math:`m = n^\mu`, :math:`\eta_z/\eta_w = n^\rho`. Up to powers of logarithms every condition of the section is then a
linear inequality in :math:`(s, \mu, \rho)`. ("Dimension n", "m points" are the paper's letters; elsewhere in this
package n counts points, m neurons and d is the dimension.)
"""

import numpy as np

from twolayer.validation import finite_array, positive_integer, real_number

THRESHOLDS = {
    "DZPS19": lambda s: s / 6,
    "DZPS19, improved": lambda s: (1 + s) / 6,
    "SY19": lambda s: 1 / 2 + s / 4,
    "OS20": lambda s: 3 / 4 + s / 4,
    "hidden layer only": lambda s: np.minimum(s, 1 + s / 4),
    "Ngu21": lambda s: np.minimum(s - 1, s / 2),
    "LeCun as printed": lambda s: np.minimum(s, (1 + s) / 2),
    "any ratio": lambda s: np.minimum.reduce([s, (1 + 2 * s) / 3, 1 + s / 4]),
    "barrier": lambda s: 1 + s,
}
r"""Largest exponents :math:`\mu` by name, as functions of s: earlier work and the theorems of paper 002."""


def theorem_conditions(s, mu, rho, unit=1):
    r"""Return which of the three cases of Theorem 1.1 holds, as strict inequalities between exponents.

    .. math::
        (3)\;& \mu < 1 + \tfrac s4,\ \rho < s - \mu, \\
        (4)\;& \mu < 1 + \tfrac s4,\ \rho > 2\mu - 1 - s, \\
        (5)\;& \rho > \max(0, \mu - 1),

    each together with :math:`\mu < s`. A strict inequality stands for one with :math:`\tilde o`; on a boundary the
    logarithms decide, and the answer is no.

    Parameters
    ----------
    s, mu, rho : array_like
        Exponents of the width, of the number of points and of the ratio of the rates; infinite ratios are allowed.
    unit : number
        The exponent 1 in the units of the arguments. With integers and a unit of 12, say, all comparisons are exact.

    Returns
    -------
    tuple of three bool arrays
        For (3), (4) and (5). Cost O(size).

    Raises
    ------
    TypeError, ValueError
        If the exponents are not numbers.
    """
    s, mu, rho = (np.asarray(v) for v in (s, mu, rho))
    for name, value in (("s", s), ("mu", mu), ("rho", rho)):
        if value.dtype.kind not in "iuf" or (value.dtype.kind == "f" and np.isnan(value).any()):
            raise ValueError(f"{name} must hold exponents (numbers, none NaN), got {value!r}")
    real_number(unit, "unit")
    few = mu < s
    moderate = few & (4 * mu < 4 * unit + s)
    hidden = moderate & (rho < s - mu)
    both = moderate & (rho > 2 * mu - unit - s)
    output = few & (rho > 0) & (rho > mu - unit)
    return hidden, both, output


def threshold_exponent(name, s):
    r"""Return the exponent of a threshold of :data:`THRESHOLDS` at widths :math:`n^s`.

    Parameters
    ----------
    name : str
        A key of :data:`THRESHOLDS`.
    s : array_like
        Exponents of the width.

    Returns
    -------
    ndarray
        Negative where nothing is covered. Cost O(size).

    Raises
    ------
    ValueError
        For an unknown name, or exponents that are not numbers.
    """
    if name not in THRESHOLDS:
        raise ValueError(f"no threshold {name!r}; there are {', '.join(THRESHOLDS)}")
    return np.asarray(THRESHOLDS[name](finite_array(s, "s")))


def threshold_size(name, n, S):
    r"""Return the threshold as a number of points, all constants and logarithms set to one.

    Parameters
    ----------
    name : str
        A key of :data:`THRESHOLDS`.
    n, S : int
        Dimension >= 2 and width >= 1.

    Returns
    -------
    float
        :math:`n^{\mu}` at :math:`s = \log S/\log n`.

    Raises
    ------
    TypeError, ValueError
        If a size is not an integer in range, or the name is unknown.
    """
    n, S = positive_integer(n, "n", 2), positive_integer(S, "S")
    return float(n ** threshold_exponent(name, np.log(S) / np.log(n)))
