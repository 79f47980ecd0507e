"""Ticks for axes whose values are powers of two."""

import numpy as np
from matplotlib.ticker import FixedLocator, NullLocator


def binary_ticks(axis, values, most: int = 5) -> None:
    """Put a few ticks, written as powers of two, on a logarithmic horizontal axis.

    Parameters
    ----------
    axis : matplotlib axes
        Whose horizontal axis is logarithmic.
    values : array_like
        What is drawn; the ticks span its range.
    most : int
        Largest number of ticks.
    """
    low, high = (int(np.round(np.log2(end))) for end in (np.min(values), np.max(values)))
    step = -(-(high - low + 1) // most)
    exponents = np.arange(low, high + 1, max(step, 1))
    axis.xaxis.set_major_locator(FixedLocator(2.0**exponents))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.set_xticks(2.0**exponents, [f"$2^{{{e}}}$" for e in exponents])
