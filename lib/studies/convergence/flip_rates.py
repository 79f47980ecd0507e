r"""Why the density of activation changes grows like the square root of m/(nS) where (62) allows the cube root.

How many activations of a column can a movement change? Let :math:`s` be the root mean square of the displacements
:math:`((W_T-W_0)X)_{\nu j}` of pre-activations, which are standard normal at the start. An adversary would spend them
on the neurons nearest to their kink, which gives :math:`(6/\pi)^{1/3}s^{2/3}` of all; displacements that know nothing
of the kinks, normal and independent of the start, change :math:`\frac1\pi\arctan s`.
"""

import numpy as np
import pandas as pd

from studies.convergence.grid import main_rate
from studies.convergence.instances import DIMENSION, draw
from twolayer.two_rate_descent import TwoRateDescent, advance_all

_LONGEST_RUN = 20_000


def generic_density(s):
    """Return the share of activations that independent normal displacements of root mean square s change."""
    return np.arctan(s) / np.pi


def adversarial_density(s):
    """Return the share that the same displacements can change at most, for small s and many neurons."""
    return np.cbrt(6 / np.pi) * np.asarray(s) ** (2 / 3)


def flip_rates(sizes, run=0) -> pd.DataFrame:
    r"""Train one network for each pair (S, m) with random labels and compare its changes with the two densities.

    Parameters
    ----------
    sizes : sequence of pairs of int
        (S, m).
    run : int
        Number of the draw.

    Returns
    -------
    DataFrame
        S, m, ``load`` (:math:`m/(nS)`), ``s``, ``net`` (share of activations that differ at the end), ``generic``,
        ``adversarial``, and ``cumulative``, the share that have differed at some step.
    """
    starts = [draw(S, m, run) for S, m in sizes]
    descents = [
        TwoRateDescent(start.x, start.y, start.a, start.w, rates=(main_rate(S, m), 0.0))
        for start, (S, m) in zip(starts, sizes, strict=True)
    ]
    advance_all(descents, _LONGEST_RUN)
    records = []
    for (S, m), start, descent in zip(sizes, starts, descents, strict=True):
        s = float(np.sqrt(np.mean((start.x @ (descent.a - start.a).T) ** 2)))
        records.append({
            "S": S, "m": m, "load": m / (DIMENSION * S), "s": s,
            "net": float((descent.active != descent.initially_active).mean()),
            "generic": float(generic_density(s)), "adversarial": float(adversarial_density(s)),
            "cumulative": float(descent.ever_changed.mean()),
        })  # fmt: skip
    return pd.DataFrame(records)
