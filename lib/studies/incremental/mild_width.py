"""The width that the part calls mild: a multiple of the logarithm of the number of points."""

import math

from twolayer.validation import positive_integer, positive_number


def mild_width(n, per_logarithm=10.0):
    r"""Return the number of neurons :math:`\lceil k \ln n\rceil` for n points.

    Parameters
    ----------
    n : int
        Points, at least 2.
    per_logarithm : float
        k.

    Returns
    -------
    int

    Raises
    ------
    TypeError, ValueError
        If n is not an integer of at least 2 or k not positive.
    """
    n = positive_integer(n, "n", 2)
    return math.ceil(positive_number(per_logarithm, "per_logarithm") * math.log(n))
