r"""What sliding neurons contribute to the ratio of (41) late in training, at any learning rate (Appendix E).

With one layer trained, the ratio at the end of a step is
:math:`q_{1-} = 1 - \langle g_{\tau+1}, g_\tau\rangle/\|g_\tau\|^2` for the gradients g of successive steps.
"""

import numpy as np
import pandas as pd

from studies.convergence.instances import draw
from twolayer.two_rate_descent import TwoRateDescent
from twolayer.two_rate_kernels import hidden_layer_gram

LONGEST_RUN = 200_000
"""Steps after which a run is given up."""


def late_ratio(S, m, run, rate, level=0.01, window=100):
    r"""Train until the error is small, and compare the ratio over a window of steps with that of sliding neurons.

    Parameters
    ----------
    S, m, run : int
        The instance, n = 100.
    rate : float
        :math:`\eta_w`.
    level : float
        The window begins where :math:`\|e\|` is below this share of its start.
    window : int
        Steps.

    Returns
    -------
    dict
        S, m, eta; ratio, the mean of :math:`q_{1-}` over the window; frozen, the mean of
        :math:`\eta e^THHe/e^THe`; sliding, the mean of
        :math:`\sum_{\nu j}\min(\alpha_{\nu j}, 1 - \alpha_{\nu j})e_j^2/\|g\|^2` over pairs that change at least four
        times, with :math:`\alpha` the share of steps in which the pair is active; pairs, the share of such pairs
        among all; changes, activations that change in a step, on average. Cost 4 n m S for each step and
        2 m^2 S for the products with H.
    """
    start = draw(S, m, run)
    descent = TwoRateDescent(start.x, start.y, start.a, start.w, rates=(rate, 0.0), tolerance=1e-9)
    goal = level * descent.error_norms[0]
    while (
        np.linalg.norm(descent.error) > goal and descent.outcome == "running" and descent.step < LONGEST_RUN
    ):
        descent.advance(10)
    ratios, frozen, patterns, errors = [], [], [], []
    hidden = hidden_layer_gram(start.x, descent.a, descent.w)
    for _ in range(window):
        gradient, size = descent.gradient_a.copy(), (descent.gradient_a**2).sum()
        patterns.append(descent.active)
        errors.append(descent.error**2 / size)
        image = hidden @ descent.error
        frozen.append(rate * (image @ image) / (descent.error @ image))
        descent.advance(1)
        ratios.append(1 - (descent.gradient_a * gradient).sum() / size)
    patterns = np.array(patterns)
    often = (patterns[1:] != patterns[:-1]).sum(axis=0) >= 4
    share = patterns.mean(axis=0)
    weight = (np.minimum(share, 1 - share) * often).sum(axis=1)
    return {
        "S": S,
        "m": m,
        "eta": rate,
        "ratio": float(np.mean(ratios)),
        "frozen": float(np.mean(frozen)),
        "sliding": float((np.mean(errors, axis=0) * weight).sum()),
        "pairs": float(often.mean()),
        "changes": float((patterns[1:] != patterns[:-1]).sum() / (window - 1)),
    }


def table(cases, window=100):
    """Return one row of :func:`late_ratio` for each case (S, m, run, rate)."""
    return pd.DataFrame([late_ratio(*case, window=window) for case in cases])
